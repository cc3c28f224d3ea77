"""What goes on by itself: the ledger, the jobs, the search index, the monthly sums."""

from __future__ import annotations

from datetime import timedelta

from edms import clock, jobs, ledger
from edms.access.actor import Actor
from edms.backup import destroyed as listed
from edms.backup import sets
from edms.bootstrap import House
from edms.errors import Unavailable
from edms.health.findings import Finding, State
from edms.jobs import Queue
from edms.reports import sums
from edms.reports.period import month_after
from edms.retention import erasing
from edms.search.indexing import condition as search_condition
from edms.services import shelf
from edms.services.yearly import opening
from edms.staff.organisations import organisations

# A queue that is older than this is not keeping up: reading scans takes minutes, everything else seconds.
SLOW = {Queue.CAPTURE: timedelta(hours=1), Queue.POST: timedelta(hours=1)}
SLOW_ELSE = timedelta(minutes=5)
YEARLY_LATE = timedelta(days=1)
CHECKPOINT_LATE = timedelta(hours=2)  # one is due every half hour (`edms.jobs.kinds`)


def ledger_(house: House) -> Finding:
    """Is it sealed in time?"""
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


def routes(house: House) -> Finding:
    """Can every route of the organisations' own be followed? Those that cannot are left out, or lie there for nobody."""
    own, faults = shelf.of_folder(house.settings.routes_dir)
    if faults:
        files = sorted({fault.file for fault in faults})
        return Finding("routes", State.WEAK, "doctor.routes_left_out", {"files": files})
    with house.transaction() as session:
        here = {each.code: each.country for each in organisations(session, Actor.system())}
    nobodys = sorted({f"{code}: {route.key}" for code, route in own.all() if here.get(code) != route.country})
    if nobodys:
        return Finding("routes", State.WEAK, "doctor.routes_of_nobody", {"routes": nobodys})
    n = len(list(own.all()))
    return Finding("routes", State.FINE, "doctor.routes_fine", {"n": len(shelf.shipped()) + n, "own": n})


def yearly(house: House) -> Finding:
    """Was everything opened whose day of the year has come? Within the hour a round does it, if a register is open."""
    late = clock.now() - YEARLY_LATE
    with house.transaction() as session:
        waiting = [
            f"{each.code}: {service}"
            for each in organisations(session, Actor.system())
            for service in opening.due(session, each, by=clock.day_of(late, each.time_zone))
        ]
    if waiting:
        return Finding("yearly", State.WEAK, "doctor.yearly_waiting", {"services": waiting})
    return Finding("yearly", State.FINE, "doctor.yearly_fine")


def jobs_(house: House) -> Finding:
    """Does work stand, or pile up?"""
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


def search(house: House) -> Finding:
    """Without an index letters are registered, opened and signed all the same: never worse than weak."""
    try:
        with house.transaction() as session:
            found = search_condition(session, house.search)
    except Unavailable as error:
        return Finding("search", State.WEAK, error.message, error.values)
    return Finding("search", State.FINE if found.ok else State.WEAK, found.message, found.values)


def destruction(house: House) -> Finding:
    """Are bytes of destroyed letters still somewhere: in the store against the act, or in backups from before it?"""
    with house.transaction() as session:
        left, last = erasing.left(session), erasing.last_erased(session)
    if left:
        return Finding("destruction", State.WEAK, "doctor.bytes_left", {"n": left})
    root = house.settings.backup_dir
    if root is not None and (unlisted := listed.missing(root, house.backup_sealer, house.transaction)):
        return Finding("destruction", State.WEAK, "doctor.destroyed_unlisted", {"n": unlisted})
    older = [each for each in sets.sets(root) if last and each.manifest.made_at < last] if root is not None else []
    if older:
        return Finding("destruction", State.FINE, "doctor.destroyed_in_backups", {"n": len(older)})
    return Finding("destruction", State.FINE, "doctor.destruction_fine")


def sums_(house: House) -> Finding:
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
