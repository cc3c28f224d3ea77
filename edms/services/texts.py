"""The routes as their cases keep them: the text of a version is written down when the first case begins under it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from edms import clock
from edms.services.composing import Blocks
from edms.services.definition import Route
from edms.services.models import Case, RouteText
from edms.services.reading import read_route, shared_blocks


def keep(session: Session, route: Route) -> RouteText:
    """The row of this very text; written once, however many begin at the same moment."""
    kept: dict[str, Any] = asdict(shared_blocks())
    sha256 = hashlib.sha256(f"{route.source}\0{_plain(kept)}".encode()).hexdigest()
    row = insert(RouteText).values(
        route_key=route.key, sha256=sha256, source=route.source, blocks=kept, kept_at=clock.now()
    )
    session.execute(row.on_conflict_do_nothing())
    return session.scalars(select(RouteText).where(RouteText.sha256 == sha256)).one()


def route_of(session: Session, case: Case) -> Route:
    """The route as it was when the case began."""
    row = session.get_one(RouteText, case.route_text_id)
    return _read(row.source, row.route_key, _plain(row.blocks))


@lru_cache(maxsize=64)
def _read(source: str, name: str, blocks: str) -> Route:
    return read_route(source, name, Blocks(**json.loads(blocks)))


def _plain(kept: dict[str, Any]) -> str:
    return json.dumps(kept, ensure_ascii=False, sort_keys=True)
