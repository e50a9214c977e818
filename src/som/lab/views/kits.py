"""Kits as the pages call them, and what their numbers rest on."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext

from som.kernel import clock, rulebook
from som.kernel.outcomes import gettext_noop as _

KIT_NAMES = (
    _("CDC 2019-nCoV N1, N2, RNase P"),
    _("N1, N2, RNase P in one well"),
    _("ORF1ab, N and internal control in one well"),
    _("nCoV (FAM) with internal extraction control (VIC)"),
    _("SARS-CoV-2 (FAM) and RNase P (Texas Red) in one well"),
    _("Xpert Xpress SARS-CoV-2 (cartridge)"),
    _("STANDARD Q COVID-19 Ag (test nhanh kháng nguyên)"),
)
"""The names of the packaged kits, to be translated; a province's own are shown as it wrote them."""

KIT_BASES = (
    _(
        "No source: cut-offs of the CDC singleplex panel (CDC-006-00019) carried over to "
        "a multiplex; dyes are an example. Replace by the instructions of the kit in "
        "use."
    ),
    _(
        "No source for cut-offs: the export (Opentrons/covid19, run of 20/3/2020, 50 "
        "cycles) names no kit. 40 is the cut-off of the CDC panel, carried over."
    ),
    _(
        "No source for cut-offs: the export (Opentrons/covid19, CoDxEUA experiments of "
        "14/5/2020, 50 cycles) names a CoDx kit, whose instructions were not at hand. 40 "
        "is the cut-off of the CDC panel, carried over."
    ),
    _(
        "Cepheid Xpert Xpress SARS-CoV-2, Instructions for Use, 302-3562 (rev. A, "
        "3/2020; rev. B, 4/2020): N2 is positive with or without E; E alone is "
        "presumptive positive; neither, with the sample processing control, is negative; "
        "without it, invalid. No source for cycles and cut-offs: above every Ct that the "
        "analyser writes."
    ),
)
"""What the packaged kits say of numbers without a source, to be translated as their names are."""


@dataclass(frozen=True, slots=True)
class KitShown:
    """A kit of today: its name, and where its numbers come from or that they have no source."""

    name: str
    basis: str


def kits_shown() -> dict[str, KitShown]:
    """Every kit of today by its code."""
    today = clock.now().astimezone(clock.LOCAL).date()
    return {
        str(rule.value["code"]): KitShown(
            gettext(str(rule.value["name"])), gettext(rule.legal_basis) if rule.legal_basis else ""
        )
        for rule in rulebook.rules_under("lab.kit.", on=today)
    }


def kit_names() -> dict[str, str]:
    """The names of these kits by their codes."""
    return {code: kit.name for code, kit in kits_shown().items()}
