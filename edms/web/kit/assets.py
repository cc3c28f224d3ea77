"""Addresses of built files, with a hash of their bytes: kept for a year by browsers, renewed the moment they change."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

from flask import Flask, current_app, url_for


def install(app: Flask) -> None:
    """Give the templates `asset(name)`."""
    app.jinja_env.globals["asset"] = asset


def asset(name: str) -> str:
    """The address of `name` in static/, such as app.css."""
    folder = current_app.static_folder
    if folder is None:
        raise LookupError("this application serves no static files")
    return url_for("static", filename=name, v=_hash(Path(folder) / name))


@cache
def _hash(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]
