"""The organisation's seal: put in by its administrator, set on copies and journals, told apart from people's signatures."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select

from edms import clock
from edms.demo.authority import Inside
from edms.errors import NotFound, Unavailable
from edms.events import Event, EventLine
from edms.registry import contents
from edms.registry.models import Content, Document
from edms.registry.words import ContentRole
from edms.reports import journals
from edms.reports.models import Journal, JournalState
from edms.signing import seals
from edms.signing.models import VerdictLine
from edms.signing.verdicts import Bottom, Level
from tests import letters, signers
from tests import signatures as s

pytest_plugins = ["tests.web.desk_site"]
PASSWORD = "a long reading room sentence"


@pytest.fixture
def sealing(desk, monkeypatch):
    """The desk with a time authority and a letter's certified copy; the copy's letter and content."""
    of = signers.authority()
    monkeypatch.setattr(type(desk.house), "roots", property(lambda self: s.roots(of)))
    desk.house.__dict__["outside"] = Inside(of)

    def act(session, office):
        document = letters.letter(session, office)
        stored = desk.house.store.put(io.BytesIO(s.page()), limit=10**8)
        actor = office.registrar.actor()
        content = contents.enter(
            session, actor, organisation_id=document.organisation_id, stored=stored, name="1.pdf", media_type="application/pdf",
        )  # fmt: skip
        contents.attach(session, actor, document, content, ContentRole.COPY)
        session.flush()
        return document.document_id, content.content_id

    return desk.do(act)


def _administrator(desk):
    administrator = desk.as_("administrator")
    administrator.post("/account/step-up", {"password": PASSWORD})
    return administrator


def _put(who, code: str, pin: str, status: int = 303):
    file = (io.BytesIO(signers.authority().pkcs12(code).read_bytes()), "seal.p12")
    return who.post("/house/seal/", {"way": "file", "pin": pin, "file": file}, status=status)


def _registrar(desk):
    registrar = desk.as_("registrar")
    registrar.post("/account/step-up", {"password": PASSWORD})
    return registrar


def test_only_an_administrator_puts_it_in_and_only_a_seal_is_one(desk) -> None:
    for name in ("registrar", "mayor", "stranger"):
        assert desk.as_(name).client.get("/house/seal/").status_code == 403
    assert "/account/step-up" in desk.as_("administrator").client.get("/house/seal/").headers["Location"]
    administrator = _administrator(desk)
    _put(administrator, "seal", "wrong", 422)
    of_person = _put(administrator, "mayor", s.PIN, 422).get_data(as_text=True)
    assert s.MAYOR.name in of_person and "way=card" not in of_person
    _put(administrator, "seal", s.PIN)
    page = administrator.get("/house/seal/")
    assert signers.SEAL.name in page and s.PIN not in page
    organisation_id = desk.do(lambda _, office: office.organisation.organisation_id)
    assert desk.house.seals.card(organisation_id).seal and not s.signer().opened(s.PIN).card.seal
    assert desk.do(
        lambda session, _: session.scalars(select(EventLine).where(EventLine.kind == Event.SEAL_CHANGED)).all()
    )
    moving_in, open_step = "/house/moving-in/", "/house/moving-in/seal/looked-through"
    assert open_step not in administrator.get(moving_in)
    administrator.post("/house/seal/take-away")
    assert desk.house.seals.card(organisation_id) is None and open_step in administrator.get(moving_in)


def test_a_certified_copy_is_sealed_whole_or_not_at_all(desk, sealing) -> None:
    document_id, content_id = sealing
    address = f"/letters/{document_id}/contents/{content_id}/seal"
    assert address not in desk.as_("registrar").get(f"/letters/{document_id}")
    _put(_administrator(desk), "seal", s.PIN)
    assert "/account/step-up" in desk.as_("registrar").client.get(address).headers["Location"]
    for name, status in (("stranger", 404), ("executor", 404), ("auditor", 403)):
        desk.as_(name).get(address, status)
    registrar = _registrar(desk)
    assert address in registrar.get(f"/letters/{document_id}")
    registrar.post(address, {"pin": "0000"}, status=422)
    real = desk.house.outside
    desk.house.__dict__["outside"] = _Silent()
    registrar.post(address, {"pin": s.PIN}, status=422)
    assert desk.do(lambda session, _: session.scalars(select(VerdictLine)).all()) == []
    desk.house.__dict__["outside"] = real
    registrar.post(address, {"pin": s.PIN})
    registrar.post(address, {"pin": s.PIN}, status=422)  # once

    def seen(session, _):
        document, content = session.get_one(Document, document_id), session.get_one(Content, content_id)
        sealed = seals.sealed_of(session, content)
        places = [place.content_id for place in contents.papers(session, document) if place.role is ContentRole.COPY]
        line = session.scalars(select(VerdictLine)).one()
        event = session.scalars(select(EventLine).where(EventLine.kind == Event.CONTENT_SEALED)).one()
        with desk.house.store.open(sealed.store_key) as stream:
            return places == [content_id, sealed.content_id], line, event, stream.read()

    both, line, event, pdf = desk.do(seen)
    assert both and (line.bottom, line.level) == (Bottom.PASSED, Level.LTA) and line.findings[0]["seal"] is True
    assert event.document_id == document_id and s.PIN not in str(event.detail) and pdf.startswith(s.page())
    page = registrar.get(f"/letters/{document_id}")
    assert f"ორგანიზაციის ელექტრონული შტამპი: {signers.SEAL.name}" in page and "ხელმომწერი:" not in page


def test_a_journal_on_paper_is_sealed_by_who_asked_for_it(desk, sealing) -> None:
    _put(_administrator(desk), "seal", s.PIN)

    def act(session, office):
        book = office.incoming
        stored = desk.house.store.put(io.BytesIO(s.page()), limit=10**8)
        content = contents.enter(
            session, office.registrar.actor(), organisation_id=book.organisation_id, stored=stored, name="j.pdf", media_type="application/pdf",
        )  # fmt: skip
        day = clock.today("Asia/Tbilisi")
        made = Journal(
            organisation_id=book.organisation_id, register_id=book.register_id, first_on=day, last_on=day, state=JournalState.MADE,
            asked_by_id=office.registrar.official_id, asked_at=clock.now(), made_at=clock.now(), content_id=content.content_id, lines=1, pages=1,
        )  # fmt: skip
        session.add(made)
        session.flush()
        return made.journal_id, book.register_id, content.content_id

    journal_id, register_id, content_id = desk.do(act)
    address = f"/registers/journals/{journal_id}/seal"
    desk.as_("mayor").get(address, 404)
    registrar = _registrar(desk)
    assert address in registrar.get(f"/registers/{register_id}/journal")
    registrar.post(address, {"pin": s.PIN})
    with pytest.raises(NotFound):
        desk.do(lambda session, office: journals.journal_of(session, office.mayor.actor(), journal_id))
    now = desk.do(lambda session, _: session.get_one(Journal, journal_id).content_id)
    assert now != content_id and b"%PDF" in registrar.client.get(f"/registers/journals/{journal_id}.pdf").data


class _Silent:
    def timestamper(self):
        raise Unavailable("signing.time_authority_silent")

    def fetchers(self):
        raise Unavailable("signing.revocation_silent")
