"""What the cloud remembers, in SQL."""
