"""``models/``: msgspec structs and type aliases from the schemas of the contract."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from palaver.contract.document import Document

TEMPLATES = Path(__file__).parent / "templates"
HEADER = "# Generated from openapi.yaml by `python -m codegen`. Do not edit."

_OPTIONS = (
    "--input-file-type=openapi",
    "--preset=standard-py311-20261027",
    "--output-model-type=msgspec.Struct",
    "--use-msgspec-tagged-unions",
    "--use-msgspec-nullable-enum-alias",
    "--output-datetime-class=datetime",
    "--keyword-only",
    "--enum-field-as-literal=all",
    "--snake-case-field",
    "--use-schema-description",
    "--use-single-line-docstring",
    "--no-collapse-root-models",
    "--use-type-alias",
    "--keep-model-order",
    "--no-use-annotated",
    "--use-double-quotes",
    "--strict-refs",
    "--ignore-pyproject",
    "--disable-warnings",
    "--additional-imports=msgspec.UNSET,msgspec.UnsetType",
    "--type-mappings",
    "uuid=string",
    "uri=string",
    "uri-reference=string",
)

# The runtime has checked these before a struct is made; a second check would only cost time and
# could disagree with the first about what a pattern means.
_CONSTRAINTS = frozenset(
    {
        "minLength",
        "maxLength",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMinimum",
        "exclusiveMaximum",
        "multipleOf",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
    }
)


class GeneratorError(Exception):
    """The generator of the models failed. ``str`` gives its words."""


def render_models(document: Document) -> dict[str, str]:
    """The files of ``models/`` by name."""
    code = _run_generator(document)
    names = exported_names(code)
    listed = "".join(f'    "{name}",\n' for name in names)
    imported = "".join(f"    {name},\n" for name in names)
    package = (
        f'{HEADER}\n"""The schemas of the contract as types."""\n\n'
        f"from .schemas import (\n{imported})\n\n__all__ = [\n{listed}]\n"
    )
    return {"__init__.py": package, "schemas.py": code}


def exported_names(code: str) -> list[str]:
    """The structs and aliases that a module of models defines, sorted."""
    names: list[str] = []
    for node in ast.parse(code).body:
        if isinstance(node, ast.ClassDef):
            names.append(node.name)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names.append(node.target.id)
    return sorted(names)


def _run_generator(document: Document) -> str:
    source = {
        "openapi": document.tree["openapi"],
        "info": {"title": "models", "version": "0"},
        "paths": {},
        "components": {"schemas": without_constraints(document.tree["components"]["schemas"])},
    }
    command = [
        sys.executable,
        "-m",
        "datamodel_code_generator",
        *_OPTIONS,
        f"--custom-template-dir={TEMPLATES}",
        f"--custom-file-header={HEADER}",
    ]
    result = subprocess.run(
        command, input=json.dumps(source), capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise GeneratorError(f"datamodel-code-generator failed: {result.stderr.strip()}")
    return result.stdout


def without_constraints(schemas: Mapping[str, Any]) -> dict[str, Any]:
    """Schemas by name, or members of one, without what only limits their values."""
    return {name: _bare(schema) for name, schema in schemas.items()}


def _bare(schema: Any) -> Any:
    """A schema without constraints; below ``properties`` the keys are names, not keywords."""
    if isinstance(schema, list):
        return [_bare(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    bare: dict[str, Any] = {}
    for key, value in schema.items():
        if key == "properties":
            bare[key] = without_constraints(value)
        elif key in ("enum", "default", "discriminator", "required"):
            bare[key] = value
        elif key not in _CONSTRAINTS and key not in ("example", "examples"):
            bare[key] = _bare(value)
    return bare
