"""Resources that were replaced. Each call of a method warns, and names the one to call instead."""
