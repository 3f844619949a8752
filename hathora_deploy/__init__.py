"""Deploy game servers through the Hathora API, call it from Python, and serve it yourself."""

__version__ = "0.1.0"
