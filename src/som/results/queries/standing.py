"""Where tubes under way stand, and in whose hands. SQL shared by what watches and what shows."""

STATION = """
FROM sampling_tube t
LEFT JOIN LATERAL (
    SELECT r.lab_id, r.received_by, r.received_at, r.waits_for, r.left_at
    FROM lab_reception r WHERE r.tube_id = t.id
    ORDER BY r.left_at IS NULL DESC, r.received_at DESC, r.id DESC LIMIT 1
) r ON true
LEFT JOIN LATERAL (
    SELECT l.id, l.loaded_by FROM lab_load l
    WHERE l.tube_id = t.id
       OR l.pool_id = (SELECT b.pool_id FROM lab_member b WHERE b.tube_id = t.id)
    ORDER BY l.id DESC LIMIT 1
) l ON true
LEFT JOIN LATERAL (
    SELECT v.id, v.open, n.read_by FROM lab_verdict v JOIN lab_run n ON n.id = v.run_id
    WHERE v.load_id = l.id ORDER BY v.id DESC LIMIT 1
) v ON true
CROSS JOIN LATERAL (
    SELECT CASE
        WHEN r.lab_id IS NULL AND t.manifest_id IS NULL THEN 'at_session'
        WHEN r.lab_id IS NULL THEN 'on_way'
        WHEN r.left_at IS NOT NULL OR r.waits_for = 'referral' THEN 'referred'
        WHEN r.waits_for IS NOT NULL OR l.id IS NULL THEN 'at_lab'
        WHEN v.id IS NULL THEN 'in_test'
        ELSE 'read' END AS station
) s
"""
"""`s.station`: where the tube stands. Says nothing about persons."""

STANDING = f"""
{STATION}
LEFT JOIN LATERAL (
    SELECT c.noted_by FROM sampling_custody c WHERE c.tube_id = t.id AND c.step = 'sent'
    ORDER BY c.handed_at DESC LIMIT 1
) m ON true
CROSS JOIN LATERAL (
    SELECT CASE s.station
        WHEN 'at_session' THEN (SELECT o.opened_by FROM sampling_session o WHERE o.id = t.session_id)
        WHEN 'on_way' THEN m.noted_by
        WHEN 'referred' THEN CASE WHEN r.left_at IS NULL THEN r.received_by ELSE m.noted_by END
        WHEN 'at_lab' THEN r.received_by
        WHEN 'in_test' THEN l.loaded_by
        ELSE v.read_by END AS holder
) h
"""
"""`s.station` and `h.holder`: who sent, received, loaded or read it last, and of a tube that is still
at its session who opened that. Says nothing about persons."""

HOLDING_LAB = """
(SELECT r.lab_id FROM lab_reception r WHERE r.tube_id = t.id
 ORDER BY r.left_at IS NULL DESC, r.received_at DESC, r.id DESC LIMIT 1)
"""
"""Which laboratory has the tube `t`, or had it last; none before its first reception."""

UNANSWERED = """
EXISTS (SELECT 1 FROM sampling_swab w WHERE w.tube_id = t.id
          AND NOT EXISTS (SELECT 1 FROM results_result a WHERE a.swab_id = w.id)
          AND NOT EXISTS (SELECT 1 FROM sampling_testrequest q WHERE q.from_swab_id = w.id))
"""
"""Somebody in the tube has no answer and was not asked for again."""
