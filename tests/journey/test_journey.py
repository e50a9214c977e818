"""The whole journey of tubes, step by step as Hypothesis likes it, against the plain oracle."""

from __future__ import annotations

import os

import pytest
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule, run_state_machine_as_test

from tests.journey.lab_steps import LabSteps
from tests.journey.results_steps import ResultsSteps
from tests.journey.sampling_steps import SamplingSteps


class Journey(SamplingSteps, LabSteps, ResultsSteps):
    """Tubes of the north on their way through both laboratories, whatever happens to them."""

    @precondition(lambda self: any(self.oracle.waiting(n, self.now) for n in (1, 2)))
    @rule(data=st.data())
    def answer(self, data: st.DataObject) -> None:
        """A plate, and whatever may be released of it: as most tubes go."""
        self.run_plate(data, "sound")
        for lab in (1, 2):
            if chosen := sorted(self.rows(lab)):
                self.release_these(lab, chosen)

    @rule(data=st.data())
    def mishap(self, data: st.DataObject) -> None:
        """What happens now and then: a tube breaks, a day is lost, answers are taken back."""
        kinds = ["none", "late"]
        kinds += ["lost"] if self.losable() else []
        kinds += ["rejected"] if self.rejectable() else []
        kinds += ["recall"] if self.oracle.told else []
        kinds += ["death"] if self.living() else []
        match data.draw(st.sampled_from(kinds)):
            case "late":
                self.pass_time(30)
            case "lost":
                self.lose(data)
            case "rejected":
                self.reject(data)
            case "death":
                self.die(data)
            case "recall":
                self.recall(data.draw(st.sampled_from([1, 2])))


@pytest.mark.django_db
@pytest.mark.slow
def test_everybody_is_told_what_they_must_be() -> None:
    examples = int(os.environ.get("HYPOTHESIS_MAX_EXAMPLES") or 25)
    run_state_machine_as_test(
        Journey,
        settings=settings(max_examples=examples, stateful_step_count=40, phases=[Phase.generate]),
    )
