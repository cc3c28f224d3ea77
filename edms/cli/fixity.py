"""fixity: how much of what is kept was read again, and what is not whole."""

from __future__ import annotations

import sys

import click

from edms import words
from edms.access.actor import Actor
from edms.archive import fixity as reading
from edms.bootstrap import build
from edms.cli.saying import FOUND_WRONG, Progress, said, show
from edms.config import load
from edms.registry import contents

A_DAY = 86_400.0


@click.command()
@click.option("--read", "minutes", type=int, metavar="MINUTES", help="First read again for so many minutes.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def fixity(minutes: int | None, as_json: bool) -> None:
    """The share of contents that was read again, and what is missing or damaged. Exit 4: something is.

    The workers read by themselves, an hour's share each hour (EDMS_FIXITY_DAYS). After a restored backup:
    edms storage verify.
    """
    settings = load()
    house = build(settings, pool_size=2)
    try:
        if minutes:
            with house.transaction() as session:
                progress = Progress(contents.extent(session))
            reading.run(
                house.transaction, house.store, most=sys.maxsize, seconds=min(A_DAY, minutes * 60.0),
                told=lambda _: progress.add(1),
            )  # fmt: skip
        with house.transaction() as session:
            found = reading.sums(session, Actor.system(), days=settings.fixity_days)
            rows = reading.faults(session, Actor.system(), limit=1_000)
    finally:
        house.close()
    unread = found.contents and not found.read
    message = "doctor.fixity_faults" if found.faults else "doctor.fixity_unread" if unread else "doctor.fixity_fine"
    lines = [words.say("en", message, percent=found.percent, days=found.days, n=found.faults)]
    lines += [
        f"content {row.content_id}: {words.say('en', f'fixity.fault.{row.message}')}, letter {row.number or '-'}"
        for row in rows
    ]
    facts = {
        "days": found.days, "contents": found.contents, "read": found.read, "bytes": found.bytes, "percent": found.percent,
        "last_at": found.last_at, "round_ends_at": found.round_ends_at,
        "faults": [{"content_id": row.content_id, "message": row.message, "number": row.number} for row in rows],
    }  # fmt: skip
    show(facts, as_json=as_json, text="\n".join(lines))
    if found.faults:
        sys.exit(FOUND_WRONG)


COMMANDS = (fixity,)
