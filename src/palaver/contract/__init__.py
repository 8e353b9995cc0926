"""The contract runtime: what turns ``openapi.yaml`` into a running, validating server."""

import warnings

# Connexion imports Starlette's test client, which warns about the HTTP library that it finds; no
# server uses either.
warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
