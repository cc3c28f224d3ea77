"""An office of its own process whose power fails: `python -m tests.services.cut_office FOLDER ACT MARK`.

It starts the embedded database of the folder and does one act. At the mark, "commit 2" (before the second commit) or
"committed 1" (after the first, before anybody hears of it), database and process are killed at one blow, as when the
plug is pulled. Without a mark the act is done, or found done, and the process says what it then sees.
"""

from __future__ import annotations

import io
import json
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import bootstrap, clock
from edms.access import keys
from edms.access.actor import Actor
from edms.capture import reading
from edms.capture import remaking as bytes_of
from edms.config import Settings
from edms.db.embedded import start
from edms.db.engine import Urls, engine_for, sessions_of
from edms.db.roles import APP, OWNER
from edms.db.upgrade import upgrade
from edms.drafting.mailing import making
from edms.drafting.mailing.models import MailingRow, RowState
from edms.drafting.mailing.reading import Line
from edms.drafting.models import Draft
from edms.errors import EdmsError
from edms.events import Event, EventLine
from edms.ledger.models import LedgerLeaf
from edms.overview.holding import Kind, move
from edms.registry import arrivals, contents
from edms.registry.card import Card
from edms.registry.endings import ending, taking_back
from edms.registry.endings.models import ArrivalEnd
from edms.registry.models import Arrival, Content, Document, Register
from edms.registry.older import migration
from edms.registry.older.migration import OldEntry
from edms.registry.remaking import acts as remaking
from edms.registry.remaking.plan import Sheet
from edms.registry.words import ArrivalState, Channel, Tray
from edms.reports import journals
from edms.reports.models import Journal, JournalState
from edms.reports.period import Period
from edms.routing import handing_over
from edms.routing.models import Assignment
from edms.staff.actors import actor_for
from edms.staff.models import Official
from edms.storage.folder import FolderStore
from tests import cast, letters
from tests.rooms.scans import NO_ENGINE, pages_pdf
from workers import journals as press
from workers import mailing as mailer

PEOPLE = ("registrar", "executor", "second_executor", "mayor", "administrator", "unit_head")


@dataclass
class Stage:
    """The house with what was laid ready in it, by name."""

    house: bootstrap.House
    at: dict[str, Any]

    def actor(self, session: Session, name: str) -> Actor:
        """One of the cast."""
        return actor_for(session, session.get_one(Official, self.at[name]), stepped_up=True)


# What is done, and what is then to be seen.
Act = tuple[Callable[[Stage], None], Callable[[Session, dict[str, Any]], list[Any]]]


def built(folder: Path) -> bootstrap.House:
    """The house on its own embedded database. What was acknowledged is on the disk: nothing is switched off here."""
    server = start(folder, "edms")
    upgrade(server.url(OWNER), app_role=APP)
    settings = Settings(data_dir=folder, public_url="http://kvemo.example", trust_dir=folder / "authority" / "trust")
    keys.create(settings.keys_dir)
    if not (settings.keys_dir / "ledger.pem").exists():
        bootstrap.ledger.make_key(settings.keys_dir / "ledger.pem")
    urls = Urls(server.url(APP), server.url(OWNER), server)
    engine = engine_for(urls.app, pool_size=2)
    return bootstrap.House(settings, urls, engine, sessions_of(engine), FolderStore(settings.contents_dir))


