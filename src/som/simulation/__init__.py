"""Drawn towns and epidemics, for the demo, drills, load and planning.

Words: a *drawn* person lives in a *household* of the drawn *world*, which keeps its own list of who
was really swabbed into which tube and who is really infected. A *day* lets people at the tables and
benches do their work by the same commands as everybody, at drawn times. The *check* then asks the
public look-up for every slip and compares the answers with the world.

Only the files that instruments and provinces would send are made here; what becomes of them is
decided elsewhere. Nothing here asks what time it is or draws without a seed.
"""

FEWEST, MOST = 20, 200_000
"""People of a drawn day."""
