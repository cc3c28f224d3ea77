"""What is missing or weak in this house, each thing with its way out: what `edms doctor` says and the health page shows.

A check looks at the running house and answers with a message id and values. It repairs nothing.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any

from edms import clock, jobs, ledger
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.backup import sets
from edms.bootstrap import House
from edms.capture import unread
from edms.capture.tesseract import Engine, EngineError, model_for
from edms.db.roles import check as check_roles
from edms.errors import EdmsError, Unavailable
from edms.https import serving
from edms.jobs import Queue
from edms.notices import mailing
from edms.reports import sums
from edms.reports.period import month_after
from edms.sandbox.run import confinement
from edms.search.indexing import condition as search_condition
from edms.signing import trust
from edms.staff.organisations import organisations
from edms.storage.locks import Wall
from edms.storage.moving import MovingStore
from edms.surroundings import AMBER_AT, RED_AT, fullness, looks

# A queue that is older than this is not keeping up: reading scans takes minutes, everything else seconds.
SLOW = {Queue.CAPTURE: timedelta(hours=1), Queue.POST: timedelta(hours=1)}
SLOW_ELSE = timedelta(minutes=5)
CHECKPOINT_LATE = timedelta(hours=2)  # one is due every half hour (`edms.jobs.kinds`)
BACKUP_LATE = timedelta(hours=36)  # one is made every night


class State(StrEnum):
    """How a thing looked at is."""

    FINE = "fine"
    WEAK = "weak"  # the service goes on without it, or with less of it
    MISSING = "missing"


@dataclass(frozen=True)
class Finding:
    """One thing looked at: its name, how it is, and the message that says so."""

    what: str
    state: State
    message: str
    values: Mapping[str, Any] = field(default_factory=dict)


def _database(house: House) -> Finding:
    with house.transaction() as session:
        walls = check_roles(session)
    if walls.open_tables:
        return Finding("database", State.MISSING, "doctor.history_open")
    if not walls.separate_roles:
        return Finding("database", State.WEAK, "doctor.one_role")
    return Finding("database", State.FINE, "doctor.database_fine")


def _keys(house: House) -> Finding:
    with house.transaction() as session:
        house.require_own_keys(session)
    return Finding("keys", State.FINE, "doctor.keys_fine")


def _store(house: House) -> Finding:
    health = house.store.health()
    return Finding("store", State.FINE if health.ok else State.WEAK, health.message or "doctor.store_fine")


def _wall(house: House) -> Finding:
    wall = house.store.abilities.wall
    return Finding("wall", State.WEAK if wall is Wall.NONE else State.FINE, f"doctor.wall_{wall.value}")


def _disk(house: House) -> Finding:
    full = fullness(house.settings.data_dir)
    values = {"percent": round((1 - full) * 100)}
    if full >= RED_AT:  # the line at which `/readyz` says no: letters are no longer taken in
        return Finding("disk", State.MISSING, "doctor.disk_full", values)
    if full >= AMBER_AT:
        return Finding("disk", State.WEAK, "doctor.disk_low", values)
    return Finding("disk", State.FINE, "doctor.disk_fine", values)


def _backup(house: House) -> Finding:
    root = house.settings.backup_dir
    if root is None:
        return Finding("backup", State.WEAK, "doctor.no_backup")
    newest = next(iter(sets.sets(root)), None)
    if newest is None:
        return Finding("backup", State.WEAK, "doctor.backup_none_yet", {"folder": str(root)})
    late = clock.now() - newest.manifest.made_at > BACKUP_LATE
    message = "doctor.backup_late" if late else "doctor.backup_fine"
    return Finding("backup", State.MISSING if late else State.FINE, message, {"at": newest.manifest.made_at})


def _sandbox(house: House) -> Finding:
    if confinement():
        return Finding("sandbox", State.MISSING, "doctor.no_sandbox")
    return Finding("sandbox", State.FINE, "doctor.sandbox_fine")


def _https(house: House) -> Finding:
    settings = house.settings
    if settings.https == "off":
        alone = settings.listen.startswith(("127.", "localhost", "[::1]")) or bool(settings.trusted_proxies)
        return Finding(
            "https", State.FINE if alone else State.WEAK, "doctor.https_before" if alone else "doctor.https_off"
        )
    try:
        now = serving.ready(settings)
    except OSError as error:
        raise Unavailable("https.no_certificate") from error
    values = {"until": now.until, "names": ", ".join(now.left_out)}
    left = now.until - clock.now()
    if left <= timedelta(0):
        return Finding("https", State.MISSING, "doctor.https_over", values)
    if left < serving.RENEW_BEFORE:
        return Finding("https", State.WEAK, "doctor.https_ends_soon", values)
    if now.left_out:
        return Finding("https", State.WEAK, "doctor.https_names_left_out", values)
    return Finding("https", State.FINE, "doctor.https_fine", values)


def _notice_mail(house: House) -> Finding:
    with house.transaction() as session:
        n = mailing.count_troubled(session)
    message = "doctor.notice_mail_stands" if n else "doctor.notice_mail_fine"
    return Finding("notice_mail", State.WEAK if n else State.FINE, message, {"n": n})


def _ocr(house: House) -> Finding:
    try:
        missing = [language for language in ("ka", "hy", "ru", "en") if model_for(Engine(), language) is None]
    except EngineError:
        return Finding("ocr", State.MISSING, "doctor.no_ocr")
    if missing:
        return Finding("ocr", State.WEAK, "doctor.ocr_models_missing")
    return Finding("ocr", State.FINE, "doctor.ocr_fine")


def _unread(house: House) -> Finding:
    with house.transaction() as session:
        n = unread.waiting(session)
    return Finding(
        "unread", State.WEAK if n else State.FINE, "doctor.unread_waiting" if n else "doctor.unread_none", {"n": n}
    )


def _office(house: House) -> Finding:
    if shutil.which("soffice") or shutil.which("libreoffice"):
        return Finding("office", State.FINE, "doctor.office_fine")
    return Finding("office", State.WEAK, "doctor.no_office")


def _mail(house: House) -> Finding:
    if house.settings.smtp_url and house.settings.smtp_from:
        return Finding("mail", State.FINE, "doctor.mail_fine")
    return Finding("mail", State.WEAK, "doctor.no_mail")


def _time_stamps(house: House) -> Finding:
    if house.settings.tsa_url is None:
        return Finding("time_stamps", State.WEAK, "doctor.no_tsa")
    return Finding("time_stamps", State.FINE, "doctor.tsa_fine")


def _trust(house: House) -> Finding:
    troubles: list[EdmsError] = []
    try:
        found = trust.load(house.settings.trust_dir, troubles=troubles)
    except EdmsError as error:
        return Finding("trust", State.WEAK, error.message, dict(error.values))
    if troubles:
        return Finding("trust", State.WEAK, troubles[0].message, dict(troubles[0].values))
    if not found:
        return Finding("trust", State.WEAK, "doctor.no_trust")
    return Finding("trust", State.FINE, "doctor.trust_fine", {"n": len(found)})


def _sums(house: House) -> Finding:
    """Three months of every organisation, counted letter by letter, against their sums."""
    wrong = checked = 0
    with house.transaction() as session:
        for organisation in organisations(session, Actor.system()):
            for month in sums.to_check(session, organisation.organisation_id):
                found = sums.differences(session, organisation.organisation_id, month, month_after(month))
                wrong, checked = wrong + bool(found), checked + 1
    if wrong:
        return Finding("sums", State.MISSING, "doctor.sums_wrong", {"n": wrong})
    return Finding("sums", State.FINE, "doctor.sums_fine", {"n": checked})


def _portal(house: House) -> Finding:
    if house.settings.public_url:
        return Finding("portal", State.FINE, "doctor.portal_fine")
    return Finding("portal", State.WEAK, "doctor.no_portal")


def _ledger(house: House) -> Finding:
    with house.transaction() as session:
        last, waiting = ledger.latest(session), ledger.waiting(session)
    now = clock.now()
    if last is None:
        state, message = (State.WEAK if waiting else State.FINE), "doctor.ledger_no_checkpoint"
        return Finding("ledger", state, message, {"n": waiting})
    late = now - last.at > CHECKPOINT_LATE
    values = {"at": last.at, "n": waiting}
    return Finding(
        "ledger", State.WEAK if late else State.FINE, "doctor.ledger_late" if late else "doctor.ledger_fine", values
    )


def _search(house: House) -> Finding:
    """Without an index letters are registered, opened and signed all the same: never worse than weak."""
    try:
        with house.transaction() as session:
            found = search_condition(session, house.search)
    except Unavailable as error:
        return Finding("search", State.WEAK, error.message, error.values)
    return Finding("search", State.FINE if found.ok else State.WEAK, found.message, found.values)


def _jobs(house: House) -> Finding:
    with house.transaction() as session:
        queues = jobs.backlog(session)
    if parked := sum(each.parked for each in queues):
        return Finding("jobs", State.WEAK, "doctor.jobs_parked", {"n": parked})
    slow = [each for each in queues if timedelta(seconds=each.oldest_seconds) > slow_after(each.queue)]
    if slow:
        return Finding("jobs", State.WEAK, "doctor.jobs_slow", {"n": sum(each.waiting for each in slow)})
    return Finding("jobs", State.FINE, "doctor.jobs_fine")


def slow_after(queue: str) -> timedelta:
    """From which age of its oldest job a queue is not keeping up."""
    return SLOW.get(Queue(queue), SLOW_ELSE) if queue in set(Queue) else SLOW_ELSE


CHECKS: tuple[Callable[[House], Finding], ...] = (
    _database,
    _store,
    _wall,
    _disk,
    _keys,
    _backup,
    _ledger,
    _jobs,
    _search,
    _ocr,
    _unread,
    _sandbox,
    _office,
    _mail,
    _notice_mail,
    _https,
    _time_stamps,
    _trust,
    _portal,
    _sums,
)


def examine(house: House) -> list[Finding]:
    """Every finding; a check that cannot be made is a missing thing with its reason."""
    found = []
    for check in CHECKS:
        try:
            found.append(check(house))
        except EdmsError as error:
            found.append(Finding(check.__name__.strip("_"), State.MISSING, error.message, error.values))
    if isinstance(house.store, MovingStore):
        found.append(Finding("moving", State.WEAK, "doctor.store_moving"))
    try:
        found += [Finding(look.what, State(look.state), look.message, look.values) for look in looks(house)]
    except EdmsError as error:
        found.append(Finding("clock", State.MISSING, error.message, error.values))
    return found


def condition(house: House, actor: Actor) -> list[Finding]:
    """The same for a person who looks at the page. Errors: Forbidden."""
    require(actor, Permission.HEALTH_READ)
    return examine(house)
