"""Every PDF/A that we write is one, by an outside judge: papers of every kind and script, signed at every level, carried
on, journals of several parts, and the searchable copies of scans."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from edms.drafting.paper.journal import Journal, journal
from edms.reports.journal_lines import Foot, Kind, Line
from edms.signing import renewing
from tests import signatures as s
from tests import signed_things
from tests.services import archive_judge, further_papers
from tests.units import test_capture_copies as copies
from tests.units import test_paper_text as papers

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.timeout(1200)]


def test_papers_of_every_kind_and_language(tmp_path: Path) -> None:
    files = {
        f"{make.__name__} {language}": make(language).pdf for make, *_ in papers.PAPERS for language in papers.LANGUAGES
    }
    assert _broken(files, tmp_path) == {}


def test_lists_sheets_envelopes_and_marked_letters(tmp_path: Path) -> None:
    files = {f"{name} {language}": made for language in papers.LANGUAGES for name, made in further_papers.of(language)}
    assert len(files) == len({name.rpartition(" ")[0] for name in files}) * len(papers.LANGUAGES)
    assert _broken(files, tmp_path) == {}


def test_certified_copies_and_papers_that_were_brought(tmp_path: Path) -> None:
    files = {f"copy {language}": further_papers.certified(tmp_path, language) for language in papers.LANGUAGES}
    files["brought"] = further_papers.brought(tmp_path)
    assert _broken(files, tmp_path) == {}


def test_signed_papers_of_every_level(tmp_path: Path) -> None:
    files = {f"{level} {code}": signed_things.pdf(level, code) for level in ("B-B", "B-T", "B-LT", "B-LTA") for code in ("ec", "rsa")}  # fmt: skip
    files["nothing to see"] = signed_things.pdf(visible=False)
    files["two signers"] = signed_things.pdf("B-LTA", "rsa", files["B-LTA ec"], at_height=300)
    outside = signed_things.Inside(signed_things.authority())
    roots = s.roots(signed_things.authority())
    files["carried on"] = renewing.further_stamp(files["two signers"], outside=outside, roots=roots)
    assert _broken(files, tmp_path) == {}


def test_a_journal_of_several_parts(tmp_path: Path) -> None:
    head = Journal(
        papers.office("ka"), "ka", "შემოსული", date(2026, 1, 1), date(2026, 12, 31), date(2027, 1, 4), "ნინო"
    )
    whole, pages = journal(
        head, (_line(number) for number in range(450)), lambda: Foot([("სულ", "450")], "note"), tmp_path
    )
    assert pages > 3
    assert _broken({"journal": whole.read_bytes()}, tmp_path) == {}


def test_searchable_copies_of_scans(tmp_path: Path) -> None:
    files = {}
    for language, said in copies.SAID.items():
        for form, mode in (("JPEG", "RGB"), ("PNG", "L"), ("TIFF", "1")):
            folder = tmp_path / f"{language}-{form}"
            folder.mkdir()
            page = copies.told(said, language=language)
            files[f"{language} {form}"] = copies.copied(folder, copies.saved(copies.sheet(mode=mode), form), page).read_bytes()  # fmt: skip
    assert _broken(files, tmp_path) == {}


def _broken(files: dict[str, bytes], folder: Path) -> dict[str, list[str]]:
    said = archive_judge.judged(files, folder)
    assert len(said) == len(files)
    return {name: found for name, found in said.items() if found}


def _line(number: int) -> Line:
    return Line(
        next(iter(Kind)), f"17-05/{number}", date(2026, 2, 3), "ანა კალანდაძე", "12/4", date(2026, 2, 1),
        "გზის შეკეთების თხოვნა", 3, "ნ. ბერიძე", date(2026, 3, 3),
    )  # fmt: skip
