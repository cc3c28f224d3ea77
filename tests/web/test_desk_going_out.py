"""What goes out: many addressees under one number, the mail of a day, service and what comes back. One town a test."""

from __future__ import annotations

import io
import re
from datetime import timedelta

import pikepdf
from sqlalchemy import select

from edms import clock
from edms.drafting import addressing, drafts, pages
from edms.drafting.models import DraftKind
from edms.drafting.paper.letter import MOST_NAMED
from edms.events import Event, EventLine
from edms.jobs import Kind
from edms.overview.tracking import tracked
from edms.registry import arrivals, contents, dispatch, labels
from edms.registry.endings import ending
from edms.registry.going_out import addressees, post, service
from edms.registry.going_out.models import Addressee, PostList
from edms.registry.models import Arrival, Dispatch, Document
from edms.registry.words import ArrivalState, Channel, ContentRole, DispatchState, DocumentState, Grade, LinkKind
from tests import letters
from tests.desks import desk_of
from workers import delivery
from workers.__main__ import FAREWELLS

pytest_plugins = ["tests.web.desk_site"]


def rows(desk, table, *conditions):
    with desk.house.transaction() as session:
        return list(session.scalars(select(table).where(*conditions).order_by(*table.__table__.primary_key)))


def signed(desk, session, office, **card) -> Document:
    """A letter of ours with its signed paper."""
    stored = desk.house.store.put(io.BytesIO(b"%PDF-1.7 signed"), limit=1000)
    document = letters.own_letter(session, office, **card)
    content = contents.enter(session, office.registrar.actor(), organisation_id=document.organisation_id, stored=stored, name="letter.pdf", media_type="application/pdf")  # fmt: skip
    contents.attach(session, office.registrar.actor(), document, content, ContentRole.SIGNED)
    document.state = DocumentState.SIGNED
    session.flush()
    return document


