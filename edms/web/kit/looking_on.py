"""The wall around an auditor: what she asks for is written down, what she sends is refused, but for her own account."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from flask import request
from sqlalchemy.orm import Session

from edms.access.actor import Actor
from edms.errors import Forbidden
from edms.staff import auditing

ASKING = frozenset({"GET", "HEAD", "OPTIONS"})
HER_OWN = frozenset({"account", "security", "own_key"})  # blueprints
PAPERS = frozenset({"journals.page", "api.journals_ask"})  # endpoints: a print of what she reads changes nothing


def watch(who: Actor, transaction: Callable[[], AbstractContextManager[Session]]) -> None:
    """Let her ask and no more; others pass. It is written in a transaction of its own: what failed was asked for too.

    Errors: Forbidden.
    """
    if not who.looks_on or request.blueprint in HER_OWN:
        return
    with transaction() as session:
        auditing.looked(session, who, f"{request.method} {request.full_path.rstrip('?')}")
    if request.method not in ASKING and request.endpoint not in PAPERS:
        raise Forbidden("access.looks_on")
