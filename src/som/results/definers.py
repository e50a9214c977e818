"""What must look across territories: the public look-up, what no neighbour may carry, and the ledger law.
SQL for migrations."""

from som.kernel.policies import in_scope
from som.results.queries.barriers import COVERED, DEAD, VOID

LOOK_UP = """
CREATE FUNCTION results_look_up(
    slip_code text, born_on date, born_in int, phone_end text, card_serial int
)
RETURNS TABLE (
    person_id bigint, name text, taken_at timestamptz, due_at timestamptz, version smallint,
    value text, released_at timestamptz, lab text, asked_again boolean
) LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT w.person_id, k.name, w.taken_at, w.due_at, r.version, r.value, r.released_at, o.name,
           EXISTS (SELECT 1 FROM sampling_testrequest q
                   WHERE q.from_swab_id = w.id AND q.ended_at IS NULL)
    FROM sampling_swab w
    JOIN people_person p ON p.id = people_standing(w.person_id)
    -- Of a walk-in counts what came to be known of them; of everybody else what they said then.
    CROSS JOIN LATERAL (
        SELECT w.name, w.birth_date, w.birth_year, w.phone WHERE w.name <> ''
        UNION ALL
        SELECT p.name, p.birth_date, p.birth_year, p.phone WHERE w.name = ''
    ) k
    LEFT JOIN LATERAL (
        SELECT r.version, r.value, r.released_at, r.lab_id FROM results_result r
        WHERE r.swab_id = w.id ORDER BY r.version DESC LIMIT 1
    ) r ON true
    LEFT JOIN places_organisation o ON o.id = r.lab_id
    WHERE w.slip = slip_code
      AND (k.birth_date = born_on
           OR (k.birth_year = born_in AND length(phone_end) = 4 AND right(k.phone, 4) = phone_end)
           -- A walk-in's card opens the answer alone, until it is known whose it is.
           OR (k.name = '' AND EXISTS (SELECT 1 FROM sampling_card c
                                       WHERE c.slip = w.slip AND c.serial = card_serial)))
$$;
"""

DROP_LOOK_UP = "DROP FUNCTION results_look_up(text, date, int, text, int)"
DROP_LOOK_UPS_BEFORE = """
DROP FUNCTION IF EXISTS results_look_up(text, date, int, text);
DROP FUNCTION IF EXISTS results_look_up(text, date, int, text, int);
"""
"""What earlier versions of the look-up were: its columns may not change by `CREATE OR REPLACE`."""

WITHHELD = f"""
CREATE FUNCTION results_withheld(swabs bigint[]) RETURNS SETOF bigint
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- Of these swabs, as far as the caller sees them: whose person is positive, or suspected, by another
    -- swab of its day or later, under whichever of their entries and wherever that was. No more is told
    -- than that: what is negative here must not be carried to them by a neighbour.
    -- LATERAL … OFFSET 0: person by person through the indexes, whatever is thought of an array.
    WITH these AS MATERIALIZED (
        SELECT w.id, w.person_id, date_trunc('day', w.taken_at, 'Asia/Ho_Chi_Minh') AS since
        FROM sampling_swab w WHERE w.id = ANY (swabs) AND {in_scope("w.unit_ids")}
    )
    SELECT DISTINCT w.id
    FROM people_selves(ARRAY(SELECT DISTINCT person_id FROM these)) s
    JOIN these w ON w.person_id = s.asked
    CROSS JOIN LATERAL (
        SELECT x.id FROM sampling_swab x
        WHERE x.person_id = s.entry AND x.taken_at >= w.since AND x.id <> w.id OFFSET 0) other
    CROSS JOIN LATERAL (
        SELECT r.value FROM results_result r
        WHERE r.swab_id = other.id ORDER BY r.version DESC LIMIT 1) last
    WHERE last.value IN ('positive', 'suspected')
$$;
"""

DROP_WITHHELD = "DROP FUNCTION results_withheld(bigint[])"

