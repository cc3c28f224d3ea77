"""Packs pages and assets (gzip) for those at the end of a poor line.

A packed page's length could tell, guess by guess, a secret that stands in it beside a text of the attacker's (BREACH):
each page is packed with a random length of nothing beside it (Heal-the-BREACH), which drowns that. Answers to programs
and files are not packed.
"""

from __future__ import annotations

import io
import secrets
import zlib
from functools import lru_cache
from gzip import GzipFile
from pathlib import Path

from flask import Flask, Response, current_app, request

KINDS = frozenset({"text/html", "text/css", "text/javascript", "application/javascript", "image/svg+xml"})
LEAST = 1_000  # bytes: less is not worth the work
MOST_NOISE = 100
LEVEL, LEVEL_OF_ASSETS = 6, 9


def install(app: Flask) -> None:
    """Pack what goes out; installed before everything else, so that it comes last."""
    app.after_request(_pack)


def _pack(response: Response) -> Response:
    if response.mimetype not in KINDS or request.path.startswith("/api/"):
        return response
    response.vary.add("Accept-Encoding")
    asked = request.accept_encodings.quality("gzip") > 0 and "Range" not in request.headers
    if not asked or response.status_code in (204, 206, 304) or response.headers.get("Content-Encoding"):
        return response
    if request.endpoint == "static":
        packed = _asset(str((request.view_args or {}).get("filename", "")))
    elif response.is_streamed or len(response.get_data()) < LEAST:
        packed = None
    else:
        packed = _page(response.get_data())
    if packed is not None and request.method != "HEAD":
        response.direct_passthrough = False
        response.set_data(packed)
        response.headers["Content-Encoding"] = "gzip"
        etag, _ = response.get_etag()
        if etag is not None:
            response.set_etag(etag, weak=True)  # the same content, other bytes
    return response


def _page(raw: bytes) -> bytes:
    noise = "x" * secrets.randbelow(MOST_NOISE)
    packed = io.BytesIO()
    with GzipFile(filename=noise, mode="wb", compresslevel=LEVEL, fileobj=packed, mtime=0) as file:
        file.write(raw)
    return packed.getvalue()


def _asset(name: str) -> bytes | None:
    folder = current_app.static_folder
    path = Path(folder or "") / name
    return _packed_asset(path, path.stat().st_mtime_ns) if folder and path.is_file() else None


@lru_cache(maxsize=64)
def _packed_asset(path: Path, _changed: int) -> bytes:
    squeezer = zlib.compressobj(LEVEL_OF_ASSETS, zlib.DEFLATED, 31)
    return squeezer.compress(path.read_bytes()) + squeezer.flush()
