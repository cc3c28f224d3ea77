"""An applicant's e-mail address on an answer: known to its author and the dispatcher, not to whoever decides."""

from __future__ import annotations

import io
from dataclasses import replace

from edms.drafting import drafts, pages
from edms.drafting.models import Draft, DraftKind
from edms.registry import contents, dispatch
from edms.registry.going_out import addressees
from edms.registry.words import Channel, ContentRole, DocumentState
from tests import letters
from tests.cast import Office

pytest_plugins = ["tests.web.desk_site"]
OWN, OTHER, BODY = "ana.kalandadze@example.org", "bacho@example.org", "post@water.example"


def _card(office: Office, **more: object) -> drafts.DraftCard:
    card = drafts.DraftCard(
        subject="გზის შესახებ", signer_id=office.mayor.official_id, addressee="ანა კალანდაძე", address=OWN,
        channel=Channel.EMAIL,
    )  # fmt: skip
    return replace(card, **more)


def _answer(session, author, office: Office, **more: object) -> Draft:
    letter = letters.letter(session, office)
    if author.official_id != office.mayor.official_id:
        letters.resolved(session, office, letter, author)
    made = drafts.begin(
        session, author.actor(), kind=DraftKind.REPLY, card=_card(office, **more), text="გაცნობებთ.",
        in_reply_to=letter,
    )  # fmt: skip
    named = [addressees.Named("ბაჩო აბაშიძე", OTHER, Channel.EMAIL)]
    addressees.put(session, author.actor(), named, organisation_id=made.organisation_id, draft_ref=made.draft_id)
    return made


def _sent(session, office: Office, store) -> int:
    """An answer as it stands in the register, on its way by e-mail."""
    letter = letters.own_letter(
        session, office, channel=Channel.EMAIL, correspondent_address=OWN, addressee_id=office.mayor.official_id
    )
    stored = store.put(io.BytesIO(b"%PDF-1.7 signed"), limit=1000)
    content = contents.enter(
        session, office.registrar.actor(), organisation_id=letter.organisation_id, stored=stored, name="a.pdf",
        media_type="application/pdf",
    )  # fmt: skip
    contents.attach(session, office.registrar.actor(), letter, content, ContentRole.SIGNED)
    letter.state = DocumentState.SIGNED
    session.flush()
    dispatch.ask(session, office.registrar.actor(), letter, channel=Channel.EMAIL, correspondent=None, address=OWN)
    return letter.document_id


def test_a_program_of_the_signer_is_not_told_the_address_and_that_of_the_author_is(api) -> None:
    with api.house.transaction() as session:
        office = _cast(api, session)
        draft = _answer(session, office.executor, office)
        letter = _sent(session, office, api.house.store)
        draft_id = draft.draft_id
    seen = {}
    for name in ("executor", "mayor"):
        program = api.program(name)
        others = program.get(f"/drafts/{draft_id}/addressees")["items"]
        seen[name] = [program.get(f"/drafts/{draft_id}")["address"], *(each["address"] for each in others)]
    assert seen == {"executor": [OWN, OTHER], "mayor": [None, None]}
    for name, address in (("registrar", OWN), ("mayor", None)):
        program = api.program(name)
        assert program.get(f"/documents/{letter}")["correspondent_address"] == address, name
        assert [each["address"] for each in program.get(f"/documents/{letter}/addressees")["items"]] == [address]
        (sending,) = program.get(f"/documents/{letter}/dispatches")["items"]
        assert sending["address"] == address, name
    for name in ("stranger", "foreigner"):
        for path in (f"/drafts/{draft_id}", f"/drafts/{draft_id}/addressees"):
            assert api.program(name).call("GET", path).status_code == 404


def test_a_decider_who_writes_herself_neither_sees_nor_loses_the_address(api) -> None:
    """It came to her with the draft; what she saves leaves it as it is, until the letter goes by post."""
    with api.house.transaction() as session:
        office = _cast(api, session)
        draft_id = _answer(session, office.mayor, office).draft_id
    mayor = api.program("mayor")
    given = {"subject": "გზის შეკეთების შესახებ", "signer_id": api.ids["mayor"], "addressee": "ანა", "text": "ა"}
    draft = mayor.get(f"/drafts/{draft_id}")
    draft = mayor.change(draft, f"/drafts/{draft_id}", {**given, "channel": "email"}, "PUT")
    assert draft["address"] is None and _address(api, draft_id) == OWN
    draft = mayor.change(draft, f"/drafts/{draft_id}", {**given, "channel": "email", "address": OTHER}, "PUT")
    assert draft["address"] is None and _address(api, draft_id) == OTHER
    draft = mayor.change(draft, f"/drafts/{draft_id}", {**given, "channel": "post"}, "PUT")
    assert draft["address"] is None and _address(api, draft_id) is None


def test_the_pages_of_a_draft_and_of_a_letter_say_it_to_the_dispatcher_alone(desk) -> None:
    def act(session, office):
        own = _answer(session, office.executor, office)
        hers = _answer(session, office.mayor, office)
        return own.draft_id, hers.draft_id, _sent(session, office, desk.house.store)

    own, hers, letter = desk.do(act)
    executor, mayor, registrar = (desk.as_(name) for name in ("executor", "mayor", "registrar"))
    assert OWN in executor.get(f"/drafts/{own}") and OTHER in executor.get(f"/drafts/{own}/addressees")
    for page in (f"/drafts/{own}", f"/drafts/{own}/addressees", f"/drafts/{hers}", f"/drafts/{hers}/addressees"):
        text = mayor.get(page)
        assert OWN not in text and OTHER not in text, page
    assert "კანცელარიაშია" in mayor.get(f"/drafts/{hers}")
    for page in (f"/letters/{letter}", f"/letters/{letter}/sendings"):
        assert OWN in registrar.get(page), page
        assert OWN not in mayor.get(page), page
    # Whoever is written to for the first time has a card with what was typed.
    assert OWN in registrar.get("/house/correspondents/?q=კალანდაძე")
    assert OWN not in mayor.get("/house/correspondents/?q=კალანდაძე")
    for name in ("stranger", "foreigner"):
        desk.as_(name).get(f"/drafts/{own}", 404)


def test_the_address_of_a_body_is_no_secret_and_no_paper_bears_one(desk) -> None:
    def act(session, office):
        draft = _answer(session, office.executor, office, address=BODY)
        known = dispatch.known(session, draft.correspondent_id)
        known.kind = type(known.kind).BODY
        paper = pages.values_of(session, draft)
        draft.address = "გორი, სტალინის გამზირი 1"
        return draft.draft_id, paper.addressee_address, pages.values_of(session, draft).addressee_address, known

    draft_id, by_mail, by_post, _ = desk.do(act)
    assert (by_mail, by_post) == ("", "გორი, სტალინის გამზირი 1")
    desk.do(lambda session, office: setattr(session.get_one(Draft, draft_id), "address", BODY))
    assert BODY in desk.as_("mayor").get(f"/drafts/{draft_id}/addressees")


def _cast(api, session) -> Office:
    moved = {}
    for name, value in vars(api.office).items():
        if hasattr(value, "official"):
            moved[name] = type(value)(session, session.merge(value.official, load=True))
        else:
            moved[name] = session.merge(value, load=True)
    return type(api.office)(**moved)


def _address(api, draft_id: int) -> str | None:
    with api.house.transaction() as session:
        return session.get_one(Draft, draft_id).address
