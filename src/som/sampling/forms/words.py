"""The words in which the pages of sampling name classes, reasons and endings."""

from __future__ import annotations

from django.utils.translation import gettext

from som.kernel.outcomes import gettext_noop as _
from som.sampling.rules import (
    CampaignReason,
    PrintAgain,
    RequestEnd,
    RequestReason,
    SheetVoidReason,
    TubeClass,
    UnableReason,
    VoidReason,
)

CLASSES = {
    TubeClass.SCREENING: _("Screening"),
    TubeClass.SYMPTOM: _("Symptoms"),
    TubeClass.CONTACT: _("Contact"),
    TubeClass.RECALLED: _("Taken again"),
}

REASONS = {
    RequestReason.ROSTER: _("On the sampling list"),
    RequestReason.SYMPTOM: _("Has symptoms"),
    RequestReason.CONTACT: _("Contact of a case"),
    RequestReason.DAY: _("Day of the testing schedule"),
    RequestReason.RECALLED_POOL: _("The pool was positive: alone in a tube"),
    RequestReason.INCONCLUSIVE: _("The test was inconclusive"),
    RequestReason.USE_BY_PASSED: _("The tube was not tested in time"),
    RequestReason.LOST: _("The tube was lost"),
    RequestReason.DISCORDANT: _("The pool and its members disagreed"),
    RequestReason.CONFIRMATION: _("Suspected positive: to be confirmed"),
    RequestReason.RECALLED_RESULT: _("The result was taken back"),
}

CAMPAIGN_REASONS = {
    CampaignReason.SCREENING: _("Screening of a group"),
    CampaignReason.OUTBREAK: _("Outbreak"),
    CampaignReason.CONTACTS: _("Contacts of cases"),
    CampaignReason.SYMPTOMS: _("People with symptoms"),
    CampaignReason.ARRIVALS: _("Arrivals"),
    CampaignReason.ADMISSION: _("Before admission to a hospital"),
    CampaignReason.RELEASE: _("Before the end of isolation"),
}

PRINTED_AGAIN = {
    PrintAgain.SPOILED: _("The sheet is spoiled: torn, smeared, out of place"),
    PrintAgain.NOTHING_CAME: _("The printer jammed, nothing came out"),
    PrintAgain.OTHER_PAPER: _("Printed on the wrong paper"),
}

ENDINGS = {
    RequestEnd.ABSENT: _("Absent: we come again"),
    RequestEnd.UNABLE: _("Could not be swabbed today: we come again"),
    RequestEnd.REFUSED: _("Refuses the swab"),
    RequestEnd.TRANSFERRED: _("Is elsewhere now: hand over to another unit"),
    RequestEnd.DIED: _("Has died"),
}
"""What a team may say of somebody whom it did not swab, the commonest first."""

UNABLE_REASONS = {
    UnableReason.INJURED: _("Nose or throat injured or operated on"),
    UnableReason.TOO_ILL: _("Too ill"),
    UnableReason.CHILD_RESISTS: _("A child who would not be swabbed"),
    UnableReason.DISTRESSED: _("Distressed or not able to cooperate"),
    UnableReason.NOTHING_TO_SWAB_WITH: _("The team had no swab or tube left"),
    UnableReason.OTHER: _("Another reason"),
}

VOID_REASONS = {
    VoidReason.MISPRINTED: _("Misprinted"),
    VoidReason.DAMAGED: _("Damaged"),
    VoidReason.LOST: _("Lost"),
}

SHEET_VOID_REASONS = {
    SheetVoidReason.UNUSED: _("Unused: nobody is written on it"),
    SheetVoidReason.DAMAGED: _("Damaged before anybody was written on it"),
    SheetVoidReason.LOST: _("Lost"),
}

LOSS_REASONS = {
    "broken": _("Broken"),
    "leaked": _("Leaked"),
    "missing": _("Not found: left behind or lost on the way"),
    "unreadable": _("Label missing or unreadable"),
    "warm": _("Kept too warm for too long"),
    "other": _("Another reason"),
}
"""What happened to a tube that a team or a driver no longer has."""

STICKER_WORDS = {
    "l7651": _("A4, 65 labels of 38.1 × 21.2 mm (L7651)"),
    "l4732": _("A4, 80 labels of 35.6 × 16.9 mm (L4732)"),
    "3x8": _("A4, 24 labels of 70 × 37 mm (3 × 8)"),
    "thermal": _("Roll of a label printer, 50 × 25 mm"),
}


def reason_of(reason: str, day_number: int | None) -> str:
    """Why somebody is asked for, in words, with the day of the schedule if it has a number."""
    if day_number is not None:
        return gettext("Day %(number)d of the testing schedule") % {"number": day_number}
    return gettext(REASONS[RequestReason(reason)])
