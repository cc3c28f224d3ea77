"""Is a package what it says it is? Hashes, contents and structure, read from front to back without unpacking it.

The signatures and receipts that it brings are judged one floor up (`edms.archive.verifying`): here it is only said which
they are. What is wrong is a message with the path where it was found; nothing is repaired, nothing thrown.
"""

from __future__ import annotations

import hashlib
import posixpath
import zipfile
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from lxml import etree

from edms.archive.package.bag import DECLARED, MANIFEST, PIECE, TAGS
from edms.archive.package.found import MOST_FAULTS, Card, Fault, Found, Receipt, Signed, told
from edms.archive.package.mets import METS
from edms.archive.package.premis import PREMIS
from edms.archive.package.records import RECORDS
from edms.archive.package.writing import SCHEMAS
from edms.archive.package.xml import XLINK, parser

MOST_FILES = 200_000
MOST_BESIDE = 20  # papers that a signature without its file may be over, as when it was checked
LARGEST_TEXT = 64 << 20
"""Bytes of XML or of a list that are read whole."""
_HREF = f"{{{XLINK}}}href"


def check(path: Path) -> Found:
    """Look at a package."""
    found = Found()
    try:
        with zipfile.ZipFile(path) as opened:
            _Checking(opened, found).all()
    except (zipfile.BadZipFile, OSError, NotImplementedError, EOFError, ValueError) as error:
        found.faults.append(Fault(path.name, "archive.fault.unreadable", {"why": type(error).__name__}))
    return found