def found(house: bootstrap.House) -> dict[str, Any]:
    """Lay everything ready."""
    with house.transaction() as session:
        office = cast.office(session)
        here, nino = office.organisation.organisation_id, office.registrar.actor()

        def arrival(raw: bytes | None = None) -> int:
            content = None
            if raw is not None:
                stored = house.store.put(io.BytesIO(raw), limit=10**7)
                content = contents.enter(session, nino, organisation_id=here, stored=stored, name="scan.pdf", media_type="application/pdf")  # fmt: skip
            return arrivals.take_in(session, nino, organisation_id=here, tray=Tray.COUNTER, channel=Channel.POST, content=content).arrival_id  # fmt: skip

        work = letters.resolved(session, office, letters.letter(session, office), office.executor)
        text = making.Text("გადასახადი", "გადაიხადეთ", office.mayor.official_id, "ka")
        lines = [Line(n, name, "გორი", Channel.POST, False, {}) for n, name in enumerate(("ანა", "ბესო", "გია"), 1)]
        today = clock.today("Asia/Tbilisi")
        at = {
            **{name: getattr(office, name).official_id for name in PEOPLE},
            "ended": arrival(), "back": arrival(), "scan": arrival(pages_pdf("p1", "p2")),
            "mailing": making.ask(session, office.executor.actor(), text, lines, file_name="l").mailing_id,
            "journal": journals.ask(session, nino, office.incoming, Period(today - timedelta(days=3), today)).journal_id,
            "work": work.assignments[0].assignment_id, "book": office.incoming.register_id,
        }  # fmt: skip
        ending.end(session, nino, session.get_one(Arrival, at["back"]), state=ArrivalState.RETURNED, told=RETURNED)
        content_id = session.get_one(Arrival, at["scan"]).content_id
    assert content_id is not None
    reading.look_inside(house.transaction, house.store, content_id, engine=NO_ENGINE)
    return at


RETURNED = ending.Ending("სხვისია", sender_name="ანა", sender_address="გორი", sent_by=Channel.POST)
FORWARDED = ending.Ending("სხვისი საქმეა", sender_name="ანა", sender_address="გორი", body="ფონდი")


def end(stage: Stage) -> None:
    with stage.house.transaction() as session:
        lying = session.get_one(Arrival, stage.at["ended"])
        ending.end(session, stage.actor(session, "registrar"), lying, state=ArrivalState.FORWARDED, told=FORWARDED)


def seen_end(session: Session, at: dict[str, Any]) -> list[Any]:
    lying = session.get_one(Arrival, at["ended"])
    return [
        lying.state.value,
        session.get(ArrivalEnd, at["ended"]) is not None,
        lines(session, Event.ARRIVAL_ENDED, at["ended"]),
    ]


def take_back(stage: Stage) -> None:
    with stage.house.transaction() as session:
        lying = session.get_one(Arrival, stage.at["back"])
        taking_back.take_back(session, stage.actor(session, "registrar"), lying, reason="შეცდომა")


def seen_back(session: Session, at: dict[str, Any]) -> list[Any]:
    lying = session.get_one(Arrival, at["back"])
    return [
        lying.state.value,
        session.get(ArrivalEnd, at["back"]) is not None,
        lines(session, Event.ARRIVAL_REOPENED, at["back"]),
    ]


def cut(stage: Stage) -> None:
    with stage.house.transaction() as session:
        nino, lying = stage.actor(session, "registrar"), session.get_one(Arrival, stage.at["scan"])
        assert lying.content is not None
        groups = [[Sheet(lying.content.content_id, 1)], [Sheet(lying.content.content_id, 2)]]
        wanted = bytes_of.plan(session, [lying.content], groups)
        new = bytes_of.enter(session, nino, wanted, bytes_of.make(stage.house.store, wanted))
        remaking.remake(session, nino, [lying], wanted.kind, new)


def seen_cut(session: Session, at: dict[str, Any]) -> list[Any]:
    made = select(func.count()).where(Arrival.content_id.is_not(None), Arrival.state == ArrivalState.WAITING)
    return [
        session.get_one(Arrival, at["scan"]).state.value,
        session.scalar(made),
        lines(session, Event.ARRIVAL_REMADE, at["scan"]),
    ]


def mail(stage: Stage) -> None:
    mailer.make(stage.house, stage.at["mailing"])


def seen_mail(session: Session, at: dict[str, Any]) -> list[Any]:
    made = select(func.count()).where(MailingRow.mailing_id == at["mailing"], MailingRow.state == RowState.MADE)
    names = session.scalars(select(Draft.addressee).where(Draft.subject == "გადასახადი").order_by(Draft.draft_id))
    return [session.scalar(made), list(names), lines(session, Event.MAILING_MADE, at["mailing"])]


def journal(stage: Stage) -> None:
    press.make(stage.house, stage.at["journal"])


def seen_journal(session: Session, at: dict[str, Any]) -> list[Any]:
    row = session.get_one(Journal, at["journal"])
    whole = (row.state is JournalState.MADE) == (row.content_id is not None)
    return [row.state.value, whole, lines(session, Event.JOURNAL_READY, at["journal"])]


