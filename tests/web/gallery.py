"""Every part of the design system on a few pages, with letters as they are in a town: what the eye and axe look at.

python -m tests.web.gallery            serves it on 127.0.0.1:8099
python -m tests.web.gallery FOLDER     writes the contact sheet: pages × languages × widths × looks
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import product
from pathlib import Path
from types import SimpleNamespace

from flask import Flask, Response, render_template, request
from jinja2 import ChoiceLoader, FileSystemLoader
from markupsafe import Markup
from werkzeug.serving import make_server

from edms import clock
from edms.errors import Conflict, Invalid, NotFound, Unavailable
from edms.web.kit import Filled, Frame, Line, Place, Reader, install

HERE = Path(__file__).parent
LANGS = ("ka", "hy", "en")
WIDTHS = ((1440, 900), (390, 844))
PAGES = ("desk", "register", "letter", "parts", "track")

PLACES = (
    Place("desk", "/desk", "inbox", "web.place.desk", "KeyG KeyD", 23),
    Place("registers", "/parts", "journal-text", "web.place.registers", "KeyG KeyR"),
    Place("cases", "/letter", "folder2", "web.place.cases", "KeyG KeyC"),
    Place("search", "/register", "search", "web.place.search", "KeyG KeyS"),
    Place("reports", "/track", "bar-chart", "web.place.reports", "KeyG KeyP"),
    Place("house", "/house", "building", "web.place.house", "KeyG KeyH"),
)

LINES = (
    Line(
        "1",
        "/letter",
        "12-05/417",
        "21.11.2026",
        "სახურავის შეკეთების თაობაზე, მრავალბინიანი სახლი, რუსთაველის ქ. 14",
        "ნ. ბერიძე",
        "სოციალური სამსახური",
        "მერთან",
        "დარჩა 3 სამუშაო დღე",
        "near",
        (("paperclip", "2"),),
        True,
    ),
    Line(
        "2",
        "/letter",
        "12-05/409",
        "19.11.2026",
        Markup("Request for a copy of the <mark>construction</mark> permit of 2019"),
        "Caucasus Build LLC",
        "G. Maisuradze",
        "In execution",
        "8 working days left",
        "calm",
        (("paperclip", "5"), ("shield-check", "sealed")),
    ),
    Line(
        "3",
        "/letter",
        "04-11/88",
        "17.11.2026",
        "Աղբահանության վճարի վերահաշվարկի մասին դիմում՝ կից փաստաթղթերով",
        "Ա. Հարությունյան",
        "Ֆինանսական բաժին",
        "Կատարման ընթացքում",
        "ուշացած է 2 աշխատանքային օրով",
        "late",
        (("flag", "control"), ("paperclip", "1")),
    ),
    Line(
        "4",
        "/letter",
        "12-05/377",
        "02.11.2026",
        "О предоставлении сведений из архива о стаже работы за 1984–1991 годы",
        "И. Петренко",
        "ა. ლომიძე",
        "приостановлено",
        "ждём ответа архива",
        "stopped",
        (),
    ),
    Line(
        "5",
        "/letter",
        None,
        "today 09:12",
        "Scan 2026-11-21-0007.pdf, 3 pages",
        "scanner at the counter",
        "",
        "to register",
        "",
        "open",
        (),
    ),
)

STEPS = [
    {
        "kind": "done",
        "who": "თამარ გელაშვილი",
        "post": "რეგისტრატორი",
        "what": "დარეგისტრირდა",
        "when": "21.11.2026 10:14",
    },
    {
        "kind": "done",
        "who": "გიორგი კაპანაძე",
        "post": "მერი",
        "what": "რეზოლუცია",
        "when": "21.11.2026 12:30",
        "text": "გთხოვთ, შეისწავლოთ ადგილზე და მოამზადოთ პასუხი განმცხადებლისთვის.",
        "steps": [
            {
                "kind": "present",
                "who": "ანა ლომიძე",
                "post": "სოციალური სამსახური",
                "what": "პასუხისმგებელი შემსრულებელი",
                "when": "",
                "until": "01.12.2026-მდე, დარჩა 6 სამუშაო დღე",
                "steps": [
                    {
                        "kind": "late",
                        "who": "ლევან ჯაფარიძე",
                        "post": "ინჟინერი",
                        "what": "დასკვნა ადგილიდან",
                        "until": "19.11.2026-მდე",
                    }
                ],
            },
            {
                "kind": "coming",
                "who": "მარიამ წიკლაური",
                "post": "იურისტი",
                "what": "თანაშემსრულებელი",
                "until": "27.11.2026-მდე",
            },
        ],
    },
]
TREE = [
    {
        "text": "02 სოციალური საკითხები",
        "open": True,
        "aside": "214",
        "nodes": [
            {"text": "02-14 განცხადებები დახმარების შესახებ", "href": "/letter", "current": True, "aside": "118"},
            {"text": "02-15 კომისიის ოქმები", "href": "/letter", "aside": "12"},
        ],
    },
    {"text": "05 ქონების მართვა", "nodes": [{"text": "05-03 აუქციონები", "href": "/letter"}]},
]
PEOPLE = (
    ("7", "ანა ლომიძე", "სოციალური სამსახური"),
    ("9", "Գոհար Սարգսյան", "ֆինանսական բաժին"),
    ("12", "Giorgi Maisuradze", "architect"),
    ("15", "ნინო ბერიძე", "იურისტი"),
)


def gallery_app() -> Flask:
    """The gallery as an application on the real kit."""
    app = Flask("edms.web", root_path=str(Path(__file__).parents[2] / "edms" / "web"))
    app.config["SECRET_KEY"] = "only for the gallery"
    assert app.jinja_loader is not None
    app.jinja_loader = ChoiceLoader([app.jinja_loader, FileSystemLoader(HERE / "templates")])
    who = Reader(
        "თამარ გელაშვილი", "რეგისტრატორი", "მ. აბაშიძე", places=PLACES, account_url="/parts", sign_out_url="/desk"
    )
    install(
        app,
        Frame(
            reader=lambda: None if request.path.startswith("/track") else who,
            house_name=lambda: "ველისციხის მუნიციპალიტეტი",
            search_url=lambda: "/desk",
            secure_cookies=False,
        ),
    )
    _pages(app)
    return app


def _pages(app: Flask) -> None:
    guess = SimpleNamespace
    shared = {
        "lines": LINES,
        "steps": STEPS,
        "tree": TREE,
        "people": PEOPLE,
        "now": clock.now(),
        "page_list": [
            {
                "n": 1,
                "src": "/page/1.svg",
                "width": 1240,
                "height": 1754,
                "boxes": [(170, 620, 380, 44), (640, 760, 250, 44)],
            },
            {"n": 2, "src": "/page/2.svg", "width": 1240, "height": 1754, "boxes": []},
            {"n": 3, "src": None, "reason": "…", "boxes": []},
        ],
        "guesses": {
            "their_number": guess(text="№ 118/04", share=0.93, page=1, box="880 250 220 44"),
            "their_on": guess(text="14.11.2026", share=0.71, page=1, box="880 310 220 44"),
            "summary": guess(text="სახურავის შეკეთების თაობაზე", share=0.5, page=1, box="170 620 700 90"),
        },
    }

    @app.route("/<page>", methods=["GET", "POST"])
    def show(page: str) -> Response | str | tuple[str, int]:
        if page not in PAGES:
            raise NotFound
        form = Filled.of(sheets="3", channel="counter", register="in")
        if request.method == "POST" or "failed" in request.args:
            wrong = Invalid(fields={"their_on": "field.not_a_date", "summary": "field.missing"})
            labels = {"their_on": "თარიღი", "summary": "შინაარსი"}
            form = Filled(form.values, dict(Filled.again(wrong).errors), Filled.again(wrong).text, True, labels)
        empty = "empty" in request.args
        return render_template(f"gallery/{page}.html", form=form, empty_state=empty, **shared)

    @app.get("/page/<int:n>.svg")
    def page_image(n: int) -> Response:
        rows = "".join(
            f'<rect x="170" y="{620 + i * 70}" width="{(900, 860, 910, 640)[i % 4]}" height="22" fill="#333" opacity=".75"/>'
            for i in range(12)
        )
        picture = (
            '<svg xmlns="http://www.w3.org/2000/svg" width="1240" height="1754"><rect width="1240" height="1754" fill="#fff"/>'
            f'<rect x="170" y="160" width="420" height="30" fill="#222"/><rect x="170" y="210" width="300" height="22" fill="#555"/>'
            f'<rect x="880" y="260" width="220" height="22" fill="#333"/><rect x="880" y="320" width="200" height="22" fill="#333"/>{rows}'
            f'<circle cx="960" cy="1540" r="110" fill="none" stroke="#2d4f9e" stroke-width="6" opacity=".6"/><text x="610" y="1720" font-size="28">{n}</text></svg>'
        )
        return Response(picture, mimetype="image/svg+xml")

    @app.get("/people/options")
    def options() -> str:
        wanted = request.args.get("q", "").casefold()
        rows = [row for row in PEOPLE if wanted in row[1].casefold()]
        return render_template("gallery/options.html", rows=rows)

    @app.get("/fail/<kind>")
    def fail(kind: str) -> str:
        raise {"conflict": Conflict, "unavailable": Unavailable, "invalid": Invalid}.get(kind, RuntimeError)()

    @app.post("/bytes")
    def take() -> dict[str, str]:
        while request.stream.read(1 << 20):
            pass
        return {"text": "stored", "href": "/register"}


@contextmanager
def served() -> Iterator[str]:
    """The gallery on a free port of loopback."""
    server = make_server("127.0.0.1", 0, gallery_app(), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()


def shoot(folder: Path) -> None:
    """Pictures of every page."""
    from playwright.sync_api import sync_playwright

    folder.mkdir(parents=True, exist_ok=True)
    with served() as address, sync_playwright() as play:
        browser = play.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        for lang, (width, height), look in product(LANGS, WIDTHS, ("light", "dark")):
            context = browser.new_context(
                viewport={"width": width, "height": height}, has_touch=width < 500, is_mobile=width < 500
            )
            context.add_cookies([{"name": "look", "value": look, "url": address}])
            tab = context.new_page()
            tab.on("console", lambda message: print("console:", message.text))
            for page in (*PAGES, "register?failed=1", "desk?empty=1"):
                tab.goto(f"{address}/{page}{'&' if '?' in page else '?'}lang={lang}")
                tab.wait_for_load_state("networkidle")
                name = page.replace("?", "-").replace("=1", "")
                tab.screenshot(path=folder / f"{name}-{lang}-{width}-{look}.png", full_page=True)
            context.close()
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) > 1:
        shoot(Path(sys.argv[1]))
    else:
        make_server("127.0.0.1", 8099, gallery_app(), threaded=True).serve_forever()