class _Checking:
    def __init__(self, opened: zipfile.ZipFile, found: Found) -> None:
        self._zip, self._found = opened, found
        self._sums: dict[str, tuple[str, int]] = {}  # path below the bag: hash and size, as read
        self._wrong: set[str] = set()  # the paths of the faults
        self._top = ""

    def all(self) -> None:
        if not self._names():
            return
        self._read()
        self._bag()
        root = f"data/{self._found.ident}"
        if f"{root}/METS.xml" not in self._sums:
            self._fault(f"{root}/METS.xml", "archive.fault.missing")
            return
        named = self._mets(f"{root}/METS.xml")
        for name in sorted({part for part in named if posixpath.basename(part) == "METS.xml"}):
            named |= self._mets(name)
        for left in sorted(set(self._payload()) - named - {f"{root}/METS.xml"}):
            self._fault(left, "archive.fault.not_named")
        for name in sorted(self._sums):
            if posixpath.basename(name) == "premis.xml":
                self._premis(name)
        self._found.records = f"{root}/metadata/descriptive/records.xml"
        self._records(self._found.records, root)
        key = f"{root}/documentation/public-key.pem"
        self._found.key = f"{self._top}/{key}" if key in self._sums else None

    def _names(self) -> bool:
        """One folder, plain relative paths, each once."""
        infos = self._zip.infolist()
        names = [info.filename for info in infos]
        tops = {name.split("/", 1)[0] for name in names}
        plain = all(
            "\\" not in name and "\x00" not in name and posixpath.normpath(name) == name.rstrip("/") for name in names
        )
        if len(tops) != 1 or not plain or ".." in tops or "" in tops or len(set(names)) != len(names):
            self._found.faults.append(Fault("", "archive.fault.names"))
            return False
        if len(names) > MOST_FILES:
            self._found.faults.append(Fault("", "archive.fault.too_many", {"n": MOST_FILES}))
            return False
        (self._top,) = tops
        self._found.ident = self._top
        return True

    def _read(self) -> None:
        """Take the sum of every file, once."""
        for info in self._zip.infolist():
            if info.is_dir():
                continue
            path = info.filename.removeprefix(f"{self._top}/")
            sha256, size = hashlib.sha256(), 0
            try:
                with self._zip.open(info) as source:
                    while piece := source.read(PIECE):
                        sha256.update(piece)
                        size += len(piece)
            except (zipfile.BadZipFile, EOFError, RuntimeError):
                self._fault(path, "archive.fault.changed")
                continue
            self._sums[path] = sha256.hexdigest(), size
        payload = self._payload()
        self._found.files, self._found.size = len(payload), sum(self._sums[each][1] for each in payload)

    def _payload(self) -> list[str]:
        return [path for path in self._sums if path.startswith("data/")]

    def _bag(self) -> None:
        declared = self._text(DECLARED)
        if b"BagIt-Version: 1.0" not in declared:
            self._fault(DECLARED, "archive.fault.not_a_bag")
        listed = self._manifest(MANIFEST)
        for path in sorted(set(self._payload()) - listed.keys()):
            self._fault(path, "archive.fault.not_listed")
        self._against(listed)
        self._against(self._manifest(TAGS))
        oxum = f"Payload-Oxum: {self._found.size}.{self._found.files}".encode()
        if oxum not in self._text("bag-info.txt").splitlines():
            self._fault("bag-info.txt", "archive.fault.sum")

    def _against(self, listed: Mapping[str, str]) -> None:
        for path, sha256 in sorted(listed.items()):
            if path not in self._sums:
                self._fault(path, "archive.fault.missing")
            elif self._sums[path][0] != sha256:
                self._fault(path, "archive.fault.changed")

    def _manifest(self, path: str) -> dict[str, str]:
        rows = (line.split("  ", 1) for line in self._text(path).decode(errors="replace").splitlines() if line)
        return {row[1]: row[0] for row in rows if len(row) == 2}

    def _mets(self, path: str) -> set[str]:
        """Check a METS; the paths below the bag that it names."""
        root, above = self._xml(path, "mets.xsd"), posixpath.dirname(path)
        named: set[str] = set()
        if root is None:
            return named
        for place in root.iter(f"{{{METS}}}mdRef", f"{{{METS}}}file"):
            way = place if place.get(_HREF) else place.find(f"{{{METS}}}FLocat")
            href = posixpath.normpath(posixpath.join(above, way.get(_HREF, ""))) if way is not None else ""
            named.add(href)
            sha256, size = self._sums.get(href, ("", -1))
            if size < 0:
                self._fault(href, "archive.fault.missing")
            elif (place.get("CHECKSUM"), place.get("SIZE")) != (sha256, str(size)):
                self._fault(href, "archive.fault.other_than_mets", table=path)
        return named

    def _premis(self, path: str) -> None:
        """The hashes of the files of a representation are those that were read."""
        root = self._xml(path, None)
        above = posixpath.dirname(posixpath.dirname(posixpath.dirname(path)))
        names = {"p": PREMIS}
        for each in root.iterfind("p:object", names) if root is not None else ():
            if each.findtext("p:objectIdentifier/p:objectIdentifierType", "", names) != "path":
                continue
            place = f"{above}/{each.findtext('p:objectIdentifier/p:objectIdentifierValue', '', names)}"
            sha256 = each.findtext("p:objectCharacteristics/p:fixity/p:messageDigest", "", names)
            if self._sums.get(place, ("", 0))[0] != sha256:
                self._fault(place, "archive.fault.other_than_mets", table=path)

    def _records(self, path: str, above: str) -> None:
        """The cards, and which signatures and receipts they name."""
        root = self._xml(path, "edms-records-1.xsd")
        names = {"r": RECORDS}
        seen: set[str] = set()
        for letter in root.iterfind("r:letter", names) if root is not None else ():
            self._found.letters += 1
            papers, number = letter.findall("r:paper", names), letter.findtext("r:number", "", names)
            for paper in papers:
                place = f"{above}/{paper.get('file')}"
                # Named once: each is judged, and a judgement may take its time.
                if place in seen or self._sums.get(place) != (paper.get("sha256"), int(paper.get("size"))):
                    self._fault(place, "archive.fault.other_than_card", number=number)
                seen.add(place)
            held = [(each.findtext("r:name", "", names), self._whole(above, each.get("file"))) for each in papers]
            for paper in papers:
                self._signed(paper, above, tuple(held))
            self._found.cards.append(self._card(letter, papers, number, above))
            sums = {paper.get("file"): paper.get("sha256") for paper in papers}
            for act in letter.iterfind("r:act[@receipt]", names):
                place = f"{above}/{act.get('receipt')}"
                if place not in self._sums:
                    self._fault(place, "archive.fault.missing")
                about, card = sums.get(act.get("paper"), ""), len(self._found.cards) - 1
                self._found.receipts.append(Receipt(f"{self._top}/{place}", act.get("kind"), about, card))

    def _card(self, letter: Any, papers: list[Any], number: str, above: str) -> Card:
        """What it says in its own elements; a field that is not there says nothing."""
        space, names = f"{{{RECORDS}}}", {"r": RECORDS}
        words = {each.tag.removeprefix(space): each.text or "" for each in letter if isinstance(each.tag, str) and not len(each)}  # fmt: skip
        held = [
            (self._whole(above, paper.get("file")), paper.get("sha256"), paper.find("r:signature", names) is not None)
            for paper in papers
        ]
        return Card(number, {name: words[name] for name in sorted(words) if name not in ("link", "act")}, tuple(held))

    def _signed(self, paper: Any, above: str, held: tuple[tuple[str, str], ...]) -> None:
        names = {"r": RECORDS}
        said = paper.find("r:signature", names)
        if said is None:
            return
        rests = said.find("r:evidence[@kind='evidence']", names)
        path = self._whole(above, paper.get("file"))
        others = (each for each in held if each[1] != path)
        self._found.signed.append(
            Signed(
                path, paper.findtext("r:name", "", names), said.get("verdict"), said.get("checkedAt"),
                self._whole(above, rests.get("file")) if rests is not None else "",
                tuple(islice(others, MOST_BESIDE)),
            )
        )  # fmt: skip

    def _whole(self, above: str, file: str) -> str:
        return f"{self._top}/{above}/{file}"

    def _xml(self, path: str, schema: str | None) -> Any:
        """The document, None where it is no XML or not as its schema wants it."""
        try:
            root = etree.fromstring(self._text(path), parser())
            if schema is not None:
                etree.XMLSchema(etree.parse(SCHEMAS / schema)).assertValid(root)
        except etree.LxmlError as error:
            self._fault(path, "archive.fault.not_as_written", why=str(error)[:200])
            return None
        return root

    def _text(self, path: str) -> bytes:
        """A file as a whole; empty where it is missing or too large, which is said."""
        size = self._sums.get(path, ("", -1))[1]
        if 0 <= size <= LARGEST_TEXT:
            return self._zip.read(f"{self._top}/{path}")
        self._fault(path, "archive.fault.missing" if size < 0 else "archive.fault.too_large")
        return b""

    def _fault(self, path: str, message: str, **values: Any) -> None:
        """The first thing that is wrong with a file is enough, and so are the first thousand."""
        if path not in self._wrong and len(self._wrong) < MOST_FAULTS:
            self._wrong.add(path)
            self._found.faults.append(Fault(path, message, values))


def look(inputs: list[Path], _folder: Path) -> Iterator[dict[str, Any]]:
    """The child's part: the same, told as JSON."""
    yield from told(check(inputs[0]))
