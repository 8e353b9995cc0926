"""What all models have in common."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import AfterValidator, BaseModel, ConfigDict


class Model(BaseModel):
    """A schema of the contract.

    Members that a newer server adds to its answers are left out. A model that only ever goes to the
    server refuses what the contract does not know.
    """

    model_config = ConfigDict(populate_by_name=True, defer_build=True, protected_namespaces=())


class Unknown(Model):
    """What is none of the schemas that may stand in its place; it has all that was answered."""

    model_config = ConfigDict(extra="allow")

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...


def none_of(*known: str) -> AfterValidator:
    """Refuses the values by which known schemas are told apart: what has one is one of them."""

    def check(value: str) -> str:
        if value in known:
            raise ValueError("that is known, and the rest does not fit it")
        return value

    return AfterValidator(check)
