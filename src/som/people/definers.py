"""What must look across territories: resolving identity numbers in hand. SQL for migrations."""

from som.kernel.policies import in_scope

STANDING = """
-- Who an entry turned out to be, through however many joins. A definer's, like the next: an entry in
-- the middle may be out of sight, and a number without a name tells nothing.
CREATE FUNCTION people_standing(person bigint) RETURNS bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE up AS (
        SELECT p.id, p.merged_into_id FROM people_person p WHERE p.id = person
        UNION ALL
        SELECT p.id, p.merged_into_id FROM up JOIN people_person p ON p.id = up.merged_into_id
    )
    SELECT id FROM up WHERE merged_into_id IS NULL
$$;
"""

DROP_STANDING = "DROP FUNCTION people_standing(bigint)"

SELVES = """
-- Every entry that is one with those asked for, themselves included, and which of them stands.
-- LATERAL … OFFSET 0: entry by entry through the indexes; a recursive join is thought ten times as
-- long as it is and would read the whole table.
CREATE FUNCTION people_selves(persons bigint[])
RETURNS TABLE (asked bigint, stands bigint, entry bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH RECURSIVE up AS (
        SELECT p.id AS asked, p.id, p.merged_into_id FROM people_person p WHERE p.id = ANY (persons)
        UNION ALL
        SELECT up.asked, p.id, p.merged_into_id
        FROM up CROSS JOIN LATERAL (
            SELECT g.id, g.merged_into_id FROM people_person g WHERE g.id = up.merged_into_id OFFSET 0
        ) p
    ), down AS (
        SELECT asked, id AS stands, id FROM up WHERE merged_into_id IS NULL
        UNION ALL
        SELECT d.asked, d.stands, p.id
        FROM down d CROSS JOIN LATERAL (
            SELECT g.id FROM people_person g WHERE g.merged_into_id = d.id OFFSET 0
        ) p
    )
    SELECT asked, stands, id FROM down
$$;
"""

DROP_SELVES = "DROP FUNCTION people_selves(bigint[])"

AGREES = """
-- Whether nothing known of a person contradicts what is said: `rules.agree` in SQL.
CREATE FUNCTION people_agrees(
    known people_person, name_key text, sex text, birth_date date, birth_year int
) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
    SELECT known.name_key = name_key
       AND (known.sex IS NULL OR sex IS NULL OR known.sex = sex)
       AND CASE
           WHEN known.birth_date IS NOT NULL AND birth_date IS NOT NULL
               THEN known.birth_date = birth_date
           WHEN known.birth_year IS NOT NULL AND birth_year IS NOT NULL
               THEN known.birth_year = birth_year
           ELSE true
       END
$$;
"""

DROP_AGREES = "DROP FUNCTION people_agrees(people_person, text, text, date, int)"

HOLDERS = f"""
-- Who holds these numbers, as far as the caller may see: what the policies say, without asking of each
-- number by itself whether its holder shows, for which the planner may read every person there is.
CREATE FUNCTION people_holders(asked text[])
RETURNS TABLE (
    kind text, number text, country text, person_id bigint,
    name text, sex text, birth_date date, birth_year int, phone text,
    standing_name text, standing_sex text, standing_birth_date date, standing_birth_year int,
    standing_phone text
) LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    RETURN QUERY
    SELECT d.kind, d.number, d.country::text, coalesce(s.id, h.id),
           h.name, h.sex::text, h.birth_date, h.birth_year::int, h.phone,
           s.name, s.sex::text, s.birth_date, s.birth_year::int, s.phone
    FROM people_document d
    JOIN people_person h ON h.id = d.person_id
    LEFT JOIN people_person s
      ON h.merged_into_id IS NOT NULL AND s.id = people_standing(h.id)
     AND {in_scope("s.unit_ids")}
    WHERE d.number = ANY (asked) AND {in_scope("h.unit_ids")};
END $$;
"""

DROP_HOLDERS = "DROP FUNCTION people_holders(text[])"

