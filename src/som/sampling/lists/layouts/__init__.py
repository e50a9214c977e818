"""The kinds of lists that are read. A new one is one more table here.

The first that fits best is taken; our own stand last, for they fit any list of people.
"""

from som.sampling.lists.layouts import hcdc, others, som, thai_binh
from som.sampling.lists.layouts.layout import Column, Layout, Said, heading_key

LAYOUTS: tuple[Layout, ...] = (
    thai_binh.BMXN,
    thai_binh.EXPORT,
    thai_binh.KQXN,
    thai_binh.MAU_TRA_KQ,
    thai_binh.BMG,
    hcdc.TONG,
    hcdc.TEST_NHANH,
    others.HOSPITAL,
    others.NATIONAL,
    others.DENGUE,
    others.ARRIVALS,
)
OWN: tuple[Layout, ...] = (som.SWABS, som.RESULTS, som.ROSTER)

__all__ = ["LAYOUTS", "OWN", "Column", "Layout", "Said", "heading_key", "layout_of"]


def layout_of(kind: str) -> Layout:
    """The layout of this kind."""
    return next(layout for layout in (*LAYOUTS, *OWN) if layout.kind == kind)