def test_one_number_many_addressees_each_by_her_own_way(desk, monkeypatch):
    def act(session, office):
        asked = letters.letter(session, office)
        reply = signed(desk, session, office, correspondent_name="ანა კალანდაძე", correspondent_address="გორი, ქუჩა 1", links=((asked.document_id, LinkKind.REPLY_TO),), channel=Channel.POST)  # fmt: skip
        return asked.document_id, reply.document_id

    asked, letter = desk.do(act)
    registrar, neighbour = desk.as_("registrar"), desk.cast.neighbour.organisation_id
    add = f"/letters/{letter}/addressees"
    for name in ("stranger", "foreigner"):
        for address in (add, f"/letters/{letter}/sendings"):
            desk.as_(name).get(address, 404)
            desk.as_(name).post(address, {"correspondent_text": "x"}, status=404)
    desk.as_("mayor").get(add, 403)  # reads it, and dispatches nothing
    wrong = registrar.post(add, {"correspondent_text": "სამინისტრო", "channel": "email", "address": "no"}, status=422)
    assert 'href="#f-address"' in wrong.get_data(as_text=True)
    for mail in ("one@example.ge", "two@example.ge"):
        registrar.post(add, {"correspondent_text": mail[:3], "channel": "email", "address": mail})
    registrar.post(add, {"office": neighbour, "for_information": "yes"})
    page = registrar.get(f"/letters/{letter}/sendings")
    assert page.count("დამატებული") == 3
    registrar.post(f"/letters/{letter}/sendings")
    sent = rows(desk, Dispatch)
    assert [row.channel for row in sent] == [Channel.POST, Channel.EMAIL, Channel.EMAIL, Channel.EXCHANGE]
    assert "ყველა 4 ადრესატი" in registrar.get(f"/letters/{letter}")

    mails = []
    monkeypatch.setattr(delivery, "send", lambda url, message: mails.append(message) or "250")
    desk.house.settings = desk.house.settings.model_copy(update={"smtp_url": type("Url", (), {"get_secret_value": lambda self: "smtp://x"})(), "smtp_from": "kvemo@example.ge"})  # fmt: skip
    for row in sent:
        delivery.deliver(desk.house, row.dispatch_id)
        delivery.deliver(desk.house, row.dispatch_id)  # again: nothing leaves twice
    assert [m["To"] for m in mails] == ["one@example.ge", "two@example.ge"]
    assert "two@example.ge" not in str(mails[0])
    assert "one@example.ge" not in str(mails[1])
    (arrival,) = rows(desk, Arrival, Arrival.organisation_id == neighbour)
    card = desk.as_("foreigner").get(f"/arrivals/{arrival.arrival_id}")
    number = rows(desk, Document, Document.document_id == letter)[0].number
    assert f'value="{number}"' in card
    assert "ქვემოს მუნიციპალიტეტი" in card
    values = dict(re.findall(r'<input[^>]*name="(key|their_number|their_date|summary|correspondent_text)"[^>]*value="([^"]*)"', card))  # fmt: skip
    summary = re.search(r"<textarea[^>]*name=\"summary\"[^>]*>([^<]*)<", card)
    values.setdefault("summary", summary[1] if summary else "")
    desk.as_("foreigner").post(f"/arrivals/{arrival.arrival_id}", {**values, "register_id": desk.cast.foreign_incoming.register_id, "channel": "exchange", "sheets": 1, "annex_sheets": 0, "document_type": "letter", "grade": "open", "language": "ka"})  # fmt: skip
    (theirs,) = rows(desk, Document, Document.organisation_id == neighbour)
    back = rows(desk, Dispatch, Dispatch.channel == Channel.EXCHANGE)[0]
    assert back.proof == f"zemo {theirs.number} {theirs.registered_on.isoformat()}"
    assert (theirs.their_number, theirs.summary) == (number, "გზის შეკეთების თხოვნა")
    assert back.proof in registrar.get(f"/letters/{letter}/sendings")
    # They send a letter back: here its service is an open question again, with their reason.
    other = desk.do(lambda s, o: signed(desk, s, o, correspondent_name="ზემო").document_id)
    registrar.post(f"/letters/{other}/send", {"channel": "exchange", "office": neighbour})
    again = rows(desk, Dispatch)[-1]
    delivery.deliver(desk.house, again.dispatch_id)
    arrival = rows(desk, Arrival, Arrival.organisation_id == neighbour)[-1]

    def send_back(session, office):
        who = office.foreigner.actor()
        lying = arrivals.arrival_of(session, who, arrival.arrival_id)
        told = ending.Ending("ჩვენი არ არის", sender_name="ქვემო", sender_address="ქვემო", sent_by=Channel.EXCHANGE)
        ending.end(session, who, lying, state=ArrivalState.RETURNED, told=told)

    desk.do(send_back)
    assert rows(desk, Dispatch)[-1].state is DispatchState.RETURNED
    assert "ჩვენი არ არის" in registrar.get("/desk/")
    # They took it back: it is on its way as before, until we have gone on without it.
    desk.as_("foreigner").post(f"/arrivals/{arrival.arrival_id}/take-back", {"reason": "ჩვენია"})
    assert rows(desk, Dispatch)[-1].state is DispatchState.SENT
    desk.do(send_back)
    ours = rows(desk, Dispatch)[-1].dispatch_id
    desk.do(lambda s, o: dispatch.leave_at_that(s, o.registrar.actor(), s.get_one(Dispatch, ours), reason="წავიღეთ"))
    desk.as_("foreigner").post(f"/arrivals/{arrival.arrival_id}/take-back", {"reason": "ჩვენია"}, status=422)
    assert rows(desk, Arrival, Arrival.organisation_id == neighbour)[-1].state is ArrivalState.RETURNED
    with desk.house.transaction() as session:  # the citizen hears of her own sending only, never of the others'
        assert tracked(session, session.get_one(Document, asked), "ka").where[0] == "overview.track.answer_signed"


def test_the_paper_names_four_and_more_go_by_a_list(desk):
    def act(session, office):
        author = office.executor.actor()
        card = drafts.DraftCard("გზები", office.mayor.official_id, addressee="პირველი", address="ქუჩა 1")
        draft = drafts.begin(session, author, kind=DraftKind.LETTER, card=card, text="ტექსტი")
        addressing.name_others(session, author, draft, [addressees.Named("მეორე", "ქუჩა 2"), addressees.Named("მესამე", copy=True)])  # fmt: skip
        return draft.draft_id

    draft = desk.do(act)

    def text_of(count=None):
        def made(session, office):
            author = office.executor.actor()
            found = drafts.draft_of(session, author, draft)
            if count:
                addressing.name_others(session, author, found, [addressees.Named(f"უწყება {n}", f"ქუჩა {n}") for n in range(count)])  # fmt: skip
                session.flush()
            return pages.values_of(session, found), pages.make(session, author, found, store=desk.house.store)

        return desk.do(made)

    values, page = text_of()
    assert [(r.name, r.copy) for r in values.recipients] == [("პირველი", False), ("მეორე", False), ("მესამე", True)]
    assert not values.by_list
    values, following = text_of(MOST_NAMED)
    assert values.by_list
    assert (page.ordinal, following.ordinal) == (1, 2)  # what was shown stays; the next version begins
    assert following.place["pages"] == 2  # letter and list
    executor = desk.as_("executor")
    shown = executor.get(f"/drafts/{draft}/addressees")
    assert "უწყება 3" in shown
    gone = rows(desk, Addressee)[0].addressee_id
    executor.post(f"/drafts/{draft}/addressees", {"gone": gone})
    executor.post(f"/drafts/{draft}/addressees", {"correspondent_text": "", "channel": "post"}, status=422)
    executor.post(f"/drafts/{draft}/addressees", {"correspondent_text": "ახალი", "channel": "courier", "address": "ა"})
    assert [row.name for row in rows(desk, Addressee)] == ["უწყება 1", "უწყება 2", "უწყება 3", "ახალი"]
    for name in ("stranger", "registrar", "foreigner"):
        desk.as_(name).post(f"/drafts/{draft}/addressees", {"correspondent_text": "x"}, status=404)


