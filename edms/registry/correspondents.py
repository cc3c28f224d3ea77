"""Correspondents: entered, found by three letters in any script or by number, changed, merged without loss."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, or_, select, true, tuple_, update
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.scope import own_organisation
from edms.errors import Conflict, Invalid, NotFound, RuleBroken
from edms.events import Event, Subject, record
from edms.jobs import Job, Kind, defer_all
from edms.registry import names
from edms.registry.card import Known, clean
from edms.registry.intake.keeping import sent_by
from edms.registry.intake.models import DocumentParty
from edms.registry.models import Correspondent, CorrespondentKey, Document
from edms.registry.reaching import require_changeable
from edms.registry.words import CorrespondentKind

FEWEST_LETTERS = 3
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
USED_EVERY = timedelta(minutes=1)
LONGEST = {"name": 300, "identification": 40, "address": 500, "email": 200, "telephone": 60}


@dataclass(frozen=True)
class CorrespondentCard:
    """What is known of a correspondent."""

    name: str
    kind: CorrespondentKind = CorrespondentKind.PERSON
    identification: str | None = None
    address: str | None = None
    email: str | None = None
    telephone: str | None = None
    language: str | None = None
    own_organisation_id: int | None = None


def enter(session: Session, actor: Actor, card: CorrespondentCard, *, organisation_id: int) -> Correspondent:
    """Enter a correspondent. One with the same identification number already there is a Conflict that names it."""
    _require(actor, Permission.CORRESPONDENT_EDIT, organisation_id)
    values = _checked(card)
    if twin := _by_identification(session, organisation_id, values["identification"]):
        raise Conflict(
            "registry.correspondent_exists", fields={"identification": "registry.correspondent_exists"}, name=twin.name
        )
    correspondent = Correspondent(organisation_id=organisation_id, **values)
    session.add(correspondent)
    session.flush()  # keys and event need its id
    _index(session, correspondent)
    _record(session, actor, Event.CORRESPONDENT_ENTERED, correspondent)
    return correspondent


def change(
    session: Session, actor: Actor, correspondent: Correspondent, card: CorrespondentCard, *, version: int,
    reason: str | None = None,
) -> Correspondent:  # fmt: skip
    """Change what is known, and why where it is said; letters keep the name that stands on them. Errors: Conflict."""
    require_changeable(actor, correspondent)
    if correspondent.version != version:
        raise Conflict("error.stale")
    values = _checked(card)
    twin = _by_identification(session, correspondent.organisation_id, values["identification"])
    if twin is not None and twin is not correspondent:
        raise Conflict(
            "registry.correspondent_exists", fields={"identification": "registry.correspondent_exists"}, name=twin.name
        )
    before = {name: getattr(correspondent, name) for name in LONGEST}
    for name, value in values.items():
        setattr(correspondent, name, value)
    _index(session, correspondent)
    _record(
        session,
        actor,
        Event.CORRESPONDENT_CHANGED,
        correspondent,
        before=before,
        **({"reason": reason} if reason else {}),
    )
    return correspondent


def find(
    session: Session, actor: Actor, typed: str, *, after: tuple[datetime, int] | None = None, limit: int = 12
) -> list[Correspondent]:
    """Those whose name has words beginning as typed, in any script, or whose number begins so; the last used first.

    `after` is where the last line seen stands: `last_used(line)` and its id.
    """
    require(actor, Permission.CORRESPONDENT_READ)
    typed = clean(typed) or ""
    found = select(Correspondent).where(
        own_organisation(actor, Correspondent.organisation_id), Correspondent.merged_into_id.is_(None)
    )
    if not typed:
        found = found.where(Correspondent.used_at.is_not(None))
    elif len(typed) < FEWEST_LETTERS:
        return []
    else:
        number = Correspondent.identification.startswith(typed, autoescape=True)
        found = found.where(or_(_named(typed), number) if any(c.isdigit() for c in typed) else _named(typed))
    used = func.coalesce(Correspondent.used_at, NEVER)
    if after is not None:
        found = found.where(tuple_(used, Correspondent.correspondent_id) < after)
    return list(session.scalars(found.order_by(used.desc(), Correspondent.correspondent_id.desc()).limit(limit)))


def last_used(correspondent: Correspondent) -> datetime:
    """When a letter last named it, for its place in the list; of one that none named, long ago."""
    return correspondent.used_at or NEVER


def correspondent_of(session: Session, actor: Actor, correspondent_id: int) -> Correspondent:
    """One correspondent; of a merged one, the one it was merged into. Errors: NotFound."""
    require(actor, Permission.CORRESPONDENT_READ)
    found = select(Correspondent).where(
        own_organisation(actor, Correspondent.organisation_id), Correspondent.correspondent_id == correspondent_id
    )
    correspondent = session.scalar(found)
    if correspondent is None:
        raise NotFound
    if correspondent.merged_into_id is not None:
        return correspondent_of(session, actor, correspondent.merged_into_id)
    return correspondent


def merge(session: Session, actor: Actor, *, keep: Correspondent, other: Correspondent, reason: str) -> Correspondent:
    """Make one of two: letters of `other` point to `keep`, what `keep` lacks is taken over, `other` stays as a sign.

    Errors: RuleBroken when their identification numbers differ: those are two people.
    """
    require(actor, Permission.CORRESPONDENT_MERGE, keep)
    require(actor, Permission.CORRESPONDENT_MERGE, other)
    if keep.correspondent_id == other.correspondent_id or keep.organisation_id != other.organisation_id:
        raise RuleBroken("registry.merge_needs_two")
    if keep.merged_into_id or other.merged_into_id:
        raise RuleBroken("registry.merge_done_before")
    if keep.identification and other.identification and keep.identification != other.identification:
        raise RuleBroken("registry.merge_two_people", one=keep.identification, other=other.identification)
    for name in ("identification", "address", "email", "telephone", "language", "own_organisation_id"):
        if getattr(keep, name) is None:
            setattr(keep, name, getattr(other, name))
    document_ids = list(session.scalars(select(Document.document_id).where(sent_by([other.correspondent_id]))))
    session.execute(
        update(Document)
        .where(Document.correspondent_id == other.correspondent_id)
        .values(correspondent_id=keep.correspondent_id, version=Document.version + 1)
    )
    # Letters that she signed with others: their cards are indexed anew as well.
    further = select(DocumentParty.document_id).where(DocumentParty.correspondent_id == other.correspondent_id)
    session.execute(update(Document).where(Document.document_id.in_(further)).values(version=Document.version + 1))
    session.execute(
        update(DocumentParty)
        .where(DocumentParty.correspondent_id == other.correspondent_id)
        .values(correspondent_id=keep.correspondent_id)
    )
    # Those merged into `other` before follow it, so that every name leads in one step to the card that stays.
    session.execute(
        update(Correspondent)
        .where(Correspondent.merged_into_id == other.correspondent_id)
        .values(merged_into_id=keep.correspondent_id, version=Correspondent.version + 1)
    )
    other.merged_into_id = keep.correspondent_id
    session.flush()  # the names to be found by are read back
    _index(session, keep)
    session.execute(delete(CorrespondentKey).where(CorrespondentKey.correspondent_id == other.correspondent_id))
    defer_all(session, [Job(Kind.INDEX, document_id) for document_id in document_ids])
    detail = {"other": other.correspondent_id, "reason": clean(reason), "documents": document_ids}
    _record(session, actor, Event.CORRESPONDENT_MERGED, keep, **detail)
    return keep


def other_names(session: Session, actor: Actor, correspondent: Correspondent) -> list[str]:
    """The names of those that were merged into this one, by which it is still found."""
    require(actor, Permission.CORRESPONDENT_READ, correspondent)
    return [name for name in _merged_names(session, correspondent) if name != correspondent.name]


def _merged_names(session: Session, correspondent: Correspondent) -> list[str]:
    merged = select(Correspondent.name).where(Correspondent.merged_into_id == correspondent.correspondent_id)
    return list(dict.fromkeys(session.scalars(merged.order_by(Correspondent.correspondent_id))))


def _named(typed: str) -> ColumnElement[bool]:
    """Every typed word begins a word of the name, in some script or romanisation."""
    return and_(
        true(),
        *(
            select(CorrespondentKey.correspondent_id)
            .where(
                CorrespondentKey.correspondent_id == Correspondent.correspondent_id,
                CorrespondentKey.organisation_id == Correspondent.organisation_id,
                or_(*(CorrespondentKey.key.startswith(key, autoescape=True) for key in names.keys(word))),
            )
            .exists()
            for word in names.words(typed)
        ),
    )


def _by_identification(session: Session, organisation_id: int, identification: str | None) -> Correspondent | None:
    """The one with this number; until the end of the transaction nobody else enters another."""
    if not identification:
        return None
    held = f"correspondent:{organisation_id}:{identification}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(held, 0))))
    return session.scalar(
        select(Correspondent).where(
            Correspondent.organisation_id == organisation_id,
            Correspondent.identification == identification,
            Correspondent.merged_into_id.is_(None),
        )
    )


def _checked(card: CorrespondentCard) -> dict[str, Any]:
    values = {
        name: clean(value) if isinstance(value, str) and name != "kind" else value
        for name, value in asdict(card).items()
    }
    wrong = {name: "registry.text_too_long" for name, most in LONGEST.items() if len(values[name] or "") > most}
    if not values["name"]:
        wrong["name"] = "registry.correspondent_needs_name"
    if values["email"] and "@" not in values["email"]:
        wrong["email"] = "registry.email_impossible"
    if wrong:
        raise Invalid(fields=wrong)
    return values


def _index(session: Session, correspondent: Correspondent) -> None:
    session.execute(delete(CorrespondentKey).where(CorrespondentKey.correspondent_id == correspondent.correspondent_id))
    called = [correspondent.name, *_merged_names(session, correspondent)]
    words = [word for name in called for word in names.words(name)]
    for key in sorted({key[:80] for word in words for key in names.keys(word)}):
        session.add(
            CorrespondentKey(
                correspondent_id=correspondent.correspondent_id, key=key, organisation_id=correspondent.organisation_id
            )
        )


def _require(actor: Actor, permission: Permission, organisation_id: int) -> None:
    require(actor, permission, Correspondent(organisation_id=organisation_id))


def _record(session: Session, actor: Actor, event: Event, correspondent: Correspondent, **detail: object) -> None:
    record(
        session,
        actor,
        event,
        Subject("correspondent", correspondent.correspondent_id),
        organisation_id=correspondent.organisation_id,
        detail=detail,
    )


def touch(session: Session, correspondent: Correspondent | Known) -> None:
    """Remember that it was used now, so that it is offered first; no version change, this is no edit of the card.

    Once a minute is enough: two letters of one ministry at the same time do not wait for each other's row.
    """
    now = clock.now()
    if correspondent.used_at is not None and now - correspondent.used_at < USED_EVERY:
        return
    own = Correspondent.correspondent_id == correspondent.correspondent_id
    later = func.coalesce(Correspondent.used_at, NEVER) < now
    # No key is changed: letters of this sender may be entered meanwhile (a stronger lock would meet them crosswise).
    idle = select(Correspondent.correspondent_id).where(own, later).with_for_update(skip_locked=True, key_share=True)
    session.execute(
        update(Correspondent)
        .where(Correspondent.correspondent_id == idle.scalar_subquery())
        .values(used_at=now)
        .execution_options(synchronize_session=False)
    )
