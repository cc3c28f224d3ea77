"""retention: what is due, the acts of destruction and what of them is not erased yet."""

from __future__ import annotations

from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.bootstrap import build
from edms.cli.saying import said, show
from edms.config import load
from edms.errors import NotFound
from edms.retention import acts, due, erasing
from edms.retention.act_models import LineState
from edms.staff.models import Organisation

MOST = 10_000


@click.group()
def retention() -> None:
    """Keeping and destruction: what is due, the acts. Approving and lifting holds are for people, on the pages."""


@retention.command("due")
@click.argument("organisation")
@click.option("--year", type=int, help="By the end of which year; this one if not said.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@click.option("--lang", type=click.Choice(words.LANGS), default="en", show_default=True, help="In which language.")
@said
def retention_due(organisation: str, year: int | None, as_json: bool, lang: str) -> None:
    """The case files of ORGANISATION (its code) that are due, and what stands in the way."""
    house = build(load(), pool_size=2)
    try:
        with house.transaction() as session:
            office = _office(session, organisation)
            machine = Actor.system(office.organisation_id)
            wanted = year or clock.today(office.time_zone).year
            rows: list[dict[str, Any]] = [
                {
                    "case_file_id": line.keeping.case_file_id,
                    "index": line.keeping.case_file.case_index.index,
                    "volume": line.keeping.case_file.volume,
                    "class": line.keeping.retention_class,
                    "until": line.keeping.until and line.keeping.until.isoformat(),
                    "obstacles": [each.value for each in line.obstacles],
                }
                for line in due.due(session, machine, year=wanted, limit=MOST)
            ]
    finally:
        house.close()
    text = "\n".join(
        f"{row['index']} · {row['volume']}  {row['until'] or '-'}  "
        + (", ".join(words.say(lang, f"retention.obstacle.{each}") for each in row["obstacles"]) or words.say(lang, "disposal.ready"))
        for row in rows
    )  # fmt: skip
    show({"year": wanted, "cases": rows}, as_json=as_json, text=text or words.say(lang, "disposal.due_empty"))


@retention.command("acts")
@click.argument("organisation")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@click.option("--lang", type=click.Choice(words.LANGS), default="en", show_default=True, help="In which language.")
@said
def retention_acts(organisation: str, as_json: bool, lang: str) -> None:
    """The acts of destruction of ORGANISATION (its code), the newest first, with files that are not erased yet."""
    house = build(load(), pool_size=2)
    try:
        with house.transaction() as session:
            office = _office(session, organisation)
            rows = []
            for act in acts.acts(session, Actor.system(office.organisation_id), limit=MOST):
                found = acts.lines(session, act)
                rows.append(
                    {
                        "act": act.disposal_act_id,
                        "number": acts.number_of(session, act)[0] or None,
                        "state": act.state.value,
                        "cases": sum(line.state is not LineState.TAKEN_OUT for line in found),
                        "erased": sum(line.state is LineState.ERASED for line in found),
                        "erase_from": act.erase_from and act.erase_from.isoformat(),
                        "files_left": len(erasing.keys_left(session, act.disposal_act_id, limit=MOST)),
                    }
                )
    finally:
        house.close()
    text = "\n".join(
        f"{row['act']}  {row['number'] or '-'}  {words.say(lang, 'retention.act_state.' + str(row['state']))}  "
        f"{row['erased']}/{row['cases']}" + (f"  {words.say(lang, 'disposal.leftover', n=row['files_left'])}" if row["files_left"] else "")
        for row in rows
    )  # fmt: skip
    show({"acts": rows}, as_json=as_json, text=text or words.say(lang, "disposal.acts_empty"))


def _office(session: Session, code: str) -> Organisation:
    found = session.scalar(select(Organisation).where(Organisation.code == code))
    if found is None:
        raise NotFound
    return found


COMMANDS = (retention,)
