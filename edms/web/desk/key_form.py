"""The form in which a key is chosen, an official's own or an organisation's seal: a file, a token, a service, a card."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from flask import request

from edms.errors import Invalid
from edms.signing import choosing
from edms.signing.devices import Devices
from edms.signing.key_folder import Held, KeyFolder, Kind
from edms.web.kit import t


def ways(folder: KeyFolder, *, card: bool) -> list[Kind]:
    """How a key can be chosen here: tokens and services where the operator lists any, a card by a person only."""
    devices = folder.devices
    listed = {Kind.TOKEN: devices.tokens, Kind.SERVICE: devices.services, Kind.CARD: card}
    return [kind for kind in Kind if listed.get(kind, True)]


def way(folder: KeyFolder, *, card: bool) -> Kind:
    """The way that the address or the form names; a file where it names none that is open."""
    wanted = request.values.get("way", "")
    return next((kind for kind in ways(folder, card=card) if kind.value == wanted), Kind.FILE)


def chosen(kind: Kind, devices: Devices) -> Callable[[], Held]:
    """What looks at the key that the form names; its errors stand at the form's fields."""
    form = request.form
    if kind is Kind.TOKEN:
        device, token, key = form.get("device", ""), form.get("token", "").strip(), form.get("key", "").strip()
        _listed(device, devices.tokens)
        return lambda: choosing.from_token(devices, device, token, key, form.get("pin", ""))
    if kind is Kind.SERVICE:
        device, credential = form.get("device", ""), form.get("credential", "").strip()
        _listed(device, devices.services)
        return lambda: choosing.from_service(devices, device, credential)
    file = request.files.get("file")
    packed = file.stream.read(choosing.LARGEST + 1) if file is not None else b""
    return lambda: choosing.from_file(packed, form.get("pin", ""))


def shown(folder: KeyFolder, kind: Kind, *, card: bool) -> dict[str, Any]:
    """What the form needs to be drawn."""
    devices = folder.devices
    listed = devices.tokens if kind is Kind.TOKEN else devices.services if kind is Kind.SERVICE else {}
    return {
        "way": kind.value,
        "ways": [(t(f"keys.way.{each.value}"), f"?way={each.value}", each is kind) for each in ways(folder, card=card)],
        "devices": [(code, each.name or code) for code, each in listed.items()],
    }


def answer_given() -> object:
    """The answer of a card's program: the request's own JSON, or the file or text in the form. Errors: Invalid (field answer)."""
    if request.is_json:
        return request.get_json(silent=True)
    file = request.files.get("answer")
    text = file.stream.read(choosing.LARGEST * 4) if file is not None and file.filename else b""
    try:
        return json.loads(text or request.form.get("answer_text", ""))
    except (ValueError, RecursionError) as error:
        raise Invalid(fields={"answer": "signing.card_not_an_answer"}) from error


def as_link(offer: dict[str, Any]) -> str:
    """An offer as the address of a file to save: no second request, and nothing kept for it."""
    return "data:application/json;base64," + base64.b64encode(json.dumps(offer, ensure_ascii=False).encode()).decode()


def _listed(device: str, listed: Any) -> None:
    if device not in listed:
        raise Invalid(fields={"device": "field.not_a_choice"})


def named(held: Held, devices: Devices) -> str:
    """Where a key lies, for its owner: the device's name, and what names the key there. Nothing of it is secret."""
    device = held.place.get("device", "")
    listed = devices.tokens.get(device) or devices.services.get(device)
    rest = (held.place.get(part, "") for part in ("token", "serial", "key", "credential"))
    return " · ".join(filter(None, ((listed.name if listed else "") or device, *rest)))
