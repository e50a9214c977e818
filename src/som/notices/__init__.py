"""Notices: what is told to whom, and whether it was delivered and acknowledged.

Words: a *notice* is one thing told to one addressee, a person's phone or a unit. It is written in
the transaction of what it tells of, and delivered later by a worker, so nothing leaves the process
inside a transaction and nothing is told that did not happen. An *outbox* is where delivery puts it.

A notice is waiting, then claimed by a worker, then delivered, and if it went to a unit acknowledged.
"""
