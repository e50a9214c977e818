"""What must look across territories: resolving identity numbers in hand. SQL for migrations."""

CLAIM_DOCUMENTS = """
CREATE FUNCTION people_claim_documents(
    kinds text[], countries text[], numbers text[], claimants bigint[],
    name_keys text[], sexes text[], birth_dates date[], birth_years int[], finding_unit int
) RETURNS TABLE (person_id bigint, agrees boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- A number seen for the first time belongs to its first claimant. DO NOTHING returns nothing for
    -- the others, so later statements, with their own snapshots, read whose they are.
    INSERT INTO people_document (person_id, kind, country, number)
    SELECT c.claimant, c.kind, c.country, c.number
    FROM unnest(claimants, kinds, countries, numbers) WITH ORDINALITY
         AS c (claimant, kind, country, number, place)
    ORDER BY c.number, c.kind, c.country, c.place
    ON CONFLICT (number, kind, country) DO NOTHING;

    -- In the order of their ids, or two units that meet the same people would wait for each other.
    PERFORM 1 FROM people_person p
    WHERE p.id IN (
        SELECT d.person_id FROM unnest(kinds, countries, numbers) AS c (kind, country, number)
        JOIN people_document d
          ON d.number = c.number AND d.kind = c.kind AND d.country = c.country)
    ORDER BY p.id FOR NO KEY UPDATE;

    -- Nobody is a person yet who claimed a number just now: whether others of the batch agree with
    -- them, their caller judges.
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT c.place, d.person_id AS holder,
               CASE WHEN p.id IS NOT NULL THEN
                   p.name_key = c.name_key
                   AND (p.sex IS NULL OR c.sex IS NULL OR p.sex = c.sex)
                   AND CASE
                       WHEN p.birth_date IS NOT NULL AND c.birth_date IS NOT NULL
                           THEN p.birth_date = c.birth_date
                       WHEN p.birth_year IS NOT NULL AND c.birth_year IS NOT NULL
                           THEN p.birth_year = c.birth_year
                       ELSE true
                   END
               END AS same
        FROM unnest(claimants, kinds, countries, numbers,
                    name_keys, sexes, birth_dates, birth_years) WITH ORDINALITY
             AS c (claimant, kind, country, number, name_key, sex, birth_date, birth_year, place)
        JOIN people_document d
          ON d.number = c.number AND d.kind = c.kind AND d.country = c.country
        LEFT JOIN people_person p ON p.id = d.person_id
    ), met AS (
        -- Whoever meets a known person becomes answerable too.
        UPDATE people_person p SET unit_ids = p.unit_ids || finding_unit
        WHERE p.id IN (SELECT holder FROM found WHERE same)
          AND NOT p.unit_ids @> ARRAY[finding_unit]
    )
    SELECT f.holder, f.same FROM found f ORDER BY f.place;
END $$;
"""

DROP_CLAIM_DOCUMENTS = (
    "DROP FUNCTION people_claim_documents"
    "(text[], text[], text[], bigint[], text[], text[], date[], int[], int)"
)
