"""People drawn by a seed, as lists name them."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date, timedelta

DAY = date(2021, 9, 4)

_FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Đặng", "Vũ", "Bùi", "Đỗ", "Hoàng", "Lò", "Giàng")
_MIDDLES = ("Văn", "Thị", "Đức", "Ngọc", "Hữu", "Thị Cẩm", "Minh", "Quốc")
_GIVEN = (
    "An", "Bình", "Cường", "Dũng", "Hường", "Huệ", "Khánh", "Lộc", "Mỹ", "Nghĩa", "Oanh", "Phượng",
    "Quỳnh", "Sương", "Thủy", "Uyên", "Vỹ", "Xuân", "Yến", "Đạt", "Ánh", "Ý",
)  # fmt: skip
HOMES = (
    ("TỈNH THÁI BÌNH", "Huyện Vũ Thư", "Xã Dũng Nghĩa"),
    ("TỈNH THÁI BÌNH", "Thành phố Thái Bình", "Phường Đề Thám"),
    ("TỈNH THÁI BÌNH", "Huyện Đông Hưng", "Xã Đông Các"),
)


@dataclass(frozen=True)
class Drawn:
    """Somebody on a list."""

    name: str
    born: date
    sex: str
    phone: str
    number: str
    home: tuple[str, str, str]
    address: str
    subject: str = "Người dân"
    result: str = "Âm tính"
    ct: float | None = None


def people(seed: int, count: int) -> list[Drawn]:
    """So many people, all different by telephone and number."""
    draw = random.Random(seed)
    found = []
    for place in range(count):
        sex = draw.choice(("Nam", "Nữ"))
        born = date(1930, 1, 1) + timedelta(draw.randrange(33_000))
        century = (0 if born.year < 2000 else 2) + (sex == "Nữ")
        positive = draw.random() < 0.1
        found.append(
            Drawn(
                " ".join((draw.choice(_FAMILIES), draw.choice(_MIDDLES), draw.choice(_GIVEN))),
                born,
                sex,
                f"09{seed % 97:02d}{place:06d}",
                f"034{century}{born:%y}{draw.randrange(10):01d}{place:05d}",
                draw.choice(HOMES),
                f"Thôn {draw.choice(('Đông', 'Đoài', 'Thượng', 'Hạ'))}",
                result="Dương tính" if positive else "Âm tính",
                ct=round(draw.uniform(15, 35), 1) if positive else None,
            )
        )
    return found


# --- clean lists ---------------------------------------------------------------------------------


def tubes(count: int, seed: int) -> list[int]:
    """The tube of each person: pools of one to five."""
    draw = random.Random(seed)
    found: list[int] = []
    tube = 0
    while len(found) < count:
        tube += 1
        found += [tube] * draw.choice((1, 1, 2, 3, 5))
    return found[:count]
