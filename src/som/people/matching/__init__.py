"""Who may be whom: how alike two persons are, where to look for others, and what a review reads.

Words: a *likeness* is how alike two persons are, in bits, with its *reasons*. A *candidate* is a pair
alike enough for a review, which *joins* or *parts* it; both can be taken back. Nothing waits for
matching: persons are made at once, and candidates are found in the background.
"""