CLAIM_DOCUMENTS = """
CREATE FUNCTION people_claim_documents(
    kinds text[], countries text[], numbers text[], claimants bigint[],
    name_keys text[], sexes text[], birth_dates date[], birth_years int[], finding_unit int
) RETURNS TABLE (place bigint, document_id bigint, person_id bigint, agrees boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- Its plan is kept from the first call, which may find empty tables: few rows of large tables are
-- looked up one by one, whatever the statistics said then.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    fresh int;
    told bigint[];
BEGIN
    -- A number seen for the first time belongs to its first claimant. DO NOTHING returns nothing for
    -- the others, so later statements, with their own snapshots, read whose they are.
    INSERT INTO people_document (person_id, kind, country, number)
    SELECT c.claimant, c.kind, c.country, c.number
    FROM unnest(claimants, kinds, countries, numbers) WITH ORDINALITY
         AS c (claimant, kind, country, number, place)
    ORDER BY c.number, c.kind, c.country, c.place
    ON CONFLICT (number, kind, country) DO NOTHING;
    GET DIAGNOSTICS fresh = ROW_COUNT;
    -- Most are met for the first time: nobody is to be locked, compared and told of. A walk-in who is
    -- named now was met before.
    IF fresh = cardinality(numbers)
       AND NOT EXISTS (SELECT 1 FROM people_person p WHERE p.id = ANY (claimants)) THEN
        RETURN;
    END IF;
    -- The others, by their places: of these alone is more to be known.
    told := ARRAY(
        SELECT c.place
        FROM unnest(claimants, kinds, countries, numbers) WITH ORDINALITY
             AS c (claimant, kind, country, number, place)
        JOIN people_document d
          ON d.number = c.number AND d.kind = c.kind AND d.country = c.country
        WHERE d.person_id <> c.claimant
           OR (SELECT h.id FROM people_person h WHERE h.id = d.person_id) IS NOT NULL
        ORDER BY c.place);

    -- In the order of their ids, or two units that meet the same people would wait for each other.
    PERFORM 1 FROM people_person p
    WHERE p.id IN (
        SELECT unnest(ARRAY[h.id, CASE WHEN h.merged_into_id IS NOT NULL
                                       THEN people_standing(h.id) END])
        FROM unnest(told) AS c (place)
        JOIN people_document d
          ON d.number = numbers[c.place] AND d.kind = kinds[c.place]
         AND d.country = countries[c.place]
        JOIN people_person h ON h.id = d.person_id)
    ORDER BY p.id FOR NO KEY UPDATE;

    -- Nobody is a person yet who claimed a number just now: whether others of the batch agree with
    -- them, their caller judges. Of joined entries the one that stands is the answer, and what either
    -- of them said may agree.
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT c.place, d.id AS document, d.person_id AS holder,
               coalesce(s.id, d.person_id) AS stands,
               CASE WHEN h.id IS NOT NULL THEN
                   people_agrees(h, name_keys[c.place], sexes[c.place], birth_dates[c.place],
                                 birth_years[c.place])
                   OR (s.id IS NOT NULL
                       AND people_agrees(s, name_keys[c.place], sexes[c.place],
                                         birth_dates[c.place], birth_years[c.place]))
               END AS same
        FROM unnest(told) AS c (place)
        JOIN people_document d
          ON d.number = numbers[c.place] AND d.kind = kinds[c.place]
         AND d.country = countries[c.place]
        LEFT JOIN people_person h ON h.id = d.person_id
        LEFT JOIN people_person s
          ON h.merged_into_id IS NOT NULL AND s.id = people_standing(h.id)
    ), met AS (
        -- Whoever meets a known person becomes answerable too, for all their entries.
        UPDATE people_person p SET unit_ids = p.unit_ids || finding_unit
        WHERE p.id IN (SELECT s.entry FROM people_selves(ARRAY(
                           SELECT holder FROM found WHERE same)) s)
          AND NOT p.unit_ids @> ARRAY[finding_unit]
    )
    SELECT f.place, f.document, f.stands, f.same FROM found f ORDER BY f.place;
END $$;
"""

DROP_CLAIM_DOCUMENTS = (
    "DROP FUNCTION people_claim_documents"
    "(text[], text[], text[], bigint[], text[], text[], date[], int[], int)"
)

HAND_OVER_DOCUMENTS = """
-- Numbers claimed just now by somebody who turned out to be a person already known are that person's.
CREATE FUNCTION people_hand_over_documents(claimants bigint[], persons bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE people_document d SET person_id = g.person
    FROM unnest(claimants, persons) AS g (claimant, person)
    WHERE d.person_id = g.claimant
      AND NOT EXISTS (SELECT 1 FROM people_person p WHERE p.id = g.claimant);
    -- Whoever has a number more may be found to be known already.
    UPDATE people_person SET compared_at = NULL WHERE id = ANY (persons) AND compared_at IS NOT NULL
$$;
"""

DROP_HAND_OVER_DOCUMENTS = "DROP FUNCTION people_hand_over_documents(bigint[], bigint[])"

FOUND_SIMILAR = """
    SELECT sought.place, found.*
    FROM (
        SELECT g.place::int, g.words, k.keys
        FROM unnest(sought_words) WITH ORDINALITY AS g (words, place)
        JOIN (
            SELECT u.place, array_agg(u.key) AS keys
            FROM unnest(key_places, sought_keys) AS u (place, key) GROUP BY u.place
        ) k ON k.place = g.place
    ) sought
    CROSS JOIN LATERAL (
        SELECT p.id, p.name, p.sex::text, p.birth_date, p.birth_year::int, l.phones, l.numbers,
               l.communes, l.hamlets
        FROM people_likeness l JOIN people_person p ON p.id = l.person_id
        WHERE l.keys && sought.keys
          AND (l.newborn OR sought.words = '' OR similarity(l.words, sought.words) >= 0.25)
          AND p.merged_into_id IS NULL
          AND (everywhere OR p.unit_ids && units)
        ORDER BY similarity(l.words, sought.words) DESC, p.id
        LIMIT most
    ) found
"""

_FOUND = """TABLE (
    place int, person_id bigint, name text, sex text, birth_date date, birth_year int,
    phones text[], numbers text[], communes int[], hamlets text[]
)"""

SIMILAR = f"""
-- Persons who share a key and roughly a name with those sought, in the scope of whoever asks. Under
-- policies the index on their keys would not be used, hence a definer's function.
CREATE FUNCTION people_similar(
    sought_words text[], key_places int[], sought_keys bigint[], most int
) RETURNS {_FOUND}
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    everywhere boolean := kernel_everywhere();
    units int[] := kernel_units();
BEGIN
    RETURN QUERY {FOUND_SIMILAR};
END $$;
"""

DROP_SIMILAR = "DROP FUNCTION people_similar(text[], int[], bigint[], int)"
