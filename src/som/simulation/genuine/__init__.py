"""The one genuine instrument export that the demo reads from end to end, byte for byte. Pure.

A QuantStudio 3 ran it on 20 March 2020 in a validation of an automated SARS-CoV-2 protocol; no
patient's material is in it. Where it comes from stands in `NOTICE` beside it. 96 wells, 50 cycles,
one viral target in FAM, an internal extraction control in VIC; the laboratory named both targets
after their dyes. 50 readings, in these wells:

- `1 nCoV` … `8 nCoV`, two wells each (A2 A3 … H2 H3), FAM and VIC: the samples. Their names become
  the tube codes of a foreign scheme (`SAMPLE_PATTERN`), bound to eight drawn people.
- `Negative`, one well (H11), FAM and VIC: water, a control without template.
- `PCD 1`, one well (A12), FAM: the undiluted positive control.
- `PCD 2` … `PCD 8`, one well each (B12 … H12), FAM: its dilutions, a standard curve that ends beyond
  what can be found (`PCD 7` was not). They are no controls of the run and not on the plate map.
- `1 Endogenous` … `8 Endogenous` (two of them written with two spaces), one well each (A1 … H1): a
  separate reaction for human material, in FAM as well. Not of this kit, not on the plate map.

What the kit `ncov_fam_iec_vic` makes of it: both controls pass; samples 1 to 5 are negative (no FAM,
VIC at 35 to 39 cycles in both wells); samples 6 to 8 are invalid (neither FAM nor VIC) and are to be
repeated. Nobody is positive.
"""

from __future__ import annotations

from pathlib import Path

from som.lab.kits import ControlKind

GENUINE_FILE = Path(__file__).parent / "20200320 qPCR Test 2.xlsx"

KIT_CODE = "ncov_fam_iec_vic"

# The foreign scheme: whole match, as the laboratory wrote its samples.
SAMPLE_PATTERN = r"[1-9][0-9]? nCoV"

CONTROL_NAMES = {"Negative": ControlKind.NO_TEMPLATE, "PCD 1": ControlKind.POSITIVE}

# The plate map: position → sample name of every loaded item and control.
PLATE: dict[str, str] = {
    **{
        f"{row}{column}": f"{number} nCoV"
        for number, row in enumerate("ABCDEFGH", start=1)
        for column in (2, 3)
    },
    "H11": "Negative",
    "A12": "PCD 1",
}
