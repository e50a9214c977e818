"""Scene of the command of people."""

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from som.people.commands import Registration, register_people
from som.people.rules import Declaration, Sex
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town


def registrations() -> Scene:
    """People with and without numbers, and numbers already known here and elsewhere.

    A number known to nobody belongs to whoever says it first, and a reference means whoever was
    registered with it first: no two contradictory declarations of one new number, nor of one
    reference, are drawn.
    """
    town = Town()
    known = Declaration("Nguyễn Văn Bình", Sex.MALE, date(1980, 5, 1), number="019080000001")
    far = Declaration("Trần Thị Hạnh", Sex.FEMALE, birth_year=1970, number="011170000002")
    register_people([Registration("K1", known)], unit=town.south, by=town.sam, at=NOON)
    register_people(
        [Registration("K2", far), Registration("K3", Declaration("Lò Văn Pó"))],
        unit=town.other_province,
        by=town.egon,
        at=NOON,
    )
    new = Declaration("Hoàng Văn An", Sex.MALE, date(2001, 2, 3), number="019201000003")
    none = Declaration("Nông Thị Đào", birth_year=1990, residence=town.south, address="Xóm 1")
    good = [
        Registration("A1", known),
        Registration("A2", replace(known, name="NGUYEN VAN BINH", sex=None)),
        Registration("A3", replace(known, name="Nguyễn Bé", birth_date=date(2019, 1, 1))),
        Registration("A4", far),
        Registration("A5", replace(far, birth_year=2010, sex=None)),
        Registration("A6", new),
        Registration("A7", replace(new, residence=town.south, address="Xóm 2")),
        Registration("A8", none),
        Registration("A9", replace(none, number="", phone="0912345678")),
    ]
    bad = [
        Registration("B1", replace(new, name=" ")),
        Registration("B2", replace(new, birth_date=date(2030, 1, 1))),
        Registration("B3", replace(new, birth_date=None, birth_year=1850)),
        Registration("B4", replace(new, number="12345")),
        Registration("B5", replace(new, phone="1")),
        Registration("B6", replace(new, residence=-1)),
        Registration("K3", Declaration("Lò Văn Pó")),
    ]
    return Scene(
        lambda items, by: register_people(items, unit=town.north, by=by, at=NOON),
        town.ana,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
        key=lambda registration: registration.reference,
    )


CASES = (Case(register_people, registrations),)
