"""Fixtures of the rooms' tests."""

from __future__ import annotations

import pytest
from sqlalchemy.orm import Session

from tests import cast


@pytest.fixture
def office(session: Session) -> cast.Office:
    """The municipality of Kvemo and its people."""
    return cast.office(session)
