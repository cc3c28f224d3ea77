"""Every role and every permission has its name, so that a refusal can be read."""

from __future__ import annotations

import pytest

from edms import words
from edms.access.actor import Actor
from edms.access.permissions import Permission
from edms.access.policy import require
from edms.access.roles import Role
from edms.errors import Forbidden


@pytest.mark.parametrize("lang", ["ka", "hy", "en", "ru"])
def test_roles_and_permissions_have_names_that_differ(lang: str) -> None:
    names = [words.say(lang, f"access.role.{role.value}") for role in Role]
    names += [words.say(lang, permission.value) for permission in Permission]
    assert len(set(names)) == len(Role) + len(Permission)


def test_a_refusal_says_which_right_is_lacking() -> None:
    with pytest.raises(Forbidden) as refused:
        require(Actor(official_id=1, organisation_id=1), Permission.REGISTER_MANAGE)
    problem = words.explain("ka", refused.value)
    assert "ჟურნალების გახსნა და შეცვლა" in problem.text
