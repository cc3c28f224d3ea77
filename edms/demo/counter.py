"""What makes a real counter's day in the town: a closed envelope, a collective complaint, arrivals that ended otherwise,
mail that came back, letters by a list, a letter signed with a pen, numbers for a downtime, a journal. Through the services.
"""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy import select

from edms import clock
from edms.demo.past import Past
from edms.drafting import drafts, pages, visas
from edms.drafting.by_hand import signing
from edms.drafting.by_hand.models import Compared, HandSigning
from edms.drafting.by_hand.signing import PaperKeys
from edms.drafting.mailing import making
from edms.drafting.mailing.reading import Line
from edms.drafting.models import DraftKind
from edms.registry import arrivals, contents, dispatch, registration
from edms.registry.card import Card
from edms.registry.downtime import sheets
from edms.registry.endings import ending, taking_back
from edms.registry.endings.words import ItemKind
from edms.registry.intake.card import Intake, Party
from edms.registry.intake.words import Envelope
from edms.registry.models import Arrival, Dispatch, Number
from edms.registry.words import ArrivalState, Authorship, Channel, DispatchState, RegisterKind, Tray
from edms.reports import journals
from edms.reports.period import Period
from edms.staff.models import Organisation
from workers import journals as journal_press

LIMIT = 50 * 1024 * 1024


def day(past: Past, today: date) -> None:
    """All of it, at the moment of the clock."""
    _closed_envelope(past)
    _collective(past)
    _ended_otherwise(past)
    _came_back(past)
    _by_a_list(past)
    _with_a_pen(past)
    _for_a_downtime(past, today)
    _journal(past, today)


def _closed_envelope(past: Past) -> None:
    """Offers for a tender: the chairman of the commission opens them on their day."""
    card = Card(
        summary="სატენდერო წინადადება: სკოლის გზის შეკეთება", channel=Channel.POST,
        correspondent_name="შპს „გზა და ხიდი“", correspondent_address="აღმაშენებლის ქუჩა 18, ქვემო",
        document_type="other",
    )  # fmt: skip
    intake = Intake(
        envelope=Envelope.TENDER, opens_id=past.town.people["irakli"].official_id, postal_barcode="RR204711938GE"
    )
    _register(past, RegisterKind.INCOMING, card, intake, "demo:envelope")


def _collective(past: Past) -> None:
    """A street complains together: its representative, two neighbours by name, forty signatures in all."""
    card = Card(
        summary="კოლექტიური საჩივარი ქუჩის განათებაზე", channel=Channel.COUNTER, authorship=Authorship.COLLECTIVE,
        correspondent_name="მანანა კიკნაძე", correspondent_address="წერეთლის ქუჩა 9, ქვემო", document_type="complaint",
        sheets=3, addressee_id=past.town.people["davit"].official_id, case_index="12-08",
    )  # fmt: skip
    intake = Intake(parties=(Party("რეზო ბურდული"), Party("ლამარა ჩიტაია")), signatures=40)
    _register(past, RegisterKind.APPLICATIONS, card, intake, "demo:collective")


def _register(past: Past, kind: RegisterKind, card: Card, intake: Intake, key: str) -> None:
    with past.house.transaction() as session:
        registration.register(
            session, past.actor(session, "nino"), past.town.books[kind], card, idempotency_key=key, waiting_scan=True,
            intake=intake,
        )  # fmt: skip


def _ended_otherwise(past: Past) -> None:
    """An advertisement, a letter for another body whose applicant is still to be told, and an end that was a mistake."""
    told = (
        (ArrivalState.NOT_FOR_REGISTRATION, ending.Ending(item=ItemKind.ADVERTISING, reason="ავეჯის მაღაზიის ბუკლეტი")),
        (ArrivalState.FORWARDED, ending.Ending(
            "პენსიის საკითხს სააგენტო წყვეტს", sender_name="გივი მახარაძე", sender_address="სოფელი ზედა ქვემო",
            body="სოციალური მომსახურების სააგენტო", body_address="თბილისი, წერეთლის გამზირი 144", sent_by=Channel.POST,
        )),
        (ArrivalState.NOT_FOR_REGISTRATION, ending.Ending(item=ItemKind.INVITATION)),
    )  # fmt: skip
    with past.house.transaction() as session:
        nino, made = past.actor(session, "nino"), []
        for state, said in told:
            arrival = arrivals.take_in(
                session, nino, organisation_id=past.town.kvemo.organisation_id, tray=Tray.COUNTER, channel=Channel.POST,
                content=None, source=said.reason or "მოსაწვევი",
            )  # fmt: skip
            ending.end(session, nino, arrival, state=state, told=said)
            made.append(arrival)
        session.flush()
        taking_back.take_back(
            session, nino, session.get_one(Arrival, made[-1].arrival_id), reason="კონვერტში საჩივარიც იდო"
        )


def _came_back(past: Past) -> None:
    """The newest letter that went by post came back."""
    with past.house.transaction() as session:
        sent = select(Dispatch).where(Dispatch.channel == Channel.POST, Dispatch.state == DispatchState.SENT)
        sending = session.scalars(sent.order_by(Dispatch.dispatch_id.desc()).limit(1)).first()
        if sending is not None:
            dispatch.came_back(session, past.actor(session, "nino"), sending, reason="ადრესატი მისამართზე არ ცხოვრობს")


