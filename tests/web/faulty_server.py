"""The web server, but the process kills itself at the mark that a file names: `python -m tests.web.faulty_server MARK_FILE`.

A mark is a word of a statement of a registration (it dies after that), or "commit" (before it) or "committed" (after it, before the
answer). The file is removed first, so that the next process lives.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from flask import Flask
from sqlalchemy import event

from edms.bootstrap import build
from edms.config import load
from edms.web.app import create_app
from edms.web.server import Server


class Faulty(Server):
    """Gunicorn whose applications fall at the mark."""

    mark: Path

    def load(self) -> Flask:
        house = build(load())
        engine, dialect = house.engine, house.engine.dialect
        commit, registering = dialect.do_commit, [False]

        def at(here: str) -> None:
            if not self.mark.exists():
                return
            wanted = self.mark.read_text()
            registering[0] = registering[0] or "pg_advisory_xact_lock" in here
            if registering[0] and wanted in here:
                self.mark.unlink()
                os.kill(os.getpid(), signal.SIGKILL)

        def committing(connection: object) -> None:
            at("commit")
            commit(connection)
            at("committed")

        dialect.do_commit = committing
        event.listen(engine, "after_cursor_execute", lambda *call: at(call[2]))
        return create_app(house)


if __name__ == "__main__":
    Faulty.mark = Path(sys.argv.pop())
    Faulty(load()).run()
