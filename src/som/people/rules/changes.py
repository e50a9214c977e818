"""Why a name or a death was not noted. Pure."""

from __future__ import annotations

from som.kernel.outcomes import Refusal, gettext_noop


class ChangeRefusal(Refusal):
    """Why what came to be known of a person was not noted."""

    PERSON_UNKNOWN = "no_such_person", gettext_noop("There is no such person here.")
    NAMED_ALREADY = (
        "person_named_already",
        gettext_noop("This walk-in already has another name."),
    )
    DIED_OTHERWISE = (
        "person_died_otherwise",
        gettext_noop("Another time of death is noted: take that back first."),
    )
    DIED_IN_FUTURE = "died_in_future", gettext_noop("The time of death has not come yet.")
    BORN_LATER = "born_later", gettext_noop("This person was born after that.")
