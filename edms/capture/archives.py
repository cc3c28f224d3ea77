"""ZIP containers and the XML in them, within bounds, without entities and without network. Runs inside the sandbox.

What an entry claims of its size is not believed: bytes are counted while they are unpacked. XML with a document type
declaration is refused: no office program writes one, and every entity attack needs one.
"""

from __future__ import annotations

import stat
import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import IO

from lxml import etree

from edms.capture.plain import Element, decoded
from edms.errors import Invalid

ENTRIES = 10_000
ENTRY_BYTES = 96 << 20
TOTAL_BYTES = 512 << 20
RATIO = 300
"""Unpacked to packed, from the first MiB on: text packs 20 to 1, bombs 1,000 to 1."""


class Archive:
    """An open ZIP; names in it are data, nothing is ever unpacked to a path."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise Invalid("capture.damaged") from None
        entries = self._zip.infolist()
        if len(entries) > ENTRIES:
            self._zip.close()
            raise Invalid("capture.unfolds_too_far")
        self.names = [entry.filename for entry in entries if not entry.is_dir() and not _is_link(entry)]
        self._unpacked = 0

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()

    def read(self, name: str) -> bytes:
        """The bytes of an entry. Errors: Invalid when it is locked, damaged, or unfolds too far."""
        try:
            entry = self._zip.getinfo(name)
            if entry.flag_bits & 1:
                raise Invalid("capture.locked")
            with self._zip.open(entry) as packed:
                return self._counted(packed, entry.compress_size)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, KeyError):
            raise Invalid("capture.damaged") from None

    def _counted(self, packed: IO[bytes], packed_size: int) -> bytes:
        gathered = bytearray()
        while piece := packed.read(1 << 20):
            gathered += piece
            self._unpacked += len(piece)
            too_dense = len(gathered) > (1 << 20) and len(gathered) > RATIO * max(1, packed_size)
            if too_dense or len(gathered) > ENTRY_BYTES or self._unpacked > TOTAL_BYTES:
                raise Invalid("capture.unfolds_too_far")
        return bytes(gathered)

    def written(self, name: str) -> str:
        """The name of an entry as its author wrote it: old programs leave out which letters they used."""
        entry = self._zip.getinfo(name)
        return name if entry.flag_bits & 0x800 else decoded(name.encode("cp437", "replace"), "cp866")

    def xml(self, name: str) -> Element:
        """The root of an XML entry. Errors: Invalid when it declares a document type or is no XML."""
        return parsed(self.read(name))


def _is_link(entry: zipfile.ZipInfo) -> bool:
    return stat.S_ISLNK(entry.external_attr >> 16)


def parsed(whole: bytes) -> Element:
    """The root of an XML text; broken spots are skipped, entities and outside addresses are not followed."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root: Element | None = etree.fromstring(whole, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Invalid("capture.damaged") from None
    if root is None:
        raise Invalid("capture.damaged")
    if declares_type(whole) or root.getroottree().docinfo.internalDTD is not None:
        raise Invalid("capture.forbidden_markup")
    return root


def declares_type(whole: bytes) -> bool:
    """Whether an XML text declares a document type, in whatever width its letters have."""
    return b"<!DOCTYPE" in whole[:8192].replace(b"\0", b"")


def local(element: Element) -> str:
    """The name of an element without its namespace: documents of both editions of the standard read alike."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
