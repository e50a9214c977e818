"""The check of a printed slip: what it says, and what it does not confirm."""

from __future__ import annotations

from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from som.access.queries import system_actor
from som.kernel import audit, ids
from som.results.queries import SlipsOf, printed_slip, slips_counted
from som.results.rules import sealed
from tests.desks import stranger
from tests.results.answered import LATER, answered, checked, one, taken
from tests.town import NOON, Town

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("english")]


@pytest.mark.slow
def test_a_check_says_no_more_than_the_slip(town: Town) -> None:
    said = town.declaration(name="Nông Văn Ổn", birth_date=date(1957, 3, 5), address="Xóm 3")
    (swab,) = taken(town, [said])
    answered(town, {swab.tube: "negative"})
    code = sealed(swab.slip, 1, settings.SECRET_KEY)
    for typed in (code, code.lower(), f" {code.replace('.', ' ')} ", f"https://x/look-up/#{code}"):
        page = checked(typed)
        assert "Genuine, and it holds" in page, typed
        assert "N. V. Ổn" in page
        assert "Negative" in page
    for hidden in (said.name, said.phone, said.number, "1957", "Xóm 3", swab.slip, swab.tube):
        assert hidden not in page
    person = one("SELECT person_id FROM sampling_swab WHERE slip = %s", swab.slip)
    noted = audit.entries_about(person, by=town.dora, at=LATER)
    assert sum(entry.action == "results.checked_slip" for entry in noted) == 4


def test_what_was_not_sealed_here_is_not_confirmed_and_asks_no_database(town: Town) -> None:
    (swab,) = taken(town, [town.declaration()])
    answered(town, {swab.tube: "positive"})
    code = sealed(swab.slip, 1, settings.SECRET_KEY)
    nobodys = ids.new_slip_code(town.random)
    forged = [
        code.replace(".1.", ".2."),
        f"{nobodys}.{code.split('.', 1)[1]}",
        code[:-1] + ("2" if code[-1] != "2" else "3"),
        swab.slip,
        f"{swab.slip}.1.",
        "x" * 290,
        f"{nobodys}.{'9' * 40}.ABCDEFGH",
    ]
    stranger().post("/look-up/slip/", {"paper": code})
    for typed in forged:
        with CaptureQueriesContext(connection) as asked:
            page = checked(typed)
        assert "was not printed here" in page, typed
        assert "Genuine" not in page
        assert not [q for q in asked if "sampling_swab" in q["sql"]]
    # Sealed once for a version that there is not: as if restored from an older copy.
    assert printed_slip(swab.slip, 9, by=system_actor("public"), at=LATER) is None
    assert "cannot be confirmed" in checked(sealed(swab.slip, 9, settings.SECRET_KEY))
    assert "cannot be confirmed" in checked(sealed(nobodys, 1, settings.SECRET_KEY))


def test_an_earlier_key_still_checks_its_slips(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    (swab,) = taken(town, [town.declaration()])
    answered(town, {swab.tube: "negative"})
    old = sealed(swab.slip, 1, "an earlier key of this installation")
    assert "was not printed here" in checked(old)
    monkeypatch.setattr(settings, "SLIP_KEYS_BEFORE", ["an earlier key of this installation"])
    assert "Genuine, and it holds" in checked(old)


def test_checking_many_from_one_address_is_limited(town: Town) -> None:
    client = stranger()
    for _ in range(120):
        assert client.post("/look-up/slip/", {"paper": "x"}).status_code == 200
    refused = client.post("/look-up/slip/", {"paper": "x"})
    assert refused.status_code == 429
    assert "Too many tries" in refused.text


def test_counts_hold_nobodys_name(town: Town) -> None:
    (swab,) = taken(town, [town.declaration(name="Nông Văn Ổn")])
    answered(town, {swab.tube: "negative"})
    found = slips_counted(SlipsOf(town.north, NOON.date()), by=town.cleo)
    assert sum(line.swabs for line in found) == 1
    assert "Nông" not in repr(found)
