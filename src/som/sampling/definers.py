"""What must look across territories or do what nobody may: slips already in somebody's hand, tubes made
for nobody, requests and transfers, when somebody was last swabbed. SQL for migrations."""

from som.kernel.policies import in_scope

SLIPS_USED = """
CREATE FUNCTION sampling_slips_used(slips text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- A slip used elsewhere must not take a seat in a tube here before it is refused.
    SELECT w.slip FROM sampling_swab w WHERE w.slip = ANY (slips)
$$;
"""

DROP_SLIPS_USED = "DROP FUNCTION sampling_slips_used(text[])"

TAKE_BACK_TUBES = """
CREATE FUNCTION sampling_take_back_tubes(tubes bigint[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- Nobody may delete a tube, so that whatever points at one points at something: only who makes
    -- tubes at this moment, for swabs that are then refused, takes those back. Such a tube says that
    -- it holds swabs, for it is written as it was to be, and holds none: so stands no tube that was
    -- there before. It was written by this transaction (a row in sight whose transaction is under
    -- way), so nobody else can be about to point at it, and nothing does.
    DELETE FROM sampling_tube t
    WHERE t.id = ANY (tubes) AND t.swabs > 0
      AND pg_xact_status(((pg_current_xact_id()::text::bigint >> 32 << 32)
                          + t.xmin::text::bigint)::text::xid8) = 'in progress'
      AND NOT EXISTS (SELECT 1 FROM sampling_swab w WHERE w.tube_id = t.id)
      AND NOT EXISTS (SELECT 1 FROM sampling_custody c WHERE c.tube_id = t.id)
$$;
"""

DROP_TAKE_BACK_TUBES = "DROP FUNCTION sampling_take_back_tubes(bigint[])"

_ANSWERED = f"""
        -- Each swab with the requests of its person that it may answer, under every entry that is this
        -- person. Few were ever joined with another: the rest are looked up by themselves. LATERAL …
        -- OFFSET 0: row by row through the indexes, whatever the planner thinks of arrays.
        SELECT r.id AS request, r.person_id, w.id AS swab, w.taken_at
        FROM unnest(answering) AS g (id)
        CROSS JOIN LATERAL (
            SELECT w.id, w.person_id, w.tube_id, w.taken_at FROM sampling_swab w
            WHERE w.id = g.id AND {in_scope("w.unit_ids")} OFFSET 0) w
        CROSS JOIN LATERAL (
            SELECT t.tube_class FROM sampling_tube t WHERE t.id = w.tube_id OFFSET 0) t
        CROSS JOIN LATERAL (
            SELECT w.person_id AS entry
            UNION
            SELECT s.entry FROM people_person p CROSS JOIN LATERAL people_selves(ARRAY[p.id]) s
            WHERE p.id = w.person_id
              AND (p.merged_into_id IS NOT NULL
                   OR (SELECT o.id FROM people_person o WHERE o.merged_into_id = p.id LIMIT 1)
                      IS NOT NULL)
            OFFSET 0) e
        CROSS JOIN LATERAL (
            SELECT q.id, q.person_id FROM sampling_testrequest q
            WHERE q.person_id = e.entry AND q.ended_at IS NULL
              AND (q.requested_at <= w.taken_at OR q.id = ANY (named))
              AND (NOT q.single OR t.tube_class <> 'screening' OR alone) OFFSET 0) r
"""

END_REQUESTS = f"""
CREATE FUNCTION sampling_end_requests(answering bigint[], named bigint[], alone boolean)
RETURNS TABLE (request_id bigint, person_id bigint)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp
-- Its plan is kept from the first call, when tables may be empty: row by row, whatever it thought.
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
#variable_conflict use_column
DECLARE open_ones bigint[];
BEGIN
    -- A swab answers whoever asked for this person, under whatever entry and in whatever unit: those
    -- who asked elsewhere cannot know of it. `named`: requests that swabs said they answer, even
    -- where the team's clock is behind. `alone`: every tube of the session holds one swab.
    open_ones := ARRAY(SELECT a.request FROM ({_ANSWERED}) a);
    IF cardinality(open_ones) = 0 THEN
        RETURN;
    END IF;
    -- In the order of their ids, or two teams that meet the same people would wait for each other.
    PERFORM 1 FROM sampling_testrequest r WHERE r.id = ANY (open_ones) ORDER BY r.id FOR NO KEY UPDATE;
    -- Asked again with the locks held; a request that came meanwhile is not locked and stays.
    RETURN QUERY
    WITH answered AS MATERIALIZED (
        SELECT DISTINCT ON (a.request) a.request, a.swab, a.taken_at
        FROM ({_ANSWERED}) a
        -- IS TRUE: looked up in a table of hashes, not one list held against the other.
        WHERE (a.request IN (SELECT o.id FROM unnest(open_ones) AS o (id))) IS TRUE
        ORDER BY a.request, a.taken_at, a.swab
    )
    UPDATE sampling_testrequest r
    SET ended_at = a.taken_at, ended_as = 'swabbed', swab_id = a.swab
    FROM answered a WHERE r.id = a.request AND r.ended_at IS NULL
    RETURNING r.id, r.person_id;
END $$;
"""

