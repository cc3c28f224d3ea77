"""What is attached to a message is read in the tray and on its letter, by whoever may read those; earlier bytes of a signed
page are no attachment of it.
"""

from __future__ import annotations

import io

from edms.registry import arrivals, contents
from edms.registry.words import Channel, ContentRole, Tray
from tests import letters

pytest_plugins = ["tests.web.desk_site"]
PLAN = "გეგმა.pdf"


def entered(desk, data: bytes, name: str, media_type: str, parent_id: int | None = None) -> int:
    stored = desk.house.store.put(io.BytesIO(data), limit=1 << 20)

    def act(session, office):
        return contents.enter(
            session, office.registrar.actor(), organisation_id=office.organisation.organisation_id, stored=stored,
            name=name, media_type=media_type, parent_id=parent_id,
        ).content_id  # fmt: skip

    return int(desk.do(act))


def mail(desk) -> tuple[int, int, int]:
    """A message that holds a message that holds a plan; the page signed from the plan is not in it. Outer, plan, signed."""
    outer = entered(desk, b"From: a", "წერილი.eml", "message/rfc822")
    inner = entered(desk, b"From: b", "გადმოგზავნილი.eml", "message/rfc822", outer)
    plan = entered(desk, b"%PDF-1 the plan", PLAN, "application/pdf", inner)
    return outer, plan, entered(desk, b"%PDF-1 signed", "signed.pdf", "application/pdf", plan)


def test_the_tray_shows_what_is_attached(desk):
    outer, plan, signed = mail(desk)

    def arrived(session, office):
        content = session.get_one(contents.Content, outer)
        return arrivals.take_in(
            session, office.registrar.actor(), organisation_id=office.organisation.organisation_id, tray=Tray.MAIL,
            channel=Channel.EMAIL, content=content,
        ).arrival_id  # fmt: skip

    arrival = desk.do(arrived)
    nino, address = desk.as_("registrar"), f"/arrivals/{arrival}/contents/{plan}"
    card = nino.get(f"/arrivals/{arrival}")
    assert address in card and PLAN in card and "signed.pdf" not in card
    assert nino.client.get(address).data == b"%PDF-1 the plan"
    nino.get(f"/arrivals/{arrival}/contents/{signed}", status=404)
    nino.get(f"/arrivals/{arrival}/contents/{outer}", status=404)
    for where in (address, f"{address}/page/1/preview"):
        desk.as_("executor").get(where, status=403)
        desk.as_("foreigner").get(where, status=404)


def test_its_letter_shows_what_is_attached(desk):
    outer, plan, signed = mail(desk)

    def lies(session, office):
        document = letters.letter(session, office)
        content = session.get_one(contents.Content, outer)
        contents.attach(session, office.registrar.actor(), document, content, ContentRole.ORIGINAL)
        return document.document_id

    letter = desk.do(lies)
    nino, address = desk.as_("registrar"), f"/letters/{letter}/contents/{plan}"
    page = nino.get(f"/letters/{letter}")
    assert address in page and PLAN in page and "signed.pdf" not in page
    assert nino.client.get(address).data == b"%PDF-1 the plan"
    nino.get(f"/letters/{letter}/contents/{signed}", status=404)
    for name in ("stranger", "foreigner"):
        desk.as_(name).get(address, status=404)
