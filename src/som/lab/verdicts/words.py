"""The verdicts that are given, and the reasons for them. Pure."""

from __future__ import annotations

from enum import StrEnum

from som.kernel.outcomes import Refusal, gettext_noop


class Verdict(StrEnum):
    """What the readings of one loaded item in one run come to."""

    POSITIVE = "positive"
    NEGATIVE = "negative"
    INCONCLUSIVE = "inconclusive"
    INVALID = "invalid"


class Reason(Refusal):
    """Why a verdict is what it is, or why an item has none."""

    TARGETS_DETECTED = "targets_detected", gettext_noop("Enough targets were detected.")
    NOTHING_DETECTED = (
        "nothing_detected",
        gettext_noop("No target was detected and the internal control was."),
    )
    TOO_FEW_TARGETS = "too_few_targets", gettext_noop("Some targets were detected, but too few.")
    DOUBTFUL_CT = "doubtful_ct", gettext_noop("A Ct lies in the kit's grey zone.")
    WELLS_DISAGREE = "wells_disagree", gettext_noop("The wells of this item disagree.")
    INTERNAL_CONTROL_MISSING = (
        "internal_control_missing",
        gettext_noop("Neither a target nor the internal control was detected."),
    )
    READING_MISSING = "reading_missing", gettext_noop("A reading that the kit needs is missing.")
    CONTROL_FAILED = "control_failed", gettext_noop("A control that covers this item failed.")
    CONTROL_MISSING = (
        "control_missing",
        gettext_noop("No control of a kind that the kit needs covers this item."),
    )
    SAMPLE_DISAGREES = (
        "sample_disagrees",
        gettext_noop("The well's sample name is not the one of the plate map."),
    )
    SAMPLE_ELSEWHERE = (
        "sample_elsewhere",
        gettext_noop(
            "The sample's name also stands in a well that the plate map does not give it."
        ),
    )
    DEVICE_ERROR = "device_error", gettext_noop("The analyser ended the test with an error.")
    LINES_SEEN = "lines_seen", gettext_noop("The strip shows the test line and the control line.")
    ONLY_CONTROL_LINE = (
        "only_control_line",
        gettext_noop("The strip shows the control line and no test line."),
    )
    CONTROL_LINE_MISSING = (
        "control_line_missing",
        gettext_noop("The strip shows no control line."),
    )
    READ_TOO_EARLY = (
        "read_too_early",
        gettext_noop("The strip was read before the kit's minutes had passed."),
    )
    READ_TOO_LATE = (
        "read_too_late",
        gettext_noop("The strip was read after the kit's minutes had passed."),
    )
    CONTROL_AS_EXPECTED = "control_as_expected", gettext_noop("The control shows what it should.")
    TARGET_IN_CONTROL = (
        "target_in_control",
        gettext_noop("A target was detected where there must be none."),
    )
    CONTROL_NOT_DETECTED = (
        "control_not_detected",
        gettext_noop("The control does not show what it must."),
    )
