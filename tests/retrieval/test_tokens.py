"""The tokenizer: words, stems, marks, scripts without blanks, and what a question is about."""

from __future__ import annotations

import functools
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from palaver.retrieval.tokens import MAX_TOKEN, question_terms, tokens_of
from tests.store.together import at_once

LETTERS = {"Lu", "Ll", "Lt", "Lm", "Lo", "Nd", "Nl", "No", "Mn", "Mc", "Me"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("a\u30a0b ・", ["a", "b"]),
        (" \n\t…—", []),
        ("The dogs were running", ["the", "dog", "were", "run"]),
        ("IGNORE_EOF, send-break; a/b", ["ignor", "eof", "send", "break", "a", "b"]),
        ("Huffman's and the dogs' don't", ["huffman", "and", "the", "dog", "dont"]),
        ("It’s Huffman’s", ["it", "huffman"]),
        ("mp3 12 3.5", ["mp3", "12", "3", "5"]),
        ("ﬁle ＦＵＬＬ ２０２６", ["file", "full", "2026"]),
        ("Straße STRASSE", ["strass", "strass"]),
        ("naïve Ünïcode", ["naïve", "ünïcode"]),
        ("nai\u0308ve", ["naïve"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("Київ Ελλάδα", ["київ", "ελλάδα"]),
        ("软件包", ["软件", "件包"]),
        ("包", ["包"]),
        ("使用debmake命令v2的", ["使用", "debmak", "命令", "v2", "的"]),
        ("東京タワー", ["東京", "京タ", "タワ", "ワー"]),
        ("ｶﾀｶﾅ", ["カタ", "タカ", "カナ"]),
        ("한국어 책", ["한국", "국어", "책"]),
        ('"NEAR(a, b)" AND * :x', ["near", "a", "b", "and", "x"]),
        ("a\0b \ud800c", ["a", "b", "c"]),
        ("🙂 ok", ["ok"]),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens_of(text) == expected


def test_what_is_longer_than_any_word_is_cut() -> None:
    assert [len(token) for token in tokens_of("é" * 1000 + " " + "7" * 1000)] == [MAX_TOKEN] * 2


@given(st.text(max_size=60))
def test_tokens_can_be_joined_by_blanks_and_hold_no_operator(text: str) -> None:
    tokens = tokens_of(text)
    assert " ".join(tokens).split() == tokens
    for token in tokens:
        assert 0 < len(token) <= MAX_TOKEN
        token.encode()
        # Unassigned: what a later Unicode adds to the blocks of Han is a letter.
        assert {unicodedata.category(each) for each in token} <= LETTERS | {"Cn"}
        assert all(each.isalnum() for each in token if each.isascii())


@pytest.mark.parametrize("beside", ["'7", "é", "字", "q\u0308", "\U00010a0f"])
@given(text=st.text(st.characters(categories=["L", "N", "P", "Zs", "M"]), max_size=40))
@example(text="It's Huffman's IGNORE_EOF 2.5")
def test_a_text_is_split_alike_whatever_stands_beside_it(text: str, beside: str) -> None:
    """ASCII, text with apostrophes, with CJK and with marks go different ways."""
    assert tokens_of(f"{text} 。 {beside}") == [*tokens_of(text), *tokens_of(f" {beside}")]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("How do I stop the shell from quitting?", ["stop", "shell", "quit"]),
        ("What's a file? Which files?", ["file"]),
        ("Why doesn't it work?", ["work"]),
        ("What is it?", []),
        ("and or not", []),
        ("", []),
        ("怎样做到软件包的构建？", ["做到", "到软", "软件", "件包", "构建"]),
        ("是什么？", []),
        ("debmake 的选项是什么", ["debmak", "选项"]),
        ("東京タワーはどこですか", ["東京", "京タ", "タワ", "ワー"]),
        ("書", ["書"]),
    ],
)
def test_question_terms(question: str, expected: list[str]) -> None:
    assert question_terms(question) == expected


@given(st.text(max_size=60))
def test_question_terms_are_among_the_tokens(question: str) -> None:
    terms = question_terms(question)
    assert len(terms) == len(set(terms))
    assert set(terms) <= set(tokens_of(question))


def test_threads_do_not_disturb_each_other() -> None:
    words = [f"{stem}{end}" for stem in ("walk", "talk", "jump") for end in ("ing", "ed", "s")]
    texts = [" ".join(words[at:] + words[:at]) + f" n{at}" for at in range(len(words))] * 3
    expected = [tokens_of(text) for text in texts]
    assert at_once([functools.partial(tokens_of, text) for text in texts]) == expected
