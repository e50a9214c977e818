"""Sampling: who is to be swabbed, who was, into which tube, and where the tubes went.

Words: a *campaign* says whom to test, why and how; a *session* is one place, team and day of it. A
*test request* asks for one person to be swabbed by a time. A *swab* is one person in one *tube*. A
tube with one swab is an individual specimen, with several a *field pool*. A tube code belongs to a
*scheme*: ours, with a check digit, printed on *rolls*; or a registered foreign pattern. A
*manifest* is the list that travels with a box of tubes; its *custody* is whose hands it was in. Labels
are *handed out* to a *team*, and when the session closes each is used, void or *left*. A numbered
*sheet* is paper, entered by two people.

A tube is unused until its first swab, then open, then sent with a manifest; lost or expired
tubes are closed with a reason. A test request is open until it ends in a swab, a refusal, an
absence or somebody who could not be swabbed (both asked for again on a day), a *transfer* that the
other unit accepted, or a death.
"""
