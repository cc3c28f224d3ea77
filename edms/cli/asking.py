"""Questions at the terminal, in the town's language; an answer given as an option is not asked for, one given before is proposed."""

from __future__ import annotations

import contextlib
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import click

from edms import words

V = TypeVar("V")
LANGUAGES = ("ka", "hy", "en", "ru")
FILE = "setup.answers"
_OF_ADMINISTRATOR = ("admin", "admin_names")


class Asking:
    """`given` are the options; `person` says whether somebody sits there to be asked."""

    def __init__(self, given: Mapping[str, Any], folder: Path, *, person: bool) -> None:
        self._given, self._file, self.person = dict(given), folder / FILE, person
        self.speaks = "en"
        self._kept: dict[str, Any] = {}
        with contextlib.suppress(OSError, ValueError):
            self._kept = dict(json.loads(self._file.read_text(encoding="utf-8")))

    def given(self, name: str) -> Any:
        """The option, or nothing."""
        return self._given.get(name)

    def say(self, message: str, **values: object) -> str:
        """A sentence in the language of the terminal."""
        return words.say(self.speaks, message, **values)

    def language(self) -> str:
        """The town's language; what follows is asked in it, where the terminal can show it."""
        if self.person and not self.given("language"):
            click.echo("ქართული: ka   Հայերեն: hy   English: en   Русский: ru")
        chosen = self.choice("language", LANGUAGES, "ka")
        encoding = (sys.stdout.encoding or "").lower().replace("-", "")
        self.speaks = chosen if self.person and encoding == "utf8" else "en"
        return chosen

    def line(self, name: str, proposed: str) -> str:
        """One line."""
        if (option := self.given(name)) is not None or not self.person:
            return str(option or proposed)
        before = str(self._kept.get(name) or proposed)
        return self._keep(
            name, str(click.prompt(self.say(f"setup.ask.{name}"), default=before, show_default=bool(before)))
        )

    def choice(self, name: str, options: Sequence[str], proposed: str) -> str:
        """One of the options, by its number or its word."""
        if (option := self.given(name)) is not None or not self.person:
            return str(option or proposed)
        if name != "language":
            for number, each in enumerate(options, start=1):
                click.echo(f"  {number}  {self.say(f'setup.choice.{name}.{each.lower()}')}")
        before = str(self._kept.get(name, proposed))
        numbered = {str(number): each for number, each in enumerate(options, start=1)}
        while True:
            typed = click.prompt(self.say(f"setup.ask.{name}"), default=before).strip()
            chosen = numbered.get(typed, typed)
            if chosen in options:
                return self._keep(name, chosen)

    def texts(self, name: str, first: str, *, needed: bool = True) -> dict[str, str]:
        """A text in the town's language and, if somebody has it, in English."""
        if (option := self.given(name)) is not None or not self.person:
            return dict(option or {})
        before = dict(self._kept.get(name) or {})
        made = {}
        for tongue in dict.fromkeys((first, "en")):
            proposed = before.get(tongue, None if needed and tongue == first else "")
            label = self.say("house.in_language", what=self.say(f"setup.ask.{name}"), language=self.say(f"language.name.{tongue}"))  # fmt: skip
            if text := click.prompt(label, default=proposed, show_default=bool(proposed)).strip():
                made[tongue] = text
        return self._keep(name, made)

    def serials(self, books: Mapping[str, str]) -> tuple[int, dict[str, int]]:
        """Today's next number: of every register not named, and of those that begin elsewhere, by their codes."""
        option = dict(self.given("serials") or {})
        if option or not self.person:
            every = option.pop("", 1)
            return every, option
        click.echo(self.say("setup.ask.serials"))
        before = dict(self._kept.get("serials") or {})
        made = {
            code: click.prompt(f"  {called}", default=before.get(code, 1), type=click.IntRange(1, 999_999_999))
            for code, called in books.items()
        }
        return 1, self._keep("serials", made)

    def confirm(self, name: str) -> None:
        """Nothing is written before this."""
        if self.person and not self._given.get("code"):
            click.confirm(self.say("setup.ask.right", name=name), default=True, abort=True)

    def forget_town(self) -> None:
        """It is written: what was answered about it need not be kept."""
        self._kept = {name: value for name, value in self._kept.items() if name in _OF_ADMINISTRATOR}
        self._write()

    def forget_administrator(self) -> None:
        """The next town has another."""
        for name in _OF_ADMINISTRATOR:
            self._kept.pop(name, None)
            self._given.pop(name, None)
        self._write()

    def done(self) -> None:
        """Nothing is left to be kept."""
        self._file.unlink(missing_ok=True)

    def _keep(self, name: str, value: V) -> V:
        self._kept[name] = value
        self._write()
        return value

    def _write(self) -> None:
        self._file.write_text(json.dumps(self._kept, ensure_ascii=False), encoding="utf-8")


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """ "ka=სახელი" as language and text; anything else is a wrong call (exit 2)."""
    parted = [text.partition("=") for text in texts]
    if any(not sign or language not in LANGUAGES for language, sign, _ in parted):
        click.echo("Names are written language=name, as in ka=ქვემო.", err=True)
        sys.exit(2)
    return {language: name for language, _, name in parted}
