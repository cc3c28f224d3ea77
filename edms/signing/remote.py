"""Keys that a signing service holds (Cloud Signature Consortium API, versions 1.0.4 and 2).

The service signs what an authorisation names, and ours names exactly the hashes of one lot (SCAL2), as many as the
service says that it takes at once: neither it nor anybody between can have it sign another. Before each lot it is asked
anew whether the key may sign. A service that is down, slow or answers nonsense is one state for the person who waits,
and nothing is half signed: what was made of the lots before stays.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, TypeVar

import aiohttp
from pyhanko.sign.general import SigningError
from pyhanko.sign.signers.csc_signer import (
    CSCAuthorizationInfo,
    CSCAuthorizationManager,
    CSCCredentialInfo,
    CSCServiceSessionInfo,
    CSCSigner,
    fetch_certs_in_csc_credential,
)

from edms import clock
from edms.errors import EdmsError, Invalid, RuleBroken, Unavailable
from edms.signing.devices import Service
from edms.signing.keys import Made, may_sign, told_time
from edms.signing.owner import Elsewhere, Owner, together
from edms.signing.verdicts import Form

T = TypeVar("T")
LARGEST = 1024 * 1024  # bytes of an answer
WHOLE = 60.0  # seconds for each of the two visits that a lot takes (`edms.signing.lots` waits no longer)
SHA256 = "2.16.840.1.101.3.4.2.1"
SILENT = "signing.service_silent"

logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # its complaint about a refusal holds the whole request


class Remote(Elsewhere):
    """A key in a service. `owner` is its certificate as it was when the key was chosen."""

    def __init__(self, service: Service, credential: str, owner: Owner | None = None) -> None:
        self._service = service
        self._credential = credential
        super().__init__(owner)

    def look(self) -> Owner:
        """The certificate that the service names for this credential. Errors: Unavailable, RuleBroken, Invalid (field key)."""
        return _of(self._asked(self._info()))

    def sign(self, digests: Sequence[bytes], *, pin: str, at: datetime, form: Form = Form.PADES) -> Made:
        """As many at once as the service takes, each lot by an authorisation of its own."""
        return together(self._lots(digests, pin, lambda: at, form), digests)

    def lots(self, digests: Sequence[bytes], *, pin: str, form: Form = Form.PADES) -> Generator[list[bytes]]:
        """The same lot by lot. A code of one use opens one lot: the rest waits for the next code (RuleBroken)."""
        return self._lots(digests, pin, clock.now, form)

    def _lots(
        self, digests: Sequence[bytes], pin: str, now: Callable[[], datetime], form: Form
    ) -> Generator[list[bytes]]:
        done = 0
        while done < len(digests):
            info = self._asked(self._info())
            named, at = _of(info), now()
            owner = self._owner = self._owner or named
            if named.card.fingerprint != owner.card.fingerprint:
                raise RuleBroken("signing.certificate_changed")
            may_sign(owner.card, at)
            lot, said = digests[done : done + max(1, info.max_batch_size)], told_time(form, at)
            if done and _wants(info.response_data, self._service.version)[1]:
                raise RuleBroken("signing.next_code", lot=len(lot))
            raws = self._asked(self._signed(info, [owner.to_sign(digest, said) for digest in lot], pin))
            yield [owner.cms(digest, raw, said) for digest, raw in zip(lot, raws, strict=True)]
            done += len(lot)

    def called(self) -> str:
        """What the service calls itself: it is there and answers us. Errors: Unavailable."""
        return self._asked(self._named())

    async def _named(self) -> str:
        async with self._session() as (session, known):
            url = known.endpoint_url("info")  # type: ignore[no-untyped-call]
            async with session.post(url, headers=known.auth_headers, json={}, raise_for_status=True) as answer:
                told = await answer.json(content_type=None)
        return f"{told['name']} ({told['specs']})"

    async def _info(self) -> CSCCredentialInfo:
        async with self._session() as (session, known):
            return await fetch_certs_in_csc_credential(session, known, timeout=int(self._service.seconds) or 1)

    async def _signed(self, info: CSCCredentialInfo, given: Sequence[bytes], pin: str) -> list[bytes]:
        async with self._session() as (session, known):
            permit = _Permit(known, info, session, pin, self._service.version)
            kind = _Signer2 if self._service.version == "v2" else CSCSigner
            signer = kind(
                session, permit, sign_timeout=int(self._service.seconds) or 1, batch_size=len(given), embed_roots=False
            )
            answers = await asyncio.gather(
                *(signer.async_sign_raw(each, "sha256") for each in given), return_exceptions=True
            )
            if permit.refusal is not None:
                raise permit.refusal
            for answer in answers:
                if isinstance(answer, BaseException):
                    raise answer
            return [bytes(answer) for answer in answers if isinstance(answer, bytes)]

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[tuple[aiohttp.ClientSession, CSCServiceSessionInfo]]:
        timeout = aiohttp.ClientTimeout(total=self._service.seconds)
        async with aiohttp.ClientSession(
            timeout=timeout, response_class=_Bounded, middlewares=(_no_detour,), trust_env=True
        ) as session:
            token = await _bearer(self._service, session)
            yield (
                session,
                CSCServiceSessionInfo(
                    self._service.url, self._credential, oauth_token=token, api_ver=self._service.version
                ),
            )

    def _asked(self, question: Awaitable[T]) -> T:
        async def within() -> T:
            return await asyncio.wait_for(question, WHOLE)

        try:
            return asyncio.run(within())
        except EdmsError:
            raise
        except (TimeoutError, SigningError, aiohttp.ClientError, OSError, ValueError, KeyError, TypeError) as error:
            # No chain: what the library raises may hold the request, and with it the PIN.
            raise Unavailable(SILENT, name=self._service.name or self._service.url) from _plain(error)


class _Permit(CSCAuthorizationManager):
    """Asks for the authorisation of exactly the hashes of a batch, with what the person typed."""

    def __init__(
        self, known: CSCServiceSessionInfo, info: CSCCredentialInfo, session: aiohttp.ClientSession, typed: str,
        version: str,
    ) -> None:  # fmt: skip
        super().__init__(known, info)
        self._session, self._typed, self._version = session, typed, version
        self.refusal: EdmsError | None = None

    async def authorize_signature(self, hash_b64s: list[str]) -> CSCAuthorizationInfo:
        """Errors: SigningError; why a person can mend it then stands in `refusal`."""
        url = self.csc_session_info.endpoint_url("credentials/authorize")  # type: ignore[no-untyped-call]
        async with self._session.post(url, headers=self.auth_headers, json=self._question(hash_b64s)) as answer:
            told = await answer.json(content_type=None)
            if answer.status != 200:
                self.refusal = _refusal(told)
                raise SigningError("refused")
        if not isinstance(told, dict):
            raise SigningError("no authorisation")
        return self.parse_csc_auth_response(told)

    def _question(self, hashes: list[str]) -> dict[str, Any]:
        pin, otp = _secrets(self.credential_info.response_data, self._typed, self._version)
        if self._version == "v1":
            asked: dict[str, Any] = self.format_csc_auth_request(pin=pin, otp=otp, hash_b64s=hashes)
            return asked
        given = [{"id": name, "value": value} for name, value in (("PIN", pin), ("OTP", otp)) if value is not None]
        return {
            "credentialID": self.csc_session_info.credential_id,
            "numSignatures": len(hashes),
            "hashes": hashes,
            "hashAlgorithmOID": SHA256,
            **({"authData": given} if given else {}),
        }


class _Signer2(CSCSigner):
    """signatures/signHash with the names of version 2."""

    async def format_csc_signing_req(self, tbs_hashes: list[str], digest_algorithm: str) -> dict[str, Any]:
        """What version 1 asks, by its new names."""
        asked = await super().format_csc_signing_req(tbs_hashes, digest_algorithm)
        asked["hashes"], asked["hashAlgorithmOID"] = asked.pop("hash"), asked.pop("hashAlgo")
        return {**asked, "operationMode": "S"}


class _Bounded(aiohttp.ClientResponse):
    """An answer that is read so far and no farther."""

    async def read(self) -> bytes:
        """Errors: ClientPayloadError when it is too long."""
        if self._body is None:
            body = bytearray()
            async for piece in self.content.iter_chunked(64 * 1024):
                body += piece
                if len(body) > LARGEST:
                    self.close()
                    raise aiohttp.ClientPayloadError("too long")
            self._body = bytes(body)
        return self._body


async def _no_detour(request: aiohttp.ClientRequest, handler: Any) -> aiohttp.ClientResponse:
    """PINs and hashes go where the operator said, and to nobody whom that place names."""
    answer: aiohttp.ClientResponse = await handler(request)
    if 300 <= answer.status < 400:
        answer.close()
        raise aiohttp.ClientError("sent elsewhere")
    return answer


async def _bearer(service: Service, session: aiohttp.ClientSession) -> str | None:
    """What the service knows us by: the token in the file, or one got with the client's secret (RFC 6749, 4.4)."""
    secret = service.secret()
    if not (service.client_id and service.oauth_url):
        return secret
    form = {"grant_type": "client_credentials", "client_id": service.client_id, "client_secret": secret or ""}
    async with session.post(service.oauth_url, data=form, raise_for_status=True) as answer:
        told = await answer.json(content_type=None)
    return str(told["access_token"])


