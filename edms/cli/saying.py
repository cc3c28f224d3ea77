"""How commands speak: errors of the house as sentences, results for people or, with --json, for programs."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar

import click

from edms import words
from edms.errors import EdmsError

F = TypeVar("F", bound=Callable[..., Any])
REFUSED, FOUND_WRONG = 1, 4


def said(function: F) -> F:
    """Turn an error of the house into a sentence on standard error and exit code 1."""

    @wraps(function)
    def run(*args: Any, **values: Any) -> Any:
        try:
            return function(*args, **values)
        except EdmsError as error:
            problem = words.explain("en", error)
            lines = [problem.text, *(f"  {name}: {text}" for name, text in problem.fields.items())]
            click.echo("\n".join(lines), err=True)
            sys.exit(REFUSED)

    return run  # type: ignore[return-value]


def show(values: Any, *, as_json: bool, text: str) -> None:
    """The result, for a program or a person."""
    click.echo(json.dumps(values, ensure_ascii=False, default=str) if as_json else text)
