"""The REST API under /api/v1: the part that programs use. One module a subject; each says its routes by decorators.

It calls the same services as the desk, under the same rights, and holds no logic of its own. Importing a subject puts
its routes on the two blueprints.
"""

from __future__ import annotations

from flask import Flask

from edms.web.api import (  # noqa: F401
    about,
    applied,
    arrivals,
    assignments,
    beside,
    bringing,
    by_hand,
    control,
    correspondents,
    course,
    desk,
    dispatches,
    disposals,
    documents,
    drafts,
    endings,
    filing,
    finding,
    fixity,
    handing_over,
    handwriting,
    intake,
    journals,
    keeping,
    looking,
    mailing,
    mending,
    originals,
    outgoing,
    packages,
    papers,
    people,
    proceeding_fees,
    proceedings,
    proposals,
    publications,
    reading_turns,
    recognition,
    registers,
    remaking,
    reports,
    resolutions,
    searches,
    services_here,
    signatures,
    submissions,
    tracking,
    transfers,
    verifying,
)
from edms.web.api.layer import guarded, public


def register(app: Flask) -> None:
    """Give the application its API."""
    app.register_blueprint(guarded)
    app.register_blueprint(public)
