"""Long lists as tables: asked for by a person, written by a machine, kept some days for the one who asked.

A page holds a person and a thread of the web; ten thousand lines take longer than both should wait. What stands in a
table is what its asker may read when it is written.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.db.locking import lock
from edms.errors import NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.registry import contents
from edms.registry.models import Content
from edms.reports.models import ListKind, TableState, TakenTable
from edms.reports.sheet import MEDIA
from edms.staff.actors import actor_for
from edms.staff.models import Official
from edms.storage.port import Stored

AT_ONCE = 2_000
"""Lines that a page waits for; a longer list is written by a machine."""
KEPT = timedelta(days=7)
"""So long a table waits for its asker: it is a copy with people's names in it, and can be asked for again."""
WAITING_AT_MOST = 5
SHOWN = 20


def ask(
    session: Session, actor: Actor, kind: ListKind, asked: Mapping[str, Any], *, form: str, language: str, name: str
) -> TakenTable:
    """Have a list written; asked for again while it waits, it is the same one. Errors: RuleBroken where five wait.

    The caller has seen that the actor may read the list; when it is written she is asked anew.
    """
    waiting = [each for each in own(session, actor) if each.state is TableState.WAITING]
    for each in waiting:
        if (each.kind, each.asked, each.form, each.language) == (kind, dict(asked), form, language):
            return each
    if len(waiting) >= WAITING_AT_MOST:
        raise RuleBroken("taking.too_many")
    made = TakenTable(
        organisation_id=actor.organisation_id, kind=kind, asked=dict(asked), form=form, language=language, name=name,
        state=TableState.WAITING, asked_by_id=actor.official_id, acting_for_id=actor.acting_for, asked_at=clock.now(),
        lines=0,
    )  # fmt: skip
    session.add(made)
    session.flush()  # the job carries its id
    _record(session, actor, Event.TABLE_ASKED, made, {"kind": kind.value, "asked": dict(asked), "form": form})
    return made


def own(session: Session, actor: Actor) -> list[TakenTable]:
    """The actor's own tables, the newest first."""
    found = select(TakenTable).where(TakenTable.asked_by_id == actor.official_id)
    return list(session.scalars(found.order_by(TakenTable.taken_table_id.desc()).limit(SHOWN)))


def table_of(session: Session, actor: Actor, taken_table_id: int) -> TakenTable:
    """One of the actor's own. Errors: NotFound."""
    found = session.get(TakenTable, taken_table_id)
    if found is None or found.asked_by_id != actor.official_id:
        raise NotFound
    return found


def stop(session: Session, actor: Actor, table: TakenTable) -> None:
    """Call it off; one that is made already goes at once."""
    lock(session, table)
    if table.asked_by_id != actor.official_id:
        raise NotFound
    table.state = TableState.STOPPED
    _without_bytes(session, table)


def to_make(session: Session, taken_table_id: int) -> tuple[TakenTable, Actor] | None:
    """The table that waits, and who asked; None when nobody waits for it. Errors: Forbidden for one who left."""
    found = session.get(TakenTable, taken_table_id)
    if found is None or found.state is not TableState.WAITING:
        return None
    absent = session.get_one(Official, found.acting_for_id) if found.acting_for_id is not None else None
    return found, actor_for(session, session.get_one(Official, found.asked_by_id), acting_for=absent)


def written(session: Session, taken_table_id: int, lines: int) -> bool:
    """So many lines are written; whether anybody still waits for the rest."""
    found = session.get(TakenTable, taken_table_id, with_for_update=True)
    if found is None or found.state is not TableState.WAITING:
        return False
    found.lines = lines
    return True


def made(session: Session, taken_table_id: int, stored: Stored, actor: Actor, *, lines: int) -> None:
    """Keep what was written, and say that it is there; one called off meanwhile keeps nothing."""
    if not written(session, taken_table_id, lines):
        return
    found = session.get_one(TakenTable, taken_table_id)
    content = contents.enter(
        session, actor, organisation_id=found.organisation_id, stored=stored, name=f"{found.name}.{found.form}",
        media_type=MEDIA[found.form],
    )  # fmt: skip
    found.state, found.made_at, found.content_id = TableState.MADE, clock.now(), content.content_id
    _tell(session, found, Event.TABLE_READY)


def failed(session: Session, taken_table_id: int) -> None:
    """It could not be written; its asker sees it and may ask again."""
    found = session.get(TakenTable, taken_table_id)
    if found is not None and found.state is TableState.WAITING:
        found.state = TableState.FAILED
        _tell(session, found, Event.TABLE_FAILED)


def forget(session: Session) -> int:
    """Let go the tables that were kept long enough; how many. Their bytes go with the next sweeps of the store."""
    over = select(TakenTable).where(TakenTable.asked_at < clock.now() - KEPT)
    gone = list(session.scalars(over))
    for each in gone:
        _without_bytes(session, each)
        session.delete(each)
    return len(gone)


def _without_bytes(session: Session, table: TakenTable) -> None:
    content_id, table.content_id = table.content_id, None
    session.flush()  # before the row that it points at goes
    if content_id is not None:
        session.execute(delete(Content).where(Content.content_id == content_id))


def _tell(session: Session, made: TakenTable, event: Event) -> None:
    """Its asker is told by the machine that made it or could not."""
    detail = {"to": [made.asked_by_id], "subject": made.name}
    _record(session, Actor.system(made.organisation_id), event, made, detail)


def _record(session: Session, actor: Actor, event: Event, made: TakenTable, detail: Mapping[str, Any]) -> None:
    subject = Subject("table", made.taken_table_id)
    record(session, actor, event, subject, organisation_id=made.organisation_id, detail=detail)
