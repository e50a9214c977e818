"""Comparing: whoever is new is looked for among all others, off the hot path."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from som.kernel import audit, scope, sql
from som.kernel.actors import Actor
from som.kernel.clock import LOCAL
from som.kernel.errors import NotAllowed
from som.kernel.outcomes import Outcome, Refused, once
from som.people.matching.likeness import Known, Likeness, kept_keys, likeness
from som.people.matching.reviews import ReviewRefusal
from som.people.queries import known_of, parted_before, selves, similar_to


def compare_people(persons: Sequence[int], *, by: Actor, at: datetime) -> Outcome[int]:
    """Look whether others like these are known, and note the pairs for a review.

    Compared once, a person stays as they are until something new is known of them. Refuses a person
    unknown. An open pair that is no longer alike goes; what a review decided stays. Only who sees
    everybody may compare. Locks the persons in the order of their ids; one comparison at a time, or
    two new people would miss each other.
    """
    outcome: Outcome[int] = Outcome()
    with scope.entered(by, "people.match") as units:
        if units is not None:
            raise NotAllowed("people.match")
        sql.execute("SELECT pg_advisory_xact_lock(hashtext('people.compare_people'))")
        found = {
            line[0]: line[1:]
            for line in sql.rows(
                "SELECT id, merged_into_id, compared_at FROM people_person WHERE id = ANY(%s)"
                " ORDER BY id FOR NO KEY UPDATE",
                (list(persons),),
            )
        }
        new = []
        for person in once(persons):
            if person not in found:
                outcome.refused.append(Refused(person, ReviewRefusal.PERSON_UNKNOWN))
            elif found[person][1] is not None:
                outcome.unchanged.append(person)
            else:
                outcome.done.append(person)
                if found[person][0] is None:
                    new.append(person)
        known = known_of(new, on=at.astimezone(LOCAL).date())
        _write_likenesses(known, gone=[person for person in outcome.done if person not in known])
        sought = list(known.values())
        pairs: dict[tuple[int, int], Likeness] = {}
        compared = 0
        for similar in similar_to(sought):
            one, other = sorted((sought[similar.place], similar.known), key=lambda k: k.id)
            if one.id == other.id:
                continue
            compared += 1
            alike = likeness(one, other)
            if alike.proposed:
                pairs[one.id, other.id] = alike
        _note_candidates(pairs, compared=list(known), at=at)
        sql.execute(
            "UPDATE people_person SET compared_at = %s WHERE id = ANY(%s)", (at, outcome.done)
        )
        audit.record(
            by,
            "people.compare_people",
            at=at,
            persons=outcome.done,
            note={"pairs": compared, "proposed": len(pairs)},
        )
    return outcome


def _write_likenesses(known: dict[int, Known], *, gone: Sequence[int]) -> None:
    """Write how these are found, all their entries together; who is part of them is not found."""
    merged = [entry for entry, stands in selves(known).items() if entry != stands]
    sql.execute(
        "DELETE FROM people_likeness WHERE person_id = ANY(%s)", ([*known, *merged, *gone],)
    )
    rows = list(known.values())
    sql.execute(
        """
        INSERT INTO people_likeness
            (person_id, words, newborn, phones, numbers, communes, hamlets, keys)
        SELECT p.id, p.words, p.newborn, string_to_array(p.phones, E'\\x1f'),
               string_to_array(p.numbers, E'\\x1f'), p.communes::int[],
               string_to_array(p.hamlets, E'\\x1f'), p.keys::bigint[]
        FROM unnest(%s::bigint[], %s::text[], %s::boolean[], %s::text[],
                    %s::text[], %s::text[], %s::text[], %s::text[])
             AS p (id, words, newborn, phones, numbers, communes, hamlets, keys)
        """,
        (
            [one.id for one in rows],
            [" ".join(one.name.words) for one in rows],
            [one.name.newborn for one in rows],
            ["\x1f".join(sorted(one.phones)) for one in rows],
            ["\x1f".join(sorted(one.numbers)) for one in rows],
            [array_of(sorted(one.communes)) for one in rows],
            ["\x1f".join(sorted(one.hamlets)) for one in rows],
            [array_of(kept_keys(one)) for one in rows],
        ),
    )


def array_of(numbers: Iterable[int]) -> str:
    """An array as PostgreSQL reads it from text: arrays of arrays must have one length."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _note_candidates(
    pairs: dict[tuple[int, int], Likeness], *, compared: Sequence[int], at: datetime
) -> None:
    """Note these pairs of the persons compared, and drop open ones that are alike no more."""
    entries = selves({person for pair in pairs for person in pair})
    apart = {frozenset(entries[e] for e in two) for two in parted_before(entries)}
    new = [(*pair, alike) for pair, alike in pairs.items() if frozenset(pair) not in apart]
    ones, others = [line[0] for line in new], [line[1] for line in new]
    sql.execute(
        """
        DELETE FROM people_candidate c
        WHERE c.decided_at IS NULL
          AND (c.one_id = ANY(%(compared)s) OR c.other_id = ANY(%(compared)s))
          AND NOT EXISTS (SELECT 1 FROM unnest(%(ones)s::bigint[], %(others)s::bigint[])
                          AS n (one, other) WHERE n.one = c.one_id AND n.other = c.other_id)
        """,
        {"compared": list(compared), "ones": ones, "others": others},
    )
    sql.execute(
        """
        INSERT INTO people_candidate (one_id, other_id, score, reasons, found_at, decision,
                                      decided_by)
        SELECT n.one, n.other, n.score, string_to_array(n.reasons, ' '), %s, '', ''
        FROM unnest(%s::bigint[], %s::bigint[], %s::float[], %s::text[])
             AS n (one, other, score, reasons)
        ORDER BY n.one, n.other
        ON CONFLICT (one_id, other_id) DO UPDATE
        SET score = excluded.score, reasons = excluded.reasons
        WHERE people_candidate.decided_at IS NULL
        """,
        (
            at,
            ones,
            others,
            [alike.score for _, _, alike in new],
            [" ".join(alike.reasons) for _, _, alike in new],
        ),
    )
