"""Pages cut into passages."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palaver.retrieval.passages import MOST_WORDS, pieces

SENTENCES = [
    f"Sentence number {number} says something of its own about bridges and rivers, as they all do."
    for number in range(1, 60)
]


def test_short_page_is_one_passage() -> None:
    assert list(pieces("  One  page\nwith a\tfew words. ")) == ["One page with a few words."]


@pytest.mark.parametrize("text", ["", " \n ", "\t"])
def test_page_without_text_has_no_passage(text: str) -> None:
    assert list(pieces(text)) == []


def test_long_page_in_pieces_that_overlap() -> None:
    found = list(pieces("\n".join(SENTENCES)))
    assert all(80 <= len(each.split()) <= MOST_WORDS for each in found)
    for before, after in itertools.pairwise(found):
        last = re.findall(r"Sentence .*?do\.", before)[-1]
        assert after.startswith(last)
    for each in found:
        assert each.startswith("Sentence")
        assert each.endswith("do.")
    assert set(re.findall(r"Sentence .*?do\.", " ".join(found))) == set(SENTENCES)


def test_abbreviations_and_numbers_do_not_end_sentences() -> None:
    good = [
        "Dr. Adams wrote to J. S. Bach about Fig. 3 and the rest, e.g. the bass, in 1.5 hours "
        + "and many more words " * 10
        + "were said."
    ] * 8
    for piece in pieces(" ".join(good)):
        assert piece.startswith("Dr. Adams")
        assert piece.endswith("were said.")


def test_paragraphs_end_sentences() -> None:
    headed = "A Heading\n\n" + "word " * 60 + "\n\n"
    assert all(piece.startswith("A Heading") for piece in pieces(headed * 6))


def test_cjk() -> None:
    sentence = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。"
    found = list(pieces(sentence * 60))
    assert len(found) > 5
    for piece in found:
        assert 120 <= len(piece) <= 2 * MOST_WORDS
        assert piece.endswith("。")


@pytest.mark.parametrize("odd", ["", "an/address/that/is/longer/than/words/are ", "本"])
def test_what_has_no_sentences_is_cut_at_words(odd: str) -> None:
    text = "word " * 1_000 + odd
    found = list(pieces(text))
    assert " ".join(found).split() == text.split()
    assert {len(each.split()) for each in found[:-2]} == {160}


@pytest.mark.parametrize("noise", ["x" * 100_000, "https://a.example/" * 900, "ไทย" * 9_000])
def test_noise_without_spaces_is_cut(noise: str) -> None:
    found = list(pieces(noise))
    assert len(found) > 5
    assert all(len(piece) < 3_000 for piece in found)


@given(
    st.text(st.sampled_from(list("abcZ .!?。、日本語\n\"'1.-é ")) | st.characters(), max_size=4_000)
)
def test_all_of_the_page_and_nothing_else(text: str) -> None:
    found = list(pieces(text))
    folded = " ".join(text.split())
    # Each piece is on the page, as it stands there, after the one before.
    at = end = 0
    for piece in found:
        assert piece == piece.strip() or not piece.strip()
        at = folded.find(piece, at)
        assert at >= 0
        assert folded[end:at].strip() == "" or at <= end
        end = max(end, at + len(piece))
    assert folded[end:].strip() == ""


def test_long_page_takes_time_by_its_length() -> None:
    # A million characters; what grows with the square would take hours.
    assert len(list(pieces("A sentence of five words. " * 40_000))) > 1_000
    assert list(pieces('."' * 100_000 + "\n \n" * 100_000))
