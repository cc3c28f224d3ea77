"""doctor: what is missing or weak here, in words, each with the way out. Exit 4 when something needed is missing."""

from __future__ import annotations

import sys

import click

from edms import words
from edms.bootstrap import build
from edms.cli.saying import FOUND_WRONG, said, show
from edms.config import load
from edms.errors import EdmsError
from edms.health import Finding, State, examine


@click.command()
@click.option("--json", "as_json", is_flag=True)
@said
def doctor(as_json: bool) -> None:
    """Look at everything the service needs and say what is missing."""
    house = build(load(), pool_size=1)
    try:
        found = examine(house)
    finally:
        house.close()
    rows = [{"what": f.what, "state": f.state.value, "text": _sentence(f)} for f in found]
    show(rows, as_json=as_json, text="\n".join(f"{r['state']:8} {r['what']:12} {r['text']}" for r in rows))
    if any(f.state is State.MISSING for f in found):
        sys.exit(FOUND_WRONG)


def _sentence(finding: Finding) -> str:
    return words.explain("en", EdmsError(finding.message, **finding.values)).text


COMMANDS = (doctor,)
