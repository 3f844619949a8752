"""The typed client: the only code that sends HTTP to the API."""

from hathora_deploy.client.cloud import HathoraCloud

__all__ = ["HathoraCloud"]
