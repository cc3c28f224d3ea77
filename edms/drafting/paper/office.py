"""Whose paper it is: the words and the sign at the head of everything printed."""

from __future__ import annotations

import base64
from dataclasses import dataclass


@dataclass(frozen=True)
class Office:
    """An organisation as it stands on its papers, its texts already in the paper's language.

    `arms` are an SVG or PNG picture; without one a plain shield stands in its place. `second_name` is the name in
    another language beneath, where letters carry two.
    """

    name: str
    address: str = ""
    telephone: str = ""
    email: str = ""
    website: str = ""
    counter: str = ""  # where and when the counter is open
    above: str = ""  # the line above the name: the country, the body above
    second_name: str = ""
    identification: str = ""
    arms: bytes | None = None

    @property
    def contacts(self) -> list[str]:
        """Address, telephone and e-mail, those there are."""
        return [text for text in (self.address, self.telephone, self.email, self.website) if text]

    @property
    def arms_picture(self) -> str:
        """The arms as a picture address."""
        picture = self.arms or SHIELD.encode()
        kind = "image/svg+xml" if picture.lstrip()[:1] == b"<" else "image/png"
        return f"data:{kind};base64,{base64.b64encode(picture).decode()}"


# A plain shield for an office that has not brought its arms: says nothing, takes the room.
SHIELD = """<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 60 72" fill="none" stroke="#1d3557">
<path d="M4 4h52v34c0 16-12 25-26 30C16 63 4 54 4 38z" stroke-width="2.4"/>
<path d="M8.5 8.5h43V38c0 13.500-10 21-21.500 25.500C18.500 59 8.500 51.500 8.500 38z" stroke-width=".8"/>
<path d="M14 40l8-9 6 6 8-12 10 15" stroke-width="2" stroke-linejoin="round"/>
<path d="M14 46c5-3 8-3 12 0s8 3 12 0 5-2 8 0" stroke-width="1.6"/></svg>"""
