"""Every printed paper, made on demand from plain values: letter, marks, receipt slip, label, control card, lists.

Knows no database and no network: what is not in the values given does not get onto the paper. Each paper is PDF/A-2u
with its fonts inside and its letters readable by machines in Georgian, Armenian, Russian and English.
"""

from edms.drafting.paper.cards import ControlCard, Execution, control_card
from edms.drafting.paper.labels import Label, label, label_sheet
from edms.drafting.paper.letter import Letter, letter
from edms.drafting.paper.lists import (
    DispatchLine,
    DispatchList,
    RegisterExtract,
    RegisterLine,
    dispatch_list,
    register_extract,
)
from edms.drafting.paper.marks import RegistrationMark, SignatureMark, registration_mark, signature_mark
from edms.drafting.paper.office import Office
from edms.drafting.paper.press import Place, Pressed
from edms.drafting.paper.slip import Slip, slip

__all__ = [
    "ControlCard",
    "DispatchLine",
    "DispatchList",
    "Execution",
    "Label",
    "Letter",
    "Office",
    "Place",
    "Pressed",
    "RegisterExtract",
    "RegisterLine",
    "RegistrationMark",
    "SignatureMark",
    "Slip",
    "control_card",
    "dispatch_list",
    "label",
    "label_sheet",
    "letter",
    "register_extract",
    "registration_mark",
    "signature_mark",
    "slip",
]
