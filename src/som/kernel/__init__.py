"""What every stage stands on: actors, outcomes, scopes, audit, clock, dated rules. No word of the field.

Words: an *actor* is whoever acts, a person signed in or a named system actor. An *outcome* says of
each item of a batch whether it was done, was already so, or was refused. A *scope* is the set of
units whose rows about persons one transaction may touch. A *dated rule* is a number of the field
with its legal basis and the days on which it holds.
"""
