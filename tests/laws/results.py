"""Scenes of the commands of results."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from som.kernel import scope, sql
from som.kernel.actors import Actor
from som.lab.verdicts import Verdict
from som.results import commands
from som.results.commands import Closing, Correction, Decision, Match, ReportSent
from som.results.queries import corrections_open, waiting_for_release
from som.results.rules import PoolDecision
from som.sampling.commands import RowRead
from som.sampling.lists import ReportedResult
from som.sampling.lists.written import ListRow
from tests.laws.laws import Case, Scene
from tests.town import NOON, Town


@dataclass
class Tested:
    """What was read at laboratory one: a verdict's id by what was loaded."""

    town: Town
    singles: list[str]
    verdicts: dict[str, int]

    def release(self, *codes: str) -> None:
        wanted = [self.verdicts[code] for code in codes]
        released = commands.release_verdicts(wanted, lab=self.town.lab1, by=self.town.bao, at=NOON)
        assert len(released.done) == len(codes), released

    def propose(self, correction: Correction, *, by: Actor | None = None) -> None:
        where = {"lab": self.town.lab1, "by": by or self.town.bao, "at": NOON}
        assert commands.propose_corrections([correction], **where).done


def tested() -> Tested:
    """Singles, field pools F…, and lab pools: one explained, one waiting, three discordant."""
    town = Town()
    swabs = town.sampled([1] * 4 + [3, 3] + [1] * 11)
    codes = [group[0].tube for group in swabs]
    singles, fields, members = codes[:4], codes[4:6], codes[6:]
    pools = {"PX": members[:3], "PW": members[3:5], "PD": members[5:7], "PE": members[7:9]}
    pools["PZ"] = members[9:11]
    for code, tubes in pools.items():
        town.pooled(code, tubes)
    values = ("positive", "negative", "inconclusive", "invalid")
    found = dict(zip(singles, values, strict=True))
    found |= {fields[0]: "negative", fields[1]: "positive"}
    town.run("R1", found | dict.fromkeys(pools, "positive"))
    again = {members[0]: "positive", members[1]: "negative", members[3]: "negative"}
    again |= dict.fromkeys(members[5:], "negative")
    town.run("R2", again)
    waiting = waiting_for_release(town.lab1, by=town.bao)
    names = {code: f"F{n}" for n, code in enumerate(fields)}
    for pool, tubes in pools.items():
        names |= {tube: f"{pool}.{n}" for n, tube in enumerate(tubes)}
    verdicts = {names.get(w.sample, w.sample): w.verdict for w in waiting}
    return Tested(town, singles, verdicts)


def releases() -> Scene:
    """All that waits, pools together with their members."""
    at = tested()
    town, ids = at.town, at.verdicts
    (invalid,) = set(range(min(ids.values()), max(ids.values()))) - set(ids.values())
    held = [ids["PW.0"], ids["PD.0"], ids["PE.1"]]
    undecided = ("PD", "PE", "PZ")
    good = [
        n for code, n in ids.items() if code.partition(".")[0] not in undecided or "." not in code
    ]
    good = [n for n in good if n not in held]
    return Scene(
        lambda items, by: commands.release_verdicts(items, lab=town.lab1, by=by, at=NOON),
        town.bao,
        st.sampled_from(good),
        st.sampled_from([-1, invalid, *held]),
        stranger=town.egon,
        most=8,
    )


