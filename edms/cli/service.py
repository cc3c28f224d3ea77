"""serve, worker, db: running the service."""

from __future__ import annotations

import os
import sys

import click

from edms import words
from edms.bootstrap import build, set_up
from edms.cli.saying import said, show
from edms.config import Settings, load
from edms.db.embedded import shut_down
from edms.db.engine import database_urls, engine_for, sessions_of, transaction
from edms.db.roles import check as check_roles
from edms.db.upgrade import revisions, upgrade
from edms.errors import Unavailable
from edms.https.serving import ready
from edms.jobs import Queue
from edms.staff import founding
from edms.storage import choosing


@click.command()
@click.option("--workers", default=1, show_default=True, help="Worker processes beside the web; 0: none.")
@said
def serve(workers: int) -> None:
    """Run the web server and its workers until told to stop."""
    settings = load()
    set_up(settings)
    _require_settled(settings)
    _say_of_the_store(settings)
    if settings.https != "off":
        ready(settings)  # a certificate that cannot be shown is said now, not by every browser
    click.echo(f"Listening on {'http' if settings.https == 'off' else 'https'}://{settings.listen}/")
    # Anew, without what the command has loaded and opened: the processes of the service are forks of it.
    os.execv(sys.executable, [sys.executable, "-m", "edms.serving", str(workers)])  # noqa: S606


def _require_settled(settings: Settings) -> None:
    house = build(settings, pool_size=1)
    try:
        house.require_settled()
        with house.transaction() as session:
            if founding.is_empty(session):
                click.echo(f"Nobody has moved in yet: edms setup, or open /setup?key={founding.code(house.keys)}")
    finally:
        house.close()


def _say_of_the_store(settings: Settings) -> None:
    """What a bucket was found to keep, said before the first letter goes there; away, the service starts all the same."""
    if settings.store == "s3":
        try:
            wall = choosing.named(settings, "s3", None).abilities.wall
            click.echo(words.say("en", f"doctor.wall_{wall.value}"))
        except Unavailable as error:
            click.echo(words.explain("en", error).text, err=True)


@click.command()
@click.option(
    "--queue", "queues", multiple=True, type=click.Choice([q.value for q in Queue]), help="Only these queues."
)
@click.option("--until-empty", is_flag=True, help="Stop when no job is due.")
def worker(queues: tuple[str, ...], until_empty: bool) -> None:
    """Run one worker process; more of them, also on other machines, work side by side."""
    chosen = [f"--queue={queue}" for queue in queues] + (["--until-empty"] if until_empty else [])
    os.execv(sys.executable, [sys.executable, "-m", "workers", *chosen])  # noqa: S606


@click.group()
def db() -> None:
    """The database: status, upgrade, stop."""


@db.command("status")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def db_status(as_json: bool) -> None:
    """Which server, which schema, which walls stand before the history."""
    urls = database_urls(load())
    try:
        engine = engine_for(urls.app, pool_size=1)
        with transaction(sessions_of(engine)) as session:
            version = session.connection().exec_driver_sql("show server_version").scalar_one()
            schema = revisions(session.connection())
            walls = check_roles(session)
        facts = {
            "embedded": urls.server is not None,
            "server": version,
            "schema": schema,
            "separate_roles": walls.separate_roles,
            "triggers": walls.triggers,
        }
        text = "\n".join(f"{name}: {value}" for name, value in facts.items())
        show(facts, as_json=as_json, text=text)
    finally:
        urls.stop()


@db.command("upgrade")
@said
def db_upgrade() -> None:
    """Bring the schema to this version."""
    urls = database_urls(load())
    try:
        upgrade(urls.owner, app_role=urls.app_role)
        click.echo("The schema is up to date.")
    finally:
        urls.stop()


@db.command("stop")
@click.option("--force", is_flag=True, help="Also when other processes use it.")
@said
def db_stop(force: bool) -> None:
    """Stop the embedded server."""
    settings = load()
    stopped = shut_down(settings.data_dir, settings.database_user, force=force)
    click.echo("Stopped." if stopped else "It was not running.")


COMMANDS = (serve, worker, db)
