"""The components every page is made of: `{% load som %}`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django import template
from django.forms import CheckboxSelectMultiple
from django.templatetags.static import static
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext, ngettext

from som.kernel import clock
from som.kernel.outcomes import Outcome
from som.web import states
from som.web.scanning import Scanned

register = template.Library()


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """A line icon of the sprite. Always beside a word: hidden from screen readers."""
    return format_html(
        '<svg class="icon {}" aria-hidden="true"><use href="{}#{}"/></svg>',
        classes,
        static("vendor/icons.svg"),
        name,
    )


@register.filter
def number(value: float | None) -> str:
    """A number as read in the language of the page: 12.345,6 or 12,345.6."""
    if value is None:
        return "–"
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    if (get_language() or "vi").startswith("vi"):
        text = text.translate(str.maketrans(",.", ".,"))
    return text


@register.filter
def day(value: date | datetime | None) -> str:
    """A day as dd/mm/yyyy, in Vietnam."""
    if value is None:
        return "–"
    if isinstance(value, datetime):
        value = value.astimezone(clock.LOCAL)
    return value.strftime("%d/%m/%Y")


@register.filter
def moment(value: datetime | None) -> str:
    """A moment as HH:MM dd/mm/yyyy, in Vietnam."""
    return "–" if value is None else value.astimezone(clock.LOCAL).strftime("%H:%M %d/%m/%Y")


@register.filter
def clock_time(value: datetime | None) -> str:
    """The time of day alone, in Vietnam."""
    return "–" if value is None else value.astimezone(clock.LOCAL).strftime("%H:%M")


@register.filter
def within(place: str, unit: str) -> str:
    """A place with its unit behind it, unless whoever wrote the place down named the unit too."""
    return place if unit.casefold() in place.casefold() else f"{place}, {unit}"


@register.filter
def called(username: str, names: Mapping[str, str] | None) -> str:
    """Somebody by their own name among these names by user name; else as written."""
    return (names or {}).get(username, username)


@register.simple_tag(takes_context=True)
def age(context: template.Context, since: datetime | None) -> str:
    """How long ago, in two words: 3 h 20 min."""
    if since is None:
        return "–"
    now = (context.get("now") or clock.now()).astimezone(clock.LOCAL)
    minutes = max(0, int((now - since).total_seconds() // 60))
    if minutes < 60:
        return gettext("%(minutes)d min") % {"minutes": minutes}
    if minutes < 48 * 60:
        return gettext("%(hours)d h %(minutes)02d min") % {
            "hours": minutes // 60,
            "minutes": minutes % 60,
        }
    return ngettext("%(days)d day", "%(days)d days", minutes // 1440) % {"days": minutes // 1440}


@register.filter
def translated(sentence: object) -> str:
    """A sentence marked for translation elsewhere, such as a refusal's, in the page's language."""
    return gettext(str(sentence)) if sentence else ""


@register.inclusion_tag("web/components/state.html")
def state(code: str, label: str = "") -> dict[str, Any]:
    """A state as a badge: colour, icon and word, from the one table."""
    tone, words = states.shown(code)
    return {"tone": tone, "label": label or words}


@register.inclusion_tag("web/components/tone.html")
def badge(tone: str, label: str, icon: str = "") -> dict[str, Any]:
    """Words in a tone, where no state of the table fits."""
    chosen = states.TONES[tone]
    return {"tone": chosen, "label": label, "icon": icon or chosen.icon}


@register.inclusion_tag("web/components/count.html")
def count(
    value: float | None,
    label: str,
    url: str = "",
    tone: str = "",
    definition: str = "",
    icon: str = "",
) -> dict[str, Any]:
    """A figure on a card: it opens its list and says what it counts. Nought warns of nothing."""
    return {
        "value": value,
        "label": label,
        "url": url,
        "tone": tone if value else "",
        "definition": definition,
        "icon": icon if value else icon.replace("clock-exclamation", "clock"),
    }


@register.inclusion_tag("web/components/outcome.html")
def outcome(found: Outcome[Any], download_url: str = "") -> dict[str, Any]:
    """What became of a batch: how many done, already so, refused, and each refusal's reason."""
    return {
        "outcome": found,
        "download_url": download_url,
        "total": len(found.done) + len(found.unchanged) + len(found.refused),
    }


