"""The operations that Hathora keeps for old clients; each names the one to call instead."""
