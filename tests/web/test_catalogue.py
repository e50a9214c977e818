"""Every sentence is translated, and the small catalogue tool reads what it writes."""

from __future__ import annotations

import gettext
import io

from som.web import catalogue
from som.web.catalogue import Entry


def test_every_sentence_of_every_stage_is_translated() -> None:
    assert catalogue.faults() == [], "./som messages says what to translate, and where"


def test_what_is_written_is_read_again() -> None:
    entries = {
        ("", "One"): Entry("", "One", translation="Một"),
        ("outcome", 'A "quoted"\nline'): Entry(
            "outcome", 'A "quoted"\nline', translation="Dòng “có”\n\\ngoặc"
        ),
        ("", "%d day"): Entry("", "%d day", "%d days", "%d ngày", fuzzy=True),
    }
    assert catalogue.read_po(catalogue.write_po(entries)) == entries


def test_what_is_compiled_is_what_gettext_reads() -> None:
    entries = {
        ("", "One"): Entry("", "One", translation="Một"),
        ("outcome", "Done"): Entry("outcome", "Done", translation="Xong"),
        ("", "%d day"): Entry("", "%d day", "%d days", "%d ngày"),
        ("", "%d hour"): Entry("", "%d hour", "%d hours", "%d giờ"),
        ("", "Left"): Entry("", "Left"),
    }
    entries["", "%d day"].translation, entries["", "%d day"].plural = "%d ngày", "%d days"
    found = gettext.GNUTranslations(io.BytesIO(catalogue.compiled(entries)))
    assert found.gettext("One") == "Một"
    assert found.pgettext("outcome", "Done") == "Xong"
    assert found.ngettext("%d day", "%d days", 1) == found.ngettext("%d day", "%d days", 2)
    assert found.gettext("Left") == "Left"


def test_sentences_are_found_in_code_and_templates() -> None:
    source = "x = gettext_noop('Joined' ' words.'); y = pgettext('c', 'Inside'); z = f('Not')"
    assert list(catalogue._in_python(source)) == [
        (("", "Joined words."), ""),
        (("c", "Inside"), ""),
    ]
    template = (
        "{% load i18n %}{% translate 'One' %}{{ _(\"Two\") }}{% include 'x' with t=_('Three') %}"
        "{% blocktranslate count n=n %}{{ n }} tube{% plural %}{{ n }} tubes{% endblocktranslate %}"
    )
    assert {key[1] for key, _ in catalogue._in_template(template)} == {
        "One",
        "Two",
        "Three",
        "%(n)s tube",
    }
