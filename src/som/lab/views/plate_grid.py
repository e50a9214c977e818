"""A plate as one sees it and scans into it: the code and kind of each well, the next free one marked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.utils.translation import gettext

from som.kernel import clock
from som.kernel.actors import Actor
from som.lab import queries, rules
from som.lab.formats.worklists import Filled
from som.lab.kits import KitRule
from som.lab.rules import Bench, Loading, LoadKind, LoadRefusal, Spot
from som.lab.views.kits import plate_kits
from som.lab.views.people import named
from som.lab.views.wells import KINDS
from som.sampling.queries import TrayLine, codes_readable, tray, trays_of_others

LETTERS = {
    LoadKind.TUBE: "T",
    LoadKind.POOL: "P",
    LoadKind.NO_TEMPLATE: "N",
    LoadKind.NEGATIVE: "−",
    LoadKind.POSITIVE: "+",
}
"""What stands in a well beside its colour."""


@dataclass(frozen=True, slots=True)
class Well:
    """A well of the grid. `state`: free, kept (for a control), planned (in the tray), taken (planned
    by a colleague) or laid.

    `fault`: why what is planned may not be laid by now. `label` says all of it to who does not see it.
    """

    position: str
    state: str
    kind: str
    letter: str
    code: str
    fault: str
    label: str
    next: bool = False
    chosen: bool = False

    @property
    def short(self) -> str:
        """The end of the code: what differs between tubes of one roll."""
        return self.code if len(self.code) <= 6 else "…" + self.code[-5:]


@dataclass(slots=True)
class OnBench:
    """A plate, what is on it and what of it is only planned, with all that loading asks.

    `others`: what colleagues have planned for it. `doubles`: what one planned oneself for the same
    wells, or of the same samples.
    """

    row: queries.PlateRow
    loads: Sequence[queries.LoadRow]
    kit: KitRule | None
    planned: dict[str, Spot]
    bench: Bench
    faults: dict[str, str]
    others: Sequence[TrayLine]
    doubles: set[str]

    @property
    def each(self) -> int:
        """In how many wells a sample of this kit goes."""
        return rules.wells_a_sample(self.kit) if self.kit else 1

    @property
    def open(self) -> bool:
        """Whether anything may still be put on this plate."""
        return self.row.run is None and self.kit is not None and not self.row.held

    def without_doubles(self) -> OnBench:
        """The same without what a colleague has planned too."""
        kept = {code: spot for code, spot in self.planned.items() if code not in self.doubles}
        return replace(self, planned=kept)

    def loadings(self) -> list[Loading]:
        """What is planned, as it is to be laid."""
        return [
            Loading(rules.kind_of(code, self.bench), code, spot.wells, spot.batch)
            for code, spot in self.planned.items()
        ]


def desk_of(row: queries.PlateRow) -> str:
    """The tray in which lies what is to go on this plate."""
    return f"plate:{row.lab}:{row.code}"


def on_bench(
    code: str, actor: Actor, lab: int | None, asked: Sequence[str] = (), batch: str = ""
) -> OnBench:
    """A plate as it lies on the bench; `asked`: codes that are about to be put on it."""
    row, loads = queries.plate(code, by=actor, lab=lab)
    may_plan = row.run is None and actor.may("lab.plate", organisation=row.lab)
    lying = tray(desk_of(row), by=actor) if may_plan else []
    others = trays_of_others(desk_of(row), by=actor) if may_plan else []
    planned = {line.code: rules.spot_of(line.place) for line in lying}
    theirs = {well for line in others for well in rules.spot_of(line.place).wells}
    doubles = {code for code, spot in planned.items() if not theirs.isdisjoint(spot.wells)}
    doubles |= planned.keys() & {line.code for line in others}
    on_plate = {load.code for load in loads}
    codes = [*planned, *(code for code in asked if code not in planned)]
    extracted = {spot.batch for spot in planned.values()} | {batch}
    bench = Bench(
        row.size,
        wells={well: 1 for load in loads for well in load.wells},
        samples=on_plate,
        tubes=queries.tubes_on_bench(codes, lab=row.lab, by=actor),
        pools=queries.pools_on_bench(codes, lab=row.lab, by=actor),
        tube_codes=codes_readable(codes),
        unlisted=queries.waiting_for_list(asked, lab=row.lab, by=actor),
        others=queries.codes_of_others(asked, lab=row.lab, by=actor),
        controls={kind: frozenset(wells) for kind, wells in row.controls.items()},
        batches=queries.batches_on_bench(sorted(extracted - {""}), lab=row.lab, by=actor),
        held={"lab": LoadRefusal.LAB_HELD, "plate": LoadRefusal.PLATE_HELD}.get(row.held),
    )
    found = OnBench(row, loads, plate_kits().get(row.kit), planned, bench, {}, others, doubles)
    now = clock.now()
    for given in found.loadings():
        if given.code in doubles:
            found.faults[given.code] = gettext(LoadRefusal.PLANNED.sentence)
        elif fault := rules.fault_of_load(given, given.wells, bench, at=now):
            found.faults[given.code] = gettext(fault[0].sentence)
    bench.wells |= {well: 0 for spot in planned.values() for well in spot.wells}
    bench.wells |= dict.fromkeys(theirs, 0)
    bench.samples |= {line.code for line in others}
    if may_plan:
        today = now.astimezone(clock.LOCAL).date()
        left = queries.capacity_used(row.lab, on=today, by=actor).left
        tests = sum(not given.kind.control for given in found.loadings())
        bench.room = None if left is None else left - tests
    return found


def grid_of(
    one: OnBench, *, chosen: str = "", open_to: bool = True
) -> list[tuple[str, list[Well]]]:
    """The plate in rows. `open_to`: the reader may put something on it, so a next well is marked."""
    at: dict[str, Well] = {}
    for kind, wells in one.row.controls.items():
        for position in wells:
            words = gettext(KINDS[LoadKind(kind)])
            label = gettext("%(well)s: kept for the %(control)s")
            at[position] = _well(
                position, "kept", kind, "", "", label % {"well": position, "control": words}
            )
    for load in one.loads:
        for position in load.wells:
            at[position] = _well(position, "laid", load.kind, load.code)
    name = named(line.kept_by for line in one.others)
    for line in one.others:
        for position in rules.spot_of(line.place).wells:
            said = {"well": position, "code": line.code, "who": name(line.kept_by)}
            label = gettext("%(well)s: %(code)s, planned by %(who)s, not laid yet") % said
            at[position] = Well(position, "taken", "", "×", line.code, "", label)
    for given in one.loadings():
        fault = one.faults.get(given.code, "")
        for position in given.wells:
            at[position] = _well(position, "planned", given.kind, given.code, fault)
    free = [well for well in rules.wells_by_column(one.row.size) if well not in at]
    following = chosen if chosen in free else next(iter(free), "")
    rows = []
    for row in rules.rows_of(one.row.size):
        cells = []
        for position in (f"{row}{column}" for column in rules.columns_of(one.row.size)):
            if position in at:
                cells.append(at[position])
                continue
            marked = open_to and position == following
            label = gettext("%(well)s: free, comes next") if marked else gettext("%(well)s: free")
            cells.append(
                Well(
                    position,
                    "free",
                    "",
                    "",
                    "",
                    "",
                    label % {"well": position},
                    marked,
                    position == chosen,
                )
            )
        rows.append((row, cells))
    return rows


def _well(
    position: str, state: str, kind: str, code: str, fault: str = "", label: str = ""
) -> Well:
    loaded = LoadKind(kind)
    said = {
        "well": position,
        "code": code,
        "kind": gettext(KINDS[loaded]),
        "fault": fault,
    }
    if state == "planned":
        words = gettext("%(well)s: %(code)s, %(kind)s, not laid yet. %(fault)s")
    else:
        words = gettext("%(well)s: %(code)s, %(kind)s")
    return Well(
        position, state, kind, LETTERS[loaded], code, fault, label or (words % said).strip()
    )


def filled_of(one: OnBench) -> list[Filled]:
    """The wells that have something, laid or planned, as robots and papers want them."""
    number = {well: place for place, well in enumerate(rules.wells_by_column(one.row.size), 1)}
    found = [
        Filled(well, number[well], load.kind, load.kind.control, load.code, load.batch, True)
        for load in one.loads
        for well in load.wells
    ]
    found += [
        Filled(
            well,
            number[well],
            given.kind,
            given.kind.control,
            given.code,
            given.batch,
            False,
            one.faults.get(given.code, ""),
        )
        for given in one.loadings()
        for well in given.wells
    ]
    return sorted(found, key=lambda filled: filled.number)


def kinds_shown(one: OnBench) -> list[tuple[str, str, str]]:
    """The legend: of each kind on the plate its name, letter and word."""
    there = {load.kind for load in one.loads} | {given.kind for given in one.loadings()}
    there |= {LoadKind(kind) for kind in one.row.controls}
    return [(str(kind), LETTERS[kind], gettext(KINDS[kind])) for kind in LETTERS if kind in there]