def _secrets(told: Mapping[str, Any], typed: str, version: str) -> tuple[str | None, str | None]:
    """What she typed as PIN and as code of one use, by what the credential asks for; both are typed with a space between."""
    wants_pin, wants_code = _wants(told, version)
    if wants_pin and wants_code:
        pin, _, code = typed.rpartition(" ")
        return pin.strip(), code
    if wants_code:
        return None, typed
    return (typed or None), None


def _wants(told: Mapping[str, Any], version: str) -> tuple[bool, bool]:
    if version == "v1":
        pin, code = (str((told.get(each) or {}).get("presence", "")).lower() == "true" for each in ("PIN", "OTP"))
        return pin, code
    objects = (told.get("auth") or {}).get("objects") or []
    names = {str(each.get("id", "")).upper() for each in objects if isinstance(each, dict)}
    return "PIN" in names, "OTP" in names


def _of(info: CSCCredentialInfo) -> Owner:
    """The certificate of a credential that can be used. Errors: RuleBroken when it cannot."""
    told = info.response_data
    if (told.get("key") or {}).get("status") != "enabled":
        raise RuleBroken("signing.service_key_disabled")
    if str((told.get("cert") or {}).get("status", "valid")) in ("revoked", "suspended"):
        raise RuleBroken("signing.service_certificate_revoked")
    mode = told.get("authMode") or (told.get("auth") or {}).get("mode")
    if mode == "oauth2code":
        raise RuleBroken("signing.service_wants_browser")
    return Owner(info.signing_cert, info.chain)


def _refusal(told: object) -> EdmsError | None:
    """What a person can mend; None for all else."""
    error = str(told.get("error", "")) if isinstance(told, dict) else ""
    text = f"{error} {told.get('error_description', '')}".lower() if isinstance(told, dict) else ""
    if error in ("invalid_pin", "invalid_otp") or "invalid pin" in text or "invalid otp" in text:
        return Invalid("signing.wrong_pin", fields={"pin": "signing.wrong_pin"})
    if "locked" in text:
        return RuleBroken("signing.service_key_locked")
    if any(word in text for word in ("revoked", "suspended")):
        return RuleBroken("signing.service_certificate_revoked")
    return None


def _plain(error: Exception) -> Exception:
    """The kind of an error without what it carries."""
    return RuntimeError(type(error).__name__)
