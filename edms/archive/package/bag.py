"""The wrapping: a bag (BagIt 1.0, RFC 8493) in a ZIP, written from front to back, the same bytes for the same content.

Nothing is compressed: papers are compressed already, and what lies open can be saved from a damaged file.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Sequence
from typing import IO

from edms.archive.package.parts import Bytes, Part, Written
from edms.errors import Corrupt

PIECE = 1 << 20
MANIFEST, TAGS = "manifest-sha256.txt", "tagmanifest-sha256.txt"
DECLARED = "bagit.txt"
DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
OLDEST = (1980, 1, 1, 0, 0, 0)
"""The one date on all files: when things happened is written inside."""


class Bag:
    """A bag being written under one folder of a ZIP. `target` is only ever written to at its end."""

    def __init__(self, target: IO[bytes], name: str) -> None:
        self._zip = zipfile.ZipFile(target, "w", zipfile.ZIP_STORED, allowZip64=True)
        self._name = name
        self._payload: list[tuple[str, str]] = []
        self._seen: set[str] = set()
        self.files, self.size = 0, 0

    def add(self, part: Part, *, above: str = "") -> Written:
        """Write a file of the payload under `above`; its facts, with the path as `part` has it.

        Errors: Corrupt when other bytes came than were promised.
        """
        place = f"data/{above}{part.path}"
        sha256, size = self._write(place, part.opens, part.size)
        if (part.sha256 or sha256) != sha256 or (part.size if part.size is not None else size) != size:
            raise Corrupt("archive.other_bytes", path=place)
        self._payload.append((sha256, place))
        self.files, self.size = self.files + 1, self.size + size
        return Written(part.path, part.media, part.made_at, size, sha256)

    def close(self, info: Sequence[tuple[str, str]], *, readme: str = "") -> None:
        """Write what the bag says of itself, and end the ZIP."""
        facts = [*info, ("Payload-Oxum", f"{self.size}.{self.files}")]
        tags = {
            DECLARED: DECLARATION,
            "bag-info.txt": "".join(f"{name}: {_line(text)}\n" for name, text in facts).encode(),
            MANIFEST: _listed(sorted(self._payload, key=lambda row: row[1])),
        }
        if readme:
            tags["README.txt"] = readme.encode("utf-8-sig")  # with its mark: Windows then reads it as what it is
        listed = [(self._small(name, made), name) for name, made in sorted(tags.items())]
        self._small(TAGS, _listed(listed))
        self._zip.close()

    def _small(self, path: str, made: bytes) -> str:
        return self._write(path, lambda: io.BytesIO(made), len(made))[0]

    def _write(self, path: str, opens: Bytes, size: int | None) -> tuple[str, int]:
        if path in self._seen:
            raise ValueError(f"{path} is written twice")
        self._seen.add(path)
        told = zipfile.ZipInfo(f"{self._name}/{path}", OLDEST)
        told.external_attr = 0o100644 << 16
        told.create_system = 3
        told.file_size = size or 0  # decides on the large form before the first byte
        sha256, written = hashlib.sha256(), 0
        with opens() as source, self._zip.open(told, "w") as sink:
            while piece := source.read(PIECE):
                sha256.update(piece)
                written += len(piece)
                sink.write(piece)
        return sha256.hexdigest(), written


def _line(text: str) -> str:
    """One line of a tag file."""
    return " ".join(text.split())


def _listed(rows: Sequence[tuple[str, str]]) -> bytes:
    """A manifest, as `sha256sum --check` reads it too."""
    return "".join(f"{sha256}  {path}\n" for sha256, path in rows).encode()
