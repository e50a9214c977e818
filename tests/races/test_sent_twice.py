"""A form sent twice at the same moment, by two taps or by a browser that tries again, acts once.

Each case fills in the form of a page and sends it twice in connections of their own. Neither sending
locks or writes anything before the other has read all that it reads before. Then one thing is there, and
whoever was second is told so, or sees what is there.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from som.kernel import scope, sql
from som.kernel.ids import card_code
from som.sampling.commands import CardRoll, issue_cards
from tests.browser.test_every_form import Forms
from tests.desks import beside, clock_at, signed_in
from tests.lab.test_views_run_import import NEW as NEW_RUN
from tests.lab.test_views_run_import import exported, loaded, looked
from tests.lab.test_views_run_import import sent as looked_at
from tests.races.at_once import at_once
from tests.results.test_views_recalls import said as recall_said
from tests.sampling.box_desks import BOXES, PACK, sent, session_id, swabbed
from tests.town import KIT, NOON, Town

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("quick_hashing")]

ACTS = re.compile(
    r"\s*(INSERT INTO|UPDATE|DELETE FROM)\s+(lab|people|places|results|sampling)_"
    r"|LOCK\b|.*\bFOR (NO KEY )?(UPDATE|SHARE)\b|.*\bpg_advisory",
    re.DOTALL,
)
"""A statement that takes or changes something of the field."""


@contextmanager
def met(barrier: threading.Barrier) -> Iterator[None]:
    """Wait for the other before the first statement that acts; for a moment alone, if it does not."""
    waited = False

    def heard(execute: Any, statement: str, values: Any, many: bool, context: Any) -> Any:
        nonlocal waited
        if not waited and ACTS.match(statement):
            waited = True
            with suppress(threading.BrokenBarrierError):
                barrier.wait(timeout=2)
        return execute(statement, values, many, context)

    with connection.execute_wrapper(heard):
        yield


def both(
    client: Client, url: str, said: dict[str, Any], *, part: bool = False
) -> list[HttpResponse]:
    """The answers to a form that one browser sends twice at once."""
    barrier = threading.Barrier(2)
    headers = {"HX-Request": "true"} if part else {}

    def send() -> Any:
        browser = Client(raise_request_exception=False)
        browser.cookies = client.cookies.copy()
        with met(barrier):
            given = {name: value() if callable(value) else value for name, value in said.items()}
            return browser.post(url, given, headers=headers)

    return at_once(send, send)


def filled(client: Client, url: str, has: str, **typed: Any) -> dict[str, Any]:
    """What the form of a page with this field sends when only this is typed into it."""
    form = next(form for form in Forms(url, client.get(url).text).forms if has in form.shape)
    given = {name: value for name, (kind, value) in form.fields.items() if kind != "checkbox"}
    return {**given, **{name.replace("__", "-"): value for name, value in typed.items()}}


Case = tuple[str, str, dict[str, Any], bool]
"""Who is signed in, the page, what is sent, and whether htmx sends it."""


def receive(town: Town) -> Case:
    tube, _ = sent(town)
    return "ben", "/lab/reception/", {"codes": [tube]}, True


def pool(town: Town) -> Case:
    tubes = [swabs[0].tube for swabs in town.sampled([1, 1])]
    ben, url = signed_in(town, "ben"), "/lab/pools/"
    ben.post(url, {"codes": "\n".join(tubes)})
    shown = re.search(r'<button[^>]* name="tray" value="(\w+)"', ben.get(url).text)
    assert shown
    return "ben", url, {"codes": "P-1", "tray": shown[1]}, True


def plate(town: Town) -> Case:
    return "ben", "/lab/plates/", {"plate": "PL1", "kit": KIT, "size": "96"}, False


def batch(town: Town) -> Case:
    return "ben", "/lab/batches/", {"batch": "E-7", "kit": "magbead", "kit_lot": "L1"}, False


def run(town: Town) -> Case:
    codes = [swabs[0].tube for swabs in town.sampled([1, 1])]
    loaded(town, "PLATE1", codes)
    content = exported("PLATE1", codes)
    seen = looked(looked_at(signed_in(town, "ben"), town, content))
    said = {"lab": town.lab1, "read": "1", "looked": seen, "kit_lot": "LOT-7", "operator": "Bình"}
    return "ben", NEW_RUN, said | {"content": lambda: SimpleUploadedFile("run.txt", content)}, True


def recall(town: Town) -> Case:
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    return "bao", "/results/recalls/new/", recall_said(town), False


def release(town: Town) -> Case:
    ((swab,),) = town.sampled([1])
    town.run("R1", {swab.tube: "negative"})
    page = signed_in(town, "bao").get("/results/review/").text
    verdicts = re.search(r'name="verdicts" value="([0-9,]+)"', page)
    assert verdicts
    return "bao", "/results/review/", {"lab": town.lab1, "verdicts": verdicts[1]}, False


def roll(town: Town) -> Case:
    dora, url = signed_in(town, "dora"), "/sampling/labels/"
    given = filled(dora, url, "how_many", unit="Tỉnh Thái Nguyên", how_many="500")
    return "dora", url, given, False


def box(town: Town) -> Case:
    codes = swabbed(town, 1, 1)
    ana, url = signed_in(town, "ana"), f"{PACK}{session_id()}/"
    ana.post(url, {"codes": "\n".join(codes)})
    return "ana", url, filled(ana, url, "taker", taker="Lái xe Hai", send="1"), False


def walk_in(town: Town) -> Case:
    assert issue_cards([CardRoll(0, 1, town.north)], by=town.dora, at=NOON).done
    taps = {"sex": "F", "decade": "1950", "year": "7", "tube_class": "screening"}
    (tube,) = town.tubes(1)
    said = {"card": card_code(0), "tube": tube, **taps}
    return "ana", f"/sampling/sessions/{session_id()}/walk-ins/", said, True


def lose(town: Town) -> Case:
    (tube,) = swabbed(town, 1)
    ana, url = signed_in(town, "ana"), f"{BOXES}lost/new/"
    ana.post(url, {"codes": tube})
    given = filled(ana, url, "witness", reason="leaked", note="", send="1")
    return "ana", url, given | beside(town, "cleo"), False


def reject(town: Town) -> Case:
    ((swab,),) = town.sampled([1])
    ben, url = signed_in(town, "ben"), "/lab/disposals/"
    ben.post(url, {"codes": swab.tube})
    given = filled(ben, url, "rejected-witness", rejected__reason="leaking")
    return "ben", url, given | beside(town, "cleo", prefix="rejected-"), False


def session(town: Town) -> Case:
    dora, url = signed_in(town, "dora"), "/sampling/sessions/new/"
    typed = {"place": "Sân vận động", "lab": str(town.lab1), "unit": "Tỉnh Thái Nguyên"}
    typed |= {"day": "02/11/2026", "time": "13:00", "ends": "16:00"}
    return "dora", url, filled(dora, url, "place", **typed), False


def campaign(town: Town) -> Case:
    dora, url = signed_in(town, "dora"), "/sampling/campaigns/new/"
    typed = {"name": "Chợ đêm", "target_group": "Tiểu thương", "unit": "Tỉnh Thái Nguyên"}
    typed |= {"reason": "outbreak", "legal_basis": "Số 12/QĐ-UBND", "starts_on": "02/11/2026"}
    return "dora", url, filled(dora, url, "legal_basis", pool_size="5", **typed), False


def roster(town: Town) -> Case:
    cleo, url = signed_in(town, "cleo"), "/sampling/lists/new/"
    text = "Họ và tên,Năm sinh,CCCD\nNông Văn An,1990,019090000001".encode("utf-8-sig")
    given = filled(cleo, url, "content", target="roster:C1", due_on="05/11/2026")
    return "cleo", url, given | {"content": lambda: SimpleUploadedFile("a.csv", text)}, False


CASES: dict[Callable[[Town], Case], str] = {
    receive: "lab_reception",
    pool: "lab_pool",
    plate: "lab_plate",
    batch: "lab_batch",
    run: "lab_run",
    recall: "results_recall",
    release: "results_release",
    roll: "sampling_roll",
    box: "sampling_manifest",
    walk_in: "sampling_swab",
    lose: "sampling_tube WHERE lost_at IS NOT NULL",
    reject: "lab_disposal",
    session: "sampling_session",
    campaign: "sampling_campaign",
    roster: "sampling_list",
}
"""What is sent, and the table in which one line more stands then."""


@pytest.fixture
def town(committed_db: str) -> Town:
    cache.clear()
    clock_at(NOON)
    return Town()


def where_to(answer: HttpResponse) -> str:
    """Where somebody is led by this answer."""
    return answer.headers.get("HX-Redirect") or answer.headers.get("Location", "")


def lines(town: Town, table: str) -> int:
    with scope.entered(town.dora, "people.read"):
        return int(sql.rows(f"SELECT count(*) FROM {table}")[0][0])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.__name__)
def test_what_is_sent_twice_at_once_is_done_once(town: Town, case: Callable[[Town], Case]) -> None:
    table = CASES[case]
    name, url, said, part = case(town)
    before = lines(town, table)
    answers = both(signed_in(town, name), url, said, part=part)
    assert lines(town, table) == before + 1, [answer.text for answer in answers]
    assert {answer.status_code for answer in answers} <= {200, 302}
    # Both lead to what is there.
    assert len({where_to(answer) for answer in answers}) == 1