DROP_END_REQUESTS = "DROP FUNCTION sampling_end_requests(bigint[], bigint[], boolean)"

_MINE = in_scope("ARRAY[t.to_unit_id]")

TRANSFERS_WAITING = f"""
CREATE FUNCTION sampling_transfers_waiting(most int)
RETURNS TABLE (
    request_id bigint, unit_id int, to_unit_id int, offered_at timestamptz, person_id bigint,
    name text, sex text, birth_date date, birth_year smallint, reason text, day_number smallint,
    single boolean, due_at timestamptz
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- Whoever is asked to take a person over must know whom; nothing else of them shows before.
    SELECT r.id, t.unit_id, t.to_unit_id, t.offered_at, p.id, p.name, p.sex::text, p.birth_date,
           p.birth_year, r.reason, r.day_number, r.single, r.due_at
    FROM sampling_transfer t
    JOIN sampling_testrequest r ON r.id = t.request_id
    JOIN people_person p ON p.id = people_standing(r.person_id)
    WHERE t.answered_at IS NULL AND r.ended_at IS NULL
      AND {_MINE}
    ORDER BY r.due_at, r.id LIMIT most
$$;
"""

DROP_TRANSFERS_WAITING = "DROP FUNCTION sampling_transfers_waiting(int)"

TRANSFERS_HERE = f"""
CREATE FUNCTION sampling_transfers_here(requests bigint[])
RETURNS TABLE (
    request_id bigint, transfer_id bigint, to_unit_id int, answer text, ended boolean,
    person_id bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    -- The request's lock guards its transfers too: the giver may be ending it at this moment.
    PERFORM 1 FROM sampling_testrequest r
    WHERE r.id IN (SELECT t.request_id FROM sampling_transfer t
                   WHERE t.request_id = ANY (requests)
                     AND {_MINE})
    ORDER BY r.id FOR NO KEY UPDATE;
    RETURN QUERY
    SELECT DISTINCT ON (r.id) r.id, t.id, t.to_unit_id, t.answer, r.ended_at IS NOT NULL,
           r.person_id
    FROM sampling_transfer t JOIN sampling_testrequest r ON r.id = t.request_id
    WHERE t.request_id = ANY (requests)
      AND {_MINE}
    ORDER BY r.id, t.id DESC;
END $$;
"""

DROP_TRANSFERS_HERE = "DROP FUNCTION sampling_transfers_here(bigint[])"

TAKE_OVER = f"""
CREATE FUNCTION sampling_take_over(transfers bigint[], as_of timestamptz) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE taken bigint[];
BEGIN
    -- The giver's request ends, one of this unit's own takes its place, and this unit becomes
    -- answerable for the person: three rows that are not in its sight before.
    WITH accepted AS (
        UPDATE sampling_transfer t SET answered_at = as_of, answer = 'accepted'
        FROM sampling_testrequest r
        WHERE t.id = ANY (transfers) AND t.answered_at IS NULL
          AND r.id = t.request_id AND r.ended_at IS NULL
          AND {_MINE}
        RETURNING t.id
    )
    SELECT array_agg(id) INTO taken FROM accepted;

    INSERT INTO sampling_testrequest
        (key, unit_ids, unit_id, person_id, reason, day_number, campaign_id, single, requested_at,
         due_at, from_swab_id)
    SELECT 'transfer:' || r.id, t.to_unit_id || array_remove(r.unit_ids, t.to_unit_id),
           t.to_unit_id, r.person_id, r.reason, r.day_number, r.campaign_id, r.single, as_of,
           r.due_at, r.from_swab_id
    FROM sampling_transfer t JOIN sampling_testrequest r ON r.id = t.request_id
    WHERE t.id = ANY (taken) ORDER BY r.id
    ON CONFLICT (key) DO NOTHING;

    UPDATE sampling_testrequest r SET ended_at = as_of, ended_as = 'transferred'
    FROM sampling_transfer t WHERE t.id = ANY (taken) AND r.id = t.request_id;

    PERFORM 1 FROM people_person p
    WHERE p.id IN (SELECT s.entry FROM people_selves(ARRAY(
                       SELECT r.person_id
                       FROM sampling_transfer t JOIN sampling_testrequest r ON r.id = t.request_id
                       WHERE t.id = ANY (taken))) s)
    ORDER BY p.id FOR NO KEY UPDATE;

    UPDATE people_person p
    SET unit_ids = p.unit_ids || ARRAY(SELECT unnest(g.units) EXCEPT SELECT unnest(p.unit_ids))
    FROM (SELECT e.person, array_agg(DISTINCT t.to_unit_id) AS units
          FROM sampling_transfer t JOIN sampling_testrequest r ON r.id = t.request_id
          CROSS JOIN LATERAL people_selves(ARRAY[r.person_id]) AS e (asked, stands, person)
          WHERE t.id = ANY (taken) GROUP BY e.person) g
    WHERE p.id = g.person AND NOT p.unit_ids @> g.units;

    -- Where the person lives: without it nobody would find them.
    UPDATE people_whereabouts w
    SET unit_ids = w.unit_ids || ARRAY(SELECT unnest(g.units) EXCEPT SELECT unnest(w.unit_ids))
    FROM (SELECT e.person, array_agg(DISTINCT t.to_unit_id) AS units
          FROM sampling_transfer t JOIN sampling_testrequest r ON r.id = t.request_id
          CROSS JOIN LATERAL people_selves(ARRAY[r.person_id]) AS e (asked, stands, person)
          WHERE t.id = ANY (taken) GROUP BY e.person) g
    WHERE w.person_id = g.person AND w.kind = 'residence' AND NOT w.unit_ids @> g.units;
END $$;
"""

