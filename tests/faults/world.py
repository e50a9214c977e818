"""Where a drawn day takes place: the town, who is asked, and the oracle beside it."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, datetime, timedelta

from tests.faults.office import Office
from tests.journey.oracle import Oracle
from tests.town import Town


class World:
    """What all parts of a day share."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.draw = random.Random(f"day {office.seed}")
        self.oracle = Oracle()
        self.born: dict[str, date] = {}
        self.names: dict[str, str] = {}
        self.verdicts: dict[str, int] = {}
        self.count = 0

    @property
    def now(self) -> datetime:
        return self.office.now()

    def named(self, letter: str) -> str:
        self.count += 1
        return f"{letter}{self.office.seed}-{self.count}"

    def begin(self) -> None:
        ask = self.office.read
        self.office.later(timedelta(0))
        self.town: Town = ask("tests.faults.desk:town")
        self.town.random = self.draw
        self.bich = replace(self.town.bao, name="bich")
        self.dung = replace(self.town.dora, name="dung")
        self.labs = {1: self.town.lab1, 2: self.town.lab2}
        self.benches = {1: self.town.ben, 2: self.town.lan}
        self.reviewers = {1: self.town.bao, 2: self.town.long}
        self.office.sessions = ask(
            "tests.faults.desk:sign_in", ["cleo", "bao", "long", "bich", "dora", "dung"]
        )
