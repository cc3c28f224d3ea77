"""Writes history: an act's line, its leaf and its jobs in one statement.

One statement because each round trip is paid for by everybody who waits: a registration holds its register meanwhile.
Only the database knows the ids of lines and leaves before they are written, so it is also the one who puts them where
they belong: the leaf's id on the line, the line's id into the jobs. A room that writes rows of its own with an act adds
them to the statement (`statement`, `said`), as the registration does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, TextClause, bindparam, text
from sqlalchemy.orm import Session

from edms import clock, ledger
from edms.access.actor import Actor
from edms.events.follow_ups import FOLLOW_UPS
from edms.events.followed import ONLY_OF
from edms.events.kinds import Event
from edms.events.ledgered import LEDGERED
from edms.jobs import COLUMNS, POST, Job, Kind, postings

# `act`: one row an act, in their order, with the ids that it gets. Bytes travel as hexadecimal.
_ACT = f"""
act AS MATERIALIZED (
  SELECT nextval('event_event_id_seq') AS event_id, CASE WHEN leaf IS NOT NULL THEN {ledger.NEXT_LEAF} END AS leaf_id,
    n, at, kind, organisation_id, subject_kind, subject_id, document_id, arrival_id, official_id, acting_for_id, detail,
    request_id, decode(leaf, 'hex') AS leaf, decode(leaf_hash, 'hex') AS leaf_hash, decode(salt, 'hex') AS salt, facts
  FROM json_to_recordset(:acts) AS told (n int, at timestamptz, kind text, organisation_id bigint, subject_kind text,
    subject_id bigint, document_id bigint, arrival_id bigint, official_id bigint, acting_for_id bigint, detail jsonb,
    request_id text, leaf text, leaf_hash text, salt text, facts jsonb)),
line AS (INSERT INTO event (event_id, at, kind, organisation_id, subject_kind, subject_id, document_id, official_id,
    acting_for_id, detail, leaf_id, request_id)
  SELECT event_id, at, kind, organisation_id, subject_kind, subject_id, document_id, official_id, acting_for_id, detail,
    leaf_id, request_id FROM act)"""  # noqa: S608 - literal text of ours alone
# A job about the event itself gets its id here; one that carries on a case is posted only where there is one to carry on.
_JOBS = f"""(
  SELECT place, queue, name, priority, job.at,
    CASE WHEN of_event THEN jsonb_build_object('subject_id', event_id) ELSE args END AS args
  FROM json_to_recordset(:jobs) AS job ({COLUMNS}, n int, of_event boolean, only_of text) JOIN act USING (n)
  WHERE only_of IS NULL OR EXISTS (SELECT FROM followed f
    WHERE f.subject_kind = only_of AND f.subject_id = CAST(args ->> 'subject_id' AS bigint))) AS job"""  # noqa: S608


@dataclass(frozen=True)
class Subject:
    """What an event is about, and whose ids its follow-up jobs carry."""

    kind: str
    id: int | None
    document_id: int | None = None
    content_id: int | None = None
    arrival_id: int | None = None


@dataclass(frozen=True)
class Act:
    """Something that happened and is to be written: see `record`."""

    event: Event
    subject: Subject
    organisation_id: int | None
    detail: Mapping[str, Any] | None = None
    facts: Mapping[str, Any] | None = None
    not_before: datetime | None = None
    at: datetime | None = None
    """When it happened; None: now."""


@dataclass(frozen=True)
class Recorded:
    """The ids of a line of history and of its leaf."""

    event_id: int
    leaf_id: int | None


def record(
    session: Session,
    actor: Actor,
    event: Event,
    subject: Subject,
    *,
    organisation_id: int | None,
    detail: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    not_before: datetime | None = None,
) -> Recorded:
    """Write that `event` happened, with its leaf and its follow-up jobs.

    `facts` are what the leaf commits to (salted, kept beside the card); an act on the register must have them.
    `not_before` delays the telling of people and what a case makes of it (the ten seconds of Undo), nothing else.
    """
    return write(session, actor, Act(event, subject, organisation_id, detail, facts, not_before))


def write(session: Session, actor: Actor, act: Act) -> Recorded:
    """Write an act: see `record`."""
    written = _ON_THE_REGISTER if act.event in LEDGERED else _BESIDE_IT
    row = session.execute(written, said(session, actor, [act])).one()
    return Recorded(row.event_id, row.leaf_id)


def statement(*clauses: str, leaves: bool = True, answer: str = "NULL") -> TextClause:
    """The statement that writes acts, and beside them what the `clauses` of a room say ("name AS (INSERT …)").

    Clauses may read `act`. It answers a row an act, in their order: event_id, leaf_id, and `answer`.
    """
    parts = ",".join((_ACT, *((ledger.APPEND,) if leaves else ()), *clauses))
    return text(
        f"WITH {parts} SELECT event_id, leaf_id, ({answer}) AS answer,"  # noqa: S608
        f" (SELECT {POST.format(jobs=_JOBS)}) AS jobs FROM act ORDER BY n"
    ).bindparams(bindparam("acts", type_=JSON), bindparam("jobs", type_=JSON))


def said(session: Session, actor: Actor, acts: Sequence[Act]) -> dict[str, Any]:
    """What the statement is told of these acts."""
    rows, jobs = [], []
    for n, act in enumerate(acts):
        rows.append({"n": n, **_row(actor, act)})
        follow = [(Job(kind, subject_id, _at(kind, act)), whose) for kind, whose, subject_id in _follow(act)]
        for (_, whose), posting in zip(
            follow, postings(session, [job for job, _ in follow], organisation_id=act.organisation_id), strict=True
        ):
            only_of = ONLY_OF.get(Kind(posting["name"]))
            jobs.append({**posting, "n": n, "of_event": whose == "event", "only_of": only_of})
    return {"acts": rows, "jobs": jobs}


def _follow(act: Act) -> list[tuple[Kind, str, int | None]]:
    ids = {"document": act.subject.document_id, "content": act.subject.content_id, "subject": act.subject.id}
    wanted = FOLLOW_UPS.get(act.event, ())
    return [(kind, whose, ids.get(whose)) for kind, whose in wanted if whose == "event" or ids[whose] is not None]


def _at(kind: Kind, act: Act) -> datetime | None:
    return act.not_before if kind in (Kind.NOTIFY, Kind.DISPATCH, Kind.FOLLOW_CASE) else None


def _row(actor: Actor, act: Act) -> dict[str, Any]:
    at, subject = act.at or clock.now(), act.subject
    row = {
        "at": at.isoformat(),
        "kind": act.event.value,
        "organisation_id": act.organisation_id,
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "document_id": subject.document_id,
        "arrival_id": subject.arrival_id,
        "official_id": actor.official_id,
        "acting_for_id": actor.acting_for,
        "detail": dict(act.detail or {}),
        "request_id": actor.request_id,
    }
    return row | _leaf(act, at) if act.event in LEDGERED else row


def _leaf(act: Act, at: datetime) -> dict[str, Any]:
    if act.facts is None:
        raise ValueError(f"{act.event} is an act on the register and needs its facts")
    made = ledger.make(
        act=act.event.value,
        organisation_id=act.organisation_id,
        at=at,
        facts={"subject": act.subject.kind, "id": act.subject.id, **act.facts},
        document_id=act.subject.document_id,
        arrival_id=act.subject.arrival_id,
    )
    hexed = {"leaf": made.leaf.hex(), "leaf_hash": made.leaf_hash.hex(), "salt": made.salt.hex()}
    return {**hexed, "facts": made.facts}


_ON_THE_REGISTER = statement()
_BESIDE_IT = statement(leaves=False)
