"""Persons: who they are, by which papers, and where they live.

Words: a *person* is a human being met at least once. A *declaration* is what a person, or somebody
for them, says of who they are. A *document* is an identity number that a person holds; it joins two
declarations into one person without asking only where birth, sex and name do not contradict.
*Whereabouts* are dated: a unit, the text as declared, and the day it was said.

A person is visible to the units answerable for them: those that met them and those they live in.
"""
