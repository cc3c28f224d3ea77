"""https: the certificate that the server shows, how long it holds, and how the clerks' machines come to trust it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click

from edms import clock, words
from edms.cli.saying import said, show
from edms.cli.towns import zone_here
from edms.config import Settings, load
from edms.errors import Unavailable
from edms.https import authority, names, serving


@click.group()
def https() -> None:
    """HTTPS on the office's network."""


@https.command("show")
@click.option("--lang", type=click.Choice(words.LANGS), default="en", show_default=True, help="In which language.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON, for programs.")
@said
def https_show(lang: str, as_json: bool) -> None:
    """Which certificate is shown, until when, for which names; and how to trust the office's own authority."""
    settings = load()
    if settings.https == "off":
        show({"https": "off"}, as_json=as_json, text=words.say(lang, "doctor.https_off"))
        return
    now = _ready(settings)
    until = clock.day_of(now.until, zone_here())
    facts = {
        "https": settings.https,
        "until": now.until.isoformat(),
        "names": list(now.names),
        "left_out": list(now.left_out),
    }
    lines = [words.say(lang, "https.shown", until=words.date(lang, until), names=", ".join(now.names))]
    if settings.https == "own":
        own = serving.own_authority(settings)
        path = serving.folder_of(settings) / authority.CERTIFICATE
        facts |= {"authority": str(path.resolve()), "fingerprint": own.fingerprint}
        lines += [words.say(lang, "https.authority", file=str(path.resolve())), own.fingerprint, "", words.say(lang, "trust.windows"), words.say(lang, "trust.group_policy"), words.say(lang, "trust.firefox")]  # fmt: skip
    if now.left_out:
        lines.append(words.say(lang, "doctor.https_names_left_out", names=", ".join(now.left_out)))
    show(facts, as_json=as_json, text="\n".join(lines))


@https.command("new-authority")
@click.option("--yes", is_flag=True, help="Without asking.")
@said
def https_new_authority(yes: bool) -> None:
    """Make a new authority: after a new name of the machine, or a stolen key. Every machine must trust it anew."""
    settings = load()
    if not yes:
        click.confirm("Every clerk's machine must trust the new authority. Go on?", abort=True)
    with _readable():
        authority.make(serving.folder_of(settings), names.here(settings.https_names), "edms")
    now = _ready(settings)
    click.echo(f"Made. The server shows it within ten minutes: {', '.join(now.names)}")


def _ready(settings: Settings) -> serving.Shown:
    with _readable():
        return serving.ready(settings)


@contextmanager
def _readable() -> Iterator[None]:
    """Keys are the service's own: another account is told so. Errors: Unavailable, naming the file."""
    try:
        yield
    except OSError as error:
        raise Unavailable(
            "https.folder_closed", file=str(error.filename), reason=error.strerror or str(error)
        ) from None


COMMANDS = (https,)
