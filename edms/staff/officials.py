"""Officials: entered, changed, let go. Nobody changes her own post, unit or days, whatever her role."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session
from sqlalchemy.orm.util import identity_key

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.errors import Conflict, Forbidden, Invalid, NotFound
from edms.events import Event, Subject, record
from edms.staff.entry import Entry
from edms.staff.models import Official, Organisation, Unit
from edms.staff.organisations import administered
from edms.staff.units import check_open

MOST_PREFERENCES = 100


def enter_official(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    *,
    login: str,
    names: Mapping[str, str],
    posts: Mapping[str, str],
    unit: Unit | None = None,
    language: str | None = None,
    email: str | None = None,
    telephone: str | None = None,
    superior: Official | None = None,
    hired_on: date | None = None,
) -> Official:
    """Enter a person in her post. She can do nothing until a role is granted and a password set.

    Errors: Forbidden, Invalid, Conflict on a used login.
    """
    require(actor, Permission.PEOPLE_MANAGE, organisation)
    entry = Entry()
    official = Official(
        organisation=organisation,
        organisation_id=organisation.organisation_id,
        login=entry.login(login),
        names=entry.names("names", names),
        posts=entry.names("posts", posts, needed=False),
        language=entry.language(language or organisation.language),
        email=entry.email(email),
        telephone=entry.text("telephone", telephone),
        hired_on=hired_on or clock.today(organisation.time_zone),
    )
    entry.require()
    _place(official, unit=unit, superior=superior)
    if session.scalar(select(Official).where(Official.login == official.login)) is not None:
        raise Conflict("staff.login_taken", fields={"login": "staff.login_taken"}, login=official.login)
    session.add(official)
    session.flush()  # the event carries her id
    _record(session, actor, Event.OFFICIAL_ENTERED, official, {"login": official.login, "names": official.names})
    return official


def change_official(session: Session, actor: Actor, official: Official, *, version: int, **changes: Any) -> Official:
    """Change what is given: names, posts, language, email, telephone. Errors: Forbidden, Invalid, Conflict."""
    require(actor, Permission.PEOPLE_MANAGE, official.organisation)
    if official.version != version:
        raise Conflict("error.stale")
    return _change(session, actor, official, changes, ("names", "posts", "language", "email", "telephone"))


def move_official(
    session: Session, actor: Actor, official: Official, *, unit: Unit | None, superior: Official | None
) -> Official:
    """Put her into another unit or under another superior. Errors: Forbidden for oneself, Invalid."""
    require(actor, Permission.PEOPLE_MANAGE, official.organisation)
    not_herself(actor, official)
    before = {"unit_id": official.unit_id, "superior_id": official.superior_id}
    _place(official, unit=unit, superior=superior)
    after = {"unit_id": official.unit_id, "superior_id": official.superior_id}
    _record(session, actor, Event.OFFICIAL_CHANGED, official, {"before": before, "after": after})
    return official


def change_own(session: Session, actor: Actor, official: Official, **changes: Any) -> Official:
    """What everybody may change about herself: language, telephone, preferences. Errors: Forbidden, Invalid."""
    if official.official_id != actor.official_id:
        raise Forbidden
    return _change(session, actor, official, changes, ("language", "telephone", "preferences"))


def officials(
    session: Session,
    actor: Actor,
    *,
    organisation: Organisation | None = None,
    unit: Unit | None = None,
    left: bool = False,
) -> list[Official]:
    """Who works in an organisation (default: the actor's own) today; with `left`, those who left instead."""
    require(actor, Permission.PEOPLE_READ, organisation)
    wanted = organisation.organisation_id if organisation is not None else actor.organisation_id
    today = clock.today(actor.time_zone)
    found = select(Official).where(administered(actor, Official.organisation_id), Official.organisation_id == wanted)
    found = found.where(
        Official.left_on <= today if left else or_(Official.left_on.is_(None), Official.left_on > today)
    )
    if unit is not None:
        found = found.where(Official.unit_id == unit.unit_id)
    return list(session.scalars(found.order_by(Official.login)))


def official_of(session: Session, actor: Actor, official_id: int) -> Official:
    """One official of the actor's organisation, or of one she administers. Errors: NotFound."""
    found = select(Official).where(administered(actor, Official.organisation_id), Official.official_id == official_id)
    official = session.scalar(found)
    if official is None:
        raise NotFound
    return official


def by_id(session: Session, idents: Iterable[int | None]) -> dict[int, Official]:
    """The people behind ids, wherever they work; whoever is at hand in this transaction is not asked for again."""
    wanted = {ident for ident in idents if ident is not None}
    found = {ident: session.identity_map.get(identity_key(Official, ident)) for ident in wanted}
    known = {ident: person for ident, person in found.items() if isinstance(person, Official)}
    if absent := wanted - known.keys():
        known |= {p.official_id: p for p in session.scalars(select(Official).where(Official.official_id.in_(absent)))}
    return known


def _change(
    session: Session, actor: Actor, official: Official, changes: Mapping[str, Any], allowed: tuple[str, ...]
) -> Official:
    if unknown := set(changes) - set(allowed):
        raise Forbidden(
            "staff.field_not_changeable", fields=dict.fromkeys(sorted(unknown), "staff.field_not_changeable")
        )
    entry = Entry()
    checks: dict[str, Callable[[Any], Any]] = {
        "names": lambda given: entry.names("names", given),
        "posts": lambda given: entry.names("posts", given, needed=False),
        "language": entry.language,
        "email": entry.email,
        "telephone": lambda given: entry.text("telephone", given),
        "preferences": lambda given: _preferences(entry, given),
    }
    checked = {name: checks[name](given) for name, given in changes.items()}
    entry.require()
    before = {name: getattr(official, name) for name in checked if getattr(official, name) != checked[name]}
    for name in before:
        setattr(official, name, checked[name])
    if told := sorted(set(before) - {"preferences"}):  # how her desk looks is nobody's history
        detail = {"before": {n: before[n] for n in told}, "after": {n: checked[n] for n in told}}
        _record(session, actor, Event.OFFICIAL_CHANGED, official, detail)
    return official


def _preferences(entry: Entry, given: Mapping[str, Any]) -> dict[str, Any]:
    if len(given) > MOST_PREFERENCES:
        entry.wrong["preferences"] = "staff.text_too_long"
    return dict(given)


def _place(official: Official, *, unit: Unit | None, superior: Official | None) -> None:
    if unit is not None:
        check_open(unit, official.organisation_id)
    if superior is not None and (
        superior.organisation_id != official.organisation_id or superior.official_id == official.official_id
    ):
        raise Invalid(fields={"superior": "staff.superior_unknown"})
    official.unit_id = unit.unit_id if unit is not None else None
    official.superior_id = superior.official_id if superior is not None else None


def not_herself(actor: Actor, official: Official) -> None:
    """Refuse an act about oneself, or about the one stood in for. Errors: Forbidden."""
    if official.official_id in actor.people:
        raise Forbidden("staff.not_for_oneself")


def _record(session: Session, actor: Actor, event: Event, official: Official, detail: Mapping[str, Any]) -> None:
    subject = Subject("official", official.official_id)
    record(session, actor, event, subject, organisation_id=official.organisation_id, detail=detail)
