"""Notices: what is told to whom, and whether it was delivered and acknowledged.

Words: a *notice* is one thing told to one addressee, a person's phone or a unit. It is written in
the transaction of what it tells of, and delivered later by a worker, so nothing leaves the process
inside a transaction and nothing is told that did not happen. An *alarm* calls whoever is on duty at
a laboratory or unit and says nothing of any person. Either is a *message* on its way out; an
*outbox* is where delivery puts it, a *webhook* the address to which it is sent.

A message is waiting, then claimed by a worker, then delivered; where that fails it waits again, a
while longer each time. A notice to a unit is then acknowledged; an alarm is taken on by somebody by
name, and closed when what it calls for is over.
"""
