"""The GitHub Action: the command line whose settings are inputs, and whose terminal is a workflow's log."""
