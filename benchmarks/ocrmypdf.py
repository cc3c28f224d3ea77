"""The peer beside which scans are measured: OCRmyPDF, where somebody has put it. A measuring tool, never a dependency."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PLACE = "OCRMYPDF"
"""The variable that says where the program is, when it is not on the PATH."""
ABSENT = (
    "OCRMYPDF IS NOT HERE, its rows are left out. To have it: python3 -m venv peer && peer/bin/pip install ocrmypdf,"
    f" Debian's unpaper for its cleaning, then {PLACE}=peer/bin/ocrmypdf make bench ARGS=ocr"
)
AS_OURS = ("--rotate-pages", "--deskew", "--clean")
"""What ours does with every page: turned upright, levelled, cleaned."""
NO_GHOSTSCRIPT = ("--rasterizer", "pypdfium", "--pdfa-backend", "internal")
"""Its own quick ways of drawing pages and of making the PDF/A, since version 17: no worse, and faster than the old."""


@dataclass(frozen=True)
class Peer:
    """The program, and the rest of its settings: those that make it quick."""

    path: str

    @classmethod
    def found(cls) -> Peer | None:
        """The program where the variable or the PATH has it."""
        path = shutil.which(os.environ.get(PLACE, "ocrmypdf"))
        return None if path is None else cls(path)

    def version(self) -> str:
        """As it says itself."""
        return subprocess.run([self.path, "--version"], capture_output=True, text=True, check=True).stdout.strip()

    def make(self, scan: Path, *, models: str, jobs: int, also: Sequence[str] = AS_OURS) -> None:
        """A searchable PDF/A of a scan, laid beside it, by `jobs` processes. Errors: RuntimeError with what it said."""
        beside = str(Path(self.path).parent)  # where its tools may lie with it
        done = subprocess.run(
            [
                self.path, "--quiet", "--language", models, "--jobs", str(jobs), "--optimize", "0",
                "--output-type", "pdfa", *NO_GHOSTSCRIPT, *also, str(scan), str(scan.with_suffix(".copy.pdf")),
            ],
            env={**os.environ, "PATH": f"{beside}{os.pathsep}{os.environ['PATH']}"},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        if done.returncode != 0:
            raise RuntimeError(f"OCRmyPDF ended with {done.returncode}: {done.stderr.strip()[-300:]}")
