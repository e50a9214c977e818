"""Finds every sentence marked for translation and keeps the Vietnamese catalogue. Needs no gettext
tools: `./som messages` writes `locale/vi/LC_MESSAGES/django.po` anew, keeps what is translated, and
compiles it.
"""

from __future__ import annotations

import ast
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.utils.translation.template import templatize

ROOT = Path(__file__).resolve().parent.parent
PO = ROOT / "locale" / "vi" / "LC_MESSAGES" / "django.po"
MO = PO.with_suffix(".mo")

HEADER = (
    "Project-Id-Version: som\n"
    "Language: vi\n"
    "MIME-Version: 1.0\n"
    "Content-Type: text/plain; charset=UTF-8\n"
    "Content-Transfer-Encoding: 8bit\n"
    "Plural-Forms: nplurals=1; plural=0;\n"
)

# How many leading arguments of each marker are: context, sentence, plural.
MARKERS = {
    "_": "s",
    "gettext": "s",
    "gettext_lazy": "s",
    "gettext_noop": "s",
    "ngettext": "sp",
    "ngettext_lazy": "sp",
    "pgettext": "cs",
    "pgettext_lazy": "cs",
    "npgettext": "csp",
    "npgettext_lazy": "csp",
}

Key = tuple[str, str]
"""Context (or nothing) and English sentence."""


@dataclass
class Entry:
    """A sentence with its Vietnamese and the files it stands in."""

    context: str
    sentence: str
    plural: str = ""
    translation: str = ""
    files: set[str] = field(default_factory=set)
    fuzzy: bool = False


def _marked(name: str, values: list[str]) -> tuple[Key, str] | None:
    shape = MARKERS[name]
    if len(values) < len(shape):
        return None
    given = dict(zip(shape, values, strict=False))
    return (given.get("c", ""), given["s"]), given.get("p", "")


def _in_python(source: str) -> Iterator[tuple[Key, str]]:
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        name = getattr(node.func, "id", getattr(node.func, "attr", ""))
        if name not in MARKERS:
            continue
        values = [
            argument.value
            for argument in node.args[: len(MARKERS[name])]
            if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
        ]
        if found := _marked(name, values):
            yield found


_STRING = r"u?(?:'(?:\\.|[^'\\])*'|\"(?:\\.|[^\"\\])*\")"
_CALL = re.compile(
    rf"\b({'|'.join(sorted(MARKERS, key=len, reverse=True))})\(\s*({_STRING}(?:\s*,\s*{_STRING})*)"
)


def _in_template(source: str) -> Iterator[tuple[Key, str]]:
    for name, arguments in _CALL.findall(templatize(source)):
        values = [ast.literal_eval(text) for text in re.findall(_STRING, arguments)]
        if found := _marked(name, values):
            yield found


def marked_sentences() -> dict[Key, Entry]:
    """Every sentence marked for translation in the code and templates of all stages."""
    found: dict[Key, Entry] = {}
    for path in sorted(ROOT.rglob("*")):
        name = path.relative_to(ROOT).as_posix()
        if path.suffix == ".py" and "/migrations/" not in name:
            sentences = _in_python(path.read_text("utf-8"))
        elif path.suffix in (".html", ".txt") and "/templates/" in name:
            sentences = _in_template(path.read_text("utf-8"))
        else:
            continue
        for key, plural in sentences:
            entry = found.setdefault(key, Entry(*key))
            entry.plural = entry.plural or plural
            entry.files.add(name)
    return found


def read_po(text: str) -> dict[Key, Entry]:
    """The entries of a catalogue's text."""
    entries: dict[Key, Entry] = {}
    for block in re.split(r"\n\s*\n", text):
        parts: dict[str, str] = {}
        at = ""
        for line in block.splitlines():
            if line.startswith("#"):
                continue
            if starts := re.match(r"(msgctxt|msgid_plural|msgid|msgstr(?:\[0\])?)\s+(?=\")", line):
                at = starts[1].removesuffix("[0]")
                parts[at] = ""
                line = line[starts.end() :]
            if at and line.strip():
                parts[at] += ast.literal_eval(line.strip())
        if parts.get("msgid"):
            key = (parts.get("msgctxt", ""), parts["msgid"])
            entries[key] = Entry(
                *key,
                parts.get("msgid_plural", ""),
                parts.get("msgstr", ""),
                fuzzy=bool(re.search(r"^#,.*fuzzy", block, re.MULTILINE)),
            )
    return entries


