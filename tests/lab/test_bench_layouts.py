"""Where a laboratory wants its controls, clicked together on the plate."""

from __future__ import annotations

import pytest

from som.kernel import sql
from tests.desks import signed_in
from tests.town import KIT, Town

database = pytest.mark.django_db


@database
def test_a_layout_is_clicked_together_and_set(town: Town) -> None:
    bao = signed_in(town, "bao")
    url = f"/lab/layouts/{KIT}/96/"
    page = bao.get(url).text
    assert 'value="G12"' in page
    given = {"mode": "moving", "no_template": "G12", "positive": "H12", "kind": "negative"}
    page = bao.post(url, {**given, "well": "F12"}).text
    assert 'name="negative" value="F12"' in page
    page = bao.post(url, {**given, "kind": "no_template", "well": "H12"}).text
    assert 'name="no_template" value="G12, H12"' in page
    assert 'name="positive" value="H12"' not in page
    assert sql.rows("SELECT 1 FROM lab_layout") == []
    wrong = bao.post(url, {**given, "positive": "Z99"}).text
    assert "There is no such well on a plate of this size." in wrong
    assert 'value="Z99"' in wrong
    set_ = bao.post(url, {**given, "no_template": "g12 f12"})
    assert set_.headers["Location"] == "/lab/layouts/"
    page = bao.get("/lab/layouts/").text
    assert "G12, F12" in page
    assert "one well further on with each plate" in page
    assert "Bao" in page


@database
def test_who_lays_plates_sees_layouts_and_sets_none(town: Town) -> None:
    ben = signed_in(town, "ben")
    assert f'href="/lab/layouts/{KIT}/96/"' not in ben.get("/lab/layouts/").text
    assert ben.get(f"/lab/layouts/{KIT}/96/").status_code == 403
    bao = signed_in(town, "bao")
    assert bao.get("/lab/layouts/nothing/96/").status_code == 404
    assert bao.get(f"/lab/layouts/{KIT}/95/").status_code == 404
