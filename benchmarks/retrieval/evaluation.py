"""Questions and what became of them: hits, and whether "not found" was said where it is true."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from palaver.retrieval.search import Findings, find
from palaver.store import Store

FILE = Path(__file__).parent / "questions.yaml"


@dataclass(frozen=True)
class Question:
    """A question; ``book`` and ``pages`` say where it is answered, if it is."""

    text: str
    kind: str
    book: str | None
    pages: frozenset[int]
    is_held_out: bool


@dataclass(frozen=True)
class Asked:
    """A question with what was found; ``rank`` is the place of the first right page, from 1."""

    question: Question
    findings: Findings
    rank: int | None


def questions() -> list[Question]:
    """All questions of the file."""
    content: dict[str, Any] = yaml.safe_load(FILE.read_text())
    found = []
    for book, items in content["answered"].items():
        for at, item in enumerate(items):
            pages = frozenset(item["pages"])
            found.append(Question(item["question"], "answered", book, pages, at % 2 == 1))
    for kind in ("off_topic", "near_topic"):
        for at, text in enumerate(content[kind]):
            found.append(Question(text, kind, None, frozenset(), at % 2 == 1))
    return found


def ask(store: Store, question: Question, names: Mapping[str, str]) -> Asked:
    """Ask the library; ``names`` are the names of its books by id."""
    findings = find(store, question.text, limit=5)
    rank = None
    for place, each in enumerate(findings.passages, 1):
        if names[each.book_id] == question.book and each.page in question.pages:
            rank = place
            break
    return Asked(question, findings, rank)


@dataclass(frozen=True)
class Figures:
    """Shares, from 0 to 1. A hit is counted among all answerable questions, refused or not."""

    hit_1: float
    hit_5: float
    precision: float
    recall: float
    off_refused: float
    near_refused: float


def figures(asked: list[Asked]) -> Figures:
    """The figures of some questions; precision and recall are those of saying "answered"."""
    answered = [each for each in asked if each.question.kind == "answered"]
    off = [each for each in asked if each.question.kind == "off_topic"]
    near = [each for each in asked if each.question.kind == "near_topic"]
    passed = sum(each.findings.found for each in answered)
    claimed = sum(each.findings.found for each in asked)
    return Figures(
        sum(each.rank == 1 for each in answered) / len(answered),
        sum(each.rank is not None for each in answered) / len(answered),
        passed / claimed if claimed else 0.0,
        passed / len(answered),
        1 - sum(each.findings.found for each in off) / len(off),
        1 - sum(each.findings.found for each in near) / len(near),
    )
