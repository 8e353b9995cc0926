"""Errors: each is one that the code knows, with words in the shape of its surface."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from palaver import errors
from palaver.contract.document import Pointer
from palaver.contract.faults import DOCUMENTED_FAULTS

from .problem import Problem
from .tree import Answer, Call, Contract

_WORDS = ({"message", "error"}, {"error"}, {"title"})
_INVALID = "invalid_request"
_MOMENTS = ("missing", "invalid")


def known_codes() -> frozenset[str]:
    """The codes of the domain errors and of what the runtime itself refuses requests for."""
    classes = [item for item in vars(errors).values() if isinstance(item, type)]
    domain = {item.code for item in classes if issubclass(item, errors.PalaverError)}
    faults = {fault.code for fault in DOCUMENTED_FAULTS}
    return frozenset((domain | faults) - {errors.PalaverError.code})


def check_request_errors(contract: Contract) -> Iterator[Problem]:
    """``x-error`` says when it applies and which words a client gets."""
    for node in contract.of_kind("parameter", "request body", "schema"):
        if "x-error" not in node.value:
            continue
        pointer = (*node.pointer, "x-error")
        words = node.value["x-error"]
        if not isinstance(words, Mapping) or set(words) != {"when", "message", "error"}:
            sentence = "an x-error has `when`, `message` and `error`"
            yield Problem(pointer, "x-error", sentence)
        elif words["when"] not in _MOMENTS:
            sentence = f"`when` is {words['when']!r}; it must be missing or invalid"
            yield Problem(pointer, "x-error", sentence)
        elif not all(isinstance(value, str) and value for value in words.values()):
            yield Problem(pointer, "x-error", "the words of an x-error are texts")


def check_response_errors(contract: Contract) -> Iterator[Problem]:
    """Every error response names the errors behind it, in words that fit its schema."""
    codes = known_codes()
    for node in contract.of_kind("response"):
        if "x-errors" in node.value and not isinstance(node.value["x-errors"], Mapping):
            yield Problem((*node.pointer, "x-errors"), "x-errors", "x-errors maps codes to words")
    for call in contract.calls:
        for answer in call.answers:
            named = answer.value.get("x-errors")
            if answer.status[0] in "45" and not named:
                sentence = f"this {answer.status} does not name the errors behind it (x-errors)"
                yield Problem(answer.pointer, "x-errors", sentence)
            if answer.status[0] not in "45" and named:
                sentence = f"a {answer.status} is no error"
                yield Problem((*answer.pointer, "x-errors"), "x-errors", sentence)
            for code, words in named.items() if isinstance(named, Mapping) else ():
                pointer = (*answer.pointer, "x-errors", code)
                if code not in codes:
                    sentence = (
                        f"{code!r} is the code of no error in errors.py or contract/faults.py"
                    )
                    yield Problem(pointer, "x-errors", sentence)
                yield from _check_words(contract, answer, words, pointer, codes)


def _check_words(
    contract: Contract, answer: Answer, words: Any, pointer: Pointer, codes: frozenset[str]
) -> Iterator[Problem]:
    if not isinstance(words, Mapping) or set(words) - {"hides"} not in _WORDS:
        yield Problem(
            pointer, "x-errors", "an error has `message` and `error`, or `error`, or a `title`"
        )
        return
    if not all(isinstance(value, str) and value for value in words.values()):
        yield Problem(pointer, "x-errors", "the words of an error are texts")
    if "hides" in words and words["hides"] not in codes:
        yield Problem(pointer, "x-errors", f"it hides behind {words['hides']!r}, which is no error")
    for media in answer.value.get("content", {}).values():
        schema, _ = contract.follow(media.get("schema", {}), answer.pointer)
        missing = sorted(set(words) - {"hides"} - set(schema.get("properties", {})))
        if missing:
            sentence = f"the schema of this response has no {missing[0]!r} to say it in"
            yield Problem(pointer, "x-errors", sentence)


def check_example_words(contract: Contract) -> Iterator[Problem]:
    """Examples of errors show the words that clients get, and no others."""
    for call in contract.calls:
        for answer in call.answers:
            named = answer.value.get("x-errors")
            if not isinstance(named, Mapping):
                continue
            promised = [(c, words) for c, words in named.items() if isinstance(words, Mapping)]
            if answer.status == "400":
                promised += [("", words) for words in _request_words(contract, call)]
            for value, pointer in contract.answer_examples(answer):
                if isinstance(value, Mapping) and not any(
                    _says(value, code, words) for code, words in promised
                ):
                    sentence = f"{call.name} never answers {answer.status} in these words"
                    yield Problem(pointer, "example-words", sentence)


def _says(value: Mapping[str, Any], code: str, words: Mapping[str, Any]) -> bool:
    """Whether an example has the words of an entry; what is not valid has its own message."""
    if words.get("error") == _INVALID:
        return value.get("error") == _INVALID
    if code == _INVALID and set(words) == {"error"}:
        return "error" in value
    return all(
        value.get(key) == words[key] for key in ("message", "error", "title") if key in words
    )


def _request_words(contract: Contract, call: Call) -> Iterator[Mapping[str, Any]]:
    places: list[Mapping[str, Any]] = [item.raw for item in call.operation.parameters]
    if call.body is not None:
        places.append(call.body.value)
        places += [node.value for node in contract.schemas_of(call.body)]
    for place in places:
        if isinstance(place.get("x-error"), Mapping):
            yield place["x-error"]


def check_surfaces(contract: Contract) -> Iterator[Problem]:
    """Every path has a surface, and the schema of its errors exists."""
    surfaces = contract.document.tree.get("x-error-surfaces")
    if not isinstance(surfaces, list):
        yield Problem((), "x-error-surfaces", "the contract names no shapes of errors")
        return
    schemas = contract.document.tree.get("components", {}).get("schemas", {})
    for index, surface in enumerate(surfaces):
        pointer = ("x-error-surfaces", str(index))
        if not isinstance(surface, Mapping) or set(surface) != {"prefix", "schema"}:
            yield Problem(pointer, "x-error-surfaces", "a surface has `prefix` and `schema`")
        elif surface["schema"] not in schemas:
            sentence = f"there is no schema {surface['schema']!r}"
            yield Problem(pointer, "x-error-surfaces", sentence)
