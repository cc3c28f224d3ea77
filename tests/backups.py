"""A data folder with its database and the command there, for the tests of backups."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from edms import bootstrap
from edms.cli import main
from edms.config import Settings
from edms.db.engine import Urls, engine_for, sessions_of
from edms.storage.folder import FolderStore


class Place:
    """A data folder with its database, and the command there."""

    def __init__(self, folder: Path, app_url: str, owner_url: str) -> None:
        self.settings = Settings(data_dir=folder, database_url=app_url, database_owner_url=owner_url)
        self.environ = {
            "EDMS_DATA_DIR": str(folder), "EDMS_DATABASE_URL": app_url, "EDMS_DATABASE_OWNER_URL": owner_url,
        }  # fmt: skip
        self.urls = Urls(app_url, owner_url)
        self.houses: list[bootstrap.House] = []

    def run(self, *words: str, code: int = 0, **environ: str) -> Any:
        answer = CliRunner(env={**self.environ, **environ}).invoke(main, words)
        assert answer.exit_code == code, answer.output
        return answer

    def facts(self, *words: str) -> dict[str, Any]:
        return json.loads(self.run(*words, "--json").stdout.splitlines()[-1])

    @property
    def seal(self) -> tuple[str, str]:
        """Its public key, as another machine is told it."""
        return "--seal", self.run("backup", "--show-seal").stdout.strip()

    def house(self) -> bootstrap.House:
        engine = engine_for(self.urls.app, pool_size=2)
        store = FolderStore(self.settings.contents_dir)
        self.houses.append(bootstrap.House(self.settings, self.urls, engine, sessions_of(engine), store))
        return self.houses[-1]

    def close(self) -> None:
        for house in self.houses:
            house.close()
