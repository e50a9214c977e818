"""Scenes of the commands of sampling."""

from dataclasses import replace
from datetime import date, timedelta

from hypothesis import strategies as st

from som.access.queries import system_actor
from som.kernel import ids
from som.people.commands import Death, Registration, note_deaths, register_people
from som.people.rules import Declaration
from som.sampling import commands
from som.sampling.commands import (
    Campaign,
    Ending,
    Loss,
    Manifest,
    RequestWanted,
    Roll,
    SchemeWanted,
    Session,
)
from som.sampling.queries import open_requests, tubes_with_codes
from som.sampling.rules import RequestEnd, RequestReason, SwabTaken, TubeClass, UnableReason
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town

ON = date(2026, 11, 1)


def campaigns() -> Scene:
    """Campaigns, each code with one meaning: of two meanings the first would be taken."""
    town = Town()
    good = [
        Campaign("C2", "Trường học", town.province, "screening", ON, 10, 6),
        Campaign(
            "C3",
            "Khu công nghiệp",
            town.south,
            "outbreak",
            ON,
            target_group="Công nhân",
            frequency_days=3,
            labs=(town.lab2, town.lab1),
            second_specimens=True,
            ends_on=ON,
        ),
        Campaign("C1", "Sàng lọc chợ", town.province, "screening", ON, 5),
    ]
    bad = [
        Campaign("C9", "Nơi khác", town.other_province, "screening", ON),
        Campaign("C9", "Gộp nhiều", town.north, "screening", ON, 11),
        Campaign("C9", "Gộp không", town.north, "screening", ON, 0),
        Campaign("C9", "Hứa hão", town.north, "screening", ON, promise_hours=-1),
        Campaign("C1", "Nghĩa khác", town.province, "screening", ON, 5),
        Campaign("C9", "Không cớ", town.north, "vì thích", ON),
        Campaign("C9", "Lặp lùi", town.north, "screening", ON, frequency_days=-1),
        Campaign("C9", "Hết trước", town.north, "screening", ON, ends_on=ON - timedelta(days=1)),
        Campaign("C9", "Mười năm", town.north, "screening", ON + timedelta(days=3_653)),
        Campaign("C9", "Nơi lạ", town.north, "screening", ON, labs=(-1,)),
    ]
    return Scene(
        lambda items, by: commands.plan_campaigns(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def sessions() -> Scene:
    """Sessions, each code with one meaning: of two meanings the first would be taken."""
    town = Town()
    short = Campaign("C5", "Một nơi", town.north, "screening", ON, labs=(town.lab1,), ends_on=ON)
    commands.plan_campaigns([short], by=town.dora, at=NOON)
    good = [
        Session("S7", "C1", town.north, town.lab1, "Chợ", NOON, "Mũi 7"),
        Session("S8", "C1", town.south, town.lab2, "Trường", NOON),
    ]
    bad = [
        replace(good[0], code="S9", unit=town.other_province),
        replace(good[0], code="S9", campaign="C9"),
        replace(good[0], code="S9", lab=-1),
        replace(good[0], code="S9", lab=town.cdc + 1_000_000),
        replace(
            good[0], code="S9", campaign="C5", starts_at=NOON - timedelta(days=1), lab=town.lab2
        ),
        replace(good[0], code="S9", campaign="C5"),
        replace(good[0], code="S9", starts_at=NOON - timedelta(days=2)),
        replace(good[0], code="S9", starts_at=NOON + timedelta(days=3_653)),
        replace(good[0], code="S1"),
    ]
    return Scene(
        lambda items, by: commands.open_sessions(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def closings() -> Scene:
    town = Town()
    return Scene(
        lambda items, by: commands.close_sessions(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(["S1", "S2", "S3"]),
        st.just("S9"),
        stranger=town.egon,
    )


def schemes() -> Scene:
    town = Town()
    good = [SchemeWanted(town.cdc, "Tên", pattern) for pattern in (r"\d{4}", r"X\d+", "[AB]-[0-9]")]
    bad = [
        SchemeWanted(-1, "Không có", r"\d{5}"),
        SchemeWanted(town.cdc, "Hỏng", "("),
        SchemeWanted(town.cdc, "Của ta", r"S\d{10}"),
    ]
    return Scene(
        lambda items, by: commands.register_schemes(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def rolls() -> Scene:
    """Rolls of different labels: of two that overlap the first would be taken."""
    town = Town()
    good = [Roll(n, n + 99, town.north if n % 2 else town.south) for n in (500_000, 500_101)]
    good.append(Roll(500_300, 500_399, town.north, printed=True))
    bad = [
        Roll(600_000, 600_010, town.other_province),
        Roll(5, 4, town.north),
        Roll(-5, 4, town.north),
        Roll(700_000, 2**31 - 1, town.north),
        Roll(700_000, 2**40, town.north),
        Roll(50_000, 60_000, town.north),
    ]
    return Scene(
        lambda items, by: commands.issue_rolls(items, by=by, at=NOON),
        town.dora,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def persons(town: Town, count: int = 3) -> list[int]:
    """People taken in by the north."""
    met = register_people(
        [Registration(f"W{n}", town.declaration()) for n in range(count)],
        unit=town.north,
        by=town.ana,
        at=NOON,
    )
    return [entry.person_id or 0 for entry in met.done]


def _met(town: Town, reference: str) -> list[Registration]:
    somebody = [Registration(reference, town.declaration())]
    return register_people(somebody, unit=town.north, by=town.ana, at=NOON).done


def wishes(town: Town, people: list[int]) -> list[RequestWanted]:
    """A wish for each, and another for the last."""
    due = NOON + timedelta(hours=12)
    reasons = [RequestReason.ROSTER, RequestReason.CONTACT, RequestReason.LOST]
    found = [
        RequestWanted(f"q{n}", person, town.north, reason, due, town.south if n else None)
        for n, (person, reason) in enumerate(zip(people, reasons, strict=True))
    ]
    return [*found, replace(found[-1], key="q9", reason=RequestReason.DAY, day_number=7)]


def requests() -> Scene:
    """Wishes, each key with one meaning: of two meanings the first would be taken."""
    town = Town()
    good = wishes(town, persons(town))
    good.append(replace(good[0], key="q6", campaign="C1", unit=town.north))
    (dead,) = (e.person_id or 0 for e in _met(town, "W8"))
    note_deaths([Death(dead, NOON)], by=town.ana, at=NOON)
    far = register_people(
        [Registration("W9", Declaration("Lò Văn Pó"))],
        unit=town.other_province,
        by=town.egon,
        at=NOON,
    )
    bad = [
        replace(good[0], key="q5", person=-1),
        replace(good[0], key="q5", person=far.done[0].person_id),
        replace(good[0], key="q5", unit=town.other_province),
        replace(good[0], key="q5", person=dead),
        replace(good[0], key="q5", campaign="C9"),
        replace(good[0], key="q5", day_number=1),
        replace(good[-1], key="q5", day_number=-1),
    ]
    return Scene(
        lambda items, by: commands.request_tests(items, by=by, at=NOON),
        town.cleo,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def endings() -> Scene:
    """Endings, one for each request: of two that differ the first would be taken."""
    town = Town()
    commands.request_tests(wishes(town, persons(town)), by=town.cleo, at=NOON)
    first, second, third, ended = (r.id for r in open_requests(by=town.cleo, at=NOON))
    commands.end_requests([Ending(ended, RequestEnd.REFUSED)], by=town.ana, at=NOON)
    good = [
        Ending(first, RequestEnd.REFUSED),
        Ending(second, RequestEnd.ABSENT, date(2026, 11, 3)),
        Ending(third, RequestEnd.UNABLE, date(2026, 11, 3), UnableReason.TOO_ILL),
        Ending(ended, RequestEnd.REFUSED),
    ]
    bad = [
        Ending(-1, RequestEnd.REFUSED),
        Ending(first, RequestEnd.SWABBED),
        Ending(first, RequestEnd.TRANSFERRED),
        Ending(first, RequestEnd.ABSENT),
        Ending(first, RequestEnd.ABSENT, date(2026, 11, 1)),
        Ending(first, RequestEnd.UNABLE, date(2026, 11, 3)),
        Ending(ended, RequestEnd.DIED),
    ]
    return Scene(
        lambda items, by: commands.end_requests(items, by=by, at=NOON),
        town.ana,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def swabs() -> Scene:
    """Swabs of many kinds into few tubes.

    A full tube keeps whoever came first, a person is swabbed once a session, a slip and a new
    number belong to whoever said them first: no two swabs that contradict so are drawn together.
    """
    town = Town()
    full, closed, foreign, pool, other, alone, again = town.tubes(7)
    inside = [town.swab(full) for _ in range(5)]
    gone = town.swab(closed)
    commands.record_swabs([*inside, gone], session="S1", by=town.ana, at=NOON)
    commands.dispatch_tubes(
        [closed], manifest=Manifest("M9", town.north, town.lab1), by=town.ana, at=NOON
    )
    elsewhere = town.swab(foreign)
    commands.record_swabs([elsewhere], session="S2", by=town.ana, at=NOON)
    hidden = replace(town.swab(ids.tube_code(150_000)), said=Declaration("Lý Thị Hà"))
    commands.record_swabs([hidden], session="S3", by=town.sam, at=NOON)

    commands.request_tests(wishes(town, persons(town)), by=town.cleo, at=NOON - timedelta(hours=2))
    asked = open_requests(by=town.cleo, at=NOON)
    roster = next(r.id for r in asked if r.reason == RequestReason.ROSTER)
    contact = next(r.id for r in asked if r.reason == RequestReason.CONTACT)
    last = asked[-1].id
    commands.end_requests([Ending(last, RequestEnd.REFUSED)], by=town.ana, at=NOON)

    parent = inside[0].said
    assert parent is not None
    child = replace(parent, name="Bé", birth_date=date(2020, 1, 1), sex=None)
    good = [
        town.swab(pool),
        town.swab(pool, said=child),
        town.swab(pool, request=roster, said=None),
        town.swab(pool, said=Declaration("Nông Văn Ổn", birth_year=1971)),
        town.swab(other, said=town.declaration(residence=town.south, address="Xóm 4")),
        town.swab(other, said=hidden.said, taken_at=NOON - timedelta(hours=3)),
        town.swab(alone, tube_class=TubeClass.CONTACT),
        town.swab(again, request=contact, said=None),
        inside[0],
        gone,
        SwabTaken("211005DH.03001", ids.new_slip_code(town.random), NOON, town.declaration()),
    ]
    good.append(replace(good[0], slip=ids.printed_slip_code(good[0].slip).lower()))
    bad = [
        town.swab(pool, slip="0" * 13),
        town.swab("X1"),
        town.swab(ids.tube_code(900_000)),
        town.swab(ids.tube_code(150_001)),
        town.swab(pool, taken_at=NOON + timedelta(hours=1)),
        town.swab(pool, taken_at=NOON - timedelta(days=1)),
        town.swab(pool, said=None),
        town.swab(pool, said=None, request=-1),
        town.swab(pool, said=None, request=last),
        town.swab(pool, said=replace(parent, phone="")),
        town.swab(pool, said=replace(parent, name="")),
        town.swab(pool, said=replace(child, number="", residence=-1)),
        town.swab(pool, slip=elsewhere.slip),
        town.swab(pool, slip=hidden.slip),
        town.swab(foreign),
        town.swab(closed),
        town.swab(full),
        town.swab(full, tube_class=TubeClass.SYMPTOM),
    ]
    return Scene(
        lambda items, by: commands.record_swabs(items, session="S1", by=by, at=NOON),
        town.ana,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        most=7,
        key=lambda swab: ids.slip_code(swab.slip) or swab.slip,
    )


def taken(town: Town) -> list[str]:
    """Four tubes with swabs, the last of them lost and the one before on a manifest of its own."""
    tubes = town.tubes(4)
    commands.record_swabs([town.swab(t) for t in tubes * 2], session="S1", by=town.ana, at=NOON)
    commands.dispatch_tubes(
        tubes[2:3], manifest=Manifest("M8", town.north, town.lab1), by=town.ana, at=NOON
    )
    commands.lose_tubes([Loss(tubes[3], "vỡ")], witness=town.cleo, by=town.ana, at=NOON)
    return tubes


def dispatches() -> Scene:
    town = Town()
    one, two, elsewhere, lost = taken(town)
    box = Manifest("M7", town.north, town.lab1, "tài xế", "niêm 1")
    return Scene(
        lambda items, by: commands.dispatch_tubes(items, manifest=box, by=by, at=NOON),
        town.ana,
        st.sampled_from([one, two]),
        st.sampled_from([elsewhere, lost, "S0000000000", "X"]),
        stranger=town.egon,
    )


def losses() -> Scene:
    """Losses, each tube with one reason: of two reasons the first would be noted."""
    town = Town()
    one, two, sent, lost = taken(town)
    good = [Loss(tube, "đổ thùng") for tube in (one, two, sent, lost)]
    bad = [Loss(one, ""), Loss(one, "  "), Loss("X", "vỡ")]
    return Scene(
        lambda items, by: commands.lose_tubes(items, witness=town.cleo, by=by, at=NOON),
        town.ana,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def expiries() -> Scene:
    town = Town()
    tubes = taken(town)
    (fresh,) = town.tubes(1)
    at = NOON + timedelta(hours=48)
    commands.record_swabs([town.swab(fresh, taken_at=at)], session="S1", by=town.ana, at=at)
    found = tubes_with_codes([*tubes, fresh])
    return Scene(
        lambda items, by: commands.expire_tubes(items, by=by, at=at),
        system_actor("results"),
        st.sampled_from([found[code][0].id for code in tubes]),
        st.sampled_from([-1, found[fresh][0].id]),
        stranger=town.egon,
    )


CASES = (
    Case(commands.plan_campaigns, campaigns),
    Case(commands.open_sessions, sessions),
    Case(commands.close_sessions, closings),
    Case(commands.register_schemes, schemes),
    Case(commands.issue_rolls, rolls),
    Case(commands.request_tests, requests),
    Case(commands.end_requests, endings),
    Case(commands.record_swabs, swabs),
    Case(commands.dispatch_tubes, dispatches),
    Case(commands.lose_tubes, losses),
    Case(commands.expire_tubes, expiries),
)
