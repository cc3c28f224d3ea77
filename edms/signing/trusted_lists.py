"""National trusted lists (ETSI TS 119 612): XML files that the operator lays down, believed only when their signature
is that of a known list signer. From each come the certificates of the services that it grants today.

Not followed: pointers to other lists, and what a service was granted in the past. An expired list is refused.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from asn1crypto import x509
from lxml import etree
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.qualified.eutl_parse import trust_list_to_registry
from pyhanko.sign.validation.qualified.tsp import QualifiedServiceInformation, TSPRegistry
from pyhanko_certvalidator.authority import AuthorityWithCert

from edms import clock
from edms.errors import Invalid

LARGEST = 32 * 1024 * 1024
_NEXT_UPDATE = "{http://uri.etsi.org/02231/v2#}NextUpdate"


def granted(path: Path, signers: Sequence[x509.Certificate]) -> list[x509.Certificate]:
    """The certificates that the list at `path` grants today: issuers of qualified certificates, and time stamps.

    Errors: Invalid when it is no such list, is signed by nobody in `signers`, or is out of date.
    """
    state = path.stat()
    if state.st_size > LARGEST:
        raise Invalid("signing.list_unreadable", name=path.name)
    dumped = tuple(signer.dump() for signer in signers)
    registry, until = _read(path, state.st_mtime_ns, state.st_size, dumped)
    now = clock.now()
    if until is not None and until < now:
        raise Invalid("signing.list_expired", name=path.name, until=until)
    return list(_certificates(registry, now))


@lru_cache(maxsize=32)
def _read(path: Path, _changed: int, _size: int, signers: tuple[bytes, ...]) -> tuple[TSPRegistry, datetime | None]:
    """Read once for as long as the file stays as it is: a large list takes a second."""
    text = path.read_text(encoding="utf-8")
    try:
        registry, _ = trust_list_to_registry(text, [x509.Certificate.load(signer) for signer in signers])
    except SignatureValidationError as error:
        raise Invalid("signing.list_not_believed", name=path.name) from error
    except Exception as error:  # the parsers below have no common error
        raise Invalid("signing.list_unreadable", name=path.name) from error
    return registry, _next_update(text)


def _next_update(text: str) -> datetime | None:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    for element in etree.fromstring(text.encode(), parser).iter(_NEXT_UPDATE):
        told = "".join(element.itertext()).strip()
        return datetime.fromisoformat(told.replace("Z", "+00:00")) if told else None
    return None


def _certificates(registry: TSPRegistry, now: datetime) -> Iterator[x509.Certificate]:
    authorities = [*registry.known_certificate_authorities]
    stamps = [*registry.known_timestamp_authorities]
    for authority in (*authorities, *stamps):
        if not isinstance(authority, AuthorityWithCert):
            continue
        certificate: x509.Certificate = authority.certificate
        services: list[QualifiedServiceInformation] = list(registry.applicable_service_definitions(authority, now))
        # A time-stamping service that is named by its issuer's certificate would make that issuer trusted for signers
        # too: only the service's own certificate is taken from there.
        if services and (authority in authorities or not certificate.ca):
            yield certificate
