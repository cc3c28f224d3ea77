"""Where keys may lie outside our own folder: the libraries of tokens and the signing services of this installation.

The operator lists them in one TOML file (`EDMS_SIGNING_DEVICES`); officials choose among them by name. Nobody types a
path or an address at a page: a library is code that would run here, and an address a place that this server would ask.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from edms.errors import Invalid, Unavailable

LOOPBACK = ("127.0.0.1", "::1", "localhost")


class _Listed(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Annotated[str, Field(max_length=100)] = ""
    """As officials see it; empty: its key in the file."""


class TokenLibrary(_Listed):
    """A library of a token's maker (PKCS#11)."""

    library: Path


class Service(_Listed):
    """A signing service after the Cloud Signature Consortium's API.

    The secret lies in a file: a bearer token, or with `client_id` and `oauth_url` the secret of an OAuth client.
    """

    url: str
    version: Literal["v1", "v2"] = "v1"
    secret_file: Path | None = None
    client_id: str | None = None
    oauth_url: str | None = None
    seconds: Annotated[float, Field(gt=0, le=30)] = 15

    @field_validator("url", "oauth_url")
    @classmethod
    def _safe(cls, address: str | None) -> str | None:
        """HTTPS, but on this machine itself: PINs go there."""
        if address is None:
            return None
        parts = urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
            raise ValueError("https://… is needed")
        return address.rstrip("/")

    def secret(self) -> str | None:
        """What the file says now. Errors: Unavailable when it cannot be read."""
        if self.secret_file is None:
            return None
        try:
            return self.secret_file.read_text(encoding="utf-8").strip()
        except OSError as error:
            raise Unavailable("signing.service_secret_missing", file=self.secret_file.name) from error


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    token: dict[str, TokenLibrary] = {}
    service: dict[str, Service] = {}


@dataclass(frozen=True)
class Devices:
    """What this installation may sign with beside files; empty where the operator lists nothing."""

    tokens: Mapping[str, TokenLibrary] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)

    def token(self, code: str) -> TokenLibrary:
        """A token's library. Errors: Unavailable when it is listed no more."""
        if code not in self.tokens:
            raise Unavailable("signing.device_not_listed", name=code)
        return self.tokens[code]

    def service(self, code: str) -> Service:
        """A signing service. Errors: Unavailable when it is listed no more."""
        if code not in self.services:
            raise Unavailable("signing.device_not_listed", name=code)
        return self.services[code]


def read(path: Path | None) -> Devices:
    """What the file lists. Errors: Invalid when it cannot be read, its fields named."""
    if path is None:
        return Devices()
    try:
        listed = _File.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise Invalid("signing.devices_unreadable", file=path.name) from error
    except ValidationError as error:
        wrong = {".".join(map(str, e["loc"])): e["msg"] for e in error.errors()}
        raise Invalid("config.invalid", fields=wrong) from None
    return Devices(listed.token, listed.service)
