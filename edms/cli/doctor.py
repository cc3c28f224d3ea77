"""doctor: what is missing or weak here, in words, each with the way out. Exit 4 when something needed is missing."""

from __future__ import annotations

import sys

import click

from edms import words
from edms.bootstrap import build
from edms.cli.saying import FOUND_WRONG, said, show
from edms.cli.towns import zone_of
from edms.config import load
from edms.errors import EdmsError
from edms.health import Finding, State, examine


@click.command()
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def doctor(as_json: bool) -> None:
    """Look at everything the service needs and say what is missing."""
    house = build(load(), pool_size=1)
    try:
        found, zone = examine(house), zone_of(house)
    finally:
        house.close()
    rows = [{"what": f.what, "state": f.state.value, "text": _sentence(f, zone)} for f in found]
    show(rows, as_json=as_json, text="\n".join(f"{r['state']:8} {r['what']:12} {r['text']}" for r in rows))
    if any(f.state is State.MISSING for f in found):
        sys.exit(FOUND_WRONG)


def _sentence(finding: Finding, zone: str) -> str:
    return words.explain("en", EdmsError(finding.message, **finding.values), zone=zone).text


COMMANDS = (doctor,)
