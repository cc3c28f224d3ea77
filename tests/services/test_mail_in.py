"""Mail in, from a real IMAP server: whole, once, in any script; what is broken holds nobody up; nothing is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from email.message import EmailMessage
from urllib.parse import quote

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from edms import bootstrap, ledger
from edms.access import keys
from edms.capture import reading
from edms.capture.models import Capture
from edms.config import Settings
from edms.db.engine import Urls, transaction
from edms.errors import Unavailable
from edms.events import Event, EventLine
from edms.health import State, reach
from edms.registry.models import Arrival, Content
from edms.registry.words import ArrivalState, Channel, Tray
from edms.storage.folder import FolderStore
from tests.cast import office
from tests.services import dovecot
from tests.units import hostile_files as hostile
from workers import mailboxes
from workers.ocr import look_inside

pytestmark = pytest.mark.services


@pytest.fixture(scope="module")
def server():
    with dovecot.server() as started:
        yield started


@pytest.fixture
def box(server):
    """The server with an empty box."""
    with server.owner() as owner:
        for name in ("INBOX", mailboxes.TAKEN, mailboxes.UNREAD):
            if owner.folder.exists(name):
                owner.folder.set(name)
                owner.client.uid("STORE", "1:*", "+FLAGS", "(\\Deleted)")  # ten thousand by name are too long a line
                owner.expunge()
    return server


@pytest.fixture
def house(database, committed, tmp_path, box, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(box.folder / "cert.pem"))
    settings = Settings(data_dir=tmp_path, mailboxes=SecretStr(address(box)))
    keys.create(settings.keys_dir)
    ledger.make_key(settings.keys_dir / "ledger.pem")
    urls = Urls(database.app_url, database.owner_url)
    with transaction(committed) as session:
        office(session)
    return bootstrap.House(settings, urls, database.engine, committed, FolderStore(settings.contents_dir))


def address(box, *, password: str = dovecot.PASSWORD, scheme: str = "imaps") -> str:
    port = box.tls if scheme == "imaps" else box.plain
    return f"kvemo={scheme}://{dovecot.USER}:{quote(password, safe='')}@localhost:{port}/INBOX"


def letter(subject: str = "განცხადება გზის შესახებ", **headers: str) -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Нина <nina@example.ge>", "office@kvemo.ge", subject
    for name, value in headers.items():
        message[name.replace("_", "-")] = value
    message.set_content("გთხოვთ შეაკეთოთ გზა. ყვავილნარი.")
    message.add_attachment("ხელშეკრულება".encode(), maintype="text", subtype="plain", filename="დანართი.txt")
    return message.as_bytes().replace(b"\n", b"\r\n")


def taken(house) -> list[Arrival]:
    with house.transaction() as session:
        return list(session.scalars(select(Arrival).options(joinedload(Arrival.content)).order_by(Arrival.arrival_id)))


def lying(box, folder: str) -> int:
    with box.owner() as owner:
        if not owner.folder.exists(folder):
            return 0
        return owner.folder.status(folder)["MESSAGES"]


@pytest.mark.parametrize("scheme", ["imaps", "imap+starttls", "imap"])
def test_a_message_is_taken_whole_with_its_ledger_line_and_moved_afterwards(house, box, scheme) -> None:
    house.settings = house.settings.model_copy(update={"mailboxes": SecretStr(address(box, scheme=scheme))})
    raw = letter()
    box.deliver(raw)
    mailboxes.poll(house, None)
    mailboxes.poll(house, None)
    (arrival,) = taken(house)
    assert (arrival.tray, arrival.channel, arrival.state) == (Tray.MAIL, Channel.EMAIL, ArrivalState.WAITING)
    assert (arrival.source, arrival.trouble) == ("nina@example.ge", None)
    assert house.store.open(arrival.content.store_key).read() == raw
    assert arrival.content.name == "განცხადება გზის შესახებ.eml"
    with house.transaction() as session:
        lines = session.scalars(select(EventLine).where(EventLine.kind == Event.ARRIVAL_RECEIVED)).all()
        assert len(lines) == 1
    assert (lying(box, "INBOX"), lying(box, mailboxes.TAKEN)) == (0, 1)
    look_inside(house, arrival.content_id)
    with house.transaction() as session:
        attached = session.scalars(select(Content).where(Content.parent_id == arrival.content_id)).all()
        assert [each.name for each in attached] == ["დანართი.txt"]
        assert "ყვავილნარი" in reading.page_text(session, arrival.content_id, 1).text


def test_what_machines_sent_is_taken_and_says_so(house, box) -> None:
    box.deliver(letter(Auto_Submitted="auto-replied"))
    box.deliver(letter(Message_ID="<dispatch-17@kvemo.ge>"))
    box.deliver(letter(List_Id="<news.example.org>"))
    box.deliver(letter(Auto_Submitted="no"))
    report = b"From: MAILER-DAEMON@x\r\nSubject: Undelivered\r\nContent-Type: multipart/report;\r\n\tboundary=b\r\n\r\n--b--\r\n"
    box.deliver(report)
    mailboxes.poll(house, None)
    assert [arrival.trouble for arrival in taken(house)] == [
        "mailboxes.automatic", "mailboxes.own_letter", "mailboxes.list", None, "mailboxes.delivery_report",
    ]  # fmt: skip


BROKEN = (
    b"no header at all",
    b"Subject: =?utf-8?B?////?=\r\nFrom: \xff\xfe@\x01\r\n\r\n\x02\x01",
    b"From: a@b.ge\r\n" + b"Subject: " + b"x" * 200_000 + b"\r\n\r\nbody",
    b"From: a@b.ge\r\nSubject: " + b"\r\n folded" * 5_000 + b"\r\n\r\nbody",
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n" * 3_000,
    b"Subject: ../../etc/passwd\r\n\r\n",
)  # fmt: skip


def test_a_broken_message_holds_nobody_up(house, box) -> None:
    for raw in BROKEN:
        box.deliver(raw)
    box.deliver(letter())
    mailboxes.poll(house, None)
    found = taken(house)
    assert len(found) == len(BROKEN) + 1 and lying(box, "INBOX") == 0
    for arrival, raw in zip(found, (*BROKEN, letter()), strict=True):
        assert house.store.open(arrival.content.store_key).read().replace(b"\r\n", b"\n").startswith(
            raw.replace(b"\r\n", b"\n")[:200]
        )  # fmt: skip
        look_inside(house, arrival.content_id)  # bounded, and never an exception


def test_one_that_is_too_large_goes_to_the_review_tray_and_stays_on_the_server(house, box, monkeypatch) -> None:
    monkeypatch.setattr(mailboxes, "LARGEST", 2_000)
    box.deliver(b"From: a@b.ge\r\nSubject: big\r\n\r\n" + b"x" * 5_000)
    box.deliver(letter())
    mailboxes.poll(house, None)
    large, usual = taken(house)
    assert (large.tray, large.trouble, large.content_id) == (Tray.REVIEW, "mailboxes.too_large", None)
    assert mailboxes.UNREAD in large.source and usual.tray is Tray.MAIL
    assert (lying(box, "INBOX"), lying(box, mailboxes.UNREAD), lying(box, mailboxes.TAKEN)) == (0, 1, 1)
    with box.owner() as owner:
        owner.folder.set(mailboxes.UNREAD)
        owner.move(owner.uids(), "INBOX")  # put back after somebody looked: another message for the server
    mailboxes.poll(house, None)
    assert lying(box, mailboxes.UNREAD) == 1


def test_a_wrong_password_and_a_server_away_are_said_and_others_go_on(house, box) -> None:
    wrong = address(box, password="wrong")
    away = f"kvemo=imaps://{dovecot.USER}:x@localhost:9/INBOX"
    house.settings = house.settings.model_copy(update={"mailboxes": SecretStr(f"{wrong};{away};{address(box)}")})
    box.deliver(letter())
    with pytest.raises(Unavailable) as told:
        mailboxes.poll(house, None)
    assert told.value.message in ("mailboxes.away", "mailboxes.refused")
    assert "wrong" not in str(told.value.values) and dovecot.PASSWORD not in str(told.value.values)
    assert len(taken(house)) == 1
    finding = reach.sources(house)  # it stands on the page of health until the box can be looked into
    assert (finding.state, finding.message) == (State.WEAK, "mailboxes.away")  # of two of one name the last
    house.settings = house.settings.model_copy(update={"mailboxes": SecretStr(address(box))})
    mailboxes.poll(house, None)
    assert reach.sources(house).state is State.FINE


def test_a_box_that_lets_nothing_be_moved_is_taken_in_all_the_same_once(house, box, monkeypatch) -> None:
    """Full, or its folders lost: the first message that stayed held up every other, and nobody was told."""
    monkeypatch.setattr(mailboxes, "MOST_AT_ONCE", 2)
    with box.owner() as owner:
        if owner.folder.exists(mailboxes.TAKEN):
            owner.folder.delete(mailboxes.TAKEN)
        owner.folder.create(f"{mailboxes.TAKEN}.2024")  # the folder itself is but a name now, and holds no messages
    for n in range(3):
        box.deliver(letter(f"წერილი {n}"))
    for _ in range(3):
        with pytest.raises(Unavailable) as told:
            mailboxes.poll(house, None)
        assert told.value.message == "mailboxes.cannot_move"
    assert [arrival.content.name for arrival in taken(house)] == [f"წერილი {n}.eml" for n in range(3)]
    assert (lying(box, "INBOX"), reach.sources(house).message) == (3, "mailboxes.cannot_move")
    with box.owner() as owner:
        owner.folder.create(mailboxes.TAKEN)
    mailboxes.poll(house, None)
    assert (lying(box, "INBOX"), len(taken(house)), reach.sources(house).state) == (0, 3, State.FINE)


def test_a_store_that_is_away_leaves_the_message_where_it_is(house, box, monkeypatch) -> None:
    box.deliver(letter())

    def away(*_values, **_named):
        raise Unavailable("storage.unavailable")

    with monkeypatch.context() as patch, pytest.raises(Unavailable):
        patch.setattr(house.store, "put", away)
        mailboxes.poll(house, None)
    assert (lying(box, "INBOX"), taken(house)) == (1, [])
    mailboxes.poll(house, None)
    assert len(taken(house)) == 1


CHILD = """
import sys
from edms import bootstrap
from edms.config import load
from workers import mailboxes
mailboxes.poll(bootstrap.build(load(), pool_size=2), None)
"""


def test_killed_at_any_moment_every_message_arrives_once(house, box, database) -> None:
    with box.owner() as owner:
        for n in range(40):
            owner.append(letter(f"წერილი {n}"), "INBOX")
    environ = {
        **os.environ, "EDMS_DATA_DIR": str(house.settings.data_dir), "EDMS_DATABASE_URL": database.app_url,
        "EDMS_DATABASE_OWNER_URL": database.owner_url, "EDMS_MAILBOXES": address(box),
        "SSL_CERT_FILE": str(box.folder / "cert.pem"),
    }  # fmt: skip
    for wait in (1.2, 1.4, 1.6, 1.8, 2.0):
        child = subprocess.Popen([sys.executable, "-c", CHILD], env=environ)
        time.sleep(wait)
        child.send_signal(signal.SIGKILL)
        child.wait()
    mailboxes.poll(house, None)
    assert sorted(arrival.content.name for arrival in taken(house)) == sorted(f"წერილი {n}.eml" for n in range(40))
    # A server may finish the move of a client that died while the next one moves too: a copy more, never one less.
    assert lying(box, "INBOX") == 0 and lying(box, mailboxes.TAKEN) >= 40


def test_a_full_box_is_emptied_in_turns(house, box, monkeypatch) -> None:
    monkeypatch.setattr(mailboxes, "MOST_AT_ONCE", 7)
    for n in range(16):
        box.deliver(letter(f"წერილი {n}"))
    for left in (9, 2, 0):
        mailboxes.poll(house, None)
        assert lying(box, "INBOX") == left
    with house.transaction() as session:
        assert session.scalar(select(func.count()).select_from(Arrival)) == 16


def enclosing(raw: bytes, name: str) -> bytes:
    """A letter with this file attached."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "x@example.ge", "office@kvemo.ge", name
    message.set_content("იხ. დანართი")
    message.add_attachment(raw, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes().replace(b"\n", b"\r\n")


def test_a_box_of_ten_thousand_with_bombs_broken_letters_and_loops_is_emptied_in_turns(house, box) -> None:
    bombs = [(hostile.zip_bomb(), "a.docx"), (hostile.pixel_bomb(), "a.png"), (hostile.deflate_bomb(), "a.pdf")]
    loops = [letter(Auto_Submitted="auto-replied"), letter(Message_ID="<dispatch-17@kvemo.ge>")]
    kinds = [*BROKEN, *loops, *(enclosing(raw, name) for raw, name in bombs), hostile.mail_of_many_parts(), letter()]
    for raw in kinds:
        box.deliver(raw)
    with box.owner() as owner:
        while (lie := owner.folder.status("INBOX")["MESSAGES"]) < 10_000:
            owner.client.uid("COPY", "1:*", "INBOX")
            owner.client.noop()
    mailboxes.poll(house, None)
    assert lying(box, "INBOX") == lie - mailboxes.MOST_AT_ONCE  # other boxes have their turn
    found = taken(house)
    assert len(found) == mailboxes.MOST_AT_ONCE and all(each.content_id for each in found)
    for arrival in found[: len(kinds)]:
        look_inside(house, arrival.content_id)  # bounded, and never an exception
    said = [each.trouble for each in taken(house)[: len(kinds)]]
    assert said[len(BROKEN) : len(BROKEN) + 2] == ["mailboxes.automatic", "mailboxes.own_letter"] and said[-1] is None
    with house.transaction() as session:
        attached = session.scalars(select(Content.content_id).where(Content.parent_id.is_not(None))).all()
    for content_id in attached:
        look_inside(house, content_id)
    with house.transaction() as session:
        named = select(Content.name, Capture.reason).join(Capture, Capture.content_id == Content.content_id)
        reasons = dict(session.execute(named.where(Capture.reason.is_not(None))).all())
    assert reasons["a.docx"] == "capture.unfolds_too_far" and reasons["x.eml"] == "capture.unfolds_too_far"
    assert reasons["a.png"] == "capture.too_many_pixels"
