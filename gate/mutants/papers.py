"""Drifts of documents and generated files: what was true before somebody changed something."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path

from codegen.__main__ import render
from codegen.tables import MarkerError, render_agents
from gate.documents import check_documents
from gate.documents.tree import Tree
from gate.findings import Failure
from gate.mutants.operators import Place, paper_edit
from palaver.contract.document import Document

ROOT = Path(__file__).parent.parent.parent
AGENTS = "AGENTS.md"
PROTOCOLS = "src/palaver/contract/operations.py"
MODELS = "models/schemas.py"
REPORT = "docs/drift-report.md"
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")


class Papers:
    """The repository's documents and generated files, and the checks of both.

    An edit never touches a file: it gives the text that the file would have.
    """

    def __init__(self, root: Path, document: Document) -> None:
        self._root = root
        self._document = document

    @cached_property
    def texts(self) -> dict[str, str]:
        """Every document and generated file by its path."""
        names = [*Tree(self._root).documents, PROTOCOLS, MODELS]
        return {name: (self._root / name).read_text(encoding="utf-8") for name in names}

    @cached_property
    def _generated(self) -> dict[str, str]:
        return render(self._document, self.texts[AGENTS])

    @cached_property
    def _known(self) -> set[str]:
        found = check_documents(self._root, self._document)
        return {f"{each.rule} {each.message}" for each in found}

    def check_documents(self, changed: Mapping[str, str]) -> list[Failure]:
        """What the documents' check finds in changed documents and not in these."""
        found = check_documents(self._root, self._document, replaced=changed)
        return [each for each in found if f"{each.rule} {each.message}" not in self._known]

    def check_generated(self, changed: Mapping[str, str]) -> list[Failure]:
        """Generated files that are not what the contract makes of them."""
        failures: list[Failure] = []
        for name, text in changed.items():
            if name == AGENTS:
                try:
                    stale = render_agents(self._document, text) != text
                except MarkerError:
                    stale = True
            else:
                stale = name in self._generated and self._generated[name] != text
            if stale:
                failures.append(Failure("", "generated", f"{name} is stale", "python -m codegen"))
        return failures


def _places(pattern: str) -> list[str]:
    """Documents in which something stands, as sites ``file#number``."""
    return [
        f"{name}#{index}"
        for name, text in _documents().items()
        for index, _ in enumerate(re.finditer(pattern, text))
    ]


@functools.cache
def _documents() -> dict[str, str]:
    """The repository's documents; the report on mutants is no place for one."""
    names = [name for name in Tree(ROOT).documents if name != REPORT]
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in names}


def _replaced(papers: Papers, site: str, pattern: str, new: str) -> dict[str, str]:
    """The site's file with its match of a pattern replaced; ``new`` may use groups."""
    name, _, number = site.rpartition("#")
    text = papers.texts[name]
    match = list(re.finditer(pattern, text))[int(number)]
    return {name: text[: match.start()] + match.expand(new) + text[match.end() :]}


def _endpoint(place: Place) -> str:
    """Method and path as prose and tables have them."""
    path = re.escape(place.operation.path)
    return rf"\b({place.operation.method.upper()})( \| `| |`? `)({path})(?=[`\s|?.,;)]|$)"


def _other_method(place: Place) -> str:
    item = place.document.tree["paths"][place.operation.path]
    return next(method for method in METHODS if method.lower() not in item)


@paper_edit("tells-other-method", lambda place: _places(_endpoint(place)))
def other_method(papers: Papers, place: Place) -> dict[str, str]:
    """A document names an operation with a method that its path does not have."""
    return _replaced(papers, place.site, _endpoint(place), rf"{_other_method(place)}\2\3")


@paper_edit("tells-other-path", lambda place: _places(_endpoint(place)))
def other_path(papers: Papers, place: Place) -> dict[str, str]:
    """A document names a path that does not exist."""
    return _replaced(papers, place.site, _endpoint(place), r"\1\2\3/entries")


def _name(place: Place) -> str:
    return rf"\b{place.operation.operation_id}\b"


@paper_edit("tells-other-name", lambda place: _places(_name(place)))
def other_name(papers: Papers, place: Place) -> dict[str, str]:
    """A document names an operationId that does not exist."""
    new = f"{place.operation.operation_id}_all"
    return _replaced(papers, place.site, _name(place), new)


def _row(place: Place) -> str:
    return rf"(\| `{place.operation.operation_id}` \| )([^|\n]+)( \| )([0-9, ]+)( \|)"


@paper_edit("tells-status-removed", lambda place: _places(_row(place)))
def status_removed(papers: Papers, place: Place) -> dict[str, str]:
    """The table of operations lacks a status."""
    statuses = list(place.operation.responses)
    kept = ", ".join(status for status in statuses if status != place.pick(statuses))
    return _replaced(papers, place.site, _row(place), rf"\1\2\3{kept}\5")


