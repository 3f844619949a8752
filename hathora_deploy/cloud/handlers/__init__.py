"""What each operation does: plain functions of an operation and its call."""
