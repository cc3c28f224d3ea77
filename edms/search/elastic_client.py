"""The line to Elasticsearch: a client made of our settings alone, and its refusals in our words.

The library is loaded here, when the client is made: processes with another engine never load it. Its version 8 speaks
to servers 8.19 and 9 alike. Nothing of what an engine says about a document is logged: it quotes the document.
"""

from __future__ import annotations

import logging
import ssl
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import structlog
from pydantic import SecretStr

from edms.errors import EdmsError, Invalid, Unavailable
from edms.search.breaker import Breaker

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 2.0
"""For an answer to a person's question."""
WRITE_SECONDS = 60.0
"""For a bulk of entries, or a change of the indices: nobody waits, but a transaction is open meanwhile."""

_TOO_MUCH = {408, 429, 503, 504}
_SETTINGS_WRONG = {401: "search.not_signed_in", 403: "search.not_allowed"}


@dataclass(frozen=True)
class Cluster:
    """Where the engine is, and how to sign in; with neither user nor key it is asked without signing in."""

    urls: tuple[str, ...]
    name: str = "edms"
    user: str | None = None
    password: SecretStr | None = None
    api_key: SecretStr | None = None
    ca_file: Path | None = None
    shards: int = 1
    answer_seconds: float = ANSWER_SECONDS  # more where nobody waits: measuring on a busy machine


def connect(cluster: Cluster) -> Any:
    """A client; nothing is sent yet. Errors: Invalid for an address or a certificate file that cannot be used."""
    from elasticsearch import Elasticsearch, ElasticsearchWarning

    # Remarks of the server about itself would go to the error output of every process.
    warnings.filterwarnings("ignore", category=ElasticsearchWarning)
    logging.getLogger("elastic_transport").setLevel(logging.CRITICAL)  # `answering` says it once, in our words
    signing_in: dict[str, Any] = {}
    if cluster.api_key is not None:
        signing_in["api_key"] = cluster.api_key.get_secret_value()
    elif cluster.user is not None and cluster.password is not None:
        signing_in["basic_auth"] = (cluster.user, cluster.password.get_secret_value())
    try:
        if any(url.startswith("https:") for url in cluster.urls):
            signing_in["ssl_context"] = ssl.create_default_context(cafile=cluster.ca_file)
        return Elasticsearch(
            list(cluster.urls), request_timeout=cluster.answer_seconds, connections_per_node=16, http_compress=False,
            max_retries=0 if len(cluster.urls) == 1 else 1, retry_on_timeout=False, **signing_in,
        )  # fmt: skip
    except OSError:
        raise Invalid("config.invalid", fields={"EDMS_ELASTIC_CA_FILE": "config.no_certificates"}) from None
    except ValueError:
        raise Invalid("config.invalid", fields={"EDMS_ELASTIC_URL": "config.not_an_address"}) from None


@contextmanager
def answering(breaker: Breaker) -> Iterator[None]:
    """What the engine refuses, or fails to answer, is Unavailable with the reason; a silent one is left alone a while."""
    from elastic_transport import TlsError
    from elasticsearch import ApiError, TransportError

    breaker.enter()
    try:
        yield
    except ApiError as error:
        breaker.answered()
        raise refusal(error.meta.status, type_of(error)) from error
    except TlsError as error:
        breaker.failed()
        log.warning("search engine is not trusted", reason=type(error).__name__)
        raise Unavailable("search.not_trusted") from error
    except TransportError as error:
        breaker.failed()
        log.warning("search engine does not answer", reason=type(error).__name__)
        raise Unavailable("search.no_answer") from error
    breaker.answered()


def type_of(error: Any) -> str:
    """The engine's own word for why it refused."""
    body = error.body if isinstance(error.body, dict) else {}
    said = body.get("error")
    return str(said.get("type", "")) if isinstance(said, dict) else ""


def refusal(status: int, reason: str) -> EdmsError:
    """Our error for the engine's refusal of a whole request."""
    if status == 404 and reason == "index_not_found_exception":
        return Unavailable("search.index_gone")
    log.warning("search engine refused", status=status, reason=reason)
    if reason == "cluster_block_exception":
        return Unavailable("search.closed_for_writing")
    if status in _SETTINGS_WRONG:
        return Unavailable(_SETTINGS_WRONG[status])
    return Unavailable("search.overloaded" if status in _TOO_MUCH else "search.not_understood", reason=reason)
