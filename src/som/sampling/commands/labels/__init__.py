"""Labels of our own scheme: printed, handed to teams, voided, and counted when a session closes."""

from som.sampling.commands.labels.closing import close_sessions
from som.sampling.commands.labels.printing import LabelPrint, print_labels
from som.sampling.commands.labels.rolls import Roll, Voiding, issue_rolls, void_labels
from som.sampling.commands.labels.teams import Handout, Team, form_teams, hand_out_labels

__all__ = [
    "Handout",
    "LabelPrint",
    "Roll",
    "Team",
    "Voiding",
    "close_sessions",
    "form_teams",
    "hand_out_labels",
    "issue_rolls",
    "print_labels",
    "void_labels",
]
