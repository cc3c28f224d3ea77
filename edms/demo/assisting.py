"""A mother asks for help with a treatment: a case of social assistance that came yesterday, last of all letters.

It was found complete and within the programme; the registers outside are to be asked next. Made through the services.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from edms import clock
from edms.demo import letters
from edms.demo.past import Came, Past, time_of
from edms.registry import registration
from edms.registry.card import Card
from edms.registry.models import Document
from edms.registry.words import Channel, RegisterKind
from edms.services import applying, cases, entering, seats, steps, timing
from edms.services.models import Case

SERVICE = "social_assistance"
UNITS = {"social": "07", "social_commission": "07", "finance": "01", "architecture": "12", "property": "12"}
ASKED: Mapping[str, Any] = {
    "applicant_name": "ქეთევან ჯანელიძე",
    "personal_number": "01008034512",
    "applicant_address": "რუსთაველის ქუჩა 14, ქვემო",
    "phone": "+995 599 12 34 56",
    "by_representative": False,
    "assistance_kind": "treatment",
    "assistance_reason": "შვილის ოპერაციის თანადაფინანსება; ოჯახს სხვა შემოსავალი არ აქვს.",
    "household_members": 4,
    "bank_account": "GE29NB0000000101904917",
}


def day(past: Past, today: date) -> None:
    """Say which units the routes mean, what is offered online, and let the case come to its commission."""
    with past.house.transaction() as session:
        administrator = past.actor(session, "giorgi")
        for name, index in UNITS.items():
            unit_id = past.town.units[index].unit_id
            seats.name(session, administrator, past.town.kvemo, name, unit_id=unit_id, version=0)
        applying.offer(session, administrator, past.town.kvemo, [SERVICE])
    came = _came(past, today - timedelta(days=1))
    past.resolve(came, "davit", ["lali"])
    with past.house.transaction() as session:  # this morning
        document = session.get_one(Document, came.document_id)
        case_id = cases.begin(session, past.actor(session, "lali"), document, SERVICE, values=ASKED).case_id
    with past.house.transaction() as session:
        case, lali = session.get_one(Case, case_id), past.actor(session, "lali")
        entering.note_papers(session, lali, case, {"identity_copy": None, "medical_form": None, "medical_invoice": None})
        row = timing.open_rows(case)[0]
        steps.do(session, lali, row, version=row.version, answer="complete")
        row = timing.open_rows(case)[0]
        known = {"programme_line": "07 02 01", "programme_threshold": "57001", "visit_needed": "no"}
        steps.do(session, lali, row, version=row.version, answer="in_programme", given=known)


def _came(past: Past, on: date) -> Came:
    """Her application at the counter, on that day."""
    at = time_of(on, 18, past.chance)
    written = letters.letter(letters.SUBJECTS[0], past.chance)
    card = Card(
        summary="განცხადება ფულადი სოციალური დახმარების შესახებ",
        channel=Channel.COUNTER,
        correspondent_name=str(ASKED["applicant_name"]),
        correspondent_address=str(ASKED["applicant_address"]),
        document_type="application",
        addressee_id=past.town.people["davit"].official_id,
        case_index="07-02",
        sheets=3,
    )
    with clock.at(at), past.house.transaction() as session:
        book = past.town.books[RegisterKind.APPLICATIONS]
        made = registration.register(
            session, past.actor(session, "nino"), book, card, idempotency_key="demo:assistance", waiting_scan=True
        )
        return Came(made.document_id, written, at)