def s10(n: int) -> str:
    check = 11 - sum(w * int(d) for w, d in zip((8, 6, 4, 2, 3, 5, 9, 7), f"{n:08d}", strict=True)) % 11
    return f"RR{n:08d}{ {10: 0, 11: 5}.get(check, check) }GE"


def test_fifty_letters_leave_with_few_keys_beyond_the_scans(desk):
    def act(session, office):
        return [
            signed(desk, session, office, correspondent_address=f"ქუჩა {n}", channel=Channel.POST).document_id
            for n in range(50)
        ]

    ids = desk.do(act)
    registrar, pressed = desk.as_("registrar"), 0
    for name in ("stranger", "mayor", "foreigner"):
        desk.as_(name).get("/post/", 403 if name != "foreigner" else 200)
    # D on the desk opens what is signed and not sent, all marked; Ctrl+Enter sends it.
    page = registrar.get("/sending/ready")
    marked = re.findall(r'name="marked" value="(\d+)" checked', page)
    assert sorted(map(int, marked)) == sorted(ids)
    registrar.post("/sending/ready", {"marked": marked})
    pressed += 2
    # M opens the mail with the cursor in the one field; the scanner sends each code with its Enter.
    page = registrar.get("/post/")
    pressed += 1
    assert re.search(r'id="f-code"[^>]*autofocus', page)
    for n in range(50):
        at = re.search(r'name="at" value="(\d+)"', page)
        registrar.post("/post/scan", {"code": s10(n), "at": at[1], "channel": "post"})
        page = registrar.get("/post/") if n in (0, 48, 49) else page.replace(f'name="at" value="{at[1]}"', f'name="at" value="{int(at[1]) + 1}"')  # fmt: skip
    assert [row.proof for row in rows(desk, Dispatch)] == [s10(n) for n in range(50)]
    # Ctrl+Enter hands over; Alt+P prints the list.
    marked = re.findall(r'name="marked" value="(\d+)" checked', page)
    answer = registrar.post("/post/hand-over", {"marked": marked, "channel": "post"})
    (made,) = rows(desk, PostList)
    assert f"/post/lists/{made.post_list_id}.pdf" in registrar.get(answer.headers["Location"])
    printed = registrar.client.get(f"/post/lists/{made.post_list_id}.pdf")
    pressed += 2
    assert pressed <= 20
    assert {row.state for row in rows(desk, Dispatch)} == {DispatchState.SENT}
    assert {row.state for row in rows(desk, Document)} == {DocumentState.DISPATCHED}
    with pikepdf.open(io.BytesIO(printed.data)) as pdf:
        assert len(pdf.pages) > 1
    assert desk.as_("foreigner").client.get(f"/post/lists/{made.post_list_id}.pdf").status_code == 404
    assert desk.as_("stranger").client.get(f"/post/lists/{made.post_list_id}.pdf").status_code == 403


