"""The terminal: parse, print, show progress, choose exit codes."""
