"""A file that comes with a form: into the store before the act's transaction begins, its row within it."""

from __future__ import annotations

from flask import g, request
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.registry import contents
from edms.registry.models import Content, Document
from edms.web.kit.house import house


def put(field: str = "file") -> None:
    """Store the bytes; to be called after the permission was seen and outside any transaction."""
    file = request.files.get(field)
    if file is not None and file.filename:
        stored = house().store.put(file.stream, limit=house().settings.upload_limit_bytes)
        g.uploaded = (stored, file.filename)


def mark() -> bytes:
    """The fingerprint of the file that was stored, empty when none came: another file is another act."""
    return g.uploaded[0].sha256.encode() + g.uploaded[1].encode("utf-8", "replace") if "uploaded" in g else b""


def content(session: Session, who: Actor, document: Document) -> Content | None:
    """The row of the file that was stored, None when none came."""
    if "uploaded" not in g:
        return None
    stored, name = g.uploaded
    return contents.enter(session, who, organisation_id=document.organisation_id, stored=stored, name=name)
