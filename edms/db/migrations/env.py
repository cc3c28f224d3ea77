"""Alembic's entry: runs on the connection it is given, in that connection's transaction."""

from alembic import context

from edms.db.upgrade import is_ours

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=context.config.attributes.get("metadata"),
    include_name=is_ours,
    compare_type=True,
    compare_server_default=True,
)
context.run_migrations()
