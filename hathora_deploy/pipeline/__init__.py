"""A folder becomes a deployment. Knows no terminal and prints nothing."""
