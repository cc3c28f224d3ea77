"""One message over which the mail server stumbles never blocks the others: asked for, or moved, with BAD or with NO."""

from __future__ import annotations

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from edms import bootstrap, ledger
from edms.access import keys
from edms.config import Settings
from edms.db.engine import Urls, transaction
from edms.errors import Unavailable
from edms.registry.models import Arrival
from edms.registry.words import Tray
from edms.storage.folder import FolderStore
from tests.cast import office
from tests.picky_imap import Box, server
from workers import mailboxes

RAW = b"From: nina@example.ge\r\nSubject: N\r\n\r\nletter"


@pytest.fixture
def box():
    with server(Box({uid: RAW + b" %d" % uid for uid in range(1, 4)})) as listening:
        yield listening


@pytest.fixture
def house(database, committed, tmp_path, box):
    address = f"kvemo=imap://office:secret@127.0.0.1:{box.port}/INBOX"
    settings = Settings(data_dir=tmp_path, mailboxes=SecretStr(address))
    keys.create(settings.keys_dir)
    ledger.make_key(settings.keys_dir / "ledger.pem")
    with transaction(committed) as session:
        office(session)
    urls = Urls(database.app_url, database.owner_url)
    return bootstrap.House(settings, urls, database.engine, committed, FolderStore(settings.contents_dir))


def _trays(house):
    with house.transaction() as session:
        return [(each.tray, each.trouble) for each in session.scalars(select(Arrival).order_by(Arrival.arrival_id))]


@pytest.mark.parametrize("refusal", ["BAD stumbled over it", "NO not now"])
def test_a_message_that_the_server_does_not_give_goes_to_review_and_the_others_are_taken(house, box, refusal):
    box.refusals["FETCH", 2] = refusal
    mailboxes.poll(house, None)
    assert _trays(house) == [(Tray.MAIL, None), (Tray.REVIEW, "mailboxes.not_given"), (Tray.MAIL, None)]
    assert box.moved == {1: mailboxes.TAKEN, 2: mailboxes.UNREAD, 3: mailboxes.TAKEN}


@pytest.mark.parametrize("refusal", ["BAD stumbled over it", "NO it cannot be moved"])
def test_a_message_that_cannot_be_moved_lies_there_and_the_others_are_moved(house, box, refusal):
    box.refusals["MOVE", 1] = refusal
    for _ in range(2):
        with pytest.raises(Unavailable) as stays:
            mailboxes.poll(house, None)
        assert stays.value.message == "mailboxes.cannot_move"
    assert [tray for tray, _ in _trays(house)] == [Tray.MAIL] * 3  # each once
    assert set(box.messages) == {1} and set(box.moved) == {2, 3}


def test_a_box_that_lets_nothing_be_moved_is_not_asked_for_ever(house, box):
    box.messages |= {uid: RAW + b" %d" % uid for uid in range(4, 20)}
    box.refusals |= {("MOVE", uid): "NO the box is full" for uid in range(1, 20) if uid != mailboxes.MOST_UNMOVED + 1}
    with pytest.raises(Unavailable):
        mailboxes.poll(house, None)
    assert len(_trays(house)) == 19 and not box.moved
