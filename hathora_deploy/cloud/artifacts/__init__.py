"""Where uploaded archives live."""
