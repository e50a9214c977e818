"""What a laboratory throws away: tubes that cannot be tested, what is left of those that were, and
tubes that nobody knows anything of. Never one person alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar

from som.kernel import audit, scope, sql
from som.kernel.actors import NOBODY, Actor, second_person
from som.kernel.outcomes import Outcome, Refused
from som.lab import rules
from som.lab.commands.held import tubes_at_lab
from som.lab.commands.reception import put_on_worklist, wait_no_longer
from som.lab.rules import (
    AtLab,
    Condition,
    Discarding,
    DiscardReason,
    DisposalKind,
    DisposalRefusal,
    Rejection,
    RejectReason,
)
from som.places.queries import organisations_by_id
from som.sampling.commands import arrived, note_losses, tubes_coming
from som.sampling.rules import Arrival

CONDITIONS: Mapping[RejectReason, Condition] = {
    RejectReason.LEAKING: Condition.LEAKING,
    RejectReason.BROKEN: Condition.BROKEN,
    RejectReason.UNLABELLED: Condition.UNLABELLED,
    RejectReason.TOO_WARM: Condition.WARM,
}
"""How a tube looked that was rejected as it came."""


def reject_tubes(
    rejections: Sequence[Rejection], *, lab: int, witness: Actor | None, by: Actor, at: datetime
) -> Outcome[Rejection]:
    """Reject tubes that cannot be tested, as they come or later; their people are asked for again.

    One that never was received is received with it. Refuses, beside what `rules.fault_of_rejection`
    names, a tube that cannot arrive here. A tube rejected for the same reason stays as it is. Locks
    tubes in the order of their codes, then receptions.
    """
    outcome: Outcome[Rejection] = Outcome()
    with scope.entered(by, "lab.discard", organisation=lab):
        second = second_person(witness, beside=by)
        known = tubes_at_lab([r.code for r in rejections], lab=lab)
        against = _against(second, lab=lab)
        sound = _sound(
            rejections, DisposalKind.REJECTED, rules.fault_of_rejection, known, against, outcome
        )
        here = {tube.tube for tube in known.values() if tube.here}
        coming = [
            Arrival(tube, lab, at, by.name, rejected=True) for tube in sound if tube not in here
        ]
        found = tubes_coming(ids=[arrival.tube for arrival in coming])
        noted = arrived(coming, found, by=by, at=at)
        for refused in noted.refused:
            given = sound.pop(refused.item.tube)
            outcome.refused.append(Refused(given, refused.reason, given.code))
        looked = {
            tube: (CONDITIONS.get(given.reason, Condition.GOOD), None)
            for tube, given in sound.items()
        }
        put_on_worklist(noted.held, looked, found, at=at)
        wait_no_longer([found[come.tube].code for come in noted.held], lab=lab, at=at)
        _dispose(sound, DisposalKind.REJECTED, lab=lab, witness=second.name, by=by, at=at)
        note_losses(
            {tube: _words(DisposalKind.REJECTED, given) for tube, given in sound.items()},
            witness=second.name,
            by=by,
            at=at,
        )
        outcome.done.extend(sound.values())
        audit.record(
            by,
            "lab.reject_tubes",
            at=at,
            things=sound,
            note={"lab": lab, "witness": second.name, "refused": len(outcome.refused)},
        )
    return outcome


def discard_tubes(
    discardings: Sequence[Discarding], *, lab: int, witness: Actor | None, by: Actor, at: datetime
) -> Outcome[Discarding]:
    """Note that tubes were destroyed: what is left of them after their test.

    Refuses what `rules.fault_of_discarding` names: an untested one unless its people are to be asked
    for again, as they then are. Whoever was tested and has no answer yet is asked again too, by
    `results.work.take_up_lost`. A tube destroyed for the same reason stays as it is. Locks tubes in
    the order of their codes, then receptions.
    """
    outcome: Outcome[Discarding] = Outcome()
    with scope.entered(by, "lab.discard", organisation=lab):
        second = second_person(witness, beside=by)
        known = tubes_at_lab([d.code for d in discardings], lab=lab)
        against = _against(second, lab=lab)
        sound = _sound(
            discardings, DisposalKind.DESTROYED, rules.fault_of_discarding, known, against, outcome
        )
        outcome.done.extend(sound.values())
        _dispose(sound, DisposalKind.DESTROYED, lab=lab, witness=second.name, by=by, at=at)
        open_ones = {tube.tube for tube in known.values() if not tube.closed}
        note_losses(
            {
                tube: _words(DisposalKind.DESTROYED, given)
                for tube, given in sound.items()
                if tube in open_ones
            },
            witness=second.name,
            by=by,
            at=at,
        )
        audit.record(
            by,
            "lab.discard_tubes",
            at=at,
            things=sound,
            note={"lab": lab, "witness": second.name, "refused": len(outcome.refused)},
        )
    return outcome


def discard_unlisted(
    discardings: Sequence[Discarding], *, lab: int, witness: Actor | None, by: Actor, at: datetime
) -> Outcome[Discarding]:
    """Note that tubes were destroyed that waited for a list which never came.

    Refuses a tube that does not wait here, and what lacks its second person or its note. Should its
    list come after all, its people are asked for again when the use-by has passed. A tube destroyed
    for the same reason stays as it is. Locks waiting tubes in the order of their codes.
    """
    outcome: Outcome[Discarding] = Outcome()
    with scope.entered(by, "lab.discard", organisation=lab):
        second = second_person(witness, beside=by)
        against = _against(second, lab=lab)(None)
        held = {
            line[0]: line[1:]
            for line in sql.rows(
                """
                SELECT code, id, ended_as, reason FROM lab_unlistedtube
                WHERE lab_id = %s AND code = ANY(%s) ORDER BY code FOR UPDATE
                """,
                (lab, [d.code for d in discardings]),
            )
        }
        sound: dict[str, Discarding] = {}
        for given in discardings:
            one = held.get(given.code)
            before = sound.get(given.code)
            if (one is not None and one[1:] == ("discarded", given.reason)) or (
                before is not None and before.reason is given.reason
            ):
                outcome.unchanged.append(given)
            elif one is None or one[1] is not None or before is not None:
                outcome.refused.append(Refused(given, DisposalRefusal.TUBE_UNKNOWN, given.code))
            elif against is not None:
                outcome.refused.append(Refused(given, against, given.code))
            elif given.reason is DiscardReason.OTHER and not given.note.strip():
                outcome.refused.append(Refused(given, DisposalRefusal.NOTE_MISSING, given.code))
            else:
                sound[given.code] = given
                outcome.done.append(given)
        sql.execute(
            """
            UPDATE lab_unlistedtube u
            SET ended_at = %s, ended_as = 'discarded', reason = g.reason, note = g.note,
                ended_by = ARRAY[%s, %s]
            FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS g (id, reason, note)
            WHERE u.id = g.id
            """,
            (
                at,
                by.name,
                second.name,
                [held[code][0] for code in sound],
                [d.reason for d in sound.values()],
                [d.note.strip() for d in sound.values()],
            ),
        )
        audit.record(
            by,
            "lab.discard_unlisted",
            at=at,
            note={"lab": lab, "witness": second.name, "codes": list(sound)},
        )
    return outcome


_One = TypeVar("_One", Rejection, Discarding)
_Against = Callable[[AtLab | None], DisposalRefusal | None]


def _against(second: Actor, *, lab: int) -> _Against:
    """What is to be said against the second person, of a tube or of one that nobody knows.

    They hold a role at this laboratory, in the territory it stands in, or where the tube was taken.
    """
    stands = organisations_by_id([lab])[lab].unit_id

    def fault(tube: AtLab | None) -> DisposalRefusal | None:
        if second is NOBODY:
            return DisposalRefusal.WITNESS_MISSING
        if second.holds(unit=stands, organisation=lab):
            return None
        taken_there = tube is not None and second.holds(unit=tube.unit)
        return None if taken_there else DisposalRefusal.WITNESS_STRANGE

    return fault


def _sound(
    asked: Sequence[_One],
    kind: DisposalKind,
    fault_of: Callable[[_One, AtLab], DisposalRefusal | None],
    known: Mapping[str, AtLab],
    against: _Against,
    outcome: Outcome[_One],
) -> dict[int, _One]:
    """Which tubes may be thrown away as asked, by id; the others are noted in the outcome."""
    sound: dict[int, _One] = {}
    for given in asked:
        tube = known.get(given.code)
        if tube is None:
            outcome.refused.append(Refused(given, DisposalRefusal.TUBE_UNKNOWN, given.code))
        elif _is_so(tube, kind, given.reason, sound.get(tube.tube), given):
            outcome.unchanged.append(given)
        elif tube.tube in sound:
            outcome.refused.append(Refused(given, DisposalRefusal.DISPOSED, given.code))
        elif fault := against(tube) or fault_of(given, tube):
            outcome.refused.append(Refused(given, fault, given.code))
        else:
            sound[tube.tube] = given
    return sound


def _is_so(
    tube: AtLab,
    kind: DisposalKind,
    reason: RejectReason | DiscardReason,
    before: Rejection | Discarding | None,
    given: Rejection | Discarding,
) -> bool:
    """Whether this tube was thrown away so already, before this batch or earlier in it."""
    if before is not None:
        return before.reason is given.reason
    return tube.disposed == (kind, reason)


def _words(kind: DisposalKind, given: Rejection | Discarding) -> str:
    """The reason as it stands on the tube: codes, and what was noted beside them."""
    return ": ".join(part for part in (f"{kind} {given.reason}", given.note.strip()) if part)


def _dispose(
    tubes: Mapping[int, Rejection] | Mapping[int, Discarding],
    kind: DisposalKind,
    *,
    lab: int,
    witness: str,
    by: Actor,
    at: datetime,
) -> None:
    """Note the end of tubes, and take them off the worklist."""
    given: list[Rejection | Discarding] = list(tubes.values())
    sql.execute(
        """
        INSERT INTO lab_disposal
            (tube_id, lab_id, kind, reason, note, disposed_at, disposed_by, witness)
        SELECT g.tube, %s, %s, g.reason, g.note, %s, %s, %s
        FROM unnest(%s::bigint[], %s::text[], %s::text[]) AS g (tube, reason, note)
        ORDER BY g.tube
        """,
        (
            lab,
            kind,
            at,
            by.name,
            witness,
            list(tubes),
            [one.reason for one in given],
            [one.note.strip() for one in given],
        ),
    )
    # A bench that waits for the reception's lock sees by this that the tube is gone.
    sql.execute(
        "UPDATE lab_reception SET waits_for = NULL WHERE lab_id = %s AND tube_id = ANY(%s)",
        (lab, list(tubes)),
    )
