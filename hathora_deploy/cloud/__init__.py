"""The API, served: state, artifacts and runtimes. It never imports the client."""
