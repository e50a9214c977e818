"""Where labels sit on their paper."""

from __future__ import annotations

import pytest

from som.sampling.rules.stickers import STICKERS, placed


@pytest.mark.parametrize("code", STICKERS)
def test_no_label_sticks_out_of_its_page_or_into_another(code: str) -> None:
    paper = STICKERS[code]
    (page,) = placed([str(n) for n in range(paper.on_page)], paper)
    boxes = [(one.left, one.top, one.left + paper.width, one.top + paper.height) for one in page]
    assert len(boxes) == len(set(boxes)) == paper.on_page
    for left, top, right, bottom in boxes:
        assert min(left, top) >= 0
        assert right <= paper.page[0] + 0.01
        assert bottom <= paper.page[1] + 0.01
    for n, one in enumerate(boxes):
        for other in boxes[n + 1 :]:
            apart = one[2] <= other[0] + 0.01 or other[2] <= one[0] + 0.01
            below = one[3] <= other[1] + 0.01 or other[3] <= one[1] + 0.01
            assert apart or below


def test_the_common_sheets_are_as_their_makers_say() -> None:
    # 65 labels of 38.1 × 21.2: margins of 4.75 and 10.7; 80 of 35.6 × 16.9: of 11 and 13.3.
    for code, left, top in (("l7651", 4.75, 10.7), ("l4732", 11.0, 13.3), ("3x8", 0, 0.5)):
        assert STICKERS[code].corner == pytest.approx((left, top))
    assert [STICKERS[code].on_page for code in ("l7651", "l4732", "3x8")] == [65, 80, 24]


def test_printing_goes_on_behind_the_labels_that_are_gone() -> None:
    paper = STICKERS["l7651"]
    first, second = placed([str(n) for n in range(66)], paper, used=6)
    assert (len(first), len(second)) == (59, 7)
    assert first[0].left == pytest.approx(4.75 + 40.6)
    assert first[0].top == pytest.approx(10.7 + 21.2)
    assert second[0].code == "59"
