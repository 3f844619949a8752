"""TLS: the cloud's certificate, and the ports of game servers that it is served on."""
