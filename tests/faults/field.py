"""What the teams, the couriers and the commune do in a drawn day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from som.ops.timetable import COMPARE_TASK
from som.sampling.commands import Loss, Manifest, Session
from tests.faults.strikes import LISTS, LOST
from tests.faults.world import World
from tests.journey.oracle import Thing


class Field(World):
    """From the roster to the box at its laboratory, and people again."""

    def roster(self) -> None:
        """The commune's list, sent on the page, read by the worker, confirmed, taken in."""
        lines, self.listed = [], {}
        for _ in range(self.draw.randint(3, 7)):
            said = self.town.declaration()
            assert said.birth_date is not None
            female = said.sex == "female"
            number = f"019{int(female)}{said.birth_date:%y}{self.draw.randrange(10**6):06d}"
            sex = "Nữ" if female else "Nam"
            lines.append(f"{said.name},{said.birth_date:%d/%m/%Y},{sex},{number},{said.phone}")
            self.listed[number] = (said.name, said.birth_date)
        text = "\n".join(["Họ và tên,Ngày sinh,Giới tính,CCCD,Số điện thoại", *lines])
        form = {"target": "roster:C1", "unit": self.town.north}
        form["due_on"] = f"{self.now + timedelta(days=4):%d/%m/%Y}"
        page = self.office.form(
            "list", "/sampling/lists/new/", "cleo", form,
            file=("danh sách.csv", text.encode("utf-8-sig")),
        )  # fmt: skip
        assert page.status == 302, page.text
        number = page.location.rstrip("/").rpartition("/")[2]
        self.office.work(LISTS)
        page = self.office.form(
            "list", f"/sampling/lists/{number}/confirm/", "cleo", {}, [f"{number}:true"]
        )
        self.office.work(LISTS, COMPARE_TASK)
        asked = self.office.rows(
            "SELECT d.number, r.id FROM sampling_testrequest r"
            " JOIN people_document d ON d.person_id = r.person_id WHERE r.ended_at IS NULL"
        )
        self.office.no_more(LISTS)
        self.requests = dict(asked)
        assert set(self.requests) == set(self.listed), (self.requests, self.listed)

    def sample(self) -> None:
        """Singles off the list, households into field pools, others as they come."""
        tubes: list[tuple[int, list[Any]]] = []
        for number, (name, born) in self.listed.items():
            (code,) = self.town.tubes(1)
            swab = self.town.swab(code, said=None, request=self.requests[number], taken_at=self.now)
            self.born[swab.slip], self.names[swab.slip] = born, name
            tubes.append((1, [swab]))
        sizes = [1] * self.draw.randint(6, 12) + [3] * self.draw.randint(1, 3) + [4]
        self.draw.shuffle(sizes)
        for size in sizes:
            (code,) = self.town.tubes(1)
            swabs = [self.town.swab(code, taken_at=self.now) for _ in range(size)]
            for swab in swabs:
                assert swab.said is not None
                assert swab.said.birth_date is not None
                self.born[swab.slip], self.names[swab.slip] = swab.said.birth_date, swab.said.name
            tubes.append((self.draw.choice([1, 1, 2]), swabs))
        self.draw.shuffle(tubes)
        for place in range(0, len(tubes), 6):
            for lab in (1, 2):
                if part := [swabs for of, swabs in tubes[place : place + 6] if of == lab]:
                    self.record(part, lab)
        if losable := [tube for tube in self.oracle.tubes if len(tube.slips) < 4]:
            self.lose(self.draw.choice(losable))
        self.office.no_more(LOST)

    def record(self, tubes: list[list[Any]], lab: int) -> None:
        flat = [swab for swabs in tubes for swab in swabs]
        self.office.command(
            "swab", "sampling.commands:record_swabs", flat, [swab.slip for swab in flat],
            session=f"S{lab}", by=self.town.ana,
        )  # fmt: skip
        for swabs in tubes:
            slips = [swab.slip for swab in swabs]
            self.oracle.taken(swabs[0].tube, slips, slips, swabs[0].taken_at).bound = lab

    def lose(self, tube: Thing) -> None:
        """It breaks; whoever was in it is asked again."""
        self.office.command(
            "lost", "sampling.commands:lose_tubes", [Loss(tube.code, "vỡ")], [tube.code],
            witness=self.town.cleo, by=self.town.ana,
        )  # fmt: skip
        self.oracle.close(tube)
        self.office.work(LOST)

    def bring(self) -> None:
        """Boxes to the laboratories, which receive them."""
        for lab in (1, 2):
            going = [t for t in self.oracle.tubes if not t.lab and not t.closed and t.bound == lab]
            codes = [tube.code for tube in going]
            fresh = [tube.code for tube in going if not tube.sent]
            if fresh:
                box = Manifest(self.named("M"), self.town.north, self.labs[lab])
                self.office.command(
                    "sent", "sampling.commands:dispatch_tubes", fresh,
                    [f"{code} in {box.code}" for code in fresh], manifest=box, by=self.town.ana,
                )  # fmt: skip
            if codes:
                self.office.command(
                    "received", "lab.commands:receive_tubes", codes,
                    [f"{code} at {self.labs[lab]}" for code in codes],
                    lab=self.labs[lab], by=self.benches[lab],
                )  # fmt: skip
            for tube in going:
                tube.sent, tube.lab = True, lab
                tube.waits, tube.left_for = tube.left_for or "test", ""
        self.office.later(timedelta(minutes=self.draw.randint(5, 25)))

    def open_session(self) -> str:
        """One more session; its code."""
        code, town = self.named("T"), self.town
        session = Session(code, "C1", town.north, town.lab1, "Nhà", self.now, "Mũi 9")
        self.office.command(
            "session", "sampling.commands:open_sessions", [session], [code], by=town.dora
        )
        return code

    def sample_again(self) -> None:
        """Some of those asked for again come at once, each into a tube of their own."""
        asked = self.office.rows(
            "SELECT DISTINCT ON (r.person_id) r.id, w.slip FROM sampling_testrequest r"
            " JOIN sampling_swab w ON w.id = r.from_swab_id WHERE r.ended_at IS NULL"
            " ORDER BY r.person_id, r.id"
        )
        coming = [line for line in asked if self.draw.random() < 0.6]
        tubes = self.town.tubes(len(coming))
        swabs = [
            self.town.swab(code, said=None, request=request, taken_at=self.now)
            for code, (request, _) in zip(tubes, coming, strict=True)
        ]
        if not swabs:
            return
        session = self.open_session()
        self.office.command(
            "swab", "sampling.commands:record_swabs", swabs, [swab.slip for swab in swabs],
            session=session, by=self.town.ana,
        )  # fmt: skip
        for swab, (_, of) in zip(swabs, coming, strict=True):
            self.born[swab.slip], self.names[swab.slip] = self.born[of], self.names[of]
            self.oracle.sampled_again(swab.tube, swab.slip, of, swab.taken_at)
