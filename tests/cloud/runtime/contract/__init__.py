"""What the cloud may rely on, whichever runtime it has."""