def decisions() -> Scene:
    """One decision a pool: of two that differ the first would count."""
    at = tested()
    town = at.town
    at.release("PX", "PW", "PD", "PE", "PZ")
    good = [
        Decision("PD", PoolDecision.NEGATIVE, "đã xem lại đường cong"),
        Decision("PE", PoolDecision.AGAIN, "nghi nhiễm chéo"),
    ]
    bad = [
        Decision("P9", PoolDecision.NEGATIVE, "x"),
        Decision("PX", PoolDecision.NEGATIVE, "x"),
        Decision("PW", PoolDecision.AGAIN, "x"),
        Decision("PZ", PoolDecision.NEGATIVE, " "),
    ]
    return Scene(
        lambda items, by: commands.decide_discordant_pools(items, lab=town.lab1, by=by, at=NOON),
        town.bao,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def closings() -> Scene:
    """Verdicts that say what was reported and answered meanwhile, beside one that says otherwise."""
    at = tested()
    town, ids = at.town, at.verdicts
    one, two, *_ = at.singles
    said = {one: ReportedResult.NEGATIVE, two: ReportedResult.NEGATIVE}
    px = [code_of(ids[name]) for name in ("PX.0", "PX.1")]
    said |= dict(zip(px, (ReportedResult.POSITIVE, ReportedResult.NEGATIVE), strict=True))
    reported(town, said)
    good = [Closing(ids[name], "đã có kết quả") for name in (two, "PX.0", "PX.1")]
    bad = [
        replace(good[0], verdict=-1),
        replace(good[0], verdict=ids[one]),
        replace(good[0], verdict=ids["PW.0"]),
        replace(good[0], reason=" "),
    ]
    return Scene(
        lambda items, by: commands.close_verdicts(items, lab=town.lab1, by=by, at=NOON),
        town.bao,
        st.sampled_from(good),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def code_of(verdict: int) -> str:
    found = sql.row(
        "SELECT l.sample FROM lab_verdict v JOIN lab_load l ON l.id = v.load_id WHERE v.id = %s",
        (verdict,),
    )
    assert found is not None
    return str(found[0])


def reported(town: Town, said: Mapping[str, ReportedResult]) -> None:
    """What laboratory one reported of tubes, looked at, and released by a second receiver."""
    content = " ".join(said).encode()
    file = ReportSent(town.lab1, town.province, "kq.xlsx", content, len(said))
    (made,) = commands.receive_reports([file], by=town.dora, at=NOON).done
    assert made.report_id is not None
    rows = [
        RowRead(place, ListRow(place, tube=code, result=value, method="RT-PCR"))
        for place, (code, value) in enumerate(said.items())
    ]
    commands.note_reports(rows, report=made.report_id, by=town.dora, at=NOON)
    with scope.entered(town.dora, "results.receive_reports"):
        ids = [
            line[0]
            for line in sql.rows(
                "SELECT id FROM results_reported WHERE report_id = %s ORDER BY id",
                (made.report_id,),
            )
        ]
    looked = [Match(row, None, "đã gọi") for row in ids]
    commands.match_reported(looked, by=town.dora, at=NOON)
    released = commands.release_reported(ids, by=replace(town.dora, name="dung"), at=NOON)
    assert released.done == ids, released


def proposals() -> Scene:
    """One correction a verdict: of two that differ the first is open and the other refused."""
    at = tested()
    town, ids = at.town, at.verdicts
    one, two, three, _ = at.singles
    at.release(one, two, three, "F0", "PW")
    good = [
        Correction(ids[one], Verdict.NEGATIVE, "nhầm giếng"),
        Correction(ids[two], Verdict.POSITIVE, "nhầm giếng"),
        Correction(ids[two], Verdict.NEGATIVE, "đã nói thế"),
        Correction(ids[three], Verdict.POSITIVE, "đọc lại"),
    ]
    waiting = Correction(ids["F0"], Verdict.POSITIVE, "đọc lại")
    at.propose(waiting)
    bad = [
        replace(good[0], verdict=-1),
        replace(good[0], reason=" "),
        replace(good[0], value=Verdict.INVALID),
        replace(good[0], verdict=ids["F1"]),
        replace(good[0], verdict=ids["PW"]),
        replace(waiting, value=Verdict.INCONCLUSIVE),
    ]
    return Scene(
        lambda items, by: commands.propose_corrections(items, lab=town.lab1, by=by, at=NOON),
        town.bao,
        st.sampled_from([*good, waiting]),
        st.sampled_from(bad),
        stranger=town.egon,
    )


def confirmations() -> Scene:
    """Corrections another proposed, beside one's own, one of one's own run, and none at all."""
    at = tested()
    town = at.town
    bich = replace(town.bao, name="bich")
    (mine,) = (swab.tube for (swab,) in town.sampled([1]))
    town.run("R3", {mine: "negative"}, by=replace(town.ben, name="bao"))
    (read,) = (w.verdict for w in waiting_for_release(town.lab1, by=bich) if w.sample == mine)
    assert commands.release_verdicts([read], lab=town.lab1, by=bich, at=NOON).done
    one, two, three, _ = at.singles
    at.release(one, two, three, "F0", "PX.0")
    ids = at.verdicts
    open_ones: dict[str, int] = {}
    for code, value, by in (
        (one, Verdict.NEGATIVE, bich),
        (two, Verdict.POSITIVE, bich),
        (three, Verdict.NEGATIVE, town.bao),
        ("F0", Verdict.POSITIVE, bich),
    ):
        at.propose(Correction(ids[code], value, "đọc lại"), by=by)
    at.propose(Correction(read, Verdict.POSITIVE, "đọc lại"), by=bich)
    open_ones = {c.verdict: c.id for c in corrections_open(town.lab1, by=town.bao)}
    at.propose(Correction(ids["PX.0"], Verdict.NEGATIVE, "đọc lại"), by=bich)
    (gone,) = {c.id for c in corrections_open(town.lab1, by=town.bao)} - set(open_ones.values())
    assert commands.withdraw_corrections([gone], lab=town.lab1, by=town.bao, at=NOON).done
    return Scene(
        lambda items, by: commands.confirm_corrections(items, lab=town.lab1, by=by, at=NOON),
        town.bao,
        st.sampled_from([open_ones[ids[code]] for code in (one, two, "F0")]),
        st.sampled_from([-1, open_ones[ids[three]], open_ones[read], gone]),
        stranger=town.egon,
    )


def withdrawals() -> Scene:
    """Corrections that wait, beside one confirmed."""
    at = tested()
    town = at.town
    one, two, three, _ = at.singles
    at.release(one, two, three)
    for code in (one, three):
        at.propose(Correction(at.verdicts[code], Verdict.NEGATIVE, "đọc lại"))
    good = [c.id for c in corrections_open(town.lab1, by=town.bao)]
    at.propose(Correction(at.verdicts[two], Verdict.POSITIVE, "đọc lại"))
    (made,) = {c.id for c in corrections_open(town.lab1, by=town.bao)} - set(good)
    other = replace(town.bao, name="bich")
    assert commands.confirm_corrections([made], lab=town.lab1, by=other, at=NOON).done
    return Scene(
        lambda items, by: commands.withdraw_corrections(items, lab=town.lab1, by=by, at=NOON),
        town.bao,
        st.sampled_from(good),
        st.sampled_from([-1, made]),
        stranger=town.egon,
    )


CASES = (
    Case(commands.release_verdicts, releases),
    Case(commands.decide_discordant_pools, decisions),
    Case(commands.close_verdicts, closings),
    Case(commands.propose_corrections, proposals),
    Case(commands.confirm_corrections, confirmations),
    Case(commands.withdraw_corrections, withdrawals),
)
