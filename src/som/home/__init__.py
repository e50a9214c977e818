"""Each role's home: the work plan, what to do next, where to look things up.

Words: a *desk* is what somebody with a permission can start from here; a *slot* is a place on the
page that a later stage fills with its own facts.
"""
