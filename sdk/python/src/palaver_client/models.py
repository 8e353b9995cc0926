"""The schemas of the contract as models; ``generated`` has them from it."""

from __future__ import annotations

from .generated.models import *  # noqa: F403
from .generated.models import __all__ as __all__
