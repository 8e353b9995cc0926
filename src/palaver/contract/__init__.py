"""The contract runtime: what turns ``openapi.yaml`` into a running, validating server."""
