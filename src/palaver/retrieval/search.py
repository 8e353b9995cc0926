"""The library: what its books have to say to a question, and whether they have anything to say.

That is decided by coverage: the share of the question's weight that the best passages hold, where a
term weighs the more the fewer passages hold it, and the most if none does. A score would not do: it
grows with the library and with the question.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Mapping, Sequence
from typing import Final, Literal, Protocol

import msgspec

from palaver.retrieval.attribution import attributed
from palaver.retrieval.fusion import fused
from palaver.retrieval.ranking import Ranked, rarity, score
from palaver.retrieval.tokens import question_terms
from palaver.store import Candidate, FoundPassage, Frequencies, Store
from palaver.workers import Workers

FOUND: Final = 0.6
"""The coverage from which on a question counts as answered."""
CONSIDERED: Final = 0.5
"""The coverage below which the index may leave a passage out, if that saves it work."""
MOST_TERMS: Final = 24
"""The terms of a question that are searched for: of a longer one, the rarest."""
MOST_ASKED: Final = 256
"""The terms of a question whose rarity is looked up; a question is a sentence, not a book."""
MOST_STEERING: Final = 32
"""The terms of a topic that are regarded."""
BEST: Final = 5
"""The best passages, of which one must cover the question."""
CANDIDATES: Final = 150
"""The passages that the index hands over to be ranked."""
MOST_MATCHES: Final = 4000
"""About how many passages the index may have to weigh for a question."""


class Findings(msgspec.Struct, frozen=True):
    """What the library has for a question: the best passages first, none unless ``found``.

    ``coverage`` is the share of the question's weight that they hold, from 0 to 1.
    """

    found: bool
    coverage: float
    passages: tuple[FoundPassage, ...]


class Embed(Protocol):
    """An embedding model: a packed vector, or None where it cannot be asked right now."""

    async def __call__(self, text: str, /) -> bytes | None: ...


NOTHING: Final = Findings(False, 0.0, ())


class Library:
    """The books of a store, to be asked. What blocks runs on the workers."""

    def __init__(self, store: Store, workers: Workers, embed: Embed | None = None) -> None:
        self._store = store
        self._workers = workers
        self._embed = embed

    async def shelf(self) -> Literal["ready", "processing", "empty"]:
        """Whether there are books to search, only some on their way, or none.

        Raises StoreUnavailable.
        """
        return await self._workers.run(_shelf, self._store)

    async def search(
        self, question: str, *, limit: int, steering: Sequence[str] = ()
    ) -> Sequence[FoundPassage]:
        """The passages that answer the question, best first; none where the books have none.

        Raises StoreUnavailable.
        """
        return (await self.find(question, limit=limit, steering=steering)).passages

    def supporting(self, answer: str, passages: Sequence[FoundPassage]) -> Sequence[FoundPassage]:
        """Those of the passages that say what the answer says, by their words."""
        return attributed(answer, passages)

    async def find(self, question: str, *, limit: int, steering: Sequence[str] = ()) -> Findings:
        """What the books have to say to the question: up to ``limit`` passages.

        ``steering`` are the search terms of a topic. They prefer passages that are about it, and
        never decide whether something was found. Raises StoreUnavailable.
        """
        vector = None if self._embed is None else await self._embed(question)
        return await self._workers.run(
            functools.partial(
                find, self._store, question, limit=limit, steering=steering, vector=vector
            )
        )


def _shelf(store: Store) -> Literal["ready", "processing", "empty"]:
    if store.books.any_ready():
        return "ready"
    return "processing" if store.books.any_processing() else "empty"


def find(
    store: Store,
    question: str,
    *,
    limit: int,
    steering: Iterable[str] = (),
    vector: bytes | None = None,
) -> Findings:
    """As ``Library.find``, in the thread that calls; ``vector`` is the question's embedding."""
    asked = question_terms(question)[:MOST_ASKED]
    if not asked or limit < 1:
        return NOTHING
    topic = list(dict.fromkeys(term for each in steering for term in question_terms(each)))
    topic = [term for term in topic[:MOST_STEERING] if term not in asked]
    known = store.search.frequencies([*asked, *topic])
    weights = _weighed(asked, known)
    if len(weights) > MOST_TERMS:
        rarest = sorted(weights, key=weights.__getitem__, reverse=True)[:MOST_TERMS]
        weights = {term: weights[term] for term in asked if term in set(rarest)}
    leads = _leads(weights, known)
    if not leads:
        return NOTHING
    steered = {t: w for t, w in _weighed(topic, known).items() if t in known.passages_with}
    candidates = _candidates(store, leads, steered)
    ranked = sorted(
        (score(each.passage_id, each.tokens.split(), weights, steered) for each in candidates),
        key=lambda each: (-each.score, each.passage_id),
    )
    coverage = covered(ranked, weights)
    if coverage < FOUND:
        return Findings(False, coverage, ())
    order = [each.passage_id for each in ranked]
    if vector is not None:
        embeddings = {each.passage_id: each.embedding or b"" for each in candidates}
        order = fused(order, embeddings, vector)
    passages = store.search.texts(order[:limit])
    return Findings(bool(passages), coverage, tuple(passages))


def covered(ranked: Sequence[Ranked], weights: Mapping[str, float]) -> float:
    """The share of the weight that one of the best passages holds, the most that one does."""
    asked = sum(weights.values())
    if not ranked or asked <= 0:
        return 0.0
    return max(sum(weights[term] for term in each.held) for each in ranked[:BEST]) / asked


def _weighed(terms: Sequence[str], known: Frequencies) -> dict[str, float]:
    """The weights of the terms; one that no passage has weighs as one that a single passage has."""
    return {
        term: rarity(known.passages, max(1, known.passages_with.get(term, 0))) for term in terms
    }


def _leads(weights: Mapping[str, float], known: Frequencies) -> dict[str, float]:
    """The terms that the index is asked for: the rarest, until what is left weighs too little.

    A passage that holds none of them cannot cover enough of the question to answer it; and common
    terms, which would cost the index the most, are seldom among them.
    """
    leads: dict[str, float] = {}
    rest = sum(weights.values())
    enough = CONSIDERED * rest
    matches = 0
    for term in sorted(weights, key=lambda each: known.passages_with.get(each, 0)):
        rest -= weights[term]
        frequency = known.passages_with.get(term, 0)
        if frequency == 0:
            continue
        if leads and (rest + weights[term] < enough or matches + frequency > MOST_MATCHES):
            break
        leads[term] = weights[term]
        matches += frequency
    return leads


def _candidates(
    store: Store, leads: Mapping[str, float], steered: Mapping[str, float]
) -> list[Candidate]:
    found = store.search.candidates(leads, limit=CANDIDATES)
    if steered and len(found) == CANDIDATES:
        # There may be more, and what the topic prefers may be among these.
        seen = {each.passage_id for each in found}
        more = store.search.candidates(leads, limit=CANDIDATES, within=list(steered))
        found += [each for each in more if each.passage_id not in seen]
    return found
