"""The plan of the demo's PKI as data for Certomancer: who exists, who certifies whom, where revocation is asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

MARK = "Demo – not a real certificate"
NAME = "demo"  # of the only PKI in the plan, hence part of every address
OFFICIALS_LAST = timedelta(days=913)  # two and a half years, as the national cards do

CA_USAGE = {
    "id": "key_usage",
    "critical": True,
    "smart-value": {"schema": "key-usage", "params": ["key_cert_sign", "crl_sign"]},
}
SIGNER_USAGE = {
    "id": "key_usage",
    "critical": True,
    "smart-value": {
        "schema": "key-usage",
        "params": ["digital_signature", "non_repudiation"],
    },
}
SERVICE_USAGE = {
    "id": "key_usage",
    "critical": True,
    "smart-value": {"schema": "key-usage", "params": ["digital_signature"]},
}
BY_ISSUING = [
    {
        "id": "crl_distribution_points",
        "smart-value": {
            "schema": "crl-dist-url",
            "params": {"crl-repo-names": ["issuing"]},
        },
    },
    {
        "id": "authority_information_access",
        "smart-value": {
            "schema": "aia-urls",
            "params": {"ocsp-responder-names": ["issuing"]},
        },
    },
]
BY_ROOT = [
    {
        "id": "crl_distribution_points",
        "smart-value": {
            "schema": "crl-dist-url",
            "params": {"crl-repo-names": ["root"]},
        },
    }
]


@dataclass(frozen=True)
class Holder:
    """Somebody with a key: an official, or an organisation (then the key is its seal).

    `addresses` False makes a certificate that names neither OCSP nor CRL, so its signatures never reach B-LT.
    """

    code: str
    name: str
    organisation: str
    pin: str
    country: str = "GE"
    seal: bool = False
    addresses: bool = True
    revoked_at: str | None = None

    def as_dict(self) -> dict[str, Any]:
        """The holder as JSON."""
        return asdict(self)


def keys(holders: Iterable[Holder]) -> list[str]:
    """The names of all keys of the plan."""
    return ["root", "issuing", "ocsp", "tsa", *(holder.code for holder in holders)]


def plan(holders: list[Holder], *, since: datetime, address: str) -> dict[str, Any]:
    """The whole plan. `since` is when the authority began; officials' certificates last two and a half years."""
    names = keys(holders)
    long = _validity(since, timedelta(days=7300))
    certificates: dict[str, Any] = {
        "root": {
            "subject": "root",
            "issuer": "root",
            "serial": 1,
            "validity": long,
            "extensions": [
                {"id": "basic_constraints", "critical": True, "value": {"ca": True}},
                CA_USAGE,
            ],
        },
        "issuing": {
            "subject": "issuing",
            "issuer": "root",
            "serial": 2,
            "validity": long,
            "extensions": [
                {
                    "id": "basic_constraints",
                    "critical": True,
                    "value": {"ca": True, "path_len_constraint": 0},
                },
                CA_USAGE,
                *BY_ROOT,
            ],
        },
        "ocsp": _service("ocsp", 3, long, "ocsp_signing", [{"id": "ocsp_no_check", "value": None}]),
        "tsa": _service("tsa", 4, long, "time_stamping", BY_ISSUING),
    }
    for position, holder in enumerate(holders):
        certificates[holder.code] = _person(holder, 4096 + position, since)
    return {
        "external-url-prefix": address,
        "keysets": {
            NAME: {
                "path-prefix": "keys",
                "keys": {name: {"path": f"{name}.pem"} for name in names},
            }
        },
        "pki-architectures": {
            NAME: {
                "keyset": NAME,
                "entities": _entities(holders),
                "certs": {
                    name: {**spec, "certificate-file": f"certificates/{name}.crt"}
                    for name, spec in certificates.items()
                },
                "services": SERVICES,
            }
        },
    }


SERVICES = {
    "ocsp": {
        "issuing": {
            "for-issuer": "issuing",
            "responder-cert": "ocsp",
            "signing-key": "ocsp",
        }
    },
    "crl-repo": {
        "root": {
            "for-issuer": "root",
            "signing-key": "root",
            "simulated-update-schedule": "P90D",
        },
        "issuing": {
            "for-issuer": "issuing",
            "signing-key": "issuing",
            "simulated-update-schedule": "P1D",
        },
    },
    "time-stamping": {
        "tsa": {
            "signing-key": "tsa",
            "signing-cert": "tsa",
            "certs-to-embed": ["issuing"],
        }
    },
}


def _entities(holders: list[Holder]) -> dict[str, Any]:
    services = {
        "root": "Root",
        "issuing": "Issuing CA",
        "ocsp": "OCSP responder",
        "tsa": "Time stamps",
    }
    entities: dict[str, Any] = {
        code: {
            "country-name": "GE",
            "organization-name": "EDMS Demo",
            "common-name": f"{name} ({MARK})",
        }
        for code, name in services.items()
    }
    for holder in holders:
        entities[holder.code] = {
            "country-name": holder.country,
            "organization-name": holder.organisation,
            "organizational-unit-name": MARK,
            "common-name": holder.name,
        }
    return entities


def _person(holder: Holder, serial: int, since: datetime) -> dict[str, Any]:
    spec: dict[str, Any] = {
        "subject": holder.code,
        "issuer": "issuing",
        "serial": serial,
        "validity": _validity(since, OFFICIALS_LAST),
        "extensions": [SIGNER_USAGE, *(BY_ISSUING if holder.addresses else [])],
    }
    if holder.revoked_at:
        spec["revocation"] = {
            "revoked-since": holder.revoked_at,
            "reason": "key_compromise",
        }
    return spec


def _service(
    code: str,
    serial: int,
    validity: dict[str, str],
    purpose: str,
    more: list[dict[str, Any]],
) -> dict[str, Any]:
    return {
        "subject": code,
        "issuer": "issuing",
        "serial": serial,
        "validity": validity,
        "extensions": [
            SERVICE_USAGE,
            {"id": "extended_key_usage", "critical": True, "value": [purpose]},
            *more,
        ],
    }


def _validity(since: datetime, lasts: timedelta) -> dict[str, str]:
    return {"valid-from": since.isoformat(), "valid-to": (since + lasts).isoformat()}
