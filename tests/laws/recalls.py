"""Scenes of the commands that take answers back."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.kernel import scope, sql
from som.results import commands, queries
from som.results.queries import waiting_for_release
from som.results.rules import RecallWanted, Which
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town

WORKER = system_actor("results")
DAY, LATER = timedelta(days=1), NOON + timedelta(hours=1)


def wanted(lab: int, hours: int, which: Which = Which.ALL) -> RecallWanted:
    return RecallWanted(lab, NOON - timedelta(hours=hours), LATER, "đặt sai ngưỡng", which)


def released(town: Town) -> None:
    """A negative pool of three, two negatives and a positive; and a negative that waits."""
    swabs = town.sampled([1, 1, 1, 3, 1])
    singles, pool, waits = swabs[:3], swabs[3][0].tube, swabs[4][0].tube
    found = dict.fromkeys([g[0].tube for g in singles[:2]], "negative")
    found |= {singles[2][0].tube: "positive", pool: "negative", waits: "negative"}
    town.run("R1", found)
    ids = [w.verdict for w in waiting_for_release(town.lab1, by=town.bao) if w.sample != waits]
    assert commands.release_verdicts(ids, lab=town.lab1, by=town.bao, at=NOON).done == ids


def recalled(town: Town, *given: RecallWanted, by: str = "bich") -> list[int]:
    """Recalls proposed, by their ids."""
    proposer = replace(town.bao, name=by)
    for one in given:
        assert commands.propose_recalls([one], by=proposer, at=LATER).done
    return [row.id for row in queries.recalls(by=town.dora)][: len(given)][::-1]


def proposals() -> Scene:
    town = Town()
    good = [wanted(town.lab1, hours) for hours in (1, 2)]
    good.append(replace(good[0], kit_lot="lot-1"))
    bad = [
        replace(good[0], reason=" "),
        replace(good[0], read_to=NOON - DAY),
        replace(good[0], run=-1),
        replace(good[0], lab=town.lab2),
        replace(good[0], lab=-1),
    ]
    return Scene(
        lambda items, by: commands.propose_recalls(items, by=by, at=LATER),
        town.bao,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def confirmations() -> Scene:
    town = Town()
    released(town)
    good = recalled(town, wanted(town.lab1, 1), wanted(town.lab1, 2, Which.NEGATIVES))
    (mine,) = recalled(town, wanted(town.lab1, 3), by="bao")
    (gone,) = recalled(town, wanted(town.lab1, 4))
    assert commands.withdraw_recalls([gone], by=town.bao, at=LATER).done
    return Scene(
        lambda items, by: commands.confirm_recalls(items, by=by, at=LATER),
        town.bao,
        st.sampled_from(good),
        st.sampled_from([-1, mine, gone]),
        stranger=town.egon,
    )


def withdrawals() -> Scene:
    town = Town()
    released(town)
    good = recalled(town, wanted(town.lab1, 1), wanted(town.lab1, 2))
    (confirmed,) = recalled(town, wanted(town.lab1, 3))
    assert commands.confirm_recalls([confirmed], by=town.bao, at=LATER).done
    return Scene(
        lambda items, by: commands.withdraw_recalls(items, by=by, at=LATER),
        town.bao,
        st.sampled_from(good),
        st.sampled_from([-1, confirmed]),
        stranger=town.egon,
    )


def takings_back() -> Scene:
    """The swabs of a recall of negatives, whoever waits for a release among them."""
    town = Town()
    released(town)
    (recall,) = recalled(town, wanted(town.lab1, 1, Which.NEGATIVES))
    assert commands.confirm_recalls([recall], by=town.bao, at=LATER).done
    with scope.entered(WORKER, "results.read"):
        found = sql.rows(
            "SELECT w.id, coalesce(r.value, '') FROM sampling_swab w"
            " LEFT JOIN results_result r ON r.swab_id = w.id ORDER BY w.id"
        )
    return Scene(
        lambda items, by: commands.take_back_results(items, recall=recall, by=by, at=LATER),
        WORKER,
        st.sampled_from([swab for swab, value in found if value != "positive"]),
        st.sampled_from([-1, *(swab for swab, value in found if value == "positive")]),
        stranger=town.ben,
    )


def closings() -> Scene:
    """Recalls with nothing left to take back, beside one with answers and one nobody confirmed."""
    town = Town()
    released(town)
    lots = [replace(wanted(town.lab1, 1), kit_lot=lot) for lot in ("L1", "L2")]
    good = recalled(town, *lots)
    (left,) = recalled(town, wanted(town.lab1, 2))
    (proposed,) = recalled(town, wanted(town.lab1, 3))
    assert commands.confirm_recalls([*good, left], by=town.bao, at=LATER).done
    return Scene(
        lambda items, by: commands.close_recalls(items, by=by, at=LATER),
        WORKER,
        st.sampled_from(good),
        st.sampled_from([-1, left, proposed]),
        stranger=town.ben,
    )


CASES = (
    Case(commands.propose_recalls, proposals),
    Case(commands.confirm_recalls, confirmations),
    Case(commands.withdraw_recalls, withdrawals),
    Case(commands.take_back_results, takings_back),
    Case(commands.close_recalls, closings),
)
