"""The public River API specification, for its independent clients; docs/river-api.md."""
