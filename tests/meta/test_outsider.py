"""Egon of another province: whatever he asks, he learns nothing about anybody."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable
from typing import Any

import pytest

import som
from som.access.queries import system_actor
from som.kernel import audit, scope, sql
from som.kernel.errors import NotAllowed, NotFound
from som.sampling.commands import record_swabs
from tests.desks import give_password, open_account, signed_in, stranger
from tests.meta.test_urls import pages
from tests.meta.world import Seen, guarded
from tests.town import NOON

pytestmark = pytest.mark.django_db

ABOUT_NOBODY = ("som.places.", "som.access.")
"""Units, organisations, accounts and roles are no persons tested; accounts have tests of their own."""

ROWS_OF_TUBES = {"tubes_with_codes", "members_of_pools", "verdicts_by_id"}
ROWS_OF_TUBES |= {"pool_ids", "residences_named", "loads_by_day"}
ROWS_OF_TUBES |= {"rolls_of", "used_labels", "void_labels_of", "labels_void", "labels_issued"}
ROWS_OF_TUBES |= {"labels_elsewhere", "labels_on_paper", "labels_on_sheets", "prints_with_codes"}
ROWS_OF_TUBES |= {"labels_usable", "loads_of_plates", "states_of", "device_tubes"}
ROWS_OF_TUBES |= {"handouts_of_sessions", "sheets_unsettled", "codes_readable"}
ROWS_OF_TUBES |= {"list_targets", "barriers_of", "recalled_values", "recalls_of_runs"}
ROWS_OF_TUBES |= {"pools_standing", "locked_at_lab", "laboratory_days"}
ROWS_OF_TUBES |= {"next_label", "next_card", "card_rolls", "tray_kept"}
ROWS_OF_TUBES |= {"cards_issued", "cards_on_paper", "card_prints_with_codes"}
"""For commands: tubes, labels, verdicts and units, which say nothing about a person."""


WORDS_ALONE = {"results.shown", "results.is_past", "results.is_mine", "results.asked_of"}
WORDS_ALONE |= {"results.spellings", "sampling.seen_by", "sampling.tube_seen"}
"""Pieces of SQL that queries are put together from: these ask nobody."""


def every_query() -> dict[str, Callable[..., Any]]:
    """Every public function of the stages' queries and of the kernel's audit that reads."""
    found: dict[str, Callable[..., Any]] = {"audit.entries_about": audit.entries_about}
    for module in pkgutil.walk_packages(som.__path__, "som."):
        if module.name.split(".")[2:3] != ["queries"] or module.name.startswith(ABOUT_NOBODY):
            continue
        for name, function in inspect.getmembers(
            importlib.import_module(module.name), inspect.isfunction
        ):
            if function.__module__ == module.name and not name.startswith("_"):
                found[f"{module.name.split('.')[1]}.{name}"] = function
    assert found.keys() >= WORDS_ALONE
    return {name: query for name, query in found.items() if name not in WORDS_ALONE}


@pytest.fixture
def seen(db: None) -> Seen:
    return Seen()


@pytest.mark.parametrize("name", sorted(every_query()))
def test_no_query_tells_the_outsider_of_anybody(name: str, seen: Seen) -> None:
    query = every_query()[name]
    needed = inspect.signature(query).parameters
    given = {
        key: seen.named[key]
        for key, parameter in needed.items()
        if parameter.default is inspect.Parameter.empty or key == "limit"
    }
    for permission in ("people.read", "sampling.read", "results.read", "notices.read"):
        with scope.entered(seen.town.egon, permission):
            try:
                answer = query(**given)
            except (NotAllowed, NotFound):
                continue
        assert not answer or name.split(".")[1] in ROWS_OF_TUBES
        assert not [text for text in seen.private() if text in repr(answer)]


def test_every_guarded_table_is_empty_to_the_outsider(seen: Seen) -> None:
    everything = system_actor("results")
    for table in guarded():
        with scope.entered(everything, "results.read"):
            assert sql.row(f"SELECT count(*) > 0 FROM {table}") == (True,), f"{table} is empty"
        with scope.entered(seen.town.egon, "people.read"):
            assert sql.rows(f"SELECT * FROM {table}") == []


@pytest.mark.slow
@pytest.mark.parametrize("who", ["egon", None])
def test_no_page_tells_the_outsider_of_anybody(who: str | None, seen: Seen) -> None:
    client = stranger()
    if who:
        open_account(seen.town, who)
        give_password(who)
        client = signed_in(seen.town, who)
    numbers = {
        "run_id": seen.run,
        "session_id": seen.session,
        "campaign_id": seen.named["campaign_id"],
        "person_id": seen.people[0],
        "candidate_id": seen.named["candidate_id"],
        "list_id": seen.list,
        "swab_id": seen.named["swab_id"],
        "recall_id": seen.recall,
        "report_id": seen.report,
        "reported_id": seen.reported,
        "roll_id": seen.named["roll_id"],
        "tube_id": seen.named["tube_id"],
    }
    for url, _ in pages(numbers):
        for asked in (url, f"{url}?q={seen.swabs[0].slip}", f"{url}?code={seen.swabs[0].tube}"):
            page = client.get(asked).content.decode(errors="replace")
            typed = asked.partition("=")[2]
            told = [text for text in seen.private() if text in page and text != typed]
            assert not told, asked


def test_the_outsider_writes_nothing_about_our_people(seen: Seen) -> None:
    swab = seen.town.swab("S0000000000")
    with pytest.raises(NotFound):
        record_swabs([swab], session="S1", by=seen.town.egon, at=NOON)
