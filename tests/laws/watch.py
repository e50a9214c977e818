"""Scenes of the commands that watch over tubes and rates."""

from datetime import timedelta

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.kernel import sql
from som.results import commands
from som.results.work import take_up_clocks
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town

LATE = NOON + timedelta(hours=9)


def _tubes(town: Town) -> list[int]:
    """Tubes at laboratory one: three on their way to an answer, one answered."""
    codes = [group[0].tube for group in town.sampled([1, 2, 1, 1])]
    town.run("R1", {codes[3]: "positive"})
    (verdict,) = (line[0] for line in sql.rows("SELECT id FROM lab_verdict"))
    released = commands.release_verdicts([verdict], lab=town.lab1, by=town.bao, at=NOON)
    assert released.done
    return [line[0] for line in sql.rows("SELECT id FROM sampling_tube ORDER BY id")]


def advances() -> Scene:
    """Tubes without clocks, after half the time of one and four fifths of the other."""
    tubes = _tubes(Town())
    return Scene(
        lambda items, by: commands.advance_clocks(items, by=by, at=LATE),
        system_actor("results"),
        st.sampled_from(tubes),
        st.sampled_from([-1, -2]),
    )


def take_overs() -> Scene:
    """Tubes that wait, one of them in Dora's hands already, beside one that was answered."""
    town = Town()
    tubes = _tubes(town)
    take_up_clocks(at=NOON)
    assert commands.take_over_clocks(tubes[:1], by=town.dora, at=NOON).done
    return Scene(
        lambda items, by: commands.take_over_clocks(items, by=by, at=LATE),
        town.dora,
        st.sampled_from(tubes[:3]),
        st.sampled_from([-1, tubes[3]]),
        stranger=town.egon,
    )


def counts() -> Scene:
    """Runs with first tests, and one that repeats."""
    town = Town()
    codes = [group[0].tube for group in town.sampled([1] * 3)]
    town.run("R1", {codes[0]: "positive", codes[1]: "invalid"})
    town.run("R2", {codes[1]: "negative", codes[2]: "negative"})
    runs = [line[0] for line in sql.rows("SELECT id FROM lab_run")]
    return Scene(
        lambda items, by: commands.note_rates(items, by=by, at=NOON),
        system_actor("results"),
        st.sampled_from(runs),
        st.sampled_from([-1]),
    )


CASES = [
    Case(commands.advance_clocks, advances),
    Case(commands.take_over_clocks, take_overs),
    Case(commands.note_rates, counts),
]