@register.inclusion_tag("web/components/scan.html", takes_context=True)
def scan(
    context: template.Context,
    url: str,
    label: str,
    *,
    target: str = "#desk",
    name: str = "codes",
    hint: str = "",
    action: str = "",
    form_id: str = "scan",
    single: bool = False,
) -> dict[str, Any]:
    """A desk's scan box, for scanner, camera and keyboard, one code or many (unless `single`).

    What comes back replaces `target`. Other fields of the page belong to it by `form="scan"`.
    """
    return {
        "url": url,
        "label": label,
        "target": target,
        "name": name,
        "hint": hint,
        "action": action,
        "form_id": form_id,
        "single": single,
        "scanned": context.get("scanned"),
    }


@register.inclusion_tag("web/components/scanned.html", takes_context=True)
def scanned(
    context: template.Context, found: Scanned | None, form_id: str = "scan"
) -> dict[str, Any]:
    """What became of the last scan; in a part of a page the refused go beside their scan box."""
    part = bool(getattr(context["request"], "htmx", False))
    return {"scanned": found, "form_id": form_id, "part": part}


@register.inclusion_tag("web/components/tray.html")
def tray(lying: Any, url: str, *, known: str = "", whole: bool = True) -> dict[str, Any]:
    """What lies in a desk's tray (`.lines`, `.count`, `.days`), each to be taken out again.

    `known`: a checksum of what the page showed, sent with it. `whole`: all may be taken out at once;
    not of a part.
    """
    return {"lying": lying, "url": url, "known": known, "whole": whole}


@register.inclusion_tag("web/components/empty.html")
def empty(
    title: str, text: str = "", url: str = "", action: str = "", icon: str = "inbox"
) -> dict[str, Any]:
    """An empty list: what it means and what to do next."""
    return {"title": title, "text": text, "url": url, "action": action, "icon": icon}


@register.inclusion_tag("web/components/pages.html", takes_context=True)
def pages(context: template.Context, after: Any, count: int | None = None) -> dict[str, Any]:
    """To the next page of a list by the key of its last line (`?after=`), and back to the first."""
    request = context["request"]
    query = request.GET.copy()
    started = query.pop("after", None) is not None
    first = f"?{query.urlencode()}" if query else request.path
    following = ""
    if after:
        query["after"] = str(after)
        following = f"?{query.urlencode()}"
    return {"first": first if started else "", "next": following, "count": count}


@register.inclusion_tag("web/components/steps.html")
def steps(lines: Iterable[Any]) -> dict[str, Any]:
    """A journey as a list of steps: each has `.at`, `.title`, `.detail` and `.tone`."""
    return {"lines": lines}


@register.inclusion_tag("web/components/field.html")
def field(bound: Any) -> dict[str, Any]:
    """A form field with its label, help and errors, tied together for screen readers."""
    kind = getattr(bound.field.widget, "input_type", "textarea")
    check = kind == "checkbox" and not isinstance(bound.field.widget, CheckboxSelectMultiple)
    look = "form-check-input" if check else "form-select" if kind == "select" else "form-control"
    return {
        "field": bound,
        "widget": bound.as_widget(attrs={"class": f"{look} is-invalid" if bound.errors else look}),
        "wrapper": "form-check field" if check else "field",
        "check": check,
    }


@register.inclusion_tag("web/components/slot.html")
def slot(url: str, label: str) -> dict[str, Any]:
    """A place that another stage's page fills when this one has been shown."""
    return {"url": url, "label": label}
