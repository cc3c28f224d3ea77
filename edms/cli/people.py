"""organisation, user, token: who works with the service. Only what the server's own operator may do."""

from __future__ import annotations

from datetime import timedelta

import click
from sqlalchemy.orm import Session

from edms import clock
from edms.access.actor import Actor
from edms.bootstrap import build
from edms.cli.saying import said, show
from edms.config import load
from edms.errors import NotFound
from edms.staff import tokens
from edms.staff.credentials import reset_password
from edms.staff.finding import official_by_login
from edms.staff.models import Official, Organisation
from edms.staff.officials import officials
from edms.staff.organisations import organisations


@click.group()
def organisation() -> None:
    """Organisations of this system."""


@organisation.command("list")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def organisation_list(as_json: bool) -> None:
    """The organisations."""
    house = build(load(), pool_size=1)
    try:
        with house.transaction() as session:
            rows = [(o.code, o.name(o.language), o.country) for o in organisations(session, Actor.system())]
        told = [{"code": code, "name": name, "country": country} for code, name, country in rows]
        show(told, as_json=as_json, text="\n".join(f"{code}\t{name}" for code, name, _ in rows))
    finally:
        house.close()


@click.group()
def user() -> None:
    """People who sign in."""


@user.command("list")
@click.argument("organisation_code")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def user_list(organisation_code: str, as_json: bool) -> None:
    """Who works in an organisation."""
    house = build(load(), pool_size=1)
    try:
        with house.transaction() as session:
            where = organisation_by_code(session, organisation_code)
            found = officials(session, Actor.system(), organisation=where)
            rows = [{"login": o.login, "name": o.name(o.language), "post": o.post(o.language)} for o in found]
        show(rows, as_json=as_json, text="\n".join(f"{r['login']}\t{r['name']}\t{r['post']}" for r in rows))
    finally:
        house.close()


@user.command("reset-password")
@click.argument("login")
@said
def user_reset(login: str) -> None:
    """Give LOGIN a new password, shown once; her sessions end."""
    house = build(load(), pool_size=1)
    try:
        with house.transaction() as session:
            official = _official(session, login)
            shown = reset_password(session, Actor.system(official.organisation_id), official, keys=house.keys)
        click.echo(f"Password of {login}, shown once, to be changed: {shown}")
    finally:
        house.close()


@click.group()
def token() -> None:
    """Tokens of programs."""


@token.command("create")
@click.argument("login")
@click.argument("label")
@click.option("--days", type=int, help="Expires after so many days.")
@said
def token_create(login: str, label: str, days: int | None) -> None:
    """Make a token that acts as LOGIN; the secret is shown once."""
    house = build(load(), pool_size=1)
    try:
        with house.transaction() as session:
            official = _official(session, login)
            until = clock.now() + timedelta(days=days) if days else None
            actor = Actor.system(official.organisation_id)
            _, secret = tokens.create_token(session, actor, official, label=label, expires_at=until)
        click.echo(secret)
    finally:
        house.close()


@token.command("revoke")
@click.argument("login")
@click.argument("label")
@said
def token_revoke(login: str, label: str) -> None:
    """Revoke a token."""
    house = build(load(), pool_size=1)
    try:
        with house.transaction() as session:
            official = _official(session, login)
            actor = Actor.system(official.organisation_id)
            found = [
                t for t in tokens.tokens(session, actor) if (t.official_id, t.label) == (official.official_id, label)
            ]
            if not found:
                raise NotFound
            tokens.revoke_token(session, actor, found[0])
        click.echo("Revoked.")
    finally:
        house.close()


def organisation_by_code(session: Session, code: str) -> Organisation:
    """The organisation with this code. Errors: NotFound."""
    found = [o for o in organisations(session, Actor.system()) if o.code == code]
    if not found:
        raise NotFound("staff.no_such_organisation", code=code)
    return found[0]


def _official(session: Session, login: str) -> Official:
    official = official_by_login(session, Actor.system(), login)
    if official is None:
        raise NotFound("staff.no_such_login", login=login)
    return official


COMMANDS = (organisation, user, token)
