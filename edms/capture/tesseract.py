"""The one module that knows the OCR engine: where it is, what it can read, what it answers. Runs inside the sandbox.

Three answers only: words, or `EngineError` with a reason (it crashed, it took too long, it said nonsense, a model is
missing). The dots per inch are always told: without them the engine guesses and reads worse.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from pytesseract import TesseractError, TesseractNotFoundError
from pytesseract import pytesseract as adapter

from edms.errors import Unavailable

PAGE_SECONDS = 120.0
MODELS = {"ka": "kat", "hy": "hye", "ru": "rus", "en": "eng"}
ARMENIAN_SCRIPT = ("script/Armenian", "Armenian")
"""Debian's model of the script: on photographed pages it reads more than `hye` does."""


class EngineError(Unavailable):
    """The engine did not read the page; the message says why."""


@dataclass(frozen=True)
class Word:
    """One word with its box in pixels, its confidence (0..100) and the block, paragraph and line it stands in."""

    text: str
    left: int
    top: int
    width: int
    height: int
    confidence: float
    block: int
    paragraph: int
    line: int


@dataclass(frozen=True)
class Engine:
    """The engine at `path`, with its models in `models` when they are not where it looks by itself."""

    path: str = "tesseract"
    models: str | None = None
    page_seconds: float = PAGE_SECONDS
    names: Sequence[str] = ()
    """Its models, where they are known already."""

    @classmethod
    def told(cls, values: Mapping[str, Any]) -> Engine:
        """From JSON, in the sandbox."""
        return cls(**{**values, "names": tuple(values.get("names", ()))})

    def found(self) -> str | None:
        """The program's full path, or None when it is not installed."""
        return shutil.which(self.path)

    def folders(self) -> list[Path]:
        """What a sandbox must let it read: itself and its models."""
        found = self.found()
        named = [self.models, os.environ.get("TESSDATA_PREFIX")]
        return [Path(p).resolve() for p in ([found] if found else [])] + [Path(p) for p in named if p]


def asked(engine: Engine) -> Engine:
    """The engine with the models it has, so that those who get it need not ask again; as it is when it does not answer."""
    try:
        return replace(engine, names=tuple(sorted(installed(engine))))
    except EngineError:
        return engine


def installed(engine: Engine) -> frozenset[str]:
    """Models the engine can read with, script models under both their names. Errors: EngineError when it is missing.

    Asked once a minute: what an administrator installs is found without a restart.
    """
    return frozenset(engine.names) or _listed(engine, int(time.monotonic() // 60))


@lru_cache(maxsize=8)
def _listed(engine: Engine, _minute: int) -> frozenset[str]:
    found = engine.found()
    if found is None:
        raise EngineError("capture.ocr_missing")
    try:
        done = subprocess.run(
            [found, "--list-langs", *_models(engine)], capture_output=True, timeout=engine.page_seconds, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError("capture.ocr_missing") from error
    names = re.findall(r"^[\w/]+$", (done.stdout + done.stderr).decode("utf-8", "replace"), re.MULTILINE)
    if done.returncode != 0 or not names:
        raise EngineError("capture.ocr_failed")
    return frozenset(names)


def model_for(engine: Engine, language: str) -> str | None:
    """The model of a language (ka, hy, ru, en), or None when it is not installed."""
    model = MODELS.get(language, "")
    return model if model in installed(engine) else None


def armenian_script(engine: Engine) -> str | None:
    """The model of the Armenian script, where it is installed."""
    return next((name for name in ARMENIAN_SCRIPT if name in installed(engine)), None)


def words_on(image: Path, *, engine: Engine, models: str, dpi: int, one_block: bool = False) -> list[Word]:
    """Read a page image with `models` ("kat+eng") at `dpi`. Errors: EngineError."""
    adapter.tesseract_cmd = engine.path
    config = shlex.join(
        ["--dpi", str(dpi), *(["--psm", "6"] if one_block else []), *_models(engine), "-c", "tessedit_create_tsv=1"]
    )
    try:
        table = adapter.run_and_get_output(str(image), "tsv", models, config, 0, engine.page_seconds)
    except TesseractNotFoundError:
        raise EngineError("capture.ocr_missing") from None
    except TesseractError as error:
        raise EngineError(_why(error)) from error
    except (RuntimeError, OSError, UnicodeDecodeError) as error:
        reason = "capture.ocr_too_long" if "timeout" in str(error) else "capture.ocr_failed"
        raise EngineError(reason) from error
    return _words(table)


def _models(engine: Engine) -> list[str]:
    return ["--tessdata-dir", engine.models] if engine.models else []


def _why(error: TesseractError) -> str:
    if error.status in (-24, -9, 152, 137):  # SIGXCPU, SIGKILL: the limits of the sandbox
        return "capture.ocr_too_long"
    if "Failed loading language" in str(error.message) or "Error opening data file" in str(error.message):
        return "capture.language_missing"
    return "capture.ocr_failed"


def _words(table: str) -> list[Word]:
    """The words of the engine's table. Errors: EngineError when it is no table: a broken engine must not pass for a blank page."""
    lines = table.split("\n")
    if not lines[0].startswith("level\tpage_num\t"):
        raise EngineError("capture.ocr_failed")
    words = []
    for line in lines[1:]:
        cells = line.rstrip("\r").split("\t")
        if len(cells) < 12 or cells[0] != "5":
            continue
        try:
            block, paragraph, row = int(cells[2]), int(cells[3]), int(cells[4])
            left, top, width, height = map(int, cells[6:10])
            confidence = float(cells[10])
        except ValueError:
            raise EngineError("capture.ocr_failed") from None
        if text := cells[11].strip():
            words.append(Word(text, left, top, width, height, confidence, block, paragraph, row))
    return words
