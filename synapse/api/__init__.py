"""The HTTP API under ``/api/v1/``: requests in, services called, JSON out."""
