"""The shell every page hangs in: base templates, components, static files, error pages, language.

Words: a *component* is a template tag of `templatetags/som.py`, used by every stage alike. A *tone*
is what a colour means; `states.py` is the one table that gives each state its tone.
"""
