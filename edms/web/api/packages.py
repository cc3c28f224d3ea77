"""Packages: a letter with all that proves it."""

from __future__ import annotations

from werkzeug.wrappers import Response

from edms.access.actor import Actor
from edms.web.api.layer import read
from edms.web.desk import packages


@read("/documents/{document_id}/package", media="application/zip", fails=(422,))
def letter(who: Actor, document_id: int) -> Response:
    """The letter as a ZIP that proves itself: papers, card, acts, evidence of signatures, receipts of the ledger, and
    how to check it. An E-ARK information package in a bag; taking it away is written into the letter's history."""
    return packages.download(document_id)
