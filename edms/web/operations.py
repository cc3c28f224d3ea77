"""For those who run the service: does the process answer, can it work, and what monitoring reads."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import Any

from flask import Flask, Response, abort, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from edms.errors import EdmsError, Unavailable
from edms.overview.measures import Measures, measures
from edms.surroundings import RED_AT, fullness
from edms.web.kit.house import house
from edms.web.kit.meters import CONTENT_TYPE, Gauge, Meters


def register(app: Flask, meters: Meters) -> None:
    """Give the application `/healthz`, `/readyz` and `/metrics`."""
    app.add_url_rule("/healthz", "healthz", healthz)
    app.add_url_rule("/readyz", "readyz", readyz)
    app.add_url_rule("/metrics", "metrics", lambda: metrics(meters))


def healthz() -> dict[str, Any]:
    """The process answers."""
    return {"ok": True}


def readyz() -> tuple[dict[str, Any], int]:
    """Can letters be taken in: database and store answer, and neither's disk is nearly full."""
    stored = house().store.health()
    disk = fullness(house().settings.data_dir) < RED_AT
    found = {"database": _database_answers(), "store": stored.ok, "disk": disk}
    ready = all(found.values())
    return {**found, "ready": ready, "message": stored.message}, 200 if ready else 503


def _database_answers() -> bool:
    try:
        with house().transaction() as session:
            session.connection().exec_driver_sql("select 1")
    except Unavailable:
        return False
    return True


def metrics(meters: Meters) -> Response:
    """Figures for monitoring, behind their own token: the portal is public, and so is everything beside it."""
    token = house().settings.metrics_token
    if token is None:
        abort(404)
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token or not _same(given.token, token.get_secret_value()):
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer"))
    return Response(meters.text(_gauges), content_type=CONTENT_TYPE)


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


def _gauges() -> Iterator[Gauge]:
    """What is measured now. A database that is away is a figure too."""
    try:
        with house().transaction() as session:
            found = measures(session)
    except Unavailable:
        yield "edms_database_up", "1: the database answers.", (), [((), 0)]
    else:
        yield "edms_database_up", "1: the database answers.", (), [((), 1)]
        yield from _of_database(found)
    full = fullness(house().settings.data_dir)
    yield "edms_data_disk_fullness", "Used part of the data folder's disk, 0 to 1.", (), [((), full)]
    try:
        health = house().store.health()
    except EdmsError:
        yield "edms_store_up", "1: the content store takes more.", (), [((), 0)]
        return
    yield "edms_store_up", "1: the content store takes more.", (), [((), float(health.ok))]
    if health.fullness is not None:
        yield "edms_store_fullness", "Used part of the store's disk, 0 to 1.", (), [((), health.fullness)]


def _of_database(found: Measures) -> Iterator[Gauge]:
    queues = found.queues
    states = [((q.queue, s), float(getattr(q, s))) for q in queues for s in ("waiting", "running", "parked")]
    yield "edms_jobs", "Jobs by queue and state; waiting: due now.", ("queue", "state"), states
    ages = [((q.queue,), q.oldest_seconds) for q in queues]
    yield "edms_jobs_oldest_seconds", "Age of the oldest job that is due.", ("queue",), ages
    arrivals = [((code,), float(n)) for code, n in found.arrivals.items()]
    yield "edms_arrivals_waiting", "Arrivals waiting in trays.", ("organisation",), arrivals
    yield "edms_index_waiting", "Documents waiting for the search index.", (), [((), found.index_waiting)]
    yield "edms_index_lag_seconds", "How long the first of them waits.", (), [((), found.index_lag)]
    yield "edms_ledger_size", "Acts placed in the ledger.", (), [((), found.ledger_size)]
    yield "edms_ledger_waiting", "Acts waiting for their place.", (), [((), found.ledger_waiting)]
    if found.checkpoint_age is not None:
        yield "edms_checkpoint_age_seconds", "Since the last signed checkpoint.", (), [((), found.checkpoint_age)]
