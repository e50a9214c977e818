"""What is known of results: look-up, what waits for release, ledger, where a sample is."""

from som.results.queries.ledger import Gap, ledger_gaps
from som.results.queries.look_up import Answer, SecondIdentifier, look_up
from som.results.queries.review import Waiting, waiting_for_release
from som.results.queries.untested import tubes_untested_past_use_by
from som.results.queries.where import Station, Way, where_is

__all__ = [
    "Answer",
    "Gap",
    "SecondIdentifier",
    "Station",
    "Waiting",
    "Way",
    "ledger_gaps",
    "look_up",
    "tubes_untested_past_use_by",
    "waiting_for_release",
    "where_is",
]
