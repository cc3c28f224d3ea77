"""Words and phrases as conditions of Elasticsearch, over the columns of `elastic_shape`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from edms.language import Clause, Query, Term
from edms.search.elastic_shape import COLUMNS, columns_of, kind_of
from edms.search.vector import anywhere, coded, without_near

Part = dict[str, Any]


def wanted(query: Query) -> list[Part]:
    """What must hold: each clause, or of all of them every one but one."""
    parts = [_both(clause_parts(clause)) for clause in query.wanted]
    if not query.most:
        return parts
    plain = [_both(clause_parts(without_near(clause))) for clause in query.wanted]
    but_one = {"bool": {"should": plain, "minimum_should_match": len(plain) - 1}}
    return [{"bool": {"should": [{"bool": {"filter": parts}}, but_one], "minimum_should_match": 1}}]


def excluded(query: Query) -> list[Part]:
    """What must not."""
    return [_both(clause_parts(clause)) for clause in query.excluded]


def clause_parts(clause: Clause) -> list[Part]:
    """Each word, and for several that they stand side by side."""
    if len(clause.terms) == 1:
        term = clause.terms[0]
        return [any_of("words", (*anywhere(term), *term.near), prefix=term.prefix)]
    return [*(any_of("words", term.lexemes, prefix=term.prefix) for term in clause.terms), phrase(clause.terms)]


def any_of(field: str, lexemes: Iterable[str], *, prefix: bool = False) -> Part:
    """Any of these words; with `prefix` any that begins with one of them."""
    words = [coded(lexeme) for lexeme in lexemes]
    if not prefix:
        return {"terms": {field: words}}
    return {"bool": {"should": [{"prefix": {field: word}} for word in words], "minimum_should_match": 1}}


def phrase(terms: Sequence[Term]) -> Part:
    """The columns have equal positions, so words of different columns are neighbours as if they stood in one."""
    row = [{"any_of": {"intervals": [rule for lexeme in term.lexemes for rule in _standing(coded(lexeme), term.prefix)]}} for term in terms]  # fmt: skip
    return {"intervals": {"x0": {"all_of": {"intervals": row, "ordered": True, "max_gaps": 0}}}}


def _both(parts: list[Part]) -> Part:
    return parts[0] if len(parts) == 1 else {"bool": {"filter": parts}}


def _standing(word: str, prefix: bool) -> list[Part]:
    kind = kind_of(word)
    rule, what = ("prefix", "prefix") if prefix else ("match", "query")
    return [{rule: {what: word, "use_field": name}} for name in columns_of(kind, COLUMNS[kind])]
