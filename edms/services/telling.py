"""Who is told of what in a case: those outside read it on the tracking page, those inside on their desks.

What goes out on paper is a document of the case, with its own sending and its day of service.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.access.roles import Role
from edms.events import Event, Subject
from edms.registry.models import Document
from edms.services import holding, seats
from edms.services.definition import Notice
from edms.services.kinds import Addressee, NoticeMoment
from edms.services.models import Case, CaseNotice, CaseStep
from edms.staff.models import Organisation

INSIDE = (Addressee.PARTY, Addressee.HEAD)


def tell(
    session: Session, actor: Actor, case: Case, document: Document, row: CaseStep, notices: Sequence[Notice],
    moment: NoticeMoment | None,
) -> None:  # fmt: skip
    """Tell what is told at this moment of a step; None: all of them, as a timer does."""
    for notice in notices:
        if moment is not None and notice.moment is not moment:
            continue
        if notice.to in INSIDE:
            _inside(session, actor, case, document, row, notice)
            continue
        session.add(
            CaseNotice(
                case_id=case.case_id,
                message=notice.message,
                addressee=notice.to,
                step=row.step,
                at=clock.now(),
                due_on=row.due_on,
            )
        )


def tell_of_end(session: Session, case: Case, message: str) -> None:
    """Tell the applicant how her case ended before its end."""
    step = case.steps[-1].step
    session.add(
        CaseNotice(case_id=case.case_id, message=message, addressee=Addressee.APPLICANT, step=step, at=clock.now())
    )


def told(session: Session, case: Case, addressee: Addressee | None = None) -> list[CaseNotice]:
    """What was told outside, the newest first; with `addressee` what these were told."""
    found = select(CaseNotice).where(CaseNotice.case_id == case.case_id)
    if addressee is not None:
        found = found.where(CaseNotice.addressee == addressee)
    return list(session.scalars(found.order_by(CaseNotice.case_notice_id.desc())))


def _inside(session: Session, actor: Actor, case: Case, document: Document, row: CaseStep, notice: Notice) -> None:
    organisation = session.get_one(Organisation, case.organisation_id)
    if notice.to is Addressee.HEAD:
        people = seats.sitting(session, organisation, document, Role.HEAD, None)
    else:
        people = seats.sitting(session, organisation, document, row.role, row.seat)
    to = [row.official_id] if notice.to is Addressee.PARTY and row.official_id else [p.official_id for p in people]
    detail = {"step": row.step, "message": notice.message, "to": to, "due_on": row.due_on and row.due_on.isoformat()}
    about = Subject("case-step", row.case_step_id, document_id=document.document_id)
    holding.note(session, actor, Event.CASE_REMINDED, case, document, detail, subject=about)
