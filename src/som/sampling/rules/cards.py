"""Walk-in cards: which may be printed, and when again. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from som.kernel.ids import card_code
from som.kernel.outcomes import Refusal, gettext_noop
from som.sampling.rules.labels import LabelRange, PrintAgain, is_possible, named, within, without

CARDS_AGAIN = (PrintAgain.SPOILED, PrintAgain.NOTHING_CAME)
"""Why cards that are on paper already are printed once more: they have one paper alone."""


class CardRefusal(Refusal):
    """Why cards were not printed."""

    IMPOSSIBLE = "cards_impossible", gettext_noop("The numbers of the cards are impossible.")
    NOT_ISSUED = "cards_not_issued", gettext_noop("Some of these cards were not issued here.")
    HELD = "cards_held", gettext_noop("Some of these cards are in somebody's hand.")
    PRINTED = (
        "cards_printed",
        gettext_noop("Some of these cards are on paper already: say why they are printed again."),
    )
    PRINT_TAKEN = (
        "cards_print_taken",
        gettext_noop("This code already stands for other cards that were printed."),
    )


def named_cards(cards: Sequence[LabelRange]) -> str:
    """These cards as people read them: the first runs, then how many more runs."""
    return named(cards, card_code)


def fault_of_card_print(
    cards: Sequence[LabelRange],
    *,
    issued: Sequence[LabelRange],
    held: Sequence[LabelRange],
    on_paper: Sequence[LabelRange],
    again: PrintAgain | None,
) -> tuple[CardRefusal, str] | None:
    """What forbids to print these cards; None: nothing does. `held`: those in somebody's hand."""
    if not cards or not all(is_possible(*run) for run in cards):
        return CardRefusal.IMPOSSIBLE, ""
    if strange := without(cards, issued):
        return CardRefusal.NOT_ISSUED, named_cards(strange)
    if gone := within(cards, held):
        return CardRefusal.HELD, named_cards(gone)
    if again not in CARDS_AGAIN and (twice := within(cards, on_paper)):
        return CardRefusal.PRINTED, named_cards(twice)
    return None
