"""Who sees what of the place "House": each part for those whose it is, nothing for strangers and neighbours."""

from __future__ import annotations

import pytest

from tests.web.house_site import Site, house_site  # noqa: F401

FOR_ALL = ("/house/people/", "/house/units/", "/house/absences/", "/house/correspondents/", "/house/calendar/")
ADMINISTRATORS = (
    "/house/people/new", "/house/units/new", "/house/organisations/new", "/house/registers/", "/house/registers/new",
    "/house/tokens/", "/house/health/", "/house/people/?left=yes", "/house/people/?q=ნინ",
)  # fmt: skip
OF_KVEMO = (
    "/house/people/{executor}", "/house/people/{executor}/change", "/house/people/{executor}/leave",
    "/house/units/{social}", "/house/organisations/{organisation}", "/house/registers/{incoming}",
    "/registers/{incoming}/numbers",
)  # fmt: skip


def test_everybody_sees_colleagues_absences_correspondents_and_the_calendar(site: Site) -> None:
    client = site.client("lali")
    assert client.get("/house/").status_code == 303
    for address in FOR_ALL:
        assert client.get(address).status_code == 200, address


@pytest.mark.parametrize("language", ["ka", "hy", "en"])
def test_the_administrator_opens_every_page_of_hers(site: Site, language: str) -> None:
    client = site.client("giorgi", stepped_up=True)
    for address in (*FOR_ALL, *ADMINISTRATORS, *(each.format(**site.ids) for each in OF_KVEMO)):
        answer = client.get(address, query_string=None if "?" in address else {"lang": language})
        assert answer.status_code == 200, address
    for address in ("/house/tokens/new", f"/house/people/{site.ids['executor']}/password"):
        assert client.get(address).status_code == 200, address


def test_an_official_is_refused_what_is_the_administrators(site: Site) -> None:
    client = site.client("lali", stepped_up=True)
    for address in (*ADMINISTRATORS[:7], "/house/tokens/new", "/house/reconciliation/"):
        assert client.get(address).status_code == 403, address
    for address in OF_KVEMO[1:3]:
        assert client.get(address.format(**site.ids)).status_code == 403, address
    assert client.get(f"/house/people/{site.ids['executor']}/password").status_code == 403


def test_what_is_of_kvemo_is_not_there_for_the_neighbours_administrator(site: Site) -> None:
    client = site.client("vakho", stepped_up=True)
    for address in (*OF_KVEMO, "/house/people/{executor}/password", "/house/people/?organisation={organisation}"):
        assert client.get(address.format(**site.ids)).status_code == 404, address


def test_the_tabs_name_only_what_is_hers(site: Site) -> None:
    official = site.client("lali").get("/house/people/").get_data(as_text=True)
    administrator = site.client("giorgi").get("/house/people/").get_data(as_text=True)
    for address in ("/house/tokens/", "/house/health/", "/house/registers/"):
        assert f'href="{address}"' in administrator
        assert f'href="{address}"' not in official
    assert 'href="/house/reconciliation/"' in site.client("nino").get("/house/people/").get_data(as_text=True)
