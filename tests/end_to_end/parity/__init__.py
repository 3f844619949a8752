"""The TypeScript SDK and the Python client, called alike and compared."""
