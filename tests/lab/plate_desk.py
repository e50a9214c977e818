"""What the tests of plates share: a plate begun, scanned into, and what is noted of it."""

from __future__ import annotations

import re

from django.test import Client

from som.kernel import rulebook, sql
from som.lab.commands import set_control_layouts
from som.lab.rules import (
    LayoutMode,
    LayoutWanted,
    LoadKind,
)
from som.sampling.queries import tray
from tests.desks import statements
from tests.town import KIT, NOON, Town

NTC, PC = LoadKind.NO_TEMPLATE, LoadKind.POSITIVE
URL = "/lab/plates/PL1/"


def begun(client: Client, plate: str = "PL1", size: int = 96) -> Client:
    answer = client.post("/lab/plates/", {"plate": plate, "kit": KIT, "size": str(size)})
    assert answer.headers["Location"] == f"/lab/plates/{plate}/"
    return client


def sent(client: Client, *codes: str, **also: str) -> str:
    said = {"codes": "\n".join(codes), "tray": shown_by(client), **also}
    return client.post(URL, said, headers={"HX-Request": "true"}).text


def shown_by(client: Client, url: str = URL) -> str:
    """What the page of a plate, opened now, sends of what is planned on it."""
    found = re.search(r'<input type="hidden" name="tray" value="(\w*)"', client.get(url).text)
    return found[1] if found else ""


def planned(town: Town, plate: str = "PL1") -> dict[str, str]:
    return {line.code: line.place for line in tray(f"plate:{town.lab1}:{plate}", by=town.ben)}


def wells() -> dict[str, str]:
    """What is noted as being in which well."""
    return dict(
        sql.rows("SELECT w.position, l.sample FROM lab_well w JOIN lab_load l ON l.id = w.load_id")
    )


def counted(client: Client, url: str) -> int:
    """The statements of a page; the rules, which are read again each half minute, are read before."""
    rulebook.forget()
    return statements(client, url)


def laid_out(town: Town, mode: LayoutMode = LayoutMode.FIXED) -> None:
    wanted = LayoutWanted(KIT, 96, mode, ((NTC, ("A1",)), (PC, ("B1",))))
    assert set_control_layouts([wanted], lab=town.lab1, by=town.bao, at=NOON).done