def test_scans_are_told_apart_and_a_return_opens_the_question_of_service_again(desk):
    def act(session, office):
        made = [
            signed(desk, session, office, correspondent_address=f"ქუჩა {n}", channel=Channel.POST) for n in range(2)
        ]
        for document in made:
            service.send_all(session, office.registrar.actor(), document)
        return [document.document_id for document in made]

    one, two = desk.do(act)
    registrar = desk.as_("registrar")
    first, second = rows(desk, Dispatch)
    number = rows(desk, Document, Document.document_id == two)[0].number
    # The letter's own code says which is meant: the second gets its label first.
    meant = registrar.post("/post/scan", {"code": f"http://kvemo.example/verify?n={number}&c=ABC", "at": first.dispatch_id})  # fmt: skip
    assert f"at={second.dispatch_id}" in meant.headers["Location"]
    # So does its label, which the paper of a letter signed with a pen bears instead.
    paper = rows(desk, Document, Document.document_id == two)[0]
    series = (paper.register_id, paper.year, paper.serial)
    label, none = (labels.code(desk.house.label_key, "kvemo", *place) for place in (series, (*series[:2], 10_000)))
    meant = registrar.post("/post/scan", {"code": label, "at": first.dispatch_id})
    assert f"at={second.dispatch_id}" in meant.headers["Location"]
    assert rows(desk, Dispatch)[0].proof is None  # it was kept as the post's code of another letter
    registrar.post("/post/scan", {"code": s10(7), "at": second.dispatch_id})
    for code, at in ((s10(7), first), (s10(8).replace("8", "9", 1), first), ("ა", first), (none, first)):
        refused = registrar.post("/post/scan", {"code": code, "at": at.dispatch_id}, status=422)
        assert 'href="#f-code"' in refused.get_data(as_text=True), code
    desk.as_("stranger").post("/post/scan", {"code": s10(9), "at": first.dispatch_id}, status=404)
    registrar.post("/post/hand-over", {"channel": "post"}, status=422)
    with clock.at(clock.now() - timedelta(days=3)):
        desk.do(lambda s, o: post.hand_over(s, o.registrar.actor(), Channel.POST, [first.dispatch_id, second.dispatch_id]))  # fmt: skip
    presumed = clock.today("Asia/Tbilisi") + timedelta(days=4)
    assert f"{presumed:%d.%m.%Y}" in registrar.get(f"/letters/{two}/sendings")
    registrar.post(f"/letters/{two}/came-back/{second.dispatch_id}", {"reason": "ადრესატი გადავიდა"})
    assert "ადრესატი გადავიდა" in registrar.get("/desk/")

    def waits(session, office):
        return [sending.dispatch_id for sending, _ in desk_of(session, office.registrar.actor()).unserved]

    assert desk.do(waits) == [second.dispatch_id]
    page = registrar.get(f"/letters/{two}/sendings")
    assert f"/letters/{two}/leave-at-that/{second.dispatch_id}" in page
    registrar.post(f"/letters/{two}/send", {"channel": "publication", "address": "მერიის დაფა"})
    assert desk.do(waits) == []
    board = rows(desk, Dispatch)[-1]
    registrar.post(f"/sending/{board.dispatch_id}/sent")
    registrar.post(f"/letters/{two}/served/{board.dispatch_id}", {"served_on": f"{clock.today('Asia/Tbilisi'):%d.%m.%Y}"})  # fmt: skip
    # And the other way: nothing more is tried, with a reason.
    registrar.post(f"/letters/{one}/came-back/{first.dispatch_id}", {"reason": "უარი"})
    registrar.post(f"/letters/{one}/leave-at-that/{first.dispatch_id}", {"reason": ""}, status=422)
    registrar.post(f"/letters/{one}/leave-at-that/{first.dispatch_id}", {"reason": "ასლი იყო"})
    assert desk.do(waits) == []
    assert rows(desk, Dispatch)[0].state is DispatchState.GIVEN_UP
    assert desk.do(lambda s, o: dispatch.sendings(s, s.get_one(Document, one)))[0].trouble == "ასლი იყო"


def test_a_neighbours_letter_for_official_use_is_offered_as_one(desk):
    letter = desk.do(lambda s, o: signed(desk, s, o, correspondent_name="ზემო", grade=Grade.OFFICIAL_USE).document_id)
    desk.as_("registrar").post(
        f"/letters/{letter}/send", {"channel": "exchange", "office": desk.cast.neighbour.organisation_id}
    )
    delivery.deliver(desk.house, rows(desk, Dispatch)[0].dispatch_id)
    (arrival,) = rows(desk, Arrival)
    card = desk.as_("foreigner").get(f"/arrivals/{arrival.arrival_id}")
    assert re.search(r'<(?:option|input)[^>]*value="official_use"[^>]*(?:selected|checked)', card)


def test_a_letter_that_could_not_be_sent_is_told_to_who_sent_it(desk):
    """The mail server was silent for a day: its job stood, and the letter was said to be on its way for ever."""
    letter = desk.do(lambda s, o: signed(desk, s, o, correspondent_name="ანა კალანდაძე").document_id)
    registrar = desk.as_("registrar")
    registrar.post(f"/letters/{letter}/send", {"channel": "email", "address": "ana@example.ge"})
    (sending,) = rows(desk, Dispatch)
    FAREWELLS[Kind.DISPATCH](desk.house, sending.dispatch_id)
    FAREWELLS[Kind.DISPATCH](desk.house, sending.dispatch_id)  # again: it is told once
    assert rows(desk, Dispatch)[0].state is DispatchState.FAILED
    events = rows(desk, EventLine, EventLine.kind == Event.DISPATCH_FAILED)
    assert len(events) == 1
    assert "ვერ გაიგზავნა, თუმცა რამდენჯერმე ვცადეთ" in registrar.get(f"/letters/{letter}/sendings")
    assert "ვერ გაიგზავნა" in registrar.get("/desk/")
    registrar.post(f"/letters/{letter}/send", {"channel": "email", "address": "ana@example.ge"})  # and is sent anew
    assert rows(desk, Dispatch)[-1].state is DispatchState.WAITING
