"""The fictional municipality is founded and its past is lived, once for a data folder."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from sqlalchemy import select

from edms import clock
from edms.access.actor import Actor
from edms.bootstrap import House
from edms.demo import authority as authorities
from edms.demo import bygone, morning, together
from edms.demo.authority import Authority, Holder
from edms.demo.past import DAYS, SCANS, SIGNED, Past
from edms.demo.town import NEIGHBOURS, PEOPLE, PIN, SEAL, SIGNERS, found
from edms.jobs import Queue
from edms.notices import notices
from edms.staff import founding
from edms.staff.actors import actor_for
from edms.staff.models import Official
from edms.staff.organisations import organisations
from workers.__main__ import work

SEED = 2026


def authority_in(folder: Path, port: Callable[[], int]) -> Authority:
    """The demo's certification authority in its folder, made when it is not there yet; it answers on that port."""
    known = authorities.open_authority(folder)
    address = known.address if known else f"http://127.0.0.1:{port()}"
    people = [Holder(p.login, p.names["en"], "Kvemo Municipality", PIN) for p in PEOPLE if p.login in SIGNERS]
    people += [Holder(p.login, p.names["en"], "Zemo Municipality", PIN) for p in NEIGHBOURS]
    people.append(Holder(SEAL, "Kvemo Municipality", "Kvemo Municipality", PIN, seal=True))
    since = clock.now().replace(microsecond=0) - timedelta(days=500)
    return authorities.make(folder, people, address, since=since)


def seed(
    house: House, authority: Authority, tell: Callable[[int, int], None], *,
    days: int = DAYS, scans: int = SCANS, signed: int = SIGNED,
) -> bool:  # fmt: skip
    """Found the town and live that many days of its past; False when it was done before.

    `tell` hears how many letters of how many have come. Errors: RuleBroken in a database that holds a real office.
    """
    today = clock.today("Asia/Tbilisi")
    with house.transaction() as session:
        founding.require(session, demo=True)
        if any(o.code == "kvemo" for o in organisations(session, Actor.system())):
            return False
    house.outside = authorities.Inside(authority)
    years = tuple(sorted({today.year - bygone.AGO, today.year - 1, today.year}))
    with clock.at(clock.now() - timedelta(days=days + 5)), house.transaction() as session:
        town = found(session, years=years)
    for login in SIGNERS:
        house.signers.install(town.people[login].official_id, authority.pkcs12(login).read_bytes(), pin=PIN)
    past = Past(house, town, random.Random(SEED), tell, fates=morning.fates(), days=days, scans=scans, signed=signed)
    bygone.live(past, today)
    past.live(today)
    _read_the_news(house)
    morning.dawn(past, today)
    together.day(past, authority, today)
    return True


def _read_the_news(house: House) -> None:
    """Index the past and tell of it; its people have read their notices long ago."""
    work(house, queues=(Queue.DESK,), until_empty=True)
    with house.transaction() as session:
        for official in session.scalars(select(Official)):
            notices.see(session, actor_for(session, official), until=clock.now())
