"""What several people of the town do together: a contract signed in turn, one whose term ran out, a signature left to the
deputy, a search shown to everybody, a neighbour's signed container, the seal, a question to the administrator.

Through the services, as the morning is; the keys are of the demo's own authority.
"""

from __future__ import annotations

import io
from datetime import date, timedelta

from edms import clock
from edms.demo import answers, scanner
from edms.demo.authority import Authority
from edms.demo.past import Past, time_of
from edms.demo.town import PIN, SEAL
from edms.drafting import act, drafts, laying, signatories
from edms.drafting.models import Draft, DraftKind
from edms.registry import arrivals, contents
from edms.registry.words import Channel, Tray
from edms.search import saved
from edms.search.question import Question
from edms.search.saved_models import SharedWith
from edms.signing import asic_writing, choosing, lots, seals
from edms.signing.asic_writing import Part
from edms.signing.verdicts import Form
from edms.staff import entrusting
from edms.staff.questions import asking
from workers import signing

LIMIT = 50 * 1024 * 1024
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def day(past: Past, authority: Authority, today: date) -> None:
    """All of it, between last week and yesterday evening."""
    with clock.at(time_of(today - timedelta(days=6), 11, past.chance)):
        _contract(past, "ხელშეკრულება სკოლის ეზოს კეთილმოწყობაზე", sign_by=today - timedelta(days=3))
    with clock.at(time_of(today - timedelta(days=1), 16, past.chance)):
        with past.house.transaction() as session:
            signatories.expire(session, past.town.kvemo)
        _signs(past, _contract(past, "ხელშეკრულება გზის საფარის შეკეთებაზე", sign_by=today + timedelta(days=5)))
        _left_to_the_deputy(past)
        _shown_to_everybody(past)
        _from_the_neighbour(past, authority)
        _sealed(past, authority)
        _asked(past)


def _contract(past: Past, subject: str, *, sign_by: date) -> int:
    """A contract that the mayor signs first and the deputy after him; the draft's id."""
    people = past.town.people
    card = drafts.DraftCard(
        subject, people["davit"].official_id, addressee="შპს „გზა და ხიდი“", address="აღმაშენებლის ქუჩა 18, ქვემო",
        cosigners=(people["tamar"].official_id,), sign_by=sign_by,
    )  # fmt: skip
    text = (
        "1. შემსრულებელი სამუშაოს ხარჯთაღრიცხვის მიხედვით ასრულებს.\n\n2. სამუშაო სამ თვეში სრულდება.\n\n"
        "3. ანგარიშსწორება მიღება-ჩაბარების აქტის საფუძველზე ხდება."
    )
    return answers.written(past, "zurab", DraftKind.CONTRACT, card, text, None, [])


def _signs(past: Past, draft_id: int) -> None:
    """The mayor's signature, with the number and the machine's part; then the deputy is asked."""
    house = past.house
    with house.transaction() as session:
        draft = session.get_one(Draft, draft_id, with_for_update=True)
        shown = laying.shown_now(session, draft)
        assert shown is not None
        davit, sha256 = past.actor(session, "davit"), shown.sha256
        made = act.ask_signature(session, davit, draft, shown_sha256=sha256)
        session.flush()
        request_id = made.signature_request_id
    signing.prepare(house, request_id)
    lots.sign(
        house.transaction, davit, [request_id], shown={request_id: sha256}, pin=PIN,
        signer=house.signers.signer(past.town.people["davit"].official_id), store=house.store,
    )  # fmt: skip
    signing.embed(house, request_id)
    signing.raise_signature(house, request_id)


def _left_to_the_deputy(past: Past) -> None:
    """The mayor is away that day: a letter waits for the deputy's signature under both names."""
    card = drafts.DraftCard(
        "მოსაწვევი ქალაქის დღეზე", past.town.people["davit"].official_id, addressee="ზემოს მუნიციპალიტეტის მერია",
        address="რუსთაველის ქუჩა 5, ზემო",
    )  # fmt: skip
    text = "გთხოვთ, მობრძანდეთ ქვემოს დღის აღსანიშნავ შეხვედრაზე."
    draft_id = answers.written(past, "salome", DraftKind.LETTER, card, text, None, [])
    with past.house.transaction() as session:
        draft, deputy = session.get_one(Draft, draft_id), past.town.people["tamar"].official_id
        signatories.delegate(session, past.actor(session, "davit"), draft, to=deputy, reason="მივლინებაში ვიქნები.")


def _shown_to_everybody(past: Past) -> None:
    """The registrar's search for roofs: on her desk, followed, and shown to the office; a secretary may write in the mayor's name."""
    with past.house.transaction() as session:
        nino = past.actor(session, "nino")
        kept = saved.save(session, nino, Question("სახურავი"), name="სახურავების შეკეთება")
        saved.change(session, nino, kept.saved_search_id, shared=SharedWith.ORGANISATION)
        saved.use(session, nino, kept.saved_search_id, pinned=True, subscribed=True)
        saved.use(session, past.actor(session, "gocha"), kept.saved_search_id, pinned=True)
        entrusting.entrust(session, past.actor(session, "davit"), past.town.people["salome"])


def _from_the_neighbour(past: Past, authority: Authority) -> None:
    """Two papers in one container, signed by the neighbour's registrar: it lies in the tray, and the machines judge it."""
    house, neighbour = past.house, past.town.people["maka"].official_id
    house.signers.install(neighbour, authority.pkcs12("maka").read_bytes(), pin=PIN)
    letter = "გიგზავნით ერთობლივი საგზაო სამუშაოების გეგმას და დანართს."
    laid = asic_writing.lay([
        Part("წერილი.docx", WORD, scanner.word_file(letter)),
        Part("გეგმა.txt", "text/plain", "1. ხიდისთავის გზა\n2. ვარდისუბნის ხიდი\n".encode()),
    ])  # fmt: skip
    signer = house.signers.signer(neighbour)
    (signature,) = signer.sign([laid.digest], pin=PIN, at=clock.now(), form=Form.CADES)
    assert isinstance(signature, bytes)
    packed = asic_writing.signed(laid, signature, outside=house.outside, roots=house.roots)
    stored = house.store.put(io.BytesIO(packed), limit=LIMIT)
    with house.transaction() as session:
        nino, kvemo = past.actor(session, "nino"), past.town.kvemo.organisation_id
        content = contents.enter(session, nino, organisation_id=kvemo, stored=stored, name="ზემოს წერილი.asice")
        arrivals.take_in(session, nino, organisation_id=kvemo, tray=Tray.UPLOAD, channel=Channel.EMAIL, content=content)


def _sealed(past: Past, authority: Authority) -> None:
    """The municipality has its electronic seal."""
    house, packed = past.house, authority.pkcs12(SEAL).read_bytes()
    with house.transaction() as session:
        seals.install(
            session, past.actor(session, "giorgi"), past.town.kvemo, choosing.from_file(packed, PIN), folder=house.seals
        )


def _asked(past: Past) -> None:
    """Two questions to the administrator, one of them answered."""
    with past.house.transaction() as session:
        asking.ask(session, past.actor(session, "lali"), topic="letter", text="როგორ დავამატო წერილს მეორე დანართი?")
        asked = asking.ask(
            session, past.actor(session, "gocha"), topic="absences", text="ვინ შემცვლის შვებულების დროს?"
        )
        session.flush()
        asking.answer(
            session, past.actor(session, "giorgi"), asked,
            text="უწყება, „არყოფნა“: შემცვლელს იქ უთითებთ, დანარჩენი თავისით ხდება.",
        )  # fmt: skip
