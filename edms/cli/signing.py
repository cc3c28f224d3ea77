"""signing: which tokens and services this installation can sign with, tried; and whose keys are here, until when."""

from __future__ import annotations

from typing import Any

import click

from edms import clock, words
from edms.access.actor import Actor
from edms.bootstrap import build
from edms.cli.people import organisation_by_code
from edms.cli.saying import explained, said, show
from edms.config import load
from edms.errors import EdmsError
from edms.signing import devices, tokens
from edms.signing.remote import Remote
from edms.staff.officials import officials


@click.group()
def signing() -> None:
    """Keys: where they may lie, and who has one."""


@signing.command("devices")
@click.option("--lang", type=click.Choice(words.LANGS), default="en", show_default=True, help="In which language.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def signing_devices(lang: str, as_json: bool) -> None:
    """Try what EDMS_SIGNING_DEVICES lists: the tokens in the readers now, and whether the services answer. No PIN is asked."""
    listed = devices.read(load().signing_devices)
    rows: list[dict[str, Any]] = []
    for code, library in listed.tokens.items():
        rows.append(_tried(lang, "token", code, lambda at=library: [_token(each) for each in tokens.seen(at.library)]))
    for code, service in listed.services.items():
        rows.append(_tried(lang, "service", code, lambda at=service: [Remote(at, "").called()]))
    text = "\n".join(f"{row['kind']} {row['code']}: {row['trouble'] or ', '.join(row['found']) or '-'}" for row in rows)
    show(rows, as_json=as_json, text=text or words.say(lang, "keys.none_listed"))
    if any(row["trouble"] for row in rows):
        raise SystemExit(4)


@signing.command("keys")
@click.argument("organisation_code")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def signing_keys(organisation_code: str, as_json: bool) -> None:
    """Who has a signing key, of which kind, until when; and the organisation's seal."""
    house = build(load(), pool_size=1)
    try:
        with house.transaction() as session:
            where = organisation_by_code(session, organisation_code)
            people = [
                (o.login, house.signers.held(o.official_id))
                for o in officials(session, Actor.system(), organisation=where)
            ]
            held = [*people, ("(seal)", house.seals.held(where.organisation_id))]
            zone = where.time_zone
        keys = [(who, key.kind.value, key.card.valid_until) for who, key in held if key]
        rows = [{"who": who, "kind": kind, "until": until.isoformat()} for who, kind, until in keys]
        lines = [f"{who}\t{kind}\t{clock.day_of(until, zone).isoformat()}" for who, kind, until in keys]
        show(rows, as_json=as_json, text="\n".join(lines))
    finally:
        house.close()


def _tried(lang: str, kind: str, code: str, look: Any) -> dict[str, Any]:
    try:
        return {"kind": kind, "code": code, "found": look(), "trouble": ""}
    except EdmsError as error:
        return {"kind": kind, "code": code, "found": [], "trouble": explained(lang, error).text}


def _token(seen: tokens.Seen) -> str:
    return f"{seen.label} [{seen.serial}]"


COMMANDS = (signing,)
