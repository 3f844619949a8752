"""``hathora``: the commands, flags, variables and files of Hathora's own command line, on this pipeline."""
