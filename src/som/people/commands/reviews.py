"""Reviews: join and part, and take either back. Nothing that refers to a person is rewritten."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.errors import Conflict
from som.kernel.outcomes import Outcome, Refused, once
from som.people.commands.matching import array_of
from som.people.matching.reviews import (
    Entry,
    LiveJoin,
    Pair,
    Parting,
    ReviewRefusal,
    judged_joins,
    units_without,
)
from som.people.queries import parted_before, selves, standing


def _entries(asked: Iterable[int]) -> dict[int, Entry]:
    """All entries that are one with these, locked in the order of their ids.

    Raises `Conflict` where they were joined with others while this waited for the lock.
    """
    wanted = set(asked)
    found: dict[int, Entry] = {}
    for line in sql.rows(
        """
        SELECT p.id, p.merged_into_id, p.unit_ids, p.died_at IS NOT NULL, p.name <> '',
               EXISTS (SELECT 1 FROM people_document d WHERE d.person_id = p.id)
        FROM people_person p WHERE p.id = ANY(%s) ORDER BY p.id FOR NO KEY UPDATE OF p
        """,
        (list(selves(wanted)),),
    ):
        found[line[0]] = Entry(line[0], line[1], tuple(line[2]), *line[3:])
    above = {entry.merged_into for entry in found.values()} - {None}
    if not above <= found.keys() or set(selves(wanted)) != found.keys():
        raise Conflict
    return found


def join_persons(pairs: Sequence[Pair], *, by: Actor, at: datetime) -> Outcome[Pair]:
    """Say of each pair that the two are one person: one entry stands for both from now on.

    Whoever answers for the other becomes answerable for the one that stands. Nothing that refers to
    either is rewritten, so it can be taken back by `part_persons`. Entries joined before are joined
    as what they stand for; a pair that is one already stays so. Refuses an entry out of sight and
    a pair that a review parted, also by way of a third. Locks the entries in the order of their ids.
    """
    with scope.entered(by, "people.match"):
        entries = _entries(person for pair in pairs for person in (pair.one, pair.other))
        found = judged_joins(pairs, entries, parted_before(entries))
        sql.execute(
            """
            UPDATE people_person p
            SET merged_into_id = j.kept, compared_at = coalesce(p.compared_at, %s)
            FROM unnest(%s::bigint[], %s::bigint[]) AS j (kept, gone) WHERE p.id = j.gone
            """,
            (at, [line[0] for line in found.made], [line[1] for line in found.made]),
        )
        _set_units(found.units)
        sql.execute(
            "UPDATE people_person SET compared_at = NULL, owed_since = coalesce(owed_since, %s)"
            " WHERE id = ANY(%s) AND merged_into_id IS NULL",
            (at, list(found.units)),
        )
        sql.execute(
            """
            INSERT INTO people_join (kept_id, gone_id, units_added, joined_at, joined_by, parted_by)
            SELECT j.kept, j.gone, j.added::int[], %s, %s, ''
            FROM unnest(%s::bigint[], %s::bigint[], %s::text[]) AS j (kept, gone, added)
            """,
            (
                at,
                by.name,
                [line[0] for line in found.made],
                [line[1] for line in found.made],
                [array_of(line[2]) for line in found.made],
            ),
        )
        joined = [*found.done, *[Pair(kept, gone) for kept, gone, _ in found.made]]
        _decide(joined, "joined", by=by, at=at)
        audit.record(
            by,
            "people.join_persons",
            at=at,
            persons=[person for line in found.made for person in line[:2]],
        )
    return Outcome(
        found.done, found.unchanged, [Refused(pair, reason) for pair, reason in found.refused]
    )


def _set_units(units: dict[int, tuple[int, ...]]) -> None:
    sql.execute(
        "UPDATE people_person p SET unit_ids = u.units::int[]"
        " FROM unnest(%s::bigint[], %s::text[]) AS u (id, units) WHERE p.id = u.id",
        (list(units), [array_of(found) for found in units.values()]),
    )


def _decide(pairs: Sequence[Pair | Parting], decision: str, *, by: Actor, at: datetime) -> None:
    """Write what a review says of pairs, whether or not they were proposed."""
    ordered = once(tuple(sorted((pair.one, pair.other))) for pair in pairs)
    parameters = {
        "ones": [one for one, _ in ordered],
        "others": [other for _, other in ordered],
        "decision": decision,
        "at": at,
        "by": by.name,
    }
    sql.execute(
        """
        UPDATE people_candidate c
        SET decision = %(decision)s, decided_at = %(at)s, decided_by = %(by)s
        FROM unnest(%(ones)s::bigint[], %(others)s::bigint[]) AS p (one, other)
        WHERE c.one_id = p.one AND c.other_id = p.other
        """,
        parameters,
    )
    sql.execute(
        """
        INSERT INTO people_candidate (one_id, other_id, score, reasons, found_at, decision,
                                      decided_at, decided_by)
        SELECT p.one, p.other, 0, '{}', %(at)s, %(decision)s, %(at)s, %(by)s
        FROM unnest(%(ones)s::bigint[], %(others)s::bigint[]) AS p (one, other)
        ON CONFLICT (one_id, other_id) DO NOTHING
        """,
        parameters,
    )


def part_persons(partings: Sequence[Parting], *, by: Actor, at: datetime) -> Outcome[Parting]:
    """Say of each pair that the two are two people, or take their join back exactly.

    They are not proposed again. A pair already parted stays so. Refuses entries out of sight, a
    pair that somebody joined meanwhile, a join that is none, and one after which who stands was
    joined further: that goes first. Locks the entries in the order of their ids.
    """
    outcome: Outcome[Parting] = Outcome()
    with scope.entered(by, "people.match"):
        asked = [person for parting in partings for person in (parting.one, parting.other)]
        entries = _entries(asked)
        apart = parted_before(asked)
        stands = standing(entries)
        joins = _live_joins(entries)
        own = _own_units([join.kept for join in joins])
        units: dict[int, tuple[int, ...]] = {}
        undone: list[LiveJoin] = []
        for parting in partings:
            two = frozenset((parting.one, parting.other))
            join = next((j for j in joins if {j.kept, j.gone} == two), None)
            if not two <= entries.keys():
                outcome.refused.append(Refused(parting, ReviewRefusal.PERSON_UNKNOWN))
            elif len(two) == 1:
                outcome.refused.append(Refused(parting, ReviewRefusal.SAME_ENTRY))
            elif two in apart:
                outcome.unchanged.append(parting)
            elif not parting.joined and stands[parting.one] == stands[parting.other]:
                outcome.refused.append(Refused(parting, ReviewRefusal.JOINED_MEANWHILE))
            elif not parting.joined:
                apart.add(two)
                outcome.done.append(parting)
            elif join is None:
                outcome.refused.append(Refused(parting, ReviewRefusal.NOT_JOINED))
            elif stands[join.kept] != join.kept:
                outcome.refused.append(Refused(parting, ReviewRefusal.JOINED_FURTHER))
            else:
                joins.remove(join)
                beside = [other for other in joins if other.kept == join.kept]
                kept = entries[join.kept]
                units[kept.id], taken_over = units_without(
                    Entry(kept.id, None, units.get(kept.id, kept.units)),
                    join,
                    beside,
                    entries,
                    own.get(kept.id, ()),
                )
                joins = [
                    LiveJoin(j.id, j.kept, j.gone, taken_over.get(j.id, j.added)) for j in joins
                ]
                apart.add(two)
                undone.append(join)
                outcome.done.append(parting)
        _undo(undone, joins, units, by=by, at=at)
        _decide(outcome.done, "parted", by=by, at=at)
        audit.record(
            by,
            "people.part_persons",
            at=at,
            persons=[person for p in outcome.done for person in (p.one, p.other)],
        )
    return outcome


def _live_joins(entries: Iterable[int]) -> list[LiveJoin]:
    return [
        LiveJoin(line[0], line[1], line[2], tuple(line[3]))
        for line in sql.rows(
            "SELECT id, kept_id, gone_id, units_added FROM people_join"
            " WHERE parted_at IS NULL AND (kept_id = ANY(%(all)s) OR gone_id = ANY(%(all)s))"
            " ORDER BY id",
            {"all": list(entries)},
        )
    ]


def _own_units(persons: Sequence[int]) -> dict[int, list[int]]:
    """The units that met these entries themselves, or where they said they live."""
    return dict(
        sql.rows(
            """
            SELECT w.person_id, array_agg(DISTINCT u.unit)
            FROM people_whereabouts w, unnest(w.unit_ids) AS u (unit)
            WHERE w.person_id = ANY(%s) GROUP BY w.person_id
            """,
            (list(persons),),
        )
    )


def _undo(
    undone: Sequence[LiveJoin],
    left: Sequence[LiveJoin],
    units: dict[int, tuple[int, ...]],
    *,
    by: Actor,
    at: datetime,
) -> None:
    """Take these joins back; `left` hold, with the units they add now."""
    gone = [join.gone for join in undone]
    sql.execute(
        "UPDATE people_join SET parted_at = %s, parted_by = %s WHERE id = ANY(%s)",
        (at, by.name, [join.id for join in undone]),
    )
    sql.execute(
        "UPDATE people_join j SET units_added = l.added::int[]"
        " FROM unnest(%s::bigint[], %s::text[]) AS l (id, added)"
        " WHERE j.id = l.id AND j.units_added <> l.added::int[]",
        ([join.id for join in left], [array_of(join.added) for join in left]),
    )
    sql.execute(
        "UPDATE people_person SET merged_into_id = NULL WHERE id = ANY(%s)",
        (gone,),
    )
    _set_units(units)
    sql.execute(
        "UPDATE people_person SET compared_at = NULL, owed_since = coalesce(owed_since, %s)"
        " WHERE id = ANY(%s) AND merged_into_id IS NULL",
        (at, [*gone, *units]),
    )


def reopen_candidates(pairs: Sequence[Pair], *, by: Actor, at: datetime) -> Outcome[Pair]:
    """Take back that these are two people: the pair waits for a review again.

    Refuses a pair that no review parted and one out of sight; one that waits already stays so.
    Locks the pairs in the order of their ids.
    """
    outcome: Outcome[Pair] = Outcome()
    with scope.entered(by, "people.match"):
        ordered = once(pair.ordered for pair in pairs)
        decided = {
            (line[0], line[1]): line[2]
            for line in sql.rows(
                """
                SELECT c.one_id, c.other_id, c.decision FROM people_candidate c
                JOIN unnest(%s::bigint[], %s::bigint[]) AS p (one, other)
                  ON c.one_id = p.one AND c.other_id = p.other
                ORDER BY c.one_id, c.other_id FOR NO KEY UPDATE OF c
                """,
                ([one for one, _ in ordered], [other for _, other in ordered]),
            )
        }
        for pair in pairs:
            if decided.get(pair.ordered) == "parted":
                decided[pair.ordered] = ""
                outcome.done.append(pair)
            elif decided.get(pair.ordered) == "":
                outcome.unchanged.append(pair)
            else:
                outcome.refused.append(Refused(pair, ReviewRefusal.NOT_DECIDED))
        sql.execute(
            """
            UPDATE people_candidate c SET decision = '', decided_at = NULL, decided_by = ''
            FROM unnest(%s::bigint[], %s::bigint[]) AS p (one, other)
            WHERE c.one_id = p.one AND c.other_id = p.other
            """,
            ([p.ordered[0] for p in outcome.done], [p.ordered[1] for p in outcome.done]),
        )
        audit.record(
            by,
            "people.reopen_candidates",
            at=at,
            persons=[person for pair in outcome.done for person in (pair.one, pair.other)],
        )
    return outcome
