# The commands people and CI type; each is one of the launcher's.
# make test DATABASE_URL=… DATABASE_OWNER_URL=… runs the tests on a server of your own.

.PHONY: demo test test-deep bench-lists bench-matching bench-heart bench-day bench-reception bench-slips lock vendor

demo:
	./som demo

test:
	./som test

test-deep:
	HYPOTHESIS_MAX_EXAMPLES=500 SOM_FAULTS=1-500 SOM_AXE=all ./som test

# A roster of 100,000 rows, previewed and taken in; and the search for people known twice among 10^6.
bench-lists:
	.venv/bin/python bench/roster.py

bench-matching:
	.venv/bin/python bench/candidates.py

# The whole life of a specimen, raw SQL and the product side by side; 10^7 by hand: --size 10000000.
bench-heart:
	.venv/bin/python -m bench.heart

# The drawn day of `./som demo` for twenty seeds: writes docs/the-day.md. About half an hour.
bench-day:
	.venv/bin/python bench/day.py

# A commune's slips drawn into one paper, on one core: at least 200 a second.
bench-slips:
	.venv/bin/python bench/slips.py

# Ten desks of reception, each one scan a second, on a million specimens: writes docs/reception.md.
bench-reception:
	.venv/bin/python -m bench.reception

lock:
	.venv/bin/python -m uv pip compile --universal --generate-hashes --no-annotate --no-header --extra dev pyproject.toml -o requirements.lock

# Third-party front-end files, from the npm registry by name and checksum.
vendor:
	PYTHONPATH=src .venv/bin/python -m som.web.vendor
