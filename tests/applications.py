"""Applications for tests. Each is made anew, as a process makes its own; what comes out the same every time is kept.

A test's application lives for a few pages, and of its time nine tenths would go into compiling the same templates and
addresses again.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import ClassVar

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

from edms.bootstrap import House
from edms.web.app import create_app


class KeptTemplates(BytecodeCache):
    """Compiled templates by name and text: a template that was changed is compiled again."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self.kept.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self.kept[bucket.key, bucket.checksum] = bucket.code


class KeptRule(Rule):
    """A rule whose function that builds the address is compiled once. It is one of the text alone where nothing has a default."""

    kept: ClassVar[dict[tuple[str, bool], Callable[..., tuple[str, str]]]] = {}

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        if self.defaults:
            return super()._compile_builder(append_unknown)
        key = (self.rule, append_unknown)
        if key not in self.kept:
            self.kept[key] = super()._compile_builder(append_unknown)
        return self.kept[key]


TEMPLATES = KeptTemplates()


def app_of(house: House) -> Flask:
    """The application of this house."""
    Flask.url_rule_class = KeptRule
    app = create_app(house)
    app.jinja_env.bytecode_cache = TEMPLATES
    return app
