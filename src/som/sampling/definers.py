"""What must look across territories: slips already in somebody's hand. SQL for migrations."""

SLIPS_USED = """
CREATE FUNCTION sampling_slips_used(slips text[]) RETURNS SETOF text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    -- A slip used elsewhere must not take a seat in a tube here before it is refused.
    SELECT w.slip FROM sampling_swab w WHERE w.slip = ANY (slips)
$$;
"""

DROP_SLIPS_USED = "DROP FUNCTION sampling_slips_used(text[])"
