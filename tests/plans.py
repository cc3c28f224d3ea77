"""How the database answers what a service asks: the plans of its statements, each run again in the settings it had."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session

Plan = dict[str, Any]


def plans(session: Session, do: Callable[[], object]) -> list[Plan]:
    """Do it, then explain each of its questions, with what the service had set for it."""
    asked: list[tuple[str, Any]] = []

    def note(connection: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:
        asked.append((statement, parameters))

    connection = session.connection()
    event.listen(connection, "before_cursor_execute", note)
    do()
    event.remove(connection, "before_cursor_execute", note)
    found = []
    connection.exec_driver_sql("SAVEPOINT explained")
    for statement, parameters in asked:
        if "set_config" in statement or statement.startswith("SET LOCAL"):
            connection.exec_driver_sql(statement, parameters)
        elif statement.lstrip().upper().startswith(("SELECT", "WITH")):
            said = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}", parameters)
            plan = said.scalar()
            found.append((json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"])
            connection.exec_driver_sql(
                "ROLLBACK TO SAVEPOINT explained"
            )  # as the service goes back behind its settings
    return found


def blocks(found: list[Plan]) -> int:
    """Blocks that these plans read, from memory or from disk."""
    return sum(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"] for plan in found)


def walked(plan: Plan) -> Iterator[str]:
    """The tables that a plan reads from end to end."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for below in plan.get("Plans", ()):
        yield from walked(below)
