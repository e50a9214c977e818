"""What a page of a bench knows of its tray: the same account may scan at another screen."""

from __future__ import annotations

from collections.abc import Sequence

from django.http import HttpRequest

from som.sampling.views.trays import sum_of


def known_to_page(
    request: HttpRequest, lying: Sequence[str], sent: Sequence[str] = ()
) -> frozenset[str] | None:
    """What the page that sent this knows of the tray; None where something else came to lie in it.

    The same account may scan at another browser. Codes that were sent before and are sent again, as
    the answer was lost, lie behind those the page showed.
    """
    shown = request.POST.get("tray", "")
    for count in range(len(lying), -1, -1):
        if sum_of(lying[:count]) == shown:
            return frozenset([*lying, *sent])
        if count and lying[count - 1] not in sent:
            break
    return None
