"""Palaver: a conversation-sessions server whose documentation cannot lie."""

import warnings

# Connexion imports Starlette's test client, which warns about the HTTP library that it finds; no
# server uses either.
warnings.filterwarnings("ignore", message="Using `httpx` with `starlette.testclient`")
