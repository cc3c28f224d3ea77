"""What is said about a letter: the head of a unit passes it on, her specialist asks the lawyer, comments call people."""

from __future__ import annotations

from datetime import timedelta

from edms import clock
from edms.demo.past import Came, Past
from edms.registry.models import Document
from edms.routing import resolution
from edms.routing.models import Resolution
from edms.routing.naming import Executor
from edms.routing.opinions import asking
from edms.routing.talk import comments

PAIRS = {"12": ("irakli", "gocha"), "07": ("mariam", "lali")}
"""Head and specialist of the units that have both."""


def talked_over(past: Past, came: Came) -> None:
    """The mayor's resolution to the head, the head's to the specialist; an opinion asked for, and two comments."""
    head, officer = PAIRS.get(came.written.subject.unit, PAIRS["12"])
    people = past.town.people
    today = clock.today(past.town.kvemo.time_zone)  # of the one who looks at the demo
    given = past.resolve(came, "davit", [head])
    with clock.at(came.at + timedelta(hours=4)), past.house.transaction() as session:
        resolution.delegate(
            session, past.actor(session, head), session.get_one(Resolution, given).assignments[0],
            text="გთხოვთ, ადგილზე შეამოწმოთ და პასუხის პროექტი მომიმზადოთ.",
            executors=[Executor(people[officer].official_id)], not_before=clock.now(),
        )  # fmt: skip
    with clock.at(came.at + timedelta(days=1)), past.house.transaction() as session:
        document, actor = session.get_one(Document, came.document_id), past.actor(session, officer)
        asking.ask(
            session, actor, document, question="შეიძლება თუ არა, ეს ხარჯი სარეზერვო ფონდიდან დაიფაროს?",
            official_ids=[people["zurab"].official_id], due_on=today + timedelta(days=3),
        )  # fmt: skip
        text = "ადგილზე ვიყავი: სამუშაო ერთ კვირაში დასრულდება. იურისტის აზრს ველოდები."
        comments.write(session, actor, document, text=text, mentioned=[people[head].official_id])
    with clock.at(came.at + timedelta(days=1, hours=2)), past.house.transaction() as session:
        document = session.get_one(Document, came.document_id)
        text = "კარგია. პასუხში ვადაც მიუთითეთ."
        comments.write(session, past.actor(session, head), document, text=text, mentioned=[people[officer].official_id])
