"""Results: the answer to one swab, to the right person, and to every locality concerned.

Words: a *release* is a second person's word that a verdict stands. A *result* is the answer to one
swab; it is a version, never changed: a *correction*, proposed by one person and confirmed by
another, makes the next version and tells everyone who was told the one before. A pool is *decoded*
at release: a negative pool answers all its members, a positive field pool holds them and asks for
each singly, a positive lab pool holds them until their own tubes are tested. A *discordant* pool is
positive while no member is: a named person decides. No person is ever positive because of a pool.

A swab is under way, then answered (version 1, 2, …), or asked for again.
"""
