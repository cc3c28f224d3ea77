"""What the other tests stand on: after one of them its database is as it was."""

from __future__ import annotations

import pytest
from sqlalchemy import Engine

from edms import clock
from edms.db.engine import transaction
from edms.jobs import Kind, defer
from edms.retention.models import Hold
from tests import cast, letters
from tests.conftest import FEW_ROWS, Database, empty

TRIGGERS = "SELECT tgrelid::regclass::text, tgname, tgenabled FROM pg_trigger ORDER BY 1, 2"
TABLES = "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
ROUND = """
INSERT INTO procrastinate_periodic_defers (task_name, defer_timestamp, job_id)
SELECT task_name, 1, id FROM procrastinate_jobs LIMIT 1
"""


@pytest.mark.parametrize("few", [FEW_ROWS, 0])
def test_rows_go_whatever_guards_them_and_ids_begin_anew(database: Database, emptying: Engine, few: int) -> None:
    with emptying.connect() as connection:
        before = connection.exec_driver_sql(TRIGGERS).all()
    for _ in range(2):
        with transaction(database.sessions) as session:
            office = cast.office(session)
            letter = letters.letter(session, office, case_index="12-05")
            defer(session, Kind.INDEX, letter.document_id)
            session.flush()
            session.connection().exec_driver_sql(ROUND)
            session.add(
                Hold(
                    organisation_id=letter.organisation_id, document_id=letter.document_id, reason="დავა",
                    ground="სასამართლო", placed_at=clock.now(),
                )
            )  # fmt: skip
            assert letter.document_id == 1
        with emptying.begin() as connection:
            empty(connection, few)
    with emptying.connect() as connection:
        assert connection.exec_driver_sql(TRIGGERS).all() == before
        for table in connection.exec_driver_sql(TABLES).scalars().all():
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar() == 0, table
