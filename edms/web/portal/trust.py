"""How a clerk's machine comes to trust the office's own certificate authority; there only where the service has one."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding
from flask import Blueprint, Response, render_template

from edms.errors import NotFound
from edms.https import serving
from edms.https.authority import Authority
from edms.web.kit.house import house

bp = Blueprint("trust", __name__, url_prefix="/trust")


@bp.get("/")
def page() -> str:
    """The steps, and the fingerprint to be compared with the one that the operator tells."""
    own = _own()
    return render_template("portal/trust.html", fingerprint=own.fingerprint, until=own.certificate.not_valid_after_utc)


@bp.get("/authority.crt")
def authority() -> Response:
    """The authority's certificate, as Windows opens it."""
    raw = _own().certificate.public_bytes(Encoding.DER)
    headers = {"Content-Disposition": "attachment; filename=authority.crt"}
    return Response(raw, mimetype="application/x-x509-ca-cert", headers=headers)


def _own() -> Authority:
    if house().settings.https != "own":
        raise NotFound
    return serving.own_authority(house().settings)
