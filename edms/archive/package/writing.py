"""Writes a package from front to back: letter by letter, then what describes them all. Memory does not grow with the papers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import IO

from edms.archive.package import records
from edms.archive.package.bag import Bag
from edms.archive.package.mets import Group, Metadata, mets
from edms.archive.package.parts import JSON, TEXT, XML, Agent, Letter, Made, Paper, Part, Whole, Written
from edms.archive.package.premis import Preservation
from edms.archive.package.xml import told

SCHEMAS = Path(__file__).parent / "schemas"
ORIGINALS, COPIES = "rep1", "rep2"
"""The papers as they came, with what proves them; and the PDF/A made from scans, where there are any."""
PDF = "application/pdf"
_ENDING = re.compile(r"\.([A-Za-z0-9]{1,8})$")
_ENDINGS = {PDF: "pdf", "image/tiff": "tif", "image/jpeg": "jpg", "image/png": "png", "text/plain": "txt", XML: "xml"}


def write(target: IO[bytes], whole: Whole, letters: Iterable[Letter]) -> Made:
    """Write the package. Errors: Corrupt when a paper is not what was registered; nothing of it may be used then."""
    return _Writing(target, whole).all(letters)


class _Writing:
    def __init__(self, target: IO[bytes], whole: Whole) -> None:
        self._whole = whole
        self._bag = Bag(target, whole.ident)
        self._root = f"{whole.ident}/"
        self._cards = records.begun(whole)
        self._acts = Preservation()
        self._files: dict[str, list[Written]] = {ORIGINALS: [], COPIES: []}
        self._kept = {ORIGINALS: Preservation(), COPIES: Preservation()}
        self._letters = 0

    def all(self, letters: Iterable[Letter]) -> Made:
        for letter in letters:
            self._letter(letter)
            self._letters += 1
        whole = self._whole
        self._acts.agent(whole.office)
        self._acts.agent(Agent("edms", "software", "edms", whole.software))
        groups = [
            Group("Documentation", [self._written(part) for part in self._documents()]),
            Group("Schemas", [self._written(part) for part in self._schemas()]),
        ]
        for name, files in self._files.items():
            if files:
                groups.append(Group(f"Representations/{name}", [self._representation(name)]))
        cards = Metadata(self._small("metadata/descriptive/records.xml", told(self._cards)), "OTHER", "edms-records-1")
        core = Metadata(self._small("metadata/descriptive/dc.xml", records.dublin_core(whole)), "DC")
        acts = Metadata(self._small("metadata/preservation/premis.xml", self._acts.done()), "PREMIS")
        table = mets(whole.ident, whole, describing=[core, cards], preserving=[acts], groups=groups, schemas="schemas")
        self._small("METS.xml", table)
        self._bag.close(whole.bag_info, readme=whole.readme)
        return Made(whole.ident, self._letters, self._bag.files, self._bag.size)

    def _letter(self, letter: Letter) -> None:
        folder = f"data/{letter.place:04}"
        files: dict[str, str] = {}
        for number, paper in enumerate(letter.papers, start=1):
            self._paper(folder, f"{number:02}", paper, files)
        for number, act in enumerate(letter.acts, start=1):
            if act.receipt is not None:
                made = json.dumps(act.receipt, ensure_ascii=False, indent=1, sort_keys=True).encode()
                path = f"{folder}/ledger/{number:02}-{act.kind.replace(':', '-')}.json"
                files[f"receipt:{act.event_id}"] = self._proof(Part.of(path, JSON, act.at, made))
        records.add(self._cards, letter, files)
        self._acts.letter(letter, f"{self._whole.ident}/{letter.place:04}", files)

    def _paper(self, folder: str, number: str, paper: Paper, files: dict[str, str]) -> None:
        path = f"{folder}/papers/{number}.{_ending(paper)}"
        part = Part(path, paper.media, paper.added_at, paper.opens, paper.size, paper.sha256)
        files[f"paper:{paper.content_id}"] = self._in(ORIGINALS, part, paper)
        if (signed := paper.signature) is not None:
            at = signed.checked_at
            report = Part.of(f"{folder}/evidence/{number}-validation-report.xml", XML, at, signed.report)
            rests = Part.of(f"{folder}/evidence/{number}-signatures.json", JSON, at, signed.evidence)
            files[f"report:{paper.content_id}"] = self._proof(report)
            files[f"evidence:{paper.content_id}"] = self._proof(rests)
        if paper.copy is not None:
            self._in(COPIES, Part(f"{folder}/papers/{number}.pdf", PDF, self._whole.made_at, paper.copy))

    def _proof(self, part: Part) -> str:
        return self._in(ORIGINALS, part)

    def _in(self, name: str, part: Part, paper: Paper | None = None) -> str:
        """Write a file of a representation; its path as the whole package sees it."""
        above = f"representations/{name}/"
        written = self._bag.add(part, above=self._root + above)
        self._files[name].append(written)
        self._kept[name].file(written, paper)
        return above + part.path

    def _representation(self, name: str) -> Written:
        above = f"representations/{name}/"
        kept = self._small("metadata/preservation/premis.xml", self._kept[name].done(), above)
        table = mets(
            name, self._whole, describing=(), preserving=[Metadata(kept, "PREMIS")],
            groups=[Group("Data", self._files[name])], schemas="../../schemas",
        )  # fmt: skip
        made = self._small("METS.xml", table, above)
        return Written(above + made.path, made.media, made.made_at, made.size, made.sha256)

    def _small(self, path: str, made: bytes, above: str = "") -> Written:
        return self._bag.add(Part.of(path, XML, self._whole.made_at, made), above=self._root + above)

    def _written(self, part: Part) -> Written:
        return self._bag.add(part, above=self._root)

    def _documents(self) -> list[Part]:
        readme = Part.of("documentation/README.txt", TEXT, self._whole.made_at, self._whole.readme.encode("utf-8-sig"))
        return [readme, *self._whole.documents]

    def _schemas(self) -> list[Part]:
        found = sorted(SCHEMAS.iterdir())
        at = self._whole.made_at
        media = {".xsd": XML, ".txt": TEXT}
        return [Part.of(f"schemas/{each.name}", media[each.suffix], at, each.read_bytes()) for each in found]


def _ending(paper: Paper) -> str:
    """How the file's name ends: by its kind, else as its sender wrote it."""
    known = _ENDINGS.get(paper.media)
    written = _ENDING.search(paper.name)
    return known or (written[1].lower() if written else "bin")