LEDGER_GAPS = (
    """
CREATE OR REPLACE FUNCTION results_ledger_gaps(as_of timestamptz)
RETURNS TABLE (law text, subject bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- Of our own scheme, a tube in use was printed.
    SELECT 'tube_never_printed', t.id FROM sampling_tube t
    WHERE t.scheme_id = 1 AND NOT EXISTS (
        SELECT 1 FROM sampling_roll r
        WHERE int4range(r.first, r.last, '[]') @> substr(t.code, 2, 9)::int)
    UNION ALL
    -- A tube holds as many swabs as were recorded into it.
    SELECT 'tube_miscounts_its_swabs', t.id FROM sampling_tube t
    WHERE t.swabs <> (SELECT count(*) FROM sampling_swab w WHERE w.tube_id = t.id)
    UNION ALL
    -- Every swab ends in a result, a request, a loss or a death, or is under way: some station holds
    -- it and its use-by has not passed, or it was tested and waits for its release.
    SELECT 'swab_without_an_end', w.id
    FROM sampling_swab w JOIN sampling_tube t ON t.id = w.tube_id
    WHERE t.lost_at IS NULL AND t.use_by_at < as_of
      AND NOT EXISTS (SELECT 1 FROM results_result r WHERE r.swab_id = w.id)
      AND NOT EXISTS (SELECT 1 FROM sampling_testrequest q WHERE q.from_swab_id = w.id)
      AND NOT {DEAD}
      AND NOT EXISTS (
          SELECT 1 FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
          WHERE (l.tube_id = t.id
                 OR l.pool_id = (SELECT m.pool_id FROM lab_member m WHERE m.tube_id = t.id))
            AND v.value <> 'invalid'
            AND NOT EXISTS (SELECT 1 FROM results_release e WHERE e.verdict_id = v.id)
            AND NOT {VOID})
      AND NOT EXISTS (SELECT 1 FROM results_reported d
                      WHERE d.tube_id = t.id AND d.state IN ('review', 'waiting')
                        AND t.expired_at IS NULL)
    UNION ALL
    -- A suspicion is confirmed or refuted, or its person is asked for again, or what is left in the
    -- tube is under way to a laboratory that may confirm; unless they died.
    SELECT 'suspicion_left_open', r.id
    FROM results_result r JOIN sampling_swab w ON w.id = r.swab_id
    JOIN sampling_tube t ON t.id = w.tube_id
    WHERE r.value = 'suspected'
      AND NOT EXISTS (SELECT 1 FROM results_result n
                      WHERE n.swab_id = r.swab_id AND n.version > r.version)
      AND NOT EXISTS (SELECT 1 FROM sampling_testrequest q WHERE q.from_swab_id = w.id)
      AND NOT {DEAD}
      AND (t.use_by_at < as_of OR t.lost_at < as_of - interval '1 hour'
           OR NOT EXISTS (SELECT 1 FROM lab_reception p
                          WHERE p.tube_id = t.id AND p.waits_for IS NOT NULL)
              AND NOT EXISTS (
                  SELECT 1 FROM sampling_custody s
                  WHERE s.tube_id = t.id AND s.step = 'sent' AND s.handed_at >= r.released_at))
      AND NOT EXISTS (
          SELECT 1 FROM lab_load l JOIN lab_verdict v ON v.load_id = l.id
          WHERE l.tube_id = t.id AND v.value <> 'invalid' AND v.open
            AND NOT EXISTS (SELECT 1 FROM results_release e WHERE e.verdict_id = v.id)
            AND NOT {VOID})
    UNION ALL
    -- What another laboratory reported silences no test of ours: one that says otherwise of the same
    -- tube is released within a day, by a second person.
    SELECT 'verdict_against_the_answer', v.id
    FROM results_result r JOIN sampling_swab w ON w.id = r.swab_id
    JOIN lab_load l ON l.tube_id = w.tube_id JOIN lab_verdict v ON v.load_id = l.id
    JOIN lab_run n ON n.id = v.run_id
    WHERE r.reported_id IS NOT NULL AND r.value IN ('negative', 'negative_by_pool', 'positive')
      AND v.value NOT IN ('invalid', split_part(r.value, '_', 1))
      AND n.read_at < as_of - interval '1 day'
      -- A positive only a laboratory and a method that may confirm can refute.
      AND (r.value <> 'positive'
           OR n.method <> 'antigen' AND EXISTS (
               SELECT 1 FROM places_laboratoryright g
               WHERE g.organisation_id = n.lab_id AND g."right" = 'confirm'
                 AND daterange(g.valid_from, g.valid_to, '[]')
                     @> (n.read_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date))
      AND NOT EXISTS (SELECT 1 FROM results_result b
                      WHERE b.swab_id = r.swab_id AND b.version > r.version)
      AND NOT EXISTS (SELECT 1 FROM results_release e WHERE e.verdict_id = v.id)
      AND NOT EXISTS (SELECT 1 FROM lab_load ll JOIN lab_verdict lv ON lv.load_id = ll.id
                      WHERE ll.tube_id = l.tube_id AND lv.id > v.id)
      AND NOT EXISTS (SELECT 1 FROM lab_member m JOIN results_pooldecision d ON d.pool_id = m.pool_id
                      WHERE m.tube_id = l.tube_id)
      AND NOT {VOID}
    UNION ALL
    -- Whose answer was taken back is asked for again, unless they died.
    SELECT 'withdrawn_and_not_asked_again', r.id
    FROM results_result r JOIN sampling_swab w ON w.id = r.swab_id
    WHERE r.value = 'withdrawn'
      AND NOT EXISTS (SELECT 1 FROM sampling_testrequest q WHERE q.from_swab_id = w.id)
      AND NOT {DEAD}
    UNION ALL
    -- By a recall that is done no answer stands that it covers.
    SELECT 'recalled_answer_stands', r.id
    FROM results_recall c JOIN lab_run n ON {COVERED}
    JOIN lab_verdict v ON v.run_id = n.id JOIN results_result r ON r.verdict_id = v.id
    WHERE c.done_at IS NOT NULL
      AND (c.which = 'all' AND r.value <> 'withdrawn'
           OR c.which = 'negatives' AND r.value IN ('negative', 'negative_by_pool')
           OR c.which = 'positives' AND r.value IN ('positive', 'suspected'))
      AND NOT EXISTS (SELECT 1 FROM results_result b
                      WHERE b.swab_id = r.swab_id AND b.version > r.version)
    UNION ALL
    -- Whoever was in a lost tube has an answer or was asked again within the hour, unless they died.
    SELECT 'lost_and_not_asked_again', w.id
    FROM sampling_tube t JOIN sampling_swab w ON w.tube_id = t.id
    WHERE t.lost_at < as_of - interval '1 hour'
      AND NOT EXISTS (SELECT 1 FROM results_result r WHERE r.swab_id = w.id)
      AND NOT EXISTS (SELECT 1 FROM sampling_testrequest q WHERE q.from_swab_id = w.id)
      AND NOT {DEAD}
    UNION ALL
    -- Every test request ends, or is before its due time.
    SELECT 'request_past_due', q.id FROM sampling_testrequest q
    WHERE q.ended_at IS NULL AND q.due_at < as_of
    UNION ALL
    -- A request that ended in a swab ended in a swab of that very person, under whatever entry; or,
    -- where a join was taken back, they were asked for again.
    SELECT 'request_ended_by_another_person', q.id
    FROM sampling_testrequest q JOIN sampling_swab w ON w.id = q.swab_id
    WHERE w.person_id <> q.person_id
      AND people_standing(w.person_id) <> people_standing(q.person_id)
      AND NOT EXISTS (SELECT 1 FROM sampling_testrequest n WHERE n.key = 'parted:' || q.id)
    UNION ALL
    -- Handed to another unit it ended only once that unit took it over.
    SELECT 'request_transferred_unaccepted', q.id FROM sampling_testrequest q
    WHERE q.ended_as = 'transferred' AND NOT EXISTS (
        SELECT 1 FROM sampling_transfer t WHERE t.request_id = q.id AND t.answer = 'accepted')
    UNION ALL
    -- It ends with its campaign only once somebody has ended that.
    SELECT 'request_ended_before_its_campaign', q.id
    FROM sampling_testrequest q JOIN sampling_campaign c ON c.id = q.campaign_id
    WHERE q.ended_as = 'campaign_ended' AND (c.ended_at IS NULL OR c.ended_at > q.ended_at)
    UNION ALL
    -- Whoever was asked for no more as dead is dead, under whatever entry, or was asked again; save
    -- by the list of a campaign that was ended since.
    SELECT 'living_asked_for_no_more', q.id
    FROM sampling_testrequest q LEFT JOIN sampling_campaign c ON c.id = q.campaign_id
    WHERE q.ended_as = 'died'
      AND NOT (q.reason = 'roster' AND coalesce(c.ended_at IS NOT NULL, false))
      AND NOT EXISTS (
          SELECT 1 FROM people_selves(ARRAY[q.person_id]) s
          JOIN people_person p ON p.id = s.entry WHERE p.died_at IS NOT NULL)
      AND NOT EXISTS (SELECT 1 FROM sampling_testrequest n WHERE n.key = 'alive:' || q.id)
    UNION ALL
    -- Whoever was not met or could not be swabbed is asked for again.
    SELECT 'absence_not_asked_again', q.id FROM sampling_testrequest q
    WHERE q.ended_as IN ('absent', 'unable') AND NOT EXISTS (
        SELECT 1 FROM sampling_testrequest n WHERE n.key = 'revisit:' || q.id)
    UNION ALL
    -- A result comes from a verdict on the tube the person was swabbed into, or on its pool.
    SELECT 'result_of_another_tube', r.id
    FROM results_result r
    JOIN sampling_swab w ON w.id = r.swab_id
    JOIN lab_verdict v ON v.id = r.verdict_id
    JOIN lab_load l ON l.id = v.load_id
    WHERE l.tube_id IS DISTINCT FROM w.tube_id
      AND NOT EXISTS (SELECT 1 FROM lab_member m
                      WHERE m.pool_id = l.pool_id AND m.tube_id = w.tube_id)
    UNION ALL
    -- The first answer from a verdict says what the verdict says, a later one what a correction of
    -- it says that was confirmed then, or that a recall takes it back; and nobody is positive because
    -- of a pool.
    SELECT 'result_against_its_verdict', r.id
    FROM results_result r
    JOIN lab_verdict v ON v.id = r.verdict_id
    JOIN lab_load l ON l.id = v.load_id
    JOIN sampling_swab w ON w.id = r.swab_id
    JOIN sampling_tube t ON t.id = w.tube_id
    CROSS JOIN LATERAL (
        SELECT EXISTS (SELECT 1 FROM results_result b
                       WHERE b.swab_id = r.swab_id AND b.version < r.version
                         AND b.verdict_id = r.verdict_id) AS later
    ) AS e
    WHERE r.recall_id IS NULL AND NOT EXISTS (
        SELECT 1 FROM (
            SELECT v.value WHERE NOT e.later
            UNION ALL
            SELECT c.value FROM results_correction c
            WHERE e.later AND c.verdict_id = r.verdict_id AND c.confirmed_at = r.released_at
        ) AS said (value)
        WHERE r.value = ANY (CASE
            WHEN l.kind = 'tube' AND t.swabs = 1 AND said.value = 'positive'
            THEN ARRAY['positive', 'suspected']
            WHEN l.kind = 'tube' AND t.swabs = 1 THEN ARRAY[said.value]
            WHEN said.value = 'negative' THEN ARRAY['negative_by_pool']
            -- A pool that is not negative answers nobody: it can only take an answer back.
            WHEN e.later OR r.version > 1 THEN ARRAY['withdrawn']
            ELSE ARRAY[]::text[] END))
    UNION ALL
    -- No person alone changes an answer: whoever released a later version confirmed a correction or a
    -- recall, or released another verdict on the same tube.
    SELECT 'result_never_confirmed', r.id FROM results_result r
    WHERE r.version > 1 AND r.verdict_id IS NOT NULL
      AND NOT EXISTS (
          SELECT 1 FROM results_correction c
          WHERE c.verdict_id = r.verdict_id AND c.confirmed_by = r.released_by
            AND c.confirmed_at = r.released_at)
      AND NOT EXISTS (
          SELECT 1 FROM results_recall c
          WHERE c.id = r.recall_id AND c.confirmed_by = r.released_by
            AND c.confirmed_at <= r.released_at)
      AND NOT EXISTS (
          SELECT 1 FROM results_release e
          WHERE e.verdict_id = r.verdict_id AND e.released_by = r.released_by
            AND e.released_at = r.released_at
            AND NOT EXISTS (SELECT 1 FROM results_result b
                            WHERE b.swab_id = r.swab_id AND b.version < r.version
                              AND b.verdict_id = r.verdict_id))
    UNION ALL
    -- Every result was released: the first from a verdict with it, later ones by a correction.
    SELECT 'result_never_released', r.id FROM results_result r
    WHERE r.verdict_id IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM results_release e WHERE e.verdict_id = r.verdict_id)
    UNION ALL
    -- What another laboratory reported answers the very swab of its row …
    SELECT 'reported_of_another_tube', r.id
    FROM results_result r JOIN results_reported d ON d.id = r.reported_id
    JOIN sampling_swab w ON w.id = r.swab_id
    WHERE d.tube_id IS DISTINCT FROM w.tube_id
       OR (d.swab_id IS NOT NULL AND d.swab_id <> r.swab_id)
    UNION ALL
    -- … says what the row says, and nobody is positive because of a pool …
    SELECT 'result_against_its_report', r.id
    FROM results_result r JOIN results_reported d ON d.id = r.reported_id
    JOIN sampling_swab w ON w.id = r.swab_id JOIN sampling_tube t ON t.id = w.tube_id
    WHERE r.recall_id IS NULL
      AND (NOT r.value = ANY (CASE
               WHEN d.value = 'negative' THEN ARRAY['negative', 'negative_by_pool']
               WHEN d.value = 'positive' THEN ARRAY['positive', 'suspected', 'withdrawn']
               WHEN d.value = 'suspected' THEN ARRAY['suspected', 'withdrawn']
               WHEN d.value IN ('inconclusive', 'invalid')
               THEN ARRAY['inconclusive', 'withdrawn']
               ELSE ARRAY['withdrawn'] END)
           OR (r.value = 'withdrawn' AND r.version = 1)
           OR (r.value IN ('positive', 'suspected') AND t.swabs > 1))
    UNION ALL
    -- … and was released by somebody who did not take the report in.
    SELECT 'reported_never_released', r.id
    FROM results_result r JOIN results_reported d ON d.id = r.reported_id
    JOIN results_report p ON p.id = d.report_id
    WHERE r.recall_id IS NULL
      AND (d.state <> 'released' OR d.released_by <> r.released_by
           OR p.received_by = r.released_by)
    UNION ALL
    -- Every row of a report is kept, whatever became of it.
    SELECT 'report_row_unaccounted', p.id FROM results_report p
    WHERE p.noted <> (SELECT count(*) FROM results_reported d WHERE d.report_id = p.id)
    UNION ALL
    -- Versions are 1, 2, 3 …
    SELECT 'result_version_missing', r.id FROM results_result r
    WHERE r.version > 1 AND NOT EXISTS (
        SELECT 1 FROM results_result b WHERE b.swab_id = r.swab_id AND b.version = r.version - 1)
    UNION ALL
    -- Every positive was told to the unit that took it and the unit where the person lives.
    SELECT 'positive_not_told', r.id
    FROM results_result r JOIN sampling_swab w ON w.id = r.swab_id
    CROSS JOIN LATERAL (VALUES (w.unit_id), (w.residence_id)) AS u (unit)
    WHERE r.value IN ('positive', 'suspected') AND u.unit IS NOT NULL
      AND NOT EXISTS (SELECT 1 FROM notices_notice n
                      WHERE n.subject_id = w.id AND n.to_unit_id = u.unit)
    UNION ALL
    -- Every label printed is unused, used, void or lost, and never two of these.
    SELECT 'tube_of_a_void_label', t.id
    FROM sampling_voiding v JOIN sampling_tube t
      ON t.code BETWEEN 'S' || lpad(v.first::text, 9, '0')
                    AND 'S' || lpad(v.last::text, 9, '0') || '9'
    WHERE t.scheme_id = 1 AND t.swabs > 0
    UNION ALL
    -- Of a closed session every label handed out was used, void or counted as left.
    SELECT 'label_unaccounted', h.id FROM sampling_handout h
    WHERE h.counted_at IS NOT NULL AND NOT isempty(
        int4multirange(int4range(h.first, h.last, '[]'))
        - coalesce((SELECT range_agg(int4range(l.first, l.last, '[]'))
                    FROM sampling_leftover l WHERE l.handout_id = h.id), '{}')
        - coalesce((SELECT range_agg(int4range(v.first, v.last, '[]'))
                    FROM sampling_voiding v
                    WHERE int4range(v.first, v.last, '[]') && int4range(h.first, h.last, '[]')),
                   '{}')
        - coalesce((SELECT range_agg(int4range(substr(t.code, 2, 9)::int,
                                               substr(t.code, 2, 9)::int, '[]'))
                    FROM sampling_tube t
                    WHERE t.scheme_id = 1 AND t.swabs > 0
                      AND t.code BETWEEN 'S' || lpad(h.first::text, 9, '0')
                                     AND 'S' || lpad(h.last::text, 9, '0') || '9'), '{}'))
    UNION ALL
    -- A line of a paper sheet that is settled leads to a swab, unless both found it blank.
    SELECT 'sheet_line_without_its_swab', l.id FROM sampling_sheetline l
    WHERE l.settled_at IS NOT NULL AND l.swab_id IS NULL AND l.first <> '{}'::jsonb
    UNION ALL
    -- A session closes when its numbered sheets were entered twice or are void.
    SELECT 'sheet_never_entered', p.id
    FROM sampling_sheet p JOIN sampling_session s ON s.id = p.session_id
    WHERE s.closed_at IS NOT NULL AND p.voided_at IS NULL
      AND EXISTS (SELECT 1 FROM sampling_sheetline l
                  WHERE l.sheet_id = p.id AND l.settled_at IS NULL)
    UNION ALL
    -- Every tube in a box, and every tube a laboratory has, went from hand to hand.
    SELECT 'tube_sent_by_nobody', t.id FROM sampling_tube t
    WHERE t.manifest_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM sampling_custody c
        WHERE c.tube_id = t.id AND c.step = 'sent' AND c.manifest_id = t.manifest_id)
    UNION ALL
    SELECT 'tube_disposed_of_and_open', d.tube_id
    FROM lab_disposal d JOIN sampling_tube t ON t.id = d.tube_id
    WHERE t.lost_at IS NULL AND t.expired_at IS NULL
    UNION ALL
    SELECT 'tube_received_by_nobody', r.tube_id FROM lab_reception r
    WHERE NOT EXISTS (
        SELECT 1 FROM sampling_custody c
        WHERE c.tube_id = r.tube_id AND c.step = 'received' AND c.lab_id = r.lab_id)
$$;
""".replace("{VOID}", VOID)
    .replace("{COVERED}", COVERED)
    .replace("{DEAD}", DEAD)
)

DROP_LEDGER_GAPS = "DROP FUNCTION results_ledger_gaps(timestamptz)"
