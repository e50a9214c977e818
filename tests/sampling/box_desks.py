"""What the tests of boxes share: tubes swabbed and sent, and scanning at a desk."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.test import Client

from som.kernel import sql
from som.sampling.commands import Manifest, dispatch_tubes, record_swabs
from som.sampling.queries import tray
from tests.town import NOON, Town

HOUR = timedelta(hours=1)
BOXES, PACK = "/sampling/boxes/", "/sampling/boxes/pack/"


def swabbed(town: Town, *sizes: int, session: str = "S1") -> list[str]:
    """Tubes with so many swabs each, not sent yet."""
    codes = town.tubes(len(sizes))
    swabs = [town.swab(code) for code, size in zip(codes, sizes, strict=True) for _ in range(size)]
    assert not record_swabs(swabs, session=session, by=town.ana, at=NOON).refused
    return codes


def session_id(code: str = "S1") -> int:
    """The id of this session, as it stands in addresses."""
    return int(sql.rows("SELECT id FROM sampling_session WHERE code = %s", (code,))[0][0])


def page(client: Client, url: str) -> str:
    """What a page says that opens."""
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def scan(client: Client, url: str, *codes: str) -> str:
    """What the desk's part says when these are scanned."""
    answer = client.post(url, {"codes": "\n".join(codes)}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert b"<html" not in answer.content
    return answer.content.decode()


def in_tray(town: Town, desk: str = "box:S1") -> list[str]:
    """What Ana has scanned at this desk and not acted on yet."""
    return [line.code for line in tray(desk, by=town.ana)]


def sent(town: Town, code: str = "B1", *sizes: int) -> list[str]:
    """Tubes of these sizes on their way to laboratory one in this box."""
    tubes = swabbed(town, *(sizes or (1, 1)))
    box = Manifest(code, town.north, town.lab1, "Lái xe Hai", "N-7", Decimal("4.5"))
    assert dispatch_tubes(tubes, manifest=box, by=town.ana, at=NOON).done == tubes
    return tubes
