"""Bringing the schema to this release: all pending migrations, grants and triggers in one transaction, or nothing.

One process upgrades at a time (an advisory lock), others wait for it and then find nothing to do. Migrations take a
table's lock within five seconds or give up as a whole, so that a forgotten session cannot freeze the office; the old
code keeps working on the new schema (expand first, contract in a later release).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, MetaData, text
from sqlalchemy.pool import NullPool

from edms.db import roles
from edms.db.engine import engine_for, in_words

if TYPE_CHECKING:
    from alembic.config import Config
    from alembic.operations import ops

# Alembic is loaded where it is used: the web server and the workers never migrate.

# Any fixed number; only upgrades take it.
LOCK = 0x65646D73
WAIT = "120s"
LOCK_TIMEOUT = "5s"


def upgrade(owner_url: str, *, app_role: str = roles.APP, revision: str = "head") -> None:
    """Migrate as the owner, then give `app_role` its rights and put the triggers.

    Errors: Unavailable when the database is down or a lock is not had in time; nothing has changed then.
    """
    from alembic import command

    with in_words(), _owner(owner_url) as connection:
        command.upgrade(_config(connection), revision)
        roles.protect(connection)
        roles.grant(connection, app_role)


def downgrade(owner_url: str, revision: str) -> None:
    """Go back to `revision` ("base": an empty schema). Data of the removed columns and tables is lost."""
    from alembic import command

    with in_words(), _owner(owner_url) as connection:
        command.downgrade(_config(connection), revision)


def revisions(connection: Connection) -> tuple[str | None, str | None]:
    """Where the database is, and where this release wants it: None for an empty database."""
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    # Alembic looks for its table in the search path; a missing one is an empty database.
    present = MigrationContext.configure(connection).get_current_revision()
    return present, ScriptDirectory.from_config(_config()).get_current_head()


def differences(connection: Connection, metadata: MetaData) -> list[Any]:
    """What the migrated schema and the models disagree about: empty when the chain is complete."""
    from alembic.autogenerate import compare_metadata
    from alembic.runtime.migration import MigrationContext

    options = {"include_name": is_ours, "compare_type": True, "compare_server_default": True}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


def draft(owner_url: str, metadata: MetaData, message: str) -> Path:
    """Write the next numbered migration by comparing the models with the migrated database at `owner_url`.

    A draft: read it, complete it, and keep data changes in a migration of their own.
    """
    from alembic import command
    from alembic.script import ScriptDirectory

    with _owner(owner_url) as connection:
        config = _config(connection)
        config.attributes["metadata"] = metadata
        heads = ScriptDirectory.from_config(config).get_current_head()
        number = f"{int(heads or 0) + 1:04d}"

        def late_keys(_context: object, _revision: object, scripts: list[ops.MigrationScript]) -> None:
            _add_late_keys(scripts[0], metadata)

        script = command.revision(
            config, message, autogenerate=True, rev_id=number, process_revision_directives=late_keys
        )
    if script is None or isinstance(script, list):
        raise RuntimeError("one migration is written at a time")
    return Path(script.path)


def _add_late_keys(script: ops.MigrationScript, metadata: MetaData) -> None:
    """Foreign keys between tables that name each other: Alembic leaves them out of the drafts of new tables."""
    from alembic.operations import ops

    forth, back = script.upgrade_ops, script.downgrade_ops
    if forth is None or back is None:
        return
    for made in [op for op in forth.ops if isinstance(op, ops.CreateTableOp)]:
        for key in metadata.tables[made.table_name].foreign_key_constraints:
            if key.use_alter:
                forth.ops.append(ops.CreateForeignKeyOp.from_constraint(key))
                back.ops.insert(0, ops.DropConstraintOp.from_constraint(key))


def is_ours(name: str | None, kind: str, _parents: object) -> bool:
    """Whether the models answer for this table; Procrastinate's own are compared by nobody."""
    return kind != "table" or not (name or "").startswith("procrastinate_")


def _config(connection: Connection | None = None) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("file_template", "v%%(rev)s_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


@contextmanager
def _owner(url: str) -> Iterator[Connection]:
    """The owner's connection in one transaction, alone under the advisory lock."""
    engine = engine_for(url, poolclass=NullPool, limits={"lock_timeout": WAIT})
    with engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
        connection.execute(text(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'"))
        yield connection
