"""The words room: every sentence a person reads, in Georgian, Armenian, English and (beside them) Russian.

Rooms return message ids and values; here they become sentences, dates, numbers and lists in the reader's language.
It refuses sentences in code, capitals, and ids that no catalogue has. It knows Babel and nothing of the web.
"""

from edms.words.catalogue import LANGS, MissingText, known, say, unended
from edms.words.dates import age, civil, clock_time, date, datetime, long_date, month, read_date
from edms.words.numbers import Sum, list_of, money, number, percent, size
from edms.words.people import initials
from edms.words.problems import Problem, explain, told
from edms.words.sorting import sort_key

__all__ = [
    "LANGS",
    "MissingText",
    "Problem",
    "Sum",
    "age",
    "civil",
    "clock_time",
    "date",
    "datetime",
    "explain",
    "initials",
    "known",
    "list_of",
    "long_date",
    "money",
    "month",
    "number",
    "percent",
    "read_date",
    "say",
    "size",
    "sort_key",
    "told",
    "unended",
]
