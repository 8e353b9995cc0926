"""Model providers. Each keeps its wire format to itself and speaks ``provider`` to the outside."""

from __future__ import annotations

from palaver.chat.providers.extractive import ExtractiveProvider
from palaver.chat.providers.openai import OpenAIProvider
from palaver.chat.providers.provider import (
    Candidate,
    FailureCode,
    Finish,
    Piece,
    Provider,
    ProviderFailed,
    Text,
    ToolCall,
    Usage,
)

__all__ = [
    "Candidate",
    "ExtractiveProvider",
    "FailureCode",
    "Finish",
    "OpenAIProvider",
    "Piece",
    "Provider",
    "ProviderFailed",
    "Text",
    "ToolCall",
    "Usage",
]
