"""The table of contents of a package and of each representation in it (METS 1.12 in the profile of CSIP 2.1)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from lxml import etree

from edms.archive.package.parts import Whole, Written
from edms.archive.package.xml import XLINK, XSI, ident, instant, told, under

METS = "http://www.loc.gov/METS/"
CSIP = "https://DILCIS.eu/XML/METS/CSIPExtensionMETS"
PROFILE = "https://earksip.dilcis.eu/profile/E-ARK-SIP.xml"
LETTERS = "Registered letters"
_NAMES = {None: METS, "csip": CSIP, "xlink": XLINK, "xsi": XSI}


@dataclass(frozen=True)
class Metadata:
    """A file that describes the package, and how (METS MDTYPE)."""

    file: Written
    kind: str
    other: str = ""


@dataclass(frozen=True)
class Group:
    """Files of one use: "Documentation", "Schemas", "Representations/rep1", "Data"."""

    use: str
    files: Sequence[Written]


def mets(
    name: str,
    whole: Whole,
    *,
    describing: Sequence[Metadata],
    preserving: Sequence[Metadata],
    groups: Sequence[Group],
    schemas: str,
) -> bytes:
    """The METS of the package, or of one representation. Paths are as its own folder sees them.

    `schemas` is the way to the folder of schemas from there. A group of a representation holds that one's METS alone.
    """
    root = etree.Element(f"{{{METS}}}mets", nsmap=_NAMES)
    root.set(
        f"{{{XSI}}}schemaLocation",
        f"{METS} {schemas}/mets.xsd {XLINK} {schemas}/xlink.xsd {CSIP} {schemas}/DILCISExtensionMETS.xsd",
    )
    root.set("OBJID", name)
    root.set("LABEL", whole.title)
    root.set("TYPE", "Mixed")
    root.set("PROFILE", PROFILE)
    root.set(f"{{{CSIP}}}CONTENTINFORMATIONTYPE", "OTHER")
    root.set(f"{{{CSIP}}}OTHERCONTENTINFORMATIONTYPE", LETTERS)
    _header(root, whole)
    described = [_described(root, each) for each in describing]
    preserved = _preserved(root, preserving)
    ids = _files(root, groups)
    _structure(root, name, groups, ids, described, preserved)
    return told(root)


def _header(root: Any, whole: Whole) -> None:
    at = instant(whole.made_at)
    header = under(root, "metsHdr", attributes={"CREATEDATE": at, "LASTMODDATE": at, "RECORDSTATUS": "NEW"})
    header.set(f"{{{CSIP}}}OAISPACKAGETYPE", "SIP")
    program = under(
        header, "agent", attributes={"ROLE": "CREATOR", "TYPE": "OTHER", "OTHERTYPE": "SOFTWARE"}
    )  # the validator demands that it is the only creator
    _agent(program, "edms", whole.software, "SOFTWARE VERSION")
    office = under(header, "agent", attributes={"ROLE": "ARCHIVIST", "TYPE": "ORGANIZATION"})
    _agent(office, whole.office.name, whole.office.ident, "IDENTIFICATIONCODE")
    if whole.archive:
        archive = under(header, "agent", attributes={"ROLE": "PRESERVATION", "TYPE": "ORGANIZATION"})
        under(archive, "name", whole.archive)


def _agent(agent: Any, name: str, note: str, kind: str) -> None:
    under(agent, "name", name)
    under(agent, "note", note, {f"{{{CSIP}}}NOTETYPE": kind})


def _described(root: Any, each: Metadata) -> str:
    made = ident(f"dmd {each.file.path}")
    section = {"ID": made, "CREATED": instant(each.file.made_at), "STATUS": "CURRENT"}
    _refers(under(root, "dmdSec", attributes=section), each)
    return made


def _preserved(root: Any, preserving: Sequence[Metadata]) -> list[str]:
    if not preserving:
        return []
    section = under(root, "amdSec", attributes={"ID": ident("amd")})
    made = []
    for each in preserving:
        made.append(ident(f"amd {each.file.path}"))
        facts = {"ID": made[-1], "CREATED": instant(each.file.made_at), "STATUS": "CURRENT"}
        _refers(under(section, "digiprovMD", attributes=facts), each)
    return made


def _refers(above: Any, each: Metadata) -> None:
    facts = {"LOCTYPE": "URL", f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": each.file.path, "MDTYPE": each.kind}
    if each.other:
        facts["OTHERMDTYPE"] = each.other
    under(above, "mdRef", attributes={**facts, **_facts(each.file)})


def _facts(file: Written) -> dict[str, str]:
    return {
        "MIMETYPE": file.media,
        "SIZE": str(file.size),
        "CREATED": instant(file.made_at),
        "CHECKSUM": file.sha256,
        "CHECKSUMTYPE": "SHA-256",
    }


def _files(root: Any, groups: Sequence[Group]) -> dict[str, str]:
    """The files by group; the ids of the groups."""
    section = under(root, "fileSec", attributes={"ID": ident("files")})
    ids = {}
    for group in groups:
        ids[group.use] = ident(f"group {group.use}")
        facts = {
            "ID": ids[group.use],
            "USE": group.use,
            f"{{{CSIP}}}CONTENTINFORMATIONTYPE": "OTHER",
            f"{{{CSIP}}}OTHERCONTENTINFORMATIONTYPE": LETTERS,
        }
        held = under(section, "fileGrp", attributes=facts)
        for file in group.files:
            row = under(held, "file", attributes={"ID": ident(f"file {file.path}"), **_facts(file)})
            under(row, "FLocat", attributes={"LOCTYPE": "URL", f"{{{XLINK}}}type": "simple", f"{{{XLINK}}}href": file.path})  # fmt: skip
    return ids


def _structure(
    root: Any, name: str, groups: Sequence[Group], ids: dict[str, str], described: list[str], preserved: list[str]
) -> None:
    table = under(root, "structMap", attributes={"ID": ident("map"), "TYPE": "PHYSICAL", "LABEL": "CSIP"})
    top = under(table, "div", attributes={"ID": ident("map top"), "LABEL": name})
    facts = {"ID": ident("map Metadata"), "LABEL": "Metadata"}
    if described:
        facts["DMDID"] = " ".join(described)
    if preserved:
        facts["ADMID"] = " ".join(preserved)
    under(top, "div", attributes=facts)
    representations = [group for group in groups if group.use.startswith("Representations/")]
    for group in groups:
        if group not in representations:
            place = under(top, "div", attributes={"ID": ident(f"map {group.use}"), "LABEL": group.use})
            under(place, "fptr", attributes={"FILEID": ids[group.use]})
    if not representations:
        return
    all_of_them = under(top, "div", attributes={"ID": ident("map Representations"), "LABEL": "Representations"})
    for group in representations:
        under(all_of_them, "fptr", attributes={"FILEID": ids[group.use]})
    for group in representations:
        place = under(all_of_them, "div", attributes={"ID": ident(f"map {group.use}"), "LABEL": group.use})
        way = {
            "LOCTYPE": "URL",
            f"{{{XLINK}}}type": "simple",
            f"{{{XLINK}}}href": group.files[0].path,
            f"{{{XLINK}}}title": ids[group.use],
        }
        under(place, "mptr", attributes=way)
