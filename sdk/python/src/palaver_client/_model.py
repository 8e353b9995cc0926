"""What all models have in common."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """A schema of the contract.

    Members that a newer server adds to its answers are left out. A model that only ever goes to the
    server refuses what the contract does not know.
    """

    model_config = ConfigDict(populate_by_name=True, defer_build=True, protected_namespaces=())
