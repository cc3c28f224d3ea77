"""Who reads a page, as far as that is known, and which pages ask for what is still wanted of her."""

from __future__ import annotations

from dataclasses import dataclass

from edms.access.actor import Actor
from edms.staff.models import Official, SignIn
from edms.staff.sessions import Want


@dataclass(frozen=True)
class Pages:
    """Endpoints of the pages that ask for something: login, code, a new password, the password again."""

    sign_in: str = "account.sign_in"
    code: str = "account.code"
    password: str = "account.password"
    step_up: str = "account.step_up"


@dataclass(frozen=True)
class Visitor:
    """Who reads this page. Without `actor` nobody is signed in, or something is still wanted of her."""

    actor: Actor | None = None
    sign_in: SignIn | None = None
    want: Want | None = None
    official: Official | None = None
    absent: Official | None = None  # in whose place she acts
