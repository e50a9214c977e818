"""The lists of units that ship with the product."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from som.places import rules

_DATA = Path(__file__).resolve().parent.parent / "data"
_COUNTED_ON = date(2025, 7, 1)


def _lines(name: str) -> Iterator[dict[str, str]]:
    raw = (_DATA / name).read_bytes()
    text = (gzip.decompress(raw) if name.endswith(".gz") else raw).decode("utf-8")
    return csv.DictReader(text.splitlines())


def packaged_units() -> list[rules.Unit]:
    """Every province, district and commune in force on any day since October 2020."""
    return [
        rules.Unit(
            code=line["code"],
            name=line["name"],
            kind=str(rules.KIND_OF_WORD[line["kind"]]),
            level=int(line["level"]),
            parent_code=line["parent_code"],
            valid_from=_day(line["valid_from"]) or rules.BEGINNING,
            valid_to=_day(line["valid_to"]),
            successor_codes=tuple(line["successor_codes"].split()),
        )
        for line in _lines("units.csv.gz")
    ]


def packaged_populations() -> list[rules.Population]:
    """People, area and middle of the provinces and communes of 1 July 2025."""
    return [
        rules.Population(
            code=line["code"],
            counted_on=_COUNTED_ON,
            population=int(line["population"]) if line["population"] else None,
            area_km2=_number(line["area_km2"]),
            lat=_number(line["lat"]),
            lon=_number(line["lon"]),
        )
        for line in _lines("populations_2025.csv.gz")
    ]


def packaged_pending_changes() -> list[rules.PendingChange]:
    """Changes of status of 2026 that are decided but whose day of effect is not published."""
    return [rules.PendingChange(**line) for line in _lines("pending_changes.csv")]


def packaged_hamlets() -> list[tuple[str, str, str]]:
    """Hamlets of communes that were divided on 1 July 2025: old commune's code, hamlet, new code."""
    return [
        (line["old_code"], line["hamlet"], line["new_code"])
        for line in _lines("divided_hamlets.csv")
    ]


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def _number(text: str) -> float | None:
    return float(text) if text else None
