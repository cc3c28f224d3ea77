"""Terms that must read the same on every page: an English expression, and stems of which the others must have one.

Only terms whose English has one meaning here; docs/glossary.md tells where each comes from.
"""

from __future__ import annotations

GLOSSARY: dict[str, dict[str, tuple[str, ...]]] = {
    r"(?<!council )resolutions?": {"ka": ("რეზოლუცი",), "hy": ("մակագր",)},
    r"registrars?": {"ka": ("რეგისტრატორ",), "hy": ("գործավար",)},
    r"responsible executors?": {"ka": ("პასუხისმგებელ",), "hy": ("պատասխանատու կատար",)},
    r"co-executors?": {"ka": ("თანაშემსრულებ",), "hy": ("համակատար",)},
    r"executors?": {"ka": ("შემსრულებ",), "hy": ("կատար",)},
    r"case files?": {"ka": ("საქმ",), "hy": ("գործ",)},
    r"nomenclature": {"ka": ("ნომენკლატურ",), "hy": ("անվանացանկ",)},
    r"case index(es)?": {"ka": ("ინდექს",), "hy": ("դասիչ",)},
    r"overdue": {"ka": ("ვადაგადაცილ",), "hy": ("ժամկետանց",)},
    r"addressees?": {"ka": ("ადრესატ",), "hy": ("հասցեատ",)},
    r"senders?": {"ka": ("გამომგზავნ", "გამგზავნ"), "hy": ("ուղարկող",)},
    r"annex(es)?": {"ka": ("დანართ",), "hy": ("հավելված",)},
    r"registration number": {"ka": ("სარეგისტრაციო ნომ",), "hy": ("գրանցման համար",)},
    r"retention periods?": {"ka": ("შენახვ",), "hy": ("պահպան",)},
    r"archivists?": {"ka": ("არქივარიუს",), "hy": ("արխիվավար",)},
    r"receipt slips?": {"ka": ("მიღების ბარათ",), "hy": ("ստացական",)},
    r"signatures?": {"ka": ("ხელმოწერ",), "hy": ("ստորագր",)},
    r"time stamps?": {"ka": ("აღნიშვნ",), "hy": ("ժամադրոշմ",)},
    r"drafts?": {"ka": ("პროექტ",), "hy": ("նախագ",)},
    r"templates?": {"ka": ("შაბლონ",), "hy": ("ձևանմուշ",)},
    r"reminders?": {"ka": ("შეხსენებ",), "hy": ("հիշեց",)},
    r"legal holds?": {"ka": ("განადგურების შეჩერებ",), "hy": ("ոչնչացման կասեց",)},
    r"personal data": {"ka": ("პერსონალურ",), "hy": ("անձնական տվյալ",)},
    r"incoming (?:letters?|documents?|registers?)": {"ka": ("შემოსულ",), "hy": ("մտից",)},
    r"outgoing (?:letters?|documents?|registers?)": {"ka": ("გასულ",), "hy": ("ելից",)},
    r"endors(?:e|ed|ing|ements?)": {"ka": ("ვიზ",), "hy": ("նախաստորագր",)},
    r"acquaintance": {"ka": ("გაცნობ",), "hy": ("ծանոթաց",)},
    r"reserv(?:e|ed|es|ing|ations?)": {"ka": ("ჯავშნ",), "hy": ("ամրագր",)},
    r"legal terms?": {"ka": ("კანონით დადგენილ",), "hy": ("օրենքով սահմանված",)},
    r"deficienc(?:y|ies)": {"ka": ("ხარვეზ",), "hy": ("թերությ",)},
    r"competent body": {"ka": ("უფლებამოსილ",), "hy": ("իրավասու", "վերահասցեագր")},
    r"secretar(?:y|ies)": {"ka": ("მდივ",), "hy": ("քարտուղար",)},
    r"fingerprints?": {"ka": ("ანაბეჭდ",), "hy": ("մատնահետք",)},
    r"checkpoints?": {"ka": ("საკონტროლო",), "hy": ("հսկիչ",)},
}
