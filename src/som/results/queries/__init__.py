"""What is known of results: look-up, what waits for release, ledger, where a sample is."""

from som.results.queries.ledger import Gap, ledger_gaps
from som.results.queries.look_up import Answer, SecondIdentifier, look_up
from som.results.queries.review import (
    OpenCorrection,
    Released,
    Waiting,
    corrections_open,
    releases_of_run,
    waiting_by_value,
    waiting_for_release,
)
from som.results.queries.swabs import ResultVersion, SwabShown, persons_meant, swab_shown
from som.results.queries.untested import tubes_lost_unanswered, tubes_untested_past_use_by
from som.results.queries.where import Station, Way, where_is

__all__ = [
    "Answer",
    "Gap",
    "OpenCorrection",
    "Released",
    "ResultVersion",
    "SecondIdentifier",
    "Station",
    "SwabShown",
    "Waiting",
    "Way",
    "corrections_open",
    "ledger_gaps",
    "look_up",
    "persons_meant",
    "releases_of_run",
    "swab_shown",
    "tubes_lost_unanswered",
    "tubes_untested_past_use_by",
    "waiting_by_value",
    "waiting_for_release",
    "where_is",
]
