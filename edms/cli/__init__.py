"""The `edms` command. A command exists only when it works; each says what it did in words, and with --json to programs.

Exit codes: 0 done, 1 refused with a reason, 2 wrong call, 3 something must be installed, 4 a check found something wrong,
5 a check could not decide.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module

import click

from edms import __version__, logs

HOMES: Mapping[str, str] = {
    "archive": "edms.cli.archiving",
    "backup": "edms.cli.backing_up",
    "db": "edms.cli.service",
    "demo": "edms.demo.command",
    "doctor": "edms.cli.doctor",
    "fixity": "edms.cli.fixity",
    "https": "edms.cli.securing",
    "import": "edms.cli.intake",
    "ledger": "edms.cli.proofs",
    "organisation": "edms.cli.people",
    "reconcile": "edms.cli.searching",
    "reindex": "edms.cli.searching",
    "restore": "edms.cli.backing_up",
    "retention": "edms.cli.keeping",
    "routes": "edms.cli.routes",
    "serve": "edms.cli.service",
    "setup": "edms.cli.setting_up",
    "signatures": "edms.cli.proving",
    "signing": "edms.cli.signing",
    "storage": "edms.cli.storing",
    "token": "edms.cli.people",
    "user": "edms.cli.people",
    "verify": "edms.cli.proofs",
    "worker": "edms.cli.service",
}
"""In which module's COMMANDS each command is. Only the one that is called is loaded: all together take seconds."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(HOMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in HOMES:
            return None
        found: list[click.Command] = import_module(HOMES[cmd_name]).COMMANDS
        return next(command for command in found if command.name == cmd_name)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="edms")
def main() -> None:
    """Records service for municipalities."""
    logs.configure("warning")  # a command says itself what it did; the services it starts take their own level
