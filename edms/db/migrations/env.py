"""Alembic's entry: runs on the connection it is given, in that connection's transaction."""

from typing import Any, Literal

from alembic import context
from sqlalchemy import TypeDecorator

from edms.db.upgrade import is_ours


def plainly(kind: str, thing: Any, _context: object) -> str | Literal[False]:
    """Write a column type of the house as the type of the database below it: migrations import no models."""
    return f"sa.{thing.impl_instance!r}" if kind == "type" and isinstance(thing, TypeDecorator) else False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata"),
    include_name=is_ours,
    render_item=plainly,
    compare_type=True,
    compare_server_default=True,
)
context.run_migrations()
