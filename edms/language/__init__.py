"""The language of letters: scripts, normal forms, stems, one Latin key, tokens with their places, queries, lit hits.

Pure: no database, no web. Every search engine is fed with the same lexemes (`lexemes.py`), so all find the same.
It refuses nothing: any text a letter may hold gives tokens, in time linear in its length. See docs/adr/0003-language.md.
"""

from edms.language.layouts import retyped
from edms.language.lexemes import MAX_LEXEME, lexemes_of
from edms.language.lights import Span, highlights, lit_tokens, snippet
from edms.language.near import loosened
from edms.language.normal import normalise, straight
from edms.language.query import Clause, Query, Term, query_terms
from edms.language.scripts import language_of, scripts_in
from edms.language.tokens import Kind, Token, analyse

__all__ = [
    "MAX_LEXEME",
    "Clause",
    "Kind",
    "Query",
    "Span",
    "Term",
    "Token",
    "analyse",
    "highlights",
    "language_of",
    "lexemes_of",
    "lit_tokens",
    "loosened",
    "normalise",
    "query_terms",
    "retyped",
    "scripts_in",
    "snippet",
    "straight",
]
