"""The kit: what desk, portal and api share. Headers, languages, forms, errors, the frame of pages and their macros.

It knows Flask and the words, and no room above them: who reads, and which places are his, is told by `Frame`.
"""

from edms.web.kit.forms import Filled, FormInvalid, answers, read
from edms.web.kit.frame import Frame, Place, Reader, install
from edms.web.kit.language import explained, language, t, today, zone
from edms.web.kit.line import Line, LineAct
from edms.web.kit.problems import is_api, is_partial

__all__ = [
    "Filled",
    "FormInvalid",
    "Frame",
    "Line",
    "LineAct",
    "Place",
    "Reader",
    "answers",
    "explained",
    "install",
    "is_api",
    "is_partial",
    "language",
    "read",
    "t",
    "today",
    "zone",
]
