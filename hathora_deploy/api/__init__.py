"""The contract: operations, models, errors and how they travel. No I/O."""
