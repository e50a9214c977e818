"""Labels of our own scheme: printed, handed to teams, voided, and counted when a session closes."""

from som.sampling.commands.labels.closing import close_sessions
from som.sampling.commands.labels.rolls import Roll, Voiding, issue_rolls, void_labels, witnesses
from som.sampling.commands.labels.teams import Handout, Team, form_teams, hand_out_labels

__all__ = [
    "Handout",
    "Roll",
    "Team",
    "Voiding",
    "close_sessions",
    "form_teams",
    "hand_out_labels",
    "issue_rolls",
    "void_labels",
    "witnesses",
]
