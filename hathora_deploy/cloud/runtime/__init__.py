"""What runs builds and processes: the host itself, or a Docker engine."""
