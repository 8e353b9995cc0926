# Generated from openapi.yaml by `python -m codegen`. Do not edit.
"""Which contract this is."""

from typing import Final

CONTRACT_VERSION: Final = "0.1.0"
