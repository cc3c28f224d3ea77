"""How commands speak: errors of the house as sentences, results for people or, with --json, for programs."""

from __future__ import annotations

import json
import sys
import time
import unicodedata
from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any, TypeVar

import click

from edms import words
from edms.cli.towns import zone_here
from edms.errors import EdmsError
from edms.language import straight
from edms.words import Problem

F = TypeVar("F", bound=Callable[..., Any])
REFUSED, FOUND_WRONG, UNDECIDED = 1, 4, 5


def said(function: F) -> F:
    """Turn an error of the house into a sentence on standard error and exit code 1."""

    @wraps(function)
    def run(*args: Any, **values: Any) -> Any:
        try:
            return function(*args, **values)
        except EdmsError as error:
            problem = explained("en", error)
            lines = [problem.text, *(f"  {name}: {text}" for name, text in problem.fields.items())]
            click.echo(visible("\n".join(lines)), err=True)
            sys.exit(REFUSED)

    return run  # type: ignore[return-value]


def explained(lang: str, error: EdmsError) -> Problem:
    """The error in words; an instant in it is told as the town's clocks showed it."""
    told = any(isinstance(value, datetime) for value in error.values.values())
    return words.explain(lang, error, zone=zone_here()) if told else words.explain(lang, error)


def show(values: Any, *, as_json: bool, text: str) -> None:
    """The result, for a program or a person."""
    click.echo(json.dumps(values, ensure_ascii=False, default=str) if as_json else visible(text))


def visible(text: str) -> str:
    """A text with names from outside as a terminal may be given it: nothing in it moves the cursor or turns the line."""
    return "".join(
        "\ufffd" if c not in "\n\t" and unicodedata.category(c) in ("Cc", "Cs") else c for c in straight(text)
    )


class Progress:
    """How far long work has come, its rate and its end: on standard error, for a person each second, else now and then."""

    def __init__(self, total: int) -> None:
        self._total, self._done = total, 0
        self._began = self._said = time.monotonic()
        self._person = sys.stderr.isatty()

    @property
    def rate(self) -> float:
        """How many a second."""
        return self._done / max(1e-6, time.monotonic() - self._began)

    @property
    def seconds(self) -> float:
        """Since the beginning."""
        return time.monotonic() - self._began

    def add(self, count: int) -> None:
        """So many more are done."""
        self._done += count
        now = time.monotonic()
        if now - self._said >= (1 if self._person else 10):
            self._said = now
            left = max(0, self._total - self._done) / self.rate if self._done else 0
            start = "\r" if self._person else ""
            click.echo(
                f"{start}{self._done} of {self._total}, {self.rate:.0f} a second, {left:.0f} s to go",
                err=True,
                nl=not self._person,
            )
