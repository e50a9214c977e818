"""Whole days with the plug pulled: processes are killed by SIGKILL, and nothing is lost or doubled.

A day runs on a PostgreSQL of its own (fsync on, a data folder of its own) with real processes. The
folder lies on a memory disk where there is one with room: what is tested is SIGKILL, which leaves what
the kernel was handed, and no power cut, which may not.

    desk      executes commands that have no page, asked over a local connection
    pages     `./som start`; lists, releases, corrections, recalls, look-up by HTTP
    worker    `./som work`; delivers to the receiver, asks again, calls, carries recalls out
    receiver  another system that takes notices; keeps ids, is slow, in error, or dies itself

All are forked from one warm process, the nursery, which has everything imported and no connection.
A seed draws the people, what their tests show, and the *strikes*: at which statement of which
command, page or job, or before, during or after which COMMIT, which process is killed. The struck
process notes the strike and carries it out itself, so the moment is exact. Each strike that was drawn
falls: one whose moment or job never came falls at a later COMMIT, in the evening at the latest.

Whoever got an answer may rely on it: after every strike all receipts are looked for. Whatever got
none is sent again. In the end `whole.py` looks at the whole day.

Run one seed again, with its strikes printed:

    SOM_FAULTS=17 ./som test tests/faults -s

`SOM_FAULTS=1-60` runs a range. `make test` runs seeds 1 to 20, `make test-deep` 1 to 500. Each says
what seconds it took. What a failed day left (all logs, strikes, what the receiver got, and until
another fails its data) stays in the folder that it names.
"""
