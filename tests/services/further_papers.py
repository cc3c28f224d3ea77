"""The papers that the unit tests of the press do not print: lists, sheets, envelopes, copies, marked and joined ones."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from docx import Document as WordFile

from edms.drafting import joining
from edms.drafting.brought import making
from edms.drafting.paper import (
    control,
    disposal,
    envelopes,
    hand_journal,
    labels,
    lists,
    marks,
    transfer_list,
    volume,
    word,
)
from edms.drafting.paper.copy import CopyPage, copy_mark, copy_page
from edms.drafting.paper.letter import Cosigner, Letter, Recipient, letter, signature_sheet
from edms.drafting.paper.separators import separator_sheet
from edms.signing.container import Box, Mark, set_marks
from tests import signed_things
from tests.units.test_paper_text import ADDRESSES, DAY, NAMES, NUMBER, office

CODE = "KVM-2026-17-000412-ABCDEF"


def of(language: str) -> Iterator[tuple[str, bytes]]:
    """Each by its name."""
    here, (place, head, post, to, subject) = office(language), NAMES[language]
    line = control.ControlledLine(NUMBER, DAY, to, subject, head, DAY, 3, subject)
    yield "control list", control.control_list(control.ControlList(here, language, subject, DAY, head, [(place, True, [line] * 40)])).pdf  # fmt: skip
    month = control.MonthTable(here, language, subject, "11.2026", DAY, head, [subject] * 6, [(place, [12, 3, 4, 5, 6, 7])] * 9)  # fmt: skip
    yield "month of control", control.month_table(month).pdf
    yield "inventory", lists.inventory(lists.Inventory(here, language, "01-07", subject, 2026, 1, [lists.InventoryLine(n, NUMBER, DAY, subject, "1-3") for n in range(1, 60)], 180, subject, DAY, head)).pdf  # fmt: skip
    yield "handing slip", lists.handing_slip(lists.HandingSlip(here, language, NUMBER, DAY, subject, 3, to, DAY, head)).pdf  # fmt: skip
    yield "hand journal", hand_journal.hand_journal(hand_journal.HandJournal(here, language, subject, [f"17/{n}" for n in range(60)], DAY, DAY, head)).pdf  # fmt: skip
    made = [labels.Label(language, place, NUMBER, DAY, 3, 1, CODE)] * 30
    yield "label sheet", labels.label_sheet(made, title=subject, first=5).pdf
    yield "separator", separator_sheet(language=language, office=place, code=CODE).pdf
    row = volume.VolumeRow(subject, [100] * 12, 1200, 3400)
    yield "volume", volume.volume_sheet(volume.VolumeSheet(here, language, subject, 2026, [(place, [row] * 8, row)], row, subject, DAY, head)).pdf  # fmt: skip
    named = [envelopes.Addressed(to, ADDRESSES[language], NUMBER)] * 30
    for form in envelopes.ENVELOPES:
        yield f"envelope {form}", envelopes.envelopes(here, language, form, named[:2]).pdf
    yield "address labels", envelopes.labels(here, language, "3x7", named, first=4).pdf
    rows = [transfer_list.TransferRow("01-07", subject, 1, 2015, DAY, DAY, 12, 180, "ab" * 32)] * 30
    inventory = transfer_list.TransferList(here, language, "3/2026", DAY, place, subject, rows, head, f"№ 17, {NUMBER}")
    case = disposal.DisposalCase(1, "12-05", subject, 2020, 1, subject, "101", DAY, 12, 180, subject, True, "ab" * 32, 7, [disposal.GoneLetter(NUMBER, DAY, ["ab" * 32], 6)] * 12)  # fmt: skip
    act = disposal.Disposal(here, language, 1, NUMBER, DAY, subject, subject, head, DAY, [(head, DAY)] * 2, [case] * 20, DAY, subject, datetime(2026, 11, 5, 9, tzinfo=UTC), DAY)  # fmt: skip
    yield "act of destruction", disposal.act_paper(act).pdf
    yield "certificate of destruction", disposal.certificate(act).pdf
    yield "inventory of a transfer", transfer_list.transfer_list(inventory).pdf
    yield from _letters(language, Letter(here, language, subject, subject, head, post, addressee=to, cosigners=[Cosigner(to, post)]))  # fmt: skip


def _letters(language: str, values: Letter) -> Iterator[tuple[str, bytes]]:
    """What is made of a letter: for the pen, with a sheet for its signatures, of a distribution list, of Word."""
    listed = [Recipient(values.addressee, copy=bool(n % 2)) for n in range(9)]
    yield "letter by list", letter(Letter(**{**vars(values), "recipients": listed})).pdf
    printed = letter(values)
    places = {name: Box(**place.as_json()) for name, place in printed.places.items()}
    stamp = marks.registration_mark(marks.RegistrationMark(language, NUMBER, DAY, values.office.name))
    numbered = set_marks(printed.pdf, [Mark(places["registration"], stamp)])
    digest = hashlib.sha256(numbered).hexdigest()[:16]
    face = marks.hand_mark(marks.HandMark(language, values.signatory, DAY, CODE, "2345-6789", digest, "https://kvemo.example/v?n=1"))  # fmt: skip
    yield "for the pen", set_marks(numbered, [Mark(places["signature"], face)])
    sheet = signature_sheet(values, numbered=True)
    yield "signature sheet", sheet.pdf
    yield "with its sheet", joining.joined(printed.pdf, sheet.pdf)
    if word.converter() is not None:
        file, saved = WordFile(), io.BytesIO()
        file.add_paragraph(values.text)
        file.save(saved)
        yield "of Word", word.printed(saved.getvalue()).pdf


def certified(folder: Path, language: str) -> bytes:
    """A certified copy of a signed letter."""
    _, head, post, to, subject = NAMES[language]
    values = CopyPage(office(language), language, NUMBER, DAY, subject, 1, 1, head, post, DAY, "ab" * 32, to, "https://kvemo.example/v?n=1")  # fmt: skip
    inputs = [folder / f"{language}-{name}" for name in ("original", "mark", "last")]
    raws = (signed_things.pdf("B-LTA"), copy_mark(language, joining.MARK_MM), copy_page(values).pdf)
    for path, raw in zip(inputs, raws, strict=True):
        path.write_bytes(raw)
    list(joining.copied(inputs, folder))
    return (folder / joining.MADE).read_bytes()


def brought(folder: Path) -> bytes:
    """A paper of ours brought back as PDF, with the sheet for number and signatures after it."""
    printed, sheet = folder / "plain", folder / "sheet"
    printed.write_bytes(signed_things.s.page())
    sheet.write_bytes(signature_sheet(Letter(office("ka"), "ka", "გზა", "", "მერი", "მერი"), numbered=True).pdf)  # fmt: skip
    list(making.with_sheet([printed, sheet], folder))
    return (folder / making.MADE).read_bytes()
