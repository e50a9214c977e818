"""The laboratory: from a box of tubes to a verdict on each, without a single name.

Words: a *reception* is a tube's arrival at a laboratory. A *lab pool* is a set of received
single-swab tubes tested as one, whose remainders stay. A *plate* has wells; a *load* is what was
put into some of them: a tube, a pool or a control. A *run* is a plate gone through an instrument,
known by its file. A *reading* is what the instrument said of one target in one well. A *verdict*
is what the kit's dated rule makes of all readings of one load in one run.

A *cartridge* and a *strip* (a rapid antigen test, read by eye) test one tube without plate: each is
a run of its own. An extraction *batch* is what was extracted together; its control covers it alone. A
*layout* says where the controls of a laboratory's plates must be. A *hold* on a plate, run, kit lot or
laboratory keeps everything of it from being released until a second person lifts it; a *capacity* is
how much a laboratory may load in a day.

An *unlisted* tube came before anybody told whose swabs are in it, and waits for its list. A received
tube waits until it is pooled or loaded. It waits again, alone, when its pool was positive
or inconclusive, when its verdict was invalid for the first time, or when its well was a fault.
"""