def move_in(stage: Stage) -> None:
    for serial in (1, 2, 3):
        with stage.house.transaction() as session:
            book = session.get_one(Register, stage.at["book"])
            entry = OldEntry(
                f"{serial}/05", serial, date(2005, 3, serial), Card(summary="ძველი", correspondent_name="ნ")
            )
            migration.migrate(session, stage.actor(session, "administrator"), book, entry)


def seen_moved(session: Session, at: dict[str, Any]) -> list[Any]:
    found_ = session.scalars(select(Document).where(Document.migrated).order_by(Document.serial)).all()
    leaves = set(session.scalars(select(LedgerLeaf.leaf_id)))
    return [[each.serial for each in found_], all(each.leaf_id in leaves for each in found_)]


def hand_over(stage: Stage) -> None:
    with stage.house.transaction() as session:
        head, giver = stage.actor(session, "unit_head"), session.get_one(Official, stage.at["executor"])
        change = handing_over.agreed(session, head, giver, to=stage.at["second_executor"], reason="შვებულება")
        move(session, head, Kind.ASSIGNMENT, stage.at["work"], change)


def seen_handed(session: Session, at: dict[str, Any]) -> list[Any]:
    hers = session.get_one(Assignment, at["work"]).official_id == at["second_executor"]
    return [hers, lines(session, Event.ASSIGNMENT_HANDED_OVER, at["work"])]


def lines(session: Session, event: Event, subject_id: int) -> int:
    """How often the history says so of this thing."""
    found_ = select(func.count()).where(EventLine.kind == event, EventLine.subject_id == subject_id)
    return session.scalar(found_) or 0


ACTS: dict[str, Act] = {
    "end": (end, seen_end),
    "take_back": (take_back, seen_back),
    "cut": (cut, seen_cut),
    "mailing": (mail, seen_mail),
    "journal": (journal, seen_journal),
    "move_in": (move_in, seen_moved),
    "hand_over": (hand_over, seen_handed),
}


def pull_the_plug(folder: Path) -> None:
    """Kill the database with all its processes, then ourselves: nobody gets to close a file."""
    (pid_file,) = folder.glob("postgres/data/postmaster.pid")
    postmaster = int(pid_file.read_text().split()[0])
    for process in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):
            if int(process.read_text().rsplit(")", 1)[1].split()[1]) == postmaster:
                os.kill(int(process.parent.name), signal.SIGKILL)
    os.kill(postmaster, signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def set_mark(house: bootstrap.House, folder: Path, mark: str) -> None:
    """Pull the plug before or after the n-th commit that is made from now on."""
    word, n = mark.split()
    dialect, left = house.engine.dialect, [int(n)]
    commit = dialect.do_commit

    def committing(connection: Any) -> None:
        left[0] -= 1
        if left[0] == 0 and word == "commit":
            pull_the_plug(folder)
        commit(connection)
        if left[0] == 0 and word == "committed":
            pull_the_plug(folder)

    dialect.do_commit = committing  # type: ignore[method-assign]


def run(
    folder: Path, name: str, mark: str, *, acts: dict[str, Act], lay: Callable[[bootstrap.House], dict[str, Any]],
    before: Callable[[bootstrap.House], None] = lambda _: None,
) -> None:  # fmt: skip
    """Do the act, or die in it; say what is to be seen."""
    house, ready = built(folder), folder / "ready.json"
    before(house)
    if not ready.exists():
        ready.write_text(json.dumps(lay(house)))
    stage = Stage(house, json.loads(ready.read_text()))
    do, seen = acts[name]
    with house.transaction() as session:
        was = seen(session, stage.at)
    print(json.dumps({"before": was}), flush=True)  # what the last cut left is to be judged, even if we die now
    if mark:
        set_mark(house, folder, mark)
    with suppress(EdmsError):  # done already: it is refused, not done twice
        do(stage)
    with house.transaction() as session:
        contents_ = [each.store_key for each in session.scalars(select(Content))]
        print(json.dumps({"before": was, "after": seen(session, stage.at)}))
    for key in contents_:
        with house.store.open(key) as stream:
            stream.read()  # what a row speaks of is there, whole
    house.close()


if __name__ == "__main__":
    run(Path(sys.argv[1]), sys.argv[2], " ".join(sys.argv[3:]), acts=ACTS, lay=found)
