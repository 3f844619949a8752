"""Real game servers from Debian: each has a file with its folder, and the first question of its clients."""
