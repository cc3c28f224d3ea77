"""The card of a person goes with the last letter that names it: kept for its letters, it has no purpose without them.

Personal data are kept no longer than what they were taken for asks (data protection law of 2023, and of Armenia). Cards
of bodies stay, and so does that of a person whom any other letter, sending or draft still names, under any of the names
that were merged into it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import ARRAY, BigInteger, bindparam, text
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.events import Event, Subject, record
from edms.registry.words import CorrespondentKind
from edms.retention import traces

# Each table that names a correspondent; a house test asks for it.
NAMING = {
    "document": "document_id = ANY(:documents)",
    "document_party": "document_id = ANY(:documents)",
    "addressee": "document_id = ANY(:documents)",
    "dispatch": "document_id = ANY(:documents)",
    "draft": "draft_id = ANY(:drafts)",
}

_NAMED = " UNION ".join(f"SELECT correspondent_id FROM {table} WHERE {theirs}" for table, theirs in NAMING.items())  # noqa: S608
_KIN = """
WITH RECURSIVE kin AS (
  SELECT correspondent_id AS root, correspondent_id FROM correspondent
    WHERE correspondent_id = ANY(:people) AND merged_into_id IS NULL
  UNION SELECT k.root, c.correspondent_id FROM kin k JOIN correspondent c ON c.merged_into_id = k.correspondent_id)"""
_LOCK = f"""{_KIN}
SELECT correspondent_id FROM correspondent WHERE correspondent_id IN (SELECT correspondent_id FROM kin)
ORDER BY correspondent_id FOR UPDATE"""  # noqa: S608 - our own text
_USED = " OR ".join(f"EXISTS (SELECT FROM {table} n WHERE n.correspondent_id = k.correspondent_id)" for table in NAMING)
_IDLE = f"""{_KIN}
SELECT k.correspondent_id FROM kin k JOIN correspondent r ON r.correspondent_id = k.root
WHERE r.kind = :person AND r.own_organisation_id IS NULL AND k.root NOT IN (SELECT k.root FROM kin k WHERE {_USED})
ORDER BY k.correspondent_id"""  # noqa: S608 - our own text
_GONE = (
    "DELETE FROM correspondent_key WHERE correspondent_id = ANY(:people)",
    "DELETE FROM correspondent WHERE correspondent_id = ANY(:people)",
)


def named(session: Session, documents: Sequence[int], drafts: Sequence[int]) -> list[int]:
    """The cards that these letters and drafts name. Asked before they are erased."""
    found = session.scalars(_bound(_NAMED, "documents", "drafts"), {"documents": [*documents], "drafts": [*drafts]})
    return sorted({each for each in found if each is not None})


def erase_idle(session: Session, organisation_id: int, people: Sequence[int]) -> list[int]:
    """Erase those cards of people that nothing names any more, and what the history said of them; their ids.

    Who registers a letter for one of them at this moment is waited for, and keeps it.
    """
    session.flush()
    session.execute(_bound(_LOCK, "people"), {"people": [*people]})
    found = _bound(_IDLE, "people"), {"people": [*people], "person": CorrespondentKind.PERSON.value}
    gone = list(session.scalars(*found))
    if not gone:
        return []
    for statement in _GONE:
        session.execute(_bound(statement, "people"), {"people": gone})
    session.expire_all()
    traces.forget(session, people=gone)
    for each in gone:
        record(
            session, Actor.system(organisation_id), Event.CORRESPONDENT_ERASED, Subject("correspondent", each),
            organisation_id=organisation_id,
        )  # fmt: skip
    return gone


def _bound(query: str, *names: str):  # type: ignore[no-untyped-def]
    return text(query).bindparams(*(bindparam(name, type_=ARRAY(BigInteger)) for name in names))
