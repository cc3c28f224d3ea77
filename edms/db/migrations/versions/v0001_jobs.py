"""The job queue: Procrastinate's own tables and functions, and why a job of ours is in trouble."""

from __future__ import annotations

from importlib.resources import files

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Run the copied SQL as it is, then our own table."""
    queue = files("edms.db.migrations").joinpath("sql/procrastinate_3_10_0.sql").read_text(encoding="utf-8")
    # Straight to the driver: many statements at once, and its percent signs are not parameters.
    op.get_bind().connection.cursor().execute(queue)
    # How many jobs of one organisation wait: asked at each posting of heavy work (edms.jobs.posting).
    op.execute(
        "CREATE INDEX ix_procrastinate_jobs_crowd ON procrastinate_jobs (CAST(args ->> 'organisation_id' AS bigint))"
        " WHERE status = 'todo' AND queue_name = 'capture'"
    )
    op.create_table(
        "job_trouble",
        sa.Column("job_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("values", JSONB(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("deaths", sa.BigInteger(), nullable=False),
        sa.Column("troubled_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("job_id", name="pk_job_trouble"),
    )


def downgrade() -> None:
    """Remove the queue with all its jobs."""
    op.drop_table("job_trouble")
    for kind in ("jobs", "events", "periodic_defers", "workers"):
        op.execute(f"DROP TABLE IF EXISTS procrastinate_{kind} CASCADE")
    op.execute(
        "DO $$ DECLARE thing text; BEGIN"
        " FOR thing IN SELECT format('FUNCTION %s', p.oid::regprocedure) FROM pg_proc p"
        " WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'procrastinate!_%' ESCAPE '!'"
        " UNION ALL SELECT format('TYPE %s', t.oid::regtype) FROM pg_type t"
        " WHERE t.typnamespace = 'public'::regnamespace AND t.typname LIKE 'procrastinate!_%' ESCAPE '!'"
        " AND t.typtype IN ('e', 'c')"
        " LOOP EXECUTE 'DROP ' || thing || ' CASCADE'; END LOOP; END $$"
    )
