"""Scenes of the kernel's commands."""

from datetime import date, timedelta

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.kernel.commands import load_rules, set_clocks_off
from tests.laws.laws import BAD, DONE, ORDER, Case, Scene
from tests.town import NOON, Town


def rules() -> Scene:
    """Dated rules. Their value follows from their days: of two that overlap the first is taken."""
    days = {
        "r.first": [(date(2020, 1, 1), date(2020, 12, 31)), (date(2021, 1, 1), None)],
        "r.second": [(date(2020, 6, 1), None)],
    }
    good = [
        {"key": key, "value": {"n": first.year}, "legal_basis": "x", "valid_from": first,
         "valid_to": last, "territory": place}
        for key, spans in days.items() for first, last in spans for place in ("", "19")
    ]  # fmt: skip
    bad = [
        {"key": "", "value": 1, "valid_from": date(2020, 1, 1)},
        {"key": "r.bad", "valid_from": date(2020, 1, 1)},
        {"key": "r.bad", "value": 1},
        {"key": "r.bad", "value": 1, "valid_from": date(2020, 1, 2), "valid_to": date(2020, 1, 1)},
        {"key": "r.bad", "value": 1, "valid_from": date(2020, 1, 2), "stricter": "perhaps"},
    ]
    return Scene(
        lambda items, by: load_rules(items, by=by, at=NOON),
        system_actor("setup"),
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=Town().egon,
        given=lambda item: item["key"],
    )


def offsets() -> Scene:
    """One clock, set off by the last of a batch."""
    return Scene(
        lambda items, by: set_clocks_off(items, by=by, at=NOON),
        system_actor("setup"),
        st.sampled_from([timedelta(hours=1), timedelta(days=2)]),
        st.nothing(),
        stranger=Town().egon,
        given=lambda item: item,
        exceptions={
            ORDER: "there is one clock: the last constant is the one that holds",
            BAD: "no constant is refused",
            DONE: "of a batch only the last is done, of two batches both were",
            "answered": "of a batch only the last is an item, the others were never set",
        },
    )


CASES = (Case(load_rules, rules), Case(set_clocks_off, offsets))
