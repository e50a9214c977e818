"""Scenes of the commands of access."""

from datetime import date

from hypothesis import strategies as st

from som.access import commands
from som.access.queries import system_actor
from som.access.roles import Held, actor_with
from som.access.rules import EndedAssignment, FirstPassword, NewAccount, NewAssignment
from som.kernel.actors import Actor
from som.places import queries as places
from tests.laws.laws import TWICE, Case, Scene
from tests.town import NOON, Town

PASSWORD = "một-mật-khẩu-đủ-dài"
NAMES = ["an.nguyen", "binh.tran", "chi.le"]
A, B = date(2026, 1, 1), date(2026, 12, 31)


def administrators(town: Town) -> tuple[Actor, Actor]:
    """Who administers the province, and who administers another."""
    return tuple(
        actor_with(
            f"admin{unit}",
            [Held("province_administrator", places.covered_ids([unit]) | {unit})],
            account_id=None,  # type: ignore[arg-type]
            label="",
        )
        for unit in (town.province, town.other_province)
    )


def opened(town: Town) -> None:
    """Three accounts, one of them closed."""
    setup = system_actor("setup")
    made = [NewAccount(name, f"Họ tên {name}", town.north) for name in [*NAMES, "closed.one"]]
    assert not commands.open_accounts(made, by=setup, at=NOON).refused
    commands.close_accounts(["closed.one"], by=setup, at=NOON)


def accounts() -> Scene:
    """Accounts, each user name one person's: of two persons the first would have it."""
    town = Town()
    opened(town)
    by, stranger = administrators(town)
    good = [
        NewAccount("dung.pham", "Phạm Dũng", town.north),
        NewAccount("em.vo", "Võ Em", town.south, town.lab1, "en"),
        NewAccount(NAMES[0], f"Họ tên {NAMES[0]}", town.north),
    ]
    bad = [
        NewAccount("Ê", "Tên", town.north),
        NewAccount("giang.do", " ", town.north),
        NewAccount("giang.do", "Đỗ Giang", town.north, language="fr"),
        NewAccount("giang.do", "Đỗ Giang", town.other_province),
        NewAccount("giang.do", "Đỗ Giang", town.north, -1),
        NewAccount(NAMES[0], "Người khác", town.north),
        NewAccount("closed.one", "Họ tên closed.one", town.north),
    ]
    return Scene(
        lambda items, by: commands.open_accounts(items, by=by, at=NOON),
        by,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=stranger,
    )


def first_codes() -> Scene:
    """Codes to print. A code is drawn, so its hash is compared only by whether there is one."""
    town = Town()
    opened(town)
    by, stranger = administrators(town)
    return Scene(
        lambda items, by: commands.issue_first_codes(items, by=by, at=NOON),
        by,
        st.sampled_from(NAMES),
        st.sampled_from(["nobody.here", "closed.one"]),
        stranger=stranger,
        key=lambda issued: getattr(issued, "username", issued),
        exceptions={
            TWICE: "asked again, another code is drawn and the first works no more: a lost paper",
        },
    )


def first_passwords() -> Scene:
    """Printed codes for passwords, each of which works once."""
    town = Town()
    opened(town)
    issued = commands.issue_first_codes(NAMES, by=system_actor("setup"), at=NOON).done
    good = [FirstPassword(code.username, code.code, PASSWORD) for code in issued]
    bad = [
        FirstPassword(NAMES[0], issued[1].code, PASSWORD),
        FirstPassword("nobody.here", issued[0].code, PASSWORD),
        FirstPassword(NAMES[0], "", PASSWORD),
        FirstPassword(NAMES[0], issued[0].code, "1234"),
    ]
    return Scene(
        lambda items, by: commands.set_first_passwords(items, by=by, at=NOON),
        system_actor("public"),
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def roles() -> Scene:
    """Roles on days apart: of two that overlap the first would be given."""
    town = Town()
    opened(town)
    by, stranger = administrators(town)
    good = [
        NewAssignment(name, role, unit, lab, first, last)
        for name in NAMES[:2]
        for role, unit, lab in (("sampler", town.north, None), ("lab_reviewer", None, town.lab1))
        for first, last in ((A, date(2026, 6, 30)), (date(2026, 7, 1), None))
    ]
    bad = [
        NewAssignment("nobody.here", "sampler", town.north),
        NewAssignment("closed.one", "sampler", town.north),
        NewAssignment(NAMES[0], "wizard", town.north),
        NewAssignment(NAMES[0], "sampler", organisation_id=town.lab1),
        NewAssignment(NAMES[0], "sampler", -1),
        NewAssignment(NAMES[0], "lab_reviewer", organisation_id=-1),
        NewAssignment(NAMES[0], "sampler", town.other_province),
        NewAssignment(NAMES[0], "auditor"),
        NewAssignment(NAMES[0], "province_administrator", town.north),
        NewAssignment(NAMES[0], "sampler", town.north, valid_from=B, valid_to=A),
    ]
    return Scene(
        lambda items, by: commands.give_assignments(items, by=by, at=NOON),
        by,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=stranger,
    )


def endings() -> Scene:
    town = Town()
    opened(town)
    by, stranger = administrators(town)
    commands.give_assignments(
        [NewAssignment(name, "sampler", town.north, None, A, B) for name in NAMES[:2]],
        by=by,
        at=NOON,
    )
    good = [
        EndedAssignment(name, "sampler", date(2026, month, 1), town.north)
        for name in NAMES[:2]
        for month in (11, 12)
    ]
    bad = [
        EndedAssignment("nobody.here", "sampler", B, town.north),
        EndedAssignment(NAMES[2], "sampler", B, town.north),
        EndedAssignment(NAMES[0], "sampler", date(2025, 1, 1), town.north),
        EndedAssignment(NAMES[0], "sampler", B, town.other_province),
    ]
    return Scene(
        lambda items, by: commands.end_assignments(items, by=by, at=NOON),
        by,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=stranger,
        exceptions={
            TWICE: "of two last days the earlier counts, so the later one is then not held",
            "done": "of two last days in one batch only the earlier need be done",
        },
    )


def closings() -> Scene:
    town = Town()
    opened(town)
    by, stranger = administrators(town)
    return Scene(
        lambda items, by: commands.close_accounts(items, by=by, at=NOON),
        by,
        st.sampled_from([*NAMES, "closed.one"]),
        st.just("nobody.here"),
        stranger=stranger,
    )


CASES = (
    Case(commands.open_accounts, accounts),
    Case(commands.issue_first_codes, first_codes),
    Case(commands.set_first_passwords, first_passwords),
    Case(commands.give_assignments, roles),
    Case(commands.end_assignments, endings),
    Case(commands.close_accounts, closings),
)
