"""Archives as strangers send them: looked through before anything of them is written."""