DROP_TAKE_OVER = "DROP FUNCTION sampling_take_over(bigint[], timestamptz)"

SHARE_PERSONS = f"""
CREATE FUNCTION sampling_share_persons(persons bigint[], units int[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE fresh bigint[];
BEGIN
    -- A unit that is to swab somebody must see them, or the request would be nobody's: whoever asks
    -- for people in sight makes that unit answerable for them and for where they live.
    fresh := ARRAY(
        SELECT p.id FROM people_person p
        JOIN unnest(persons, units) AS g (person, unit) ON g.person = p.id
        WHERE NOT p.unit_ids @> ARRAY[g.unit] AND {in_scope("p.unit_ids")}
        ORDER BY p.id FOR NO KEY UPDATE OF p);
    IF cardinality(fresh) = 0 THEN
        RETURN;
    END IF;
    UPDATE people_person p
    SET unit_ids = p.unit_ids || ARRAY(SELECT unnest(g.units) EXCEPT SELECT unnest(p.unit_ids))
    FROM (SELECT person, array_agg(DISTINCT unit) AS units
          FROM unnest(persons, units) AS g (person, unit)
          WHERE person = ANY (fresh) GROUP BY person) g
    WHERE p.id = g.person;
    UPDATE people_whereabouts w
    SET unit_ids = w.unit_ids || ARRAY(SELECT unnest(g.units) EXCEPT SELECT unnest(w.unit_ids))
    FROM (SELECT person, array_agg(DISTINCT unit) AS units
          FROM unnest(persons, units) AS g (person, unit)
          WHERE person = ANY (fresh) GROUP BY person) g
    WHERE w.person_id = g.person AND w.kind = 'residence' AND NOT w.unit_ids @> g.units;
END $$;
"""

DROP_SHARE_PERSONS = "DROP FUNCTION sampling_share_persons(bigint[], int[])"

LAST_SWABS = f"""
CREATE FUNCTION sampling_last_swabs(persons bigint[], since timestamptz, before timestamptz)
RETURNS TABLE (person_id bigint, taken_at timestamptz)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- When people in sight were last swabbed, wherever that was: the time alone, so that nobody is
    -- swabbed again and again because each unit sees only its own.
    SELECT s.asked, max(w.taken_at)
    FROM people_selves(ARRAY(
        SELECT p.id FROM people_person p
        WHERE p.id = ANY (persons) AND {in_scope("p.unit_ids")})) s
    JOIN sampling_swab w ON w.person_id = s.entry
    WHERE w.taken_at >= since AND w.taken_at < before GROUP BY s.asked
$$;
"""

DROP_LAST_SWABS = "DROP FUNCTION sampling_last_swabs(bigint[], timestamptz, timestamptz)"

CARDS_MADE = """
CREATE FUNCTION sampling_cards_made(serials int[]) RETURNS TABLE (serial int, unit_id int)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- A number printed for another unit must not be printed again; its slip is not told.
    SELECT c.serial, c.unit_id FROM sampling_card c WHERE c.serial = ANY (serials)
$$;
"""

DROP_CARDS_MADE = "DROP FUNCTION sampling_cards_made(int[])"

SLIPS_PRINTED = """
CREATE FUNCTION sampling_slips_printed(slips text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- A slip printed on a sheet must be in nobody's hand and on no other paper, wherever that is.
    SELECT w.slip FROM sampling_swab w WHERE w.slip = ANY (slips)
    UNION SELECT c.slip FROM sampling_card c WHERE c.slip = ANY (slips)
    UNION SELECT l.slip FROM sampling_sheetline l WHERE l.slip = ANY (slips) AND l.slip <> ''
$$;
"""

DROP_SLIPS_PRINTED = "DROP FUNCTION sampling_slips_printed(text[])"