@paper_edit("tells-status-added", lambda place: _places(_row(place)))
def status_added(papers: Papers, place: Place) -> dict[str, str]:
    """The table of operations has a status that the operation does not have."""
    return _replaced(papers, place.site, _row(place), r"\1\2\3\4, 418\5")


@paper_edit("tells-other-summary", lambda place: _places(_row(place)))
def other_summary(papers: Papers, place: Place) -> dict[str, str]:
    """The table of operations says something else of an operation than the contract does."""
    return _replaced(papers, place.site, _row(place), r"\1Do something\3\4\5")


@paper_edit("tells-row-gone", lambda place: _places(_row(place)))
def row_gone(papers: Papers, place: Place) -> dict[str, str]:
    """The table of operations lacks an operation."""
    whole = rf"\|[^|\n]+\|[^|\n]+{_row(place)}\n"
    return _replaced(papers, place.site, whole, "")


@paper_edit("tells-new-endpoint", lambda _place: ["README.md"])
def new_endpoint(papers: Papers, place: Place) -> dict[str, str]:
    """A document promises an endpoint that was never built."""
    text = papers.texts["README.md"]
    return {"README.md": f"{text}\nSend it to `POST {place.operation.path}/publish`.\n"}


@paper_edit("tells-other-status", lambda _place: ["README.md"])
def other_status(papers: Papers, place: Place) -> dict[str, str]:
    """A document promises a status that the operation does not have."""
    text = papers.texts["README.md"]
    endpoint = f"{place.operation.method.upper()} {place.operation.path}"
    return {"README.md": f"{text}\n`{endpoint}` answers 418 when it is tea time.\n"}


def _some(pattern: str, place: Place) -> Sequence[str]:
    """One of the places of something that belongs to no operation."""
    found = _places(pattern)
    return [place.pick(found)] if found else []


_SETTING = r"\bPALAVER_[A-Z][A-Z_]+[A-Z]\b"
_FLAG = r"(palaver [a-z]+[^\n`]*? --)([a-z-]+)\b"
_COMMAND = r"\b(palaver )(serve|token|migrate|check)\b"


@paper_edit("tells-other-setting", lambda place: _some(_SETTING, place))
def other_setting(papers: Papers, place: Place) -> dict[str, str]:
    """A document names a setting that does not exist."""
    return _replaced(papers, place.site, _SETTING, r"\g<0>_NAME")


@paper_edit("tells-other-flag", lambda place: _some(_FLAG, place))
def other_flag(papers: Papers, place: Place) -> dict[str, str]:
    """A document names a flag that a command does not have."""
    return _replaced(papers, place.site, _FLAG, r"\1\2-now")


@paper_edit("tells-other-command", lambda place: _some(_COMMAND, place))
def other_command(papers: Papers, place: Place) -> dict[str, str]:
    """A document names a command that does not exist."""
    return _replaced(papers, place.site, _COMMAND, r"\1\2s")


def _signature(place: Place) -> str:
    return rf"    def {place.operation.operation_id}\((?:[^)]|\n)*?\) -> [^\n]+:\n"


@paper_edit("generated-argument", lambda _place: [PROTOCOLS])
def generated_argument(papers: Papers, place: Place) -> dict[str, str]:
    """The protocol of the handlers has an argument that the contract does not."""
    text = papers.texts[PROTOCOLS]
    return {PROTOCOLS: re.sub(_signature(place), _with_argument, text, count=1)}


def _with_argument(match: re.Match[str]) -> str:
    return match.group().replace("*,", "*, extra: str,", 1)


@paper_edit("generated-operation-gone", lambda _place: [PROTOCOLS])
def generated_operation_gone(papers: Papers, place: Place) -> dict[str, str]:
    """The protocol of the handlers lacks an operation."""
    whole = rf'{_signature(place)}        """[^\n]*"""\n        \.\.\.\n'
    return {PROTOCOLS: re.sub(whole, "", papers.texts[PROTOCOLS], count=1)}


def _schemas(place: Place) -> Iterator[str]:
    for status in place.operation.success_statuses:
        content = place.operation.responses[str(status)].get("content", {})
        for media in content.values():
            yield str(media.get("schema", {}).get("$ref", "")).rpartition("/")[2]


def _models(place: Place) -> Sequence[str]:
    text = (ROOT / MODELS).read_text(encoding="utf-8")
    return [name for name in _schemas(place) if name and f"class {name}(" in text]


@paper_edit("generated-model", _models)
def generated_model(papers: Papers, place: Place) -> dict[str, str]:
    """A generated model has another property than the contract."""
    pattern = rf"(class {place.site}\([^\n]*\n(?:[^\n]*\n)*?    )(\w+)(: )"
    return {MODELS: re.sub(pattern, r"\1\2_text\3", papers.texts[MODELS], count=1)}
