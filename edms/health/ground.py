"""What the house stands on: database, store, disk, keys, backup, and the walls around hostile files and its pages."""

from __future__ import annotations

from datetime import timedelta

from edms import clock
from edms.access.actor import Actor
from edms.archive import fixity
from edms.backup import sets
from edms.bootstrap import House
from edms.db.roles import check as check_roles
from edms.errors import Corrupt, RuleBroken, Unavailable
from edms.health.findings import Finding, State
from edms.https import serving
from edms.sandbox.run import confinement
from edms.storage.locks import Wall
from edms.surroundings import AMBER_AT, RED_AT, fullness

FIXITY_LATE = timedelta(days=2)  # a stint comes every hour
BACKUP_LATE = timedelta(hours=36)  # one is made every night


def database(house: House) -> Finding:
    """Can the application change what happened?"""
    with house.transaction() as session:
        walls = check_roles(session)
    if walls.open_tables:
        return Finding("database", State.MISSING, "doctor.history_open")
    if not walls.separate_roles:
        return Finding("database", State.WEAK, "doctor.one_role")
    return Finding("database", State.FINE, "doctor.database_fine")


def store(house: House) -> Finding:
    """Does the content store answer?"""
    health = house.store.health()
    return Finding("store", State.FINE if health.ok else State.WEAK, health.message or "doctor.store_fine")


def wall(house: House) -> Finding:
    """Does the store itself keep what may not be deleted?"""
    wall = house.store.abilities.wall
    return Finding("wall", State.WEAK if wall is Wall.NONE else State.FINE, f"doctor.wall_{wall.value}")


def fixity_(house: House) -> Finding:
    """Is what is kept whole, and is it read again in time? A young house has not read everything yet."""
    with house.transaction() as session:
        found = fixity.sums(session, Actor.system(), days=house.settings.fixity_days)
    values = {"percent": found.percent, "days": found.days, "n": found.faults}
    if found.faults:
        return Finding("fixity", State.MISSING, "doctor.fixity_faults", values)
    if found.contents and not found.read:
        return Finding(
            "fixity", State.WEAK if found.last_at is not None else State.FINE, "doctor.fixity_unread", values
        )
    behind = found.last_at is not None and clock.now() - found.last_at > FIXITY_LATE
    return Finding(
        "fixity", State.WEAK if behind else State.FINE, f"doctor.fixity_{'behind' if behind else 'fine'}", values
    )


def disk(house: House) -> Finding:
    """Is there room?"""
    full = fullness(house.settings.data_dir)
    values = {"percent": round((1 - full) * 100)}
    if full >= RED_AT:  # the line at which `/readyz` says no: letters are no longer taken in
        return Finding("disk", State.MISSING, "doctor.disk_full", values)
    if full >= AMBER_AT:
        return Finding("disk", State.WEAK, "doctor.disk_low", values)
    return Finding("disk", State.FINE, "doctor.disk_fine", values)


def keys(house: House) -> Finding:
    """Are the keys this house's own?"""
    with house.transaction() as session:
        house.require_own_keys(session)
    return Finding("keys", State.FINE, "doctor.keys_fine")


def backup(house: House) -> Finding:
    """When was it last made?"""
    root = house.settings.backup_dir
    if root is None:
        return Finding("backup", State.WEAK, "doctor.no_backup")
    newest = next(iter(sets.sets(root)), None)
    if newest is None:
        return Finding("backup", State.WEAK, "doctor.backup_none_yet", {"folder": str(root)})
    try:
        newest.require_seal(house.backup_sealer.seals)
    except (RuleBroken, Corrupt):
        return Finding("backup", State.WEAK, "doctor.backup_other_seal", {"set": newest.name})
    late = clock.now() - newest.manifest.made_at > BACKUP_LATE
    message = "doctor.backup_late" if late else "doctor.backup_fine"
    return Finding("backup", State.MISSING if late else State.FINE, message, {"at": newest.manifest.made_at})


def sandbox(house: House) -> Finding:
    """Are hostile files kept from the network?"""
    if confinement():
        return Finding("sandbox", State.MISSING, "doctor.no_sandbox")
    return Finding("sandbox", State.FINE, "doctor.sandbox_fine")


def https(house: House) -> Finding:
    """Is what is shown to browsers valid, and until when?"""
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
