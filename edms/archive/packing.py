"""Makes the package of one case file of a transfer, in three parts: read letter by letter, write with no transaction open,
keep. Doing it twice, or dying in it, changes nothing; what was half written is swept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from edms import clock, words
from edms.access.actor import Actor
from edms.archive import explaining, exporting, gathering
from edms.archive.models import LineState, Transfer, TransferLine, TransferState
from edms.archive.package import checking, writing
from edms.archive.package.parts import Letter, Rows, Whole
from edms.errors import Corrupt, EdmsError
from edms.events import Event, Subject, record
from edms.filing.models import CaseFile, CaseFileEntry
from edms.ledger import Verifier
from edms.registry import contents
from edms.registry.models import Document
from edms.staff.models import Organisation, Unit
from edms.storage.port import ContentStore, Stored

MEDIA = "application/zip"
LIMIT = 1 << 42
Transaction = Callable[[], AbstractContextManager[Session]]


@dataclass(frozen=True)
class Work:
    """A case file to be packed, free of the database: what it is, and its letters by their places."""

    transfer_line_id: int
    organisation_id: int
    whole: Whole
    letters: tuple[tuple[int, int], ...]  # place and document id


def to_pack(session: Session, transfer_line_id: int, *, verifier: Verifier, published: str | None) -> Work | None:
    """What there is to pack, or None: made already, or called off."""
    line = session.get(TransferLine, transfer_line_id)
    if line is None or line.state is LineState.MADE:
        return None
    transfer = session.get_one(Transfer, line.transfer_id)
    if transfer.state is not TransferState.PACKING:
        return None
    case_file, office = line.case_file, session.get_one(Organisation, transfer.organisation_id)
    # When it was drawn up: a package that is made again is the same but for what happened to its signatures since.
    whole = _whole(session, case_file, office, transfer, verifier, published)
    found = select(CaseFileEntry.position, CaseFileEntry.document_id)
    found = found.where(CaseFileEntry.case_file_id == case_file.case_file_id).order_by(CaseFileEntry.position)
    letters = tuple((row[0], row[1]) for row in session.execute(found))
    return Work(transfer_line_id, transfer.organisation_id, whole, letters)


def pack(work: Work, transaction: Transaction, store: ContentStore, *, until: datetime) -> Stored:
    """Write the package, look at it as anybody would, and store it. The ledger was sealed after `until`.

    Errors: Unavailable; Corrupt where a paper or the package is not what it must be.
    """
    with tempfile.TemporaryDirectory(prefix="edms-package-") as folder:
        path = Path(folder, "package.zip")
        with path.open("wb") as target:
            writing.write(target, work.whole, _letters(work, transaction, store, until))
        if faults := checking.check(path).faults:
            raise Corrupt(faults[0].message, path=faults[0].path, **faults[0].values)
        with path.open("rb") as made:
            return store.put(made, limit=LIMIT)


def packed(session: Session, work: Work, stored: Stored) -> None:
    """Keep it; the last one makes the transfer ready, and who drew it up is told. Called off meanwhile, it is swept."""
    line = session.get_one(TransferLine, work.transfer_line_id, with_for_update=True)
    transfer = session.get_one(Transfer, line.transfer_id, with_for_update={"of": Transfer})
    if line.state is LineState.MADE or transfer.state is not TransferState.PACKING:
        return
    actor = Actor.system(transfer.organisation_id)
    content = contents.enter(
        session, actor, organisation_id=transfer.organisation_id, stored=stored, name=f"{work.whole.ident}.zip",
        media_type=MEDIA,
    )  # fmt: skip
    line.state, line.content_id, line.made_at = LineState.MADE, content.content_id, clock.now()
    line.name, line.sha256, line.size = content.name, content.sha256, content.size
    line.trouble, line.trouble_values = None, {}
    session.flush()  # this one counts as made
    left = select(func.count()).where(
        TransferLine.transfer_id == transfer.transfer_id, TransferLine.state != LineState.MADE
    )
    if not session.scalar(left):
        transfer.state = TransferState.READY
        _tell(session, transfer, Event.TRANSFER_PACKED)


def stuck(session: Session, transfer_line_id: int, error: EdmsError | None) -> None:
    """It could not be made, and why; who drew up the transfer is told and may have it tried again."""
    line = session.get(TransferLine, transfer_line_id, with_for_update=True)
    if line is None or line.state is not LineState.WAITING:
        return
    line.state, line.trouble = LineState.FAILED, error.message if error is not None else "archive.not_packed"
    line.trouble_values = {name: str(value) for name, value in error.values.items()} if error is not None else {}
    _tell(session, session.get_one(Transfer, line.transfer_id), Event.TRANSFER_STUCK)


def _letters(work: Work, transaction: Transaction, store: ContentStore, until: datetime) -> Iterator[Letter]:
    """One letter at a time, each read in a short transaction of its own."""
    system = Actor.system(work.organisation_id)
    for place, document_id in work.letters:
        with transaction() as session:
            document = session.get_one(Document, document_id)
            found = gathering.letter(session, system, document, store, place=place, until=until)
        yield found


def _whole(
    session: Session, case_file: CaseFile, office: Organisation, transfer: Transfer, verifier: Verifier, published: str | None
) -> Whole:  # fmt: skip
    speaks, index, made_at = office.language, case_file.case_index, transfer.drawn_up_at
    title = words.say(
        speaks, "archive.readme.case", index=index.index, year=index.year, volume=case_file.volume, title=index.title(speaks)
    )  # fmt: skip
    text = explaining.readme(
        speaks, title=title, office=office.name(speaks), made_on=exporting.made_on(office, made_at), key=verifier.text,
        published=published,
    )  # fmt: skip
    return Whole(
        ident=f"{office.code}_case_{case_file.case_file_id}_transfer_{transfer.transfer_id}",
        title=title,
        language=speaks,
        office=gathering.office_of(office),
        made_at=exporting.there(office, made_at),
        software=gathering.SOFTWARE,
        case=_card(session, case_file, speaks),
        archive=transfer.archive,
        documents=explaining.documents(verifier, made_at),
        readme=text,
        bag_info=[*exporting.bag_info(office, title, made_at), ("Internal-Sender-Identifier", transfer.number)],
    )


def _card(session: Session, case_file: CaseFile, speaks: str) -> Rows:
    index = case_file.case_index
    unit = session.get_one(Unit, index.unit_id) if index.unit_id is not None else None
    counted = select(func.count()).where(CaseFileEntry.case_file_id == case_file.case_file_id)
    return [
        ("index", index.index, {}),
        ("year", str(index.year), {}),
        ("volume", str(case_file.volume), {}),
        ("title", index.title(speaks), {}),
        ("unit", unit.name(speaks) if unit is not None else None, {"code": unit.index if unit is not None else ""}),
        ("openedOn", case_file.opened_on.isoformat(), {}),
        ("closedOn", case_file.closed_on.isoformat() if case_file.closed_on is not None else None, {}),
        ("sheets", str(case_file.sheets), {}),
        ("letters", str(session.scalar(counted) or 0), {}),
        ("retentionClass", index.retention_class, {}),
        ("article", index.article, {}),
    ]


def _tell(session: Session, transfer: Transfer, event: Event) -> None:
    to = [transfer.drawn_up_by_id] if transfer.drawn_up_by_id is not None else []
    record(
        session, Actor.system(transfer.organisation_id), event, Subject("transfer", transfer.transfer_id),
        organisation_id=transfer.organisation_id, detail={"to": to, "subject": transfer.number},
    )  # fmt: skip