def _quoted(keyword: str, text: str) -> str:
    def escaped(part: str) -> str:
        part = part.replace("\\", "\\\\").replace('"', '\\"')
        return '"' + part.replace("\n", "\\n").replace("\t", "\\t") + '"'

    lines = text.splitlines(keepends=True)
    if len(lines) < 2:
        return f"{keyword} {escaped(text)}\n"
    return f'{keyword} ""\n' + "".join(f"{escaped(line)}\n" for line in lines)


def write_po(entries: dict[Key, Entry]) -> str:
    """The catalogue's text, in alphabetical order so that two changes merge."""
    blocks = [_quoted("msgid", "") + _quoted("msgstr", HEADER)]
    for key in sorted(entries, key=lambda key: (key[1], key[0])):
        entry = entries[key]
        block = "".join(f"#: {name}\n" for name in sorted(entry.files))
        if entry.fuzzy:
            block += "#, fuzzy\n"
        if entry.context:
            block += _quoted("msgctxt", entry.context)
        block += _quoted("msgid", entry.sentence)
        if entry.plural:
            block += _quoted("msgid_plural", entry.plural)
        block += _quoted("msgstr[0]" if entry.plural else "msgstr", entry.translation)
        blocks.append(block)
    return "\n".join(blocks)


def compiled(entries: dict[Key, Entry]) -> bytes:
    """The catalogue as gettext reads it: two tables of lengths and places, then the texts."""
    pairs = {b"": HEADER.encode()}
    for entry in entries.values():
        if entry.translation and not entry.fuzzy:
            sentence = f"{entry.context}\x04{entry.sentence}" if entry.context else entry.sentence
            if entry.plural:
                sentence += f"\x00{entry.plural}"
            pairs[sentence.encode()] = entry.translation.encode()
    keys = sorted(pairs)
    head, count = 7 * 4, len(keys)
    at = head + 16 * count
    tables: tuple[list[int], list[int]] = ([], [])
    texts = b""
    for table, words in zip(tables, (keys, [pairs[key] for key in keys]), strict=True):
        for word in words:
            table += [len(word), at + len(texts)]
            texts += word + b"\0"
    return (
        struct.pack("<7I", 0x950412DE, 0, count, head, head + 8 * count, 0, at)
        + struct.pack(f"<{4 * count}I", *tables[0], *tables[1])
        + texts
    )


def kept() -> dict[Key, Entry]:
    """The catalogue as it stands."""
    return read_po(PO.read_text("utf-8")) if PO.exists() else {}


def merged(extra: dict[Key, Entry] | None = None) -> dict[Key, Entry]:
    """Every marked sentence with its Vietnamese, from the catalogue or else from `extra`."""
    held = {**(extra or {}), **{k: e for k, e in kept().items() if e.translation}}
    found = marked_sentences()
    for key, entry in found.items():
        if key in held:
            entry.translation = held[key].translation
            entry.fuzzy = held[key].fuzzy
    return found


_PLACEHOLDER = re.compile(r"%\(\w+\)[a-z0-9]+|%[sd]|\{\w*\}")


def faults() -> list[str]:
    """What is not ready: untranslated, fuzzy, unknown to the catalogue, other placeholders."""
    found = []
    held = kept()
    for key, entry in sorted(marked_sentences().items(), key=lambda one: one[0][1]):
        if key not in held:
            found.append(f"not in the catalogue (./som messages): {key[1]!r} {entry.files}")
        elif not held[key].translation or held[key].fuzzy:
            found.append(f"not translated: {key[1]!r} {entry.files}")
        else:
            wanted = set(_PLACEHOLDER.findall(entry.plural or entry.sentence))
            if wanted != set(_PLACEHOLDER.findall(held[key].translation)):
                found.append(f"other placeholders: {key[1]!r}")
    if not MO.exists() or MO.read_bytes() != compiled(held):
        found.append("not compiled (./som messages)")
    return found
