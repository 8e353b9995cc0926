"""``sdk/python``: models, descriptions of operations and methods, from the contract alone."""

from __future__ import annotations

import json

from codegen.models import HEADER
from palaver.contract.document import Document

from .descriptions import render_descriptions
from .methods import render_methods
from .models import render_sdk_models
from .reading import read_operation

GENERATED = "sdk/python/src/palaver_client/generated"


def render_python_sdk(document: Document) -> dict[str, str]:
    """The files of the package's ``generated`` folder by name."""
    operations = [read_operation(document, operation) for operation in document.operations]
    version = json.dumps(document.tree["info"]["version"])
    return {
        "__init__.py": f'{HEADER}\n"""What follows from the contract."""\n',
        "async_operations.py": render_methods(operations, is_async=True),
        "models.py": render_sdk_models(document),
        "operations.py": render_descriptions(operations),
        "sync_operations.py": render_methods(operations, is_async=False),
        "version.py": (
            f'{HEADER}\n"""Which contract this is."""\n\nfrom typing import Final\n\n'
            f"CONTRACT_VERSION: Final = {version}\n"
        ),
    }
