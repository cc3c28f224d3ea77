"""Uploads and keys under strain: memory that does not grow with the file, limits, and the same key from many at once."""

from __future__ import annotations

import io
import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from sqlalchemy import func, select

from edms.db.engine import transaction
from edms.registry.models import Arrival, Document, Number
from tests.applications import app_of
from tests.web.conftest import PREFIX, Api

MIB = 1024 * 1024


class Flood(io.RawIOBase):
    """So many bytes, made as they are read."""

    def __init__(self, size: int) -> None:
        self.size, self.at = size, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = 0) -> int:
        self.at = offset + (0, self.at, self.size)[whence]
        return self.at

    def readinto(self, into: Any) -> int:
        count = min(len(into), self.size - self.at)
        into[:count] = b"\0" * count
        self.at += count
        return count


def sent(api: Api, size: int, **headers: str) -> Any:
    """An upload of that size."""
    return api.app.test_client().post(
        f"{PREFIX}/arrivals",
        input_stream=Flood(size),
        content_length=size,
        headers={"Authorization": f"Bearer {api.secrets['registrar']}", "Idempotency-Key": "flood", **headers},
    )


def test_memory_does_not_grow_with_the_file(api: Api) -> None:
    tracemalloc.start()
    answer = sent(api, 96 * MIB)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert answer.status_code == 201
    assert answer.get_json()["content"]["size"] == 96 * MIB
    assert peak < 16 * MIB


def test_a_file_over_the_limit_is_refused_and_leaves_nothing(api: Api) -> None:
    api.house.settings = api.house.settings.model_copy(update={"upload_limit_bytes": MIB})
    api.app = app_of(api.house)
    for size in (MIB + 1, 400 * MIB):
        answer = sent(api, size)
        assert (answer.status_code, answer.mimetype) == (413, "application/problem+json")
    assert list(api.house.store.walk()) == []
    assert sent(api, MIB).status_code == 201


def test_one_key_from_many_at_once_makes_one_letter(api: Api) -> None:
    body = {
        "register_id": api.office.incoming.register_id,
        "summary": "თხოვნა",
        "correspondent_name": "ანა",
        "waiting_scan": False,
    }

    def once(_: int) -> Any:
        return api.program("registrar").call("POST", "/documents", body, Idempotency_Key="the same")

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(once, range(12)))
    # Who waited longer than a clerk would is asked to come again, and is answered the same then.
    answers = [once(0) if answer.status_code == 503 else answer for answer in answers]
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.data for answer in answers}) == 1
    with transaction(api.house.sessions) as session:
        assert [session.scalar(select(func.count()).select_from(table)) for table in (Document, Number)] == [1, 1]


def test_one_upload_from_many_at_once_is_one_arrival(api: Api) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: api.program("registrar").upload(b"letter", "a.txt", "k"), range(8)))
    assert {answer.status_code for answer in answers} == {201}
    with transaction(api.house.sessions) as session:
        assert session.scalar(select(func.count()).select_from(Arrival)) == 1
    assert len(list(api.house.store.walk())) == 1
