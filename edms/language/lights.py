"""Lighting: which spans of a text a query is about, in the forms the text has them, and a snippet around them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from edms.language.lexemes import lexemes_of
from edms.language.query import Clause, Query, Term
from edms.language.tokens import Token, analyse


class Span(NamedTuple):
    """From `start` to before `end`, offsets in the text."""

    start: int
    end: int


def highlights(text: str, query: Query) -> list[Span]:
    """The spans to light, in order, none touching another's letters."""
    return _merged([Span(token.start, token.end) for token in lit_tokens(analyse(text), query)])


def lit_tokens(tokens: Sequence[Token], query: Query) -> list[Token]:
    """The tokens that answer a clause of the query; of a phrase only those that stand in its order."""
    lexemes = [lexemes_of(token) for token in tokens]
    lit: set[int] = set()
    for clause in query.wanted:
        if len(clause.terms) == 1:
            lit.update(_answering(lexemes, clause.terms[0]))
        else:
            lit |= _phrase(tokens, lexemes, clause)
    return [tokens[i] for i in sorted(lit)]


def _answering(lexemes: Sequence[tuple[str, ...]], term: Term) -> Iterator[int]:
    """Which of the tokens with these lexemes answer the term."""
    if term.prefix:
        return (i for i, found in enumerate(lexemes) if answers(found, term))
    alone = {*term.lexemes, *term.near}.isdisjoint  # looked up for every word of a page
    return (i for i, found in enumerate(lexemes) if not alone(found))


def answers(lexemes: tuple[str, ...], term: Term) -> bool:
    """Do a token's lexemes answer the term?"""
    if term.prefix:
        return any(lexeme.startswith(term.lexemes) for lexeme in lexemes)
    return any(lexeme in term.lexemes or lexeme in term.near for lexeme in lexemes)


def _phrase(tokens: Sequence[Token], lexemes: list[tuple[str, ...]], clause: Clause) -> set[int]:
    """Tokens of all runs of places where the terms follow one another."""
    at: list[dict[int, list[int]]] = [{} for _ in clause.terms]
    for i, found in enumerate(lexemes):
        for nth, term in enumerate(clause.terms):
            if answers(found, term):
                at[nth].setdefault(tokens[i].place, []).append(i)
    lit: set[int] = set()
    for place in at[0]:
        if all(place + nth in places for nth, places in enumerate(at)):
            for nth, places in enumerate(at):
                lit.update(places[place + nth])
    return lit


def _merged(spans: list[Span]) -> list[Span]:
    merged: list[Span] = []
    for span in sorted(spans):
        if merged and span.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return merged


def snippet(text: str, query: Query, *, length: int = 240) -> tuple[str, list[Span]]:
    """A piece of the text of about `length` letters with the most lit spans in it, and these spans within the piece.

    Line breaks become spaces, so offsets stay true. Without a hit it is the text's beginning.
    """
    spans = highlights(text, query)
    start, end = 0, min(len(text), length)
    if spans:
        best, last = 0, 0
        counted = -1
        for first, span in enumerate(spans):  # two pointers: the window with most hits, the earliest of them
            while last < len(spans) and spans[last].end - span.start <= length:
                last += 1
            if last - first > counted:
                best, counted = first, last - first
            last = max(last, first + 1)
        start = _word_start(text, max(0, spans[best].start - length // 4))
        end = _word_end(text, min(len(text), max(start + length, spans[best].end)))
    piece = text[start:end].translate({9: " ", 10: " ", 11: " ", 12: " ", 13: " "})
    inside = [Span(a - start, b - start) for a, b in spans if a >= start and b <= end]
    return piece, inside


def _word_start(text: str, at: int) -> int:
    """The start of the next word after `at`, if one is near: a piece does not begin in mid-word."""
    if at == 0 or text[at - 1].isspace():
        return at
    near = next((i for i in range(at, min(len(text), at + 24)) if text[i].isspace()), None)
    return at if near is None else near + 1


def _word_end(text: str, at: int) -> int:
    near = next((i for i in range(at, min(len(text), at + 24)) if text[i].isspace()), None)
    return at if near is None and at < len(text) else (near if near is not None else len(text))
