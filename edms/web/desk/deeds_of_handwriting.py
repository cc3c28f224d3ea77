"""A resolution written by hand, entered with its scan by the secretary whom the head lets do so."""

from __future__ import annotations

from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import permits, require
from edms.errors import Forbidden, Invalid
from edms.registry.models import Document
from edms.registry.words import DocumentState
from edms.routing import handwritten
from edms.staff.entrusting import entrusted_by
from edms.staff.models import Official
from edms.web.desk import resolve_form, uploaded
from edms.web.desk.deeds import Deed, Done, Shown
from edms.web.desk.resolve_form import BY_CLOCK, ResolveForm
from edms.web.kit import Filled, language, read


def heads(session: Session, who: Actor, document: Document) -> list[Official]:
    """Whose handwriting the actor may enter on this letter."""
    if document.state is DocumentState.FILED or not permits(who, Permission.RESOLUTION_ENTER, document):
        return []
    return entrusted_by(session, who)


def _shown(session: Session, who: Actor, document: Document, thing: int) -> Shown:
    require(who, Permission.RESOLUTION_ENTER, document)
    whose = entrusted_by(session, who)
    if not whose:
        raise Forbidden("access.refused", permission=Permission.RESOLUTION_ENTER.value)
    first = whose[0].official_id
    offered = resolve_form.choices(session, who, document, author_id=first)
    return Shown(
        Filled.of(until=BY_CLOCK, head=first),
        values={
            "offered": {**offered, "phrases": []}, "more": [], "informed": [], "filing": True, "following": False,
            "changes": False, "kept": False,
            "heads": [(p.official_id, f"{p.name(language())} · {p.post(language())}") for p in whose],
        },
    )  # fmt: skip


def _enter(session: Session, who: Actor, document: Document, thing: int) -> Done:
    form = read(ResolveForm)
    scan = uploaded.content(session, who, document)
    if scan is None:
        raise Invalid(fields={"file": "routing.handwriting_needs_scan"})
    try:
        made = handwritten.enter(
            session, who, document, head=form.head or 0, scan=scan, text=form.words,
            executors=resolve_form.named(session, who, form), order=form.order,
            due_on=form.day(clock.today(who.time_zone)), to_file=form.to_file,
        )  # fmt: skip
    except Invalid as error:
        raise resolve_form.at_fields(error) from error
    return Done(f"resolution-{made.resolution_id}")


DEEDS = {"handwritten": Deed("letter.handwritten", _shown, _enter, template="resolve", with_file=True)}
