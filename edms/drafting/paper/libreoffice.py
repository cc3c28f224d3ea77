"""LibreOffice within this process, by its own C interface (LibreOfficeKit): one Word file becomes one PDF.

The `soffice` program wants a socket for itself before it does anything, which no child of the sandbox gets. Its library
wants none. It is never unloaded: whoever calls this ends soon.
"""

from __future__ import annotations

import ctypes
import json
import os
from pathlib import Path

LIBRARIES = ("libmergedlo.so", "libsofficeapp.so")  # as distributions build it, and as some do
FOLDERS = ("/etc/libreoffice", "/var/lib/libreoffice", "/var/spool/libreoffice")
"""Where its own links lead on Debian, beside its program."""
# PDF/A-2b: LibreOffice writes the claim; fonts are embedded, the text keeps its letters.
_OPTIONS = {
    "SelectPdfVersion": {"type": "long", "value": "2"},
    "ExportFormFields": {"type": "boolean", "value": "false"},
}
# LibreOfficeKit.h: each object begins with its table; the table's first word is its size.
_LOAD, _SAVE = 2, 2
_Pointer = ctypes.c_void_p


def library(program: str) -> Path | None:
    """The library beside the program `soffice`, or None."""
    folder = Path(program).resolve().parent
    return next((folder / name for name in LIBRARIES if (folder / name).is_file()), None)


def convert(loaded: Path, source: Path, made: Path, profile: Path) -> bool:
    """Print `source` as `made`, with a profile of its own; False when LibreOffice cannot read it. Macros never run."""
    os.environ["SAL_USE_VCLPLUGIN"] = "svp"  # without a screen
    hook = ctypes.CDLL(str(loaded), mode=ctypes.RTLD_GLOBAL).libreofficekit_hook_2
    hook.restype, hook.argtypes = _Pointer, (ctypes.c_char_p, ctypes.c_char_p)
    kit = hook(str(loaded.parent).encode(), profile.as_uri().encode())
    if not kit:
        return False
    load = ctypes.CFUNCTYPE(_Pointer, _Pointer, ctypes.c_char_p)(_function(kit, _LOAD))
    document = load(kit, source.as_uri().encode())
    if not document:
        return False
    texts = (ctypes.c_char_p, ctypes.c_char_p, ctypes.c_char_p)
    save = ctypes.CFUNCTYPE(ctypes.c_int, _Pointer, *texts)(_function(document, _SAVE))
    return bool(save(document, made.as_uri().encode(), b"pdf", json.dumps(_OPTIONS).encode()))


def _function(thing: int, place: int) -> int:
    table = ctypes.cast(ctypes.cast(thing, ctypes.POINTER(_Pointer))[0] or 0, ctypes.POINTER(_Pointer))
    return table[place] or 0
