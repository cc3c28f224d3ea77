"""`edms demo`: a fictional municipality, running; with --once one letter is carried through, checked, and all is stopped."""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path

import click

from edms import bootstrap, words
from edms.bootstrap import House
from edms.config import Settings
from edms.demo.authority import Authority
from edms.demo.browser import JourneyBroken
from edms.demo.handing_over import HandingOver
from edms.demo.journey import Journey
from edms.demo.running import AUTHORITY, WEB, free_port, running, settings_of
from edms.demo.seeding import authority_in, seed
from edms.demo.town import PASSWORD, PEOPLE, PIN
from edms.errors import EdmsError


@click.command()
@click.option(
    "--dir", "folder", type=click.Path(path_type=Path), default=Path("var/demo"), show_default=True, help="Its data."
)
@click.option("--once", is_flag=True, help="Carry one letter through, check every step, stop. Exit 0 only if all held.")
@click.option("--file", "scan", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Your own scan.")
def demo(folder: Path, once: bool, scan: Path | None) -> None:
    """Run the demo municipality of Kvemo."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopped by a service manager as by Ctrl+C
    folder.mkdir(parents=True, exist_ok=True)
    try:
        refuse_real(Settings(data_dir=folder.resolve(), demo=True))
    except EdmsError as error:
        click.echo(words.explain("en", error).text, err=True)
        sys.exit(1)
    authority = authority_in(folder, lambda: free_port(AUTHORITY))
    settings = settings_of(folder.resolve(), authority, free_port(WEB))
    bootstrap.set_up(settings)
    house = bootstrap.build(settings, pool_size=2)
    try:
        _seed(house, authority)
        with running(settings, authority) as base:
            held = _journey(base, authority, scan)
            if once:
                sys.exit(0 if held else 1)
            _say(base)
            while True:
                time.sleep(3600)
    except KeyboardInterrupt:
        click.echo("Stopped.")
    finally:
        house.close()


def refuse_real(settings: Settings) -> None:
    """Leave a data folder alone in which a real office has moved in. Errors: RuleBroken."""
    if not any(settings.data_dir.glob("postgres*")):
        return  # nothing is there yet
    bootstrap.set_up(settings)
    house = bootstrap.build(settings, pool_size=1)
    try:
        house.require_settled()
    finally:
        house.close()


def _seed(house: House, authority: Authority) -> None:
    begun: list[int] = []

    def tell(done: int, every: int) -> None:
        if not begun:
            click.echo("Founding the municipality of Kvemo and living its past year (once)")
            begun.append(every)
        if done % 25 == 0 or done == every:
            click.echo(f"  {done} of {every} letters")

    seed(house, authority, tell)


def _journey(base: str, authority: Authority, scan: Path | None) -> bool:
    click.echo("One letter's journey:")
    journey = Journey(base, authority.trust_dir, lambda text: click.echo(f"  {text}"))
    if scan is not None:
        journey.scan, journey.name, journey.own_scan = scan.read_bytes(), scan.name, True
    try:
        journey.travel()
        HandingOver(base, authority.trust_dir, journey.tell).travel()
    except JourneyBroken as error:
        click.echo(f"  broken: {error}", err=True)
        return False
    click.echo("  the journey held at every step")
    return True


def _say(base: str) -> None:
    click.echo(f"\nRunning at {base}/  (Ctrl+C stops it)")
    click.echo(f"Everybody's password: {PASSWORD}   PIN of the signers' demo keys: {PIN}")
    for person in PEOPLE:
        click.echo(f"  {person.login:9} {person.names['en']}, {person.posts['en']}")
    click.echo(f"Try: register a letter as nino, resolve it as davit, look at {base}/track as a citizen.")


COMMANDS = (demo,)
