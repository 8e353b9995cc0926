"""A model's server for tests of what models do to decks."""

from __future__ import annotations

from tests.chat.conftest import _shared_model_server, model_server

__all__ = ["_shared_model_server", "model_server"]
