"""What the house reads with and whom it reaches: recognition, office papers, mail, time stamps, trust, citizens."""

from __future__ import annotations

import shutil

from edms.bootstrap import House
from edms.capture import unread as unread_letters
from edms.capture.tesseract import Engine, EngineError, model_for
from edms.errors import EdmsError
from edms.health.findings import Finding, State
from edms.notices import mailing
from edms.registry.sources import standing
from edms.signing import trust as roots


def ocr(house: House) -> Finding:
    """Can scans be read, in all four languages?"""
    try:
        missing = [language for language in ("ka", "hy", "ru", "en") if model_for(Engine(), language) is None]
    except EngineError:
        return Finding("ocr", State.MISSING, "doctor.no_ocr")
    if missing:
        return Finding("ocr", State.WEAK, "doctor.ocr_models_missing")
    return Finding("ocr", State.FINE, "doctor.ocr_fine")


def unread(house: House) -> Finding:
    """How much waits for a missing language?"""
    with house.transaction() as session:
        n = unread_letters.waiting(session)
    return Finding(
        "unread", State.WEAK if n else State.FINE, "doctor.unread_waiting" if n else "doctor.unread_none", {"n": n}
    )


def office(house: House) -> Finding:
    """Can office papers be turned into pages?"""
    if shutil.which("soffice") or shutil.which("libreoffice"):
        return Finding("office", State.FINE, "doctor.office_fine")
    return Finding("office", State.WEAK, "doctor.no_office")


def mail(house: House) -> Finding:
    """Can letters leave by mail?"""
    if house.settings.smtp_url and house.settings.smtp_from:
        return Finding("mail", State.FINE, "doctor.mail_fine")
    return Finding("mail", State.WEAK, "doctor.no_mail")


def sources(house: House) -> Finding:
    """Do letters come in from every scan folder and e-mail box?"""
    with house.transaction() as session:
        stand = standing.troubled(session)
    if stand:
        return Finding("sources", State.WEAK, stand[0].message, dict(stand[0].values))
    return Finding("sources", State.FINE, "doctor.sources_fine")


def notice_mail(house: House) -> Finding:
    """Which notices stand because nobody knows whether they left?"""
    with house.transaction() as session:
        n = mailing.count_troubled(session)
    message = "doctor.notice_mail_stands" if n else "doctor.notice_mail_fine"
    return Finding("notice_mail", State.WEAK if n else State.FINE, message, {"n": n})


def time_stamps(house: House) -> Finding:
    """Is there an authority to ask?"""
    if house.settings.tsa_url is None:
        return Finding("time_stamps", State.WEAK, "doctor.no_tsa")
    return Finding("time_stamps", State.FINE, "doctor.tsa_fine")


def trust(house: House) -> Finding:
    """Whose signatures are believed?"""
    troubles: list[EdmsError] = []
    try:
        found = roots.load(house.settings.trust_dir, troubles=troubles)
    except EdmsError as error:
        return Finding("trust", State.WEAK, error.message, dict(error.values))
    if troubles:
        return Finding("trust", State.WEAK, troubles[0].message, dict(troubles[0].values))
    if not found:
        return Finding("trust", State.WEAK, "doctor.no_trust")
    return Finding("trust", State.FINE, "doctor.trust_fine", {"n": len(found)})


def portal(house: House) -> Finding:
    """Do papers lead citizens here?"""
    if house.settings.public_url:
        return Finding("portal", State.FINE, "doctor.portal_fine")
    return Finding("portal", State.WEAK, "doctor.no_portal")
