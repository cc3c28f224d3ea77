"""The two database roles and what each may do.

The owner makes and migrates the tables. The application reads and writes them, but events and ledger it can only add
to. Triggers refuse to change or remove those rows for everybody, the owner too, so that a server with a single role
is guarded as well; `check` tells which of the two walls stand.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text
from sqlalchemy.orm import Session

SUPERUSER = "postgres"
OWNER = "edms_owner"
APP = "edms_app"
DATABASE = "edms"

# Rows are added, never changed or removed: the history of every act, and the ledger's leaves, order, tree and seals.
APPEND_ONLY = ("event", "ledger_leaf", "ledger_position", "ledger_node", "ledger_checkpoint")
# Read by the application to see whether it, and its keys, fit this database; written by the set-up alone.
OWNER_ONLY = ("alembic_version", "house_key")

GUARD = "append_only"
# 42501 (insufficient privilege) is also what the missing grant answers: one refusal, whichever wall was met.
_FUNCTION = f"""
CREATE OR REPLACE FUNCTION {GUARD}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_TABLE_NAME = 'event' AND TG_OP = 'UPDATE' AND current_setting('edms.forgets', true) = 'yes' THEN
        RETURN NULL;  -- each row is looked at by the next guard
    END IF;
    RAISE EXCEPTION 'table % is append-only: % refused', TG_TABLE_NAME, TG_OP USING ERRCODE = '42501';
END;
$$
"""
# The one change that a line of history may see: what was said in it is emptied, once its letter was destroyed by an act,
# or the card of the person is gone that no letter names any more.
FORGET = "forgets_only"
_FORGETS = f"""
CREATE OR REPLACE FUNCTION {FORGET}() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE emptied event := OLD;
BEGIN
    emptied.detail := '{{}}';
    IF NEW IS DISTINCT FROM emptied OR NOT (
        EXISTS (SELECT FROM stub s WHERE s.document_id = OLD.document_id)
        OR OLD.subject_kind = 'arrival'
            AND EXISTS (SELECT FROM arrival a JOIN stub s USING (document_id) WHERE a.arrival_id = OLD.subject_id)
        OR OLD.subject_kind = 'draft' AND NOT EXISTS (SELECT FROM draft d WHERE d.draft_id = OLD.subject_id)
        OR OLD.subject_kind = 'correspondent'
            AND NOT EXISTS (SELECT FROM correspondent c WHERE c.correspondent_id = OLD.subject_id)
    ) THEN
        RAISE EXCEPTION 'table event is append-only: % refused', TG_OP USING ERRCODE = '42501';
    END IF;
    RETURN NEW;
END;
$$
"""  # noqa: S608 - literal text of ours alone


@dataclass(frozen=True)
class Protection:
    """Which walls stand before the append-only tables."""

    separate_roles: bool
    """The present role owns none of the tables and may neither update, delete nor truncate them."""
    triggers: bool
    """Every append-only table refuses changes by trigger, whoever asks."""
    open_tables: tuple[str, ...]
    """Append-only tables that are missing or lack one of the walls' triggers."""


def protect(connection: Connection) -> None:
    """Put the triggers on every append-only table that exists. Repeating it changes nothing."""
    connection.execute(text(_FUNCTION))
    if _existing(connection, ("event", "stub")) == ["event", "stub"]:
        connection.execute(text(_FORGETS))
        connection.execute(
            text(f"CREATE OR REPLACE TRIGGER {FORGET} BEFORE UPDATE ON event FOR EACH ROW EXECUTE FUNCTION {FORGET}()")
        )
        connection.execute(text(f"ALTER TABLE event ENABLE ALWAYS TRIGGER {FORGET}"))
    for table in _existing(connection, APPEND_ONLY):
        connection.execute(
            text(
                f"CREATE OR REPLACE TRIGGER {GUARD} BEFORE UPDATE OR DELETE OR TRUNCATE ON {_name(connection, table)} "
                f"FOR EACH STATEMENT EXECUTE FUNCTION {GUARD}()"
            )
        )
        # ALWAYS: also in a session that calls itself a replica.
        connection.execute(text(f"ALTER TABLE {_name(connection, table)} ENABLE ALWAYS TRIGGER {GUARD}"))


def grant(connection: Connection, role: str = APP) -> None:
    """Give the application role its rights on every table of the schema, as the owner. Repeating it changes nothing.

    Does nothing when `role` is the present role itself: then the triggers alone stand.
    """
    if connection.scalar(text("SELECT current_user")) == role:
        return
    name = _name(connection, role)
    connection.execute(text(f"GRANT USAGE ON SCHEMA public TO {name}"))
    connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {name}"))
    connection.execute(text(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {name}"))
    for table in _existing(connection, APPEND_ONLY):
        connection.execute(text(f"REVOKE UPDATE, DELETE, TRUNCATE ON {_name(connection, table)} FROM {name}"))
    for table in _existing(connection, OWNER_ONLY):
        connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE ON {_name(connection, table)} FROM {name}"))


def check(session: Session) -> Protection:
    """Which protection the append-only tables have from the role of this session."""
    rows = session.execute(
        text(
            "SELECT c.relname,"
            " NOT (has_table_privilege(c.oid, 'UPDATE') OR has_table_privilege(c.oid, 'DELETE')"
            "  OR has_table_privilege(c.oid, 'TRUNCATE') OR pg_has_role(c.relowner, 'MEMBER')) AS kept_off,"
            " EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = :guard AND t.tgenabled = 'A') AS guarded"
            " FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname = ANY(:tables)"
        ),
        {"guard": GUARD, "tables": list(APPEND_ONLY)},
    ).all()
    guarded = {row.relname for row in rows if row.guarded}
    return Protection(
        separate_roles=len(rows) == len(APPEND_ONLY) and all(row.kept_off for row in rows),
        triggers=guarded == set(APPEND_ONLY),
        open_tables=tuple(table for table in APPEND_ONLY if table not in guarded),
    )


def _existing(connection: Connection, tables: tuple[str, ...]) -> list[str]:
    query = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename = ANY(:tables)")
    found = set(connection.scalars(query, {"tables": list(tables)}))
    return [table for table in tables if table in found]


def _name(connection: Connection, name: str) -> str:
    """A role or table name quoted for SQL."""
    return connection.dialect.identifier_preparer.quote_identifier(name)
