"""ZIP containers and the XML in them, within bounds, without entities and without network. Runs inside the sandbox.

What an entry claims of its size is not believed: bytes are counted while they are unpacked. XML with a document type
declaration is refused: no office program writes one, and every entity attack needs one.
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, cast

from lxml import etree

from edms.errors import Invalid

ENTRIES = 10_000
ENTRY_BYTES = 96 << 20
TOTAL_BYTES = 512 << 20
RATIO = 300
"""Unpacked to packed, from the first MiB on: text packs 20 to 1, bombs 1,000 to 1."""

Element = etree._Element


class Archive:
    """An open ZIP; names in it are data, nothing is ever unpacked to a path."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
            raise Invalid("capture.damaged") from None
        self.names = [entry.filename for entry in self._zip.infolist() if not entry.is_dir()]
        self._unpacked = 0
        if len(self._zip.infolist()) > ENTRIES:
            raise Invalid("capture.unfolds_too_far")

    def __enter__(self) -> Archive:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._zip.close()

    def read(self, name: str) -> bytes:
        """The bytes of an entry. Errors: Invalid when it is locked, damaged, or unfolds too far."""
        try:
            entry = self._zip.getinfo(name)
            if entry.flag_bits & 1:
                raise Invalid("capture.encrypted")
            with self._zip.open(entry) as packed:
                return self._counted(cast(BinaryIO, packed), entry.compress_size)
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, KeyError):
            raise Invalid("capture.damaged") from None

    def _counted(self, packed: BinaryIO, packed_size: int) -> bytes:
        gathered = bytearray()
        while piece := packed.read(1 << 20):
            gathered += piece
            self._unpacked += len(piece)
            too_dense = len(gathered) > (1 << 20) and len(gathered) > RATIO * max(1, packed_size)
            if too_dense or len(gathered) > ENTRY_BYTES or self._unpacked > TOTAL_BYTES:
                raise Invalid("capture.unfolds_too_far")
        return bytes(gathered)

    def xml(self, name: str) -> Element:
        """The root of an XML entry. Errors: Invalid when it declares a document type or is no XML."""
        return parsed(self.read(name))


def parsed(whole: bytes) -> Element:
    """The root of an XML text; broken spots are skipped, entities and outside addresses are not followed."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False, huge_tree=False, recover=True,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip
    try:
        root = etree.fromstring(whole, parser)
    except (etree.XMLSyntaxError, ValueError):
        raise Invalid("capture.damaged") from None
    if root is None:
        raise Invalid("capture.damaged")
    if root.getroottree().docinfo.internalDTD is not None:
        raise Invalid("capture.forbidden_markup")
    return root


def local(element: Element) -> str:
    """The name of an element without its namespace: documents of both editions of the standard read alike."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""