def _by_a_list(past: Past) -> None:
    """One text for three streets; the machines make the letters as soon as they run."""
    text = making.Text(
        "გათბობის სეზონის დაწყება: {ქუჩა}", "გაცნობებთ, რომ {ქუჩა} გათბობა {თარიღი} ჩაირთვება.",
        past.town.people["tamar"].official_id, "ka", "12-08",
    )  # fmt: skip
    rows = (("ამხანაგობა „აისი“", "თავისუფლების 4"), ("ამხანაგობა „მზიური“", "წერეთლის 12"), ("ამხანაგობა „ვერხვი“", "ჭავჭავაძის 7"))  # fmt: skip
    lines = [
        Line(n, name, f"{street}, ქვემო", Channel.POST, False, {"ქუჩა": street, "თარიღი": "1 დეკემბერს"})
        for n, (name, street) in enumerate(rows, 1)
    ]
    with past.house.transaction() as session:
        making.ask(session, past.actor(session, "salome"), text, lines, file_name="ამხანაგობები.xlsx")


def _with_a_pen(past: Past) -> None:
    """One letter is printed for the deputy's pen and waits, another came back signed as a scan."""
    waiting = _printed(
        past, "წყალმომარაგების აღდგენა წერეთლის ქუჩაზე", "შპს „ქვემოს წყალკანალი“",
        "გთხოვთ, გვაცნობოთ, როდის აღდგება წყალმომარაგება წერეთლის ქუჩაზე.",
    )  # fmt: skip
    signed = _printed(
        past, "მადლობა ქალაქის დღეში მონაწილეობისთვის", "ქვემოს №1 საჯარო სკოლა",
        "გიხდით მადლობას ქალაქის დღის მოწყობაში მონაწილეობისთვის.",
    )  # fmt: skip
    house = past.house
    keys = PaperKeys(house.label_key, house.tracking_key)
    for ident in (waiting, signed):
        with house.transaction() as session:
            hand = session.get_one(HandSigning, ident)
            paper = signing.print_paper(session, hand, store=house.store, keys=keys, check_page=house.check_page)
            key = paper.store_key
    with house.store.open(key) as stream:  # what the scanner sees of it
        stored = house.store.put(stream, limit=LIMIT)
    with house.transaction() as session:
        nino, hand = past.actor(session, "nino"), session.get_one(HandSigning, signed)
        scan = contents.enter(
            session, nino, organisation_id=hand.organisation_id, stored=stored, name="scan-pen.pdf",
            media_type="application/pdf",
        )  # fmt: skip
        home = session.get_one(Organisation, hand.organisation_id)
        code = signing.label_of(home, session.get_one(Number, hand.number_id), keys.label)
        signing.bring(session, nino, hand, scan, found=code, how=Compared.SCAN, keys=keys)


def _printed(past: Past, subject: str, addressee: str, text: str) -> int:
    with past.house.transaction() as session:
        author = past.actor(session, "salome")
        card = drafts.DraftCard(subject, past.town.people["tamar"].official_id, addressee=addressee, address="ქვემო")
        draft = drafts.begin(session, author, kind=DraftKind.LETTER, card=card, text=text)
        page = pages.make(session, author, draft, store=past.house.store)
        session.flush()
        visas.ask(session, author, draft, [], version=draft.version)
        shown = pages.content_of(session, page)
        assert shown is not None
        return signing.ask(session, past.actor(session, "tamar"), draft, shown_sha256=shown.sha256).hand_signing_id


def _for_a_downtime(past: Past, today: date) -> None:
    """Five numbers lie printed in the drawer, for a week or what is left of the year; the first was given by hand and its
    letter is entered."""
    printed_on = clock.today("Asia/Tbilisi")  # yesterday evening
    until = min(today + timedelta(days=7), printed_on.replace(month=12, day=31))
    book = past.town.books[RegisterKind.INCOMING]
    with past.house.transaction() as session:
        nino = past.actor(session, "nino")
        sheet = sheets.keep(session, nino, book, count=5, reason="დენის გეგმური გათიშვა", written_until=until)
        session.flush()
        first = sheets.numbers_of(session, sheet)[0]
        card = Card(
            summary="შეტყობინება დენის გათიშვაზე", channel=Channel.COUNTER, correspondent_name="შპს „ელექტრო“",
            document_type="letter", unit_id=past.town.units["12"].unit_id,
        )  # fmt: skip
        registration.register(
            session, nino, book, card, idempotency_key="demo:by-hand-number", reserved=first, waiting_scan=True,
            written_on=printed_on,
        )  # fmt: skip


def _journal(past: Past, today: date) -> None:
    """The journal of the last fortnight, printed and waiting for the one who asked."""
    with past.house.transaction() as session:
        nino = past.actor(session, "nino")
        asked = journals.ask(
            session, nino, past.town.books[RegisterKind.INCOMING], Period(today - timedelta(days=14), today)
        )
        ident = asked.journal_id
    journal_press.make(past.house, ident)
