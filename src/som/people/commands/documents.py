"""Whose the numbers of documents are: claimed, handed over, and said by two."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from som.kernel import sql
from som.people import rules
from som.people.rules import Declaration, Document


def claimed(
    said: Sequence[Declaration],
    papers_of: Sequence[Sequence[Document]],
    keys: Sequence[str],
    ids: Sequence[int],
    *,
    unit: int,
) -> tuple[set[int], dict[int, list[rules.Held]]]:
    """Whose the numbers are: the places of the declarations with a number that is new, and of the
    others who holds them, in the order in which a declaration names them.

    A number seen for the first time belongs to its claimant from now on.
    """
    places: list[int] = []
    papers: list[Document] = []
    for place, named in enumerate(papers_of):
        for paper in named:
            places.append(place)
            papers.append(paper)
    if not papers:
        return set(), {}
    found: dict[int, list[rules.Held]] = {}
    answers = sql.rows(
        "SELECT * FROM people_claim_documents(%s::text[], %s::text[], %s::text[],"
        " %s::bigint[], %s::text[], %s::text[], %s::date[], %s::int[], %s::int)",
        (
            [paper.kind for paper in papers],
            [paper.country for paper in papers],
            [paper.number for paper in papers],
            [ids[place] for place in places],
            [keys[place] for place in places],
            [said[place].sex for place in places],
            [said[place].birth_date for place in places],
            [said[place].birth_year for place in places],
            unit,
        ),
    )
    for nth, *held in answers:
        found.setdefault(places[nth - 1], []).append(rules.Held(*held))
    if not found:
        return set(places), found
    answered = {nth - 1 for nth, *_ in answers}
    return {place for nth, place in enumerate(places) if nth not in answered}, found


def hand_over(claimants: Mapping[int, int]) -> None:
    """Numbers claimed just now by somebody already known are that person's."""
    if claimants:
        sql.execute(
            "SELECT people_hand_over_documents(%s::bigint[], %s::bigint[])",
            (list(claimants), list(claimants.values())),
        )


def note_shared(shared: Sequence[tuple[int, int]]) -> None:
    """Note numbers said by one person and held by another; matching looks at both again."""
    if not shared:
        return
    persons = [person for person, _ in shared]
    sql.execute(
        "INSERT INTO people_sharednumber (person_id, document_id)"
        " SELECT * FROM unnest(%s::bigint[], %s::bigint[]) ON CONFLICT DO NOTHING",
        (persons, [document for _, document in shared]),
    )
    sql.execute(
        "UPDATE people_person SET compared_at = NULL"
        " WHERE id = ANY(%s) AND compared_at IS NOT NULL",
        (persons,),
    )
