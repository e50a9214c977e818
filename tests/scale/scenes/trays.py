"""What was scanned and not acted on yet."""

from __future__ import annotations

from som.access.queries import system_actor
from som.sampling import commands as sampling
from som.sampling.queries import tray_kept, tray_lines_to_forget
from som.sampling.rules import Laid
from tests.scale.prepared import Call, prepared
from tests.town import NOON, Town


def _lying(size: int) -> tuple[Town, list[Laid]]:
    town = Town()
    given = [Laid(f"box:{n % 7}", f"T{n}", f"W{n}") for n in range(size)]
    return town, given


@prepared("sampling.lay_in_trays")
def _layings(size: int) -> Call:
    town, given = _lying(size)
    return lambda: sampling.lay_in_trays(given, by=town.ana, at=NOON)


@prepared("sampling.take_from_trays")
def _takings(size: int) -> Call:
    town, given = _lying(size)
    assert sampling.lay_in_trays(given, by=town.ana, at=NOON).done == given
    return lambda: sampling.take_from_trays(given, by=town.ana, at=NOON)


@prepared("sampling.empty_trays")
def _emptyings(size: int) -> Call:
    town = Town()
    given = [Laid(f"box:{n}", "T") for n in range(size)]
    assert sampling.lay_in_trays(given, by=town.ana, at=NOON).done == given
    return lambda: sampling.empty_trays([one.desk for one in given], by=town.ana, at=NOON)


@prepared("sampling.take_over_trays")
def _takings_over(size: int) -> Call:
    town = Town()
    given = [Laid(f"plate:{town.lab1}:PL-{n}", "T", "A1") for n in range(size)]
    assert sampling.lay_in_trays(given, by=town.ana, at=NOON).done == given
    desks = [one.desk for one in given]
    return lambda: sampling.take_over_trays(desks, lab=town.lab1, by=town.ben, at=NOON)


@prepared("sampling.forget_tray_lines")
def _forgettings(size: int) -> Call:
    town, given = _lying(size)
    over = NOON - tray_kept(NOON)
    assert sampling.lay_in_trays(given, by=town.ana, at=over).done == given
    worker = system_actor("sampling")
    lines = tray_lines_to_forget(by=worker, before=over, after=0, limit=size)
    assert len(lines) == size
    return lambda: sampling.forget_tray_lines(lines, by=worker, at=NOON)
