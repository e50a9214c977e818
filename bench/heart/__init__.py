"""The heart of the day, measured: the physical limit and the product, side by side on one server.

    python -m bench.heart                    both sides at 10^5 and 10^6, the table, the report
    python -m bench.heart --only product …   one side, or single steps of it, with a profile
    python -m bench.heart --page             the report again, from what was measured before

Ends with 1 where something promised does not hold, with 2 where nothing was measured that could tell.

`drawn` says who is swabbed and what is found; `raw` and `product` lead the same life through a
minimal schema and through the commands; `history` fills both with what was before; `measure` holds
the clocks; `bars` says what was promised; `report` writes what came of it.
"""
