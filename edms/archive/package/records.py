"""The cards in XML (`schemas/edms-records-1.xsd`), and the few lines of Dublin Core that every archive reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lxml import etree

from edms.archive.package.parts import Letter, Paper, Rows, Whole
from edms.archive.package.xml import instant, told, under

RECORDS = "urn:edms:records:1"
DC = "http://purl.org/dc/elements/1.1/"
OAI_DC = "http://www.openarchives.org/OAI/2.0/oai_dc/"


def begun(whole: Whole) -> Any:
    """The document of the cards, before its letters."""
    root = etree.Element(f"{{{RECORDS}}}records", {"made": instant(whole.made_at)}, nsmap={None: RECORDS})
    under(root, "office", whole.office.name, {"code": whole.office.ident})
    if whole.case:
        _rows(under(root, "caseFile"), whole.case)
    return root


def add(root: Any, letter: Letter, files: Mapping[str, str]) -> None:
    """A letter's card. `files` are the paths in the package by what they are: "paper:7", "report:7", "receipt:9"."""
    card = under(root, "letter", attributes={"place": str(letter.place)})
    _rows(card, letter.card)
    for kind, number in letter.links:
        under(card, "link", number, {"kind": kind})
    for paper in letter.papers:
        _paper(card, paper, files)
    for act in letter.acts:
        told_of = {"id": str(act.event_id), "kind": act.kind, "at": instant(act.at)}
        if receipt := files.get(f"receipt:{act.event_id}"):
            told_of["receipt"] = receipt
        if paper_file := files.get(f"paper:{act.content_id}"):
            told_of["paper"] = paper_file
        under(card, "act", act.words, told_of)


def _paper(card: Any, paper: Paper, files: Mapping[str, str]) -> None:
    facts = {
        "file": files[f"paper:{paper.content_id}"],
        "role": paper.role,
        "mediaType": paper.media,
        "size": str(paper.size),
        "sha256": paper.sha256,
        "added": instant(paper.added_at),
    }
    if paper.dated_on is not None:
        facts["datedOn"] = paper.dated_on.isoformat()
    if paper.of is not None:
        facts["of"] = files[f"paper:{paper.of}"]
    row = under(card, "paper", attributes=facts)
    under(row, "name", paper.name)
    if (found := paper.signature) is None:
        return
    said = {"verdict": found.verdict, "checkedAt": instant(found.checked_at)}
    if found.level:
        said["level"] = found.level
    if found.proven_at is not None:
        said["provenAt"] = instant(found.proven_at)
    signature = under(row, "signature", attributes=said)
    for name in found.who:
        under(signature, "signer", name)
    for kind in ("report", "evidence"):
        under(signature, "evidence", attributes={"file": files[f"{kind}:{paper.content_id}"], "kind": kind})


def dublin_core(whole: Whole) -> bytes:
    """Title, creator, day and language of the whole."""
    root = etree.Element(f"{{{OAI_DC}}}dc", nsmap={"oai_dc": OAI_DC, "dc": DC})
    for name, text in (
        ("title", whole.title),
        ("creator", whole.office.name),
        ("identifier", whole.ident),
        ("date", whole.made_at.date().isoformat()),
        ("language", whole.language),
        ("type", "Text"),
    ):
        under(root, f"{{{DC}}}{name}", text)
    return told(root)


def _rows(above: Any, rows: Rows) -> None:
    for name, text, attributes in rows:
        if text is not None:
            under(above, name, text, attributes)
