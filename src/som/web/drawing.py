"""Draws one paper by Typst. Knows no Django, so that a process of its own begins quickly.

    python -m som.web.drawing TEMPLATE LANGUAGE < data.json > paper.pdf

The compiler keeps what it laid out for papers to come: a thousand slips are a quarter of a gigabyte
that a server would never give back.
"""

from __future__ import annotations

import subprocess
import sys
from functools import lru_cache
from pathlib import Path

import typst

ROOT = Path(__file__).resolve().parents[1]
"""The folder of the stages: what a template may import, and nothing above it."""

FONTS = Path(__file__).resolve().parent / "prints" / "fonts"

PATIENCE = 120
"""Seconds after which a paper is given up: twenty times what the largest takes."""


@lru_cache(maxsize=1)
def fonts() -> typst.Fonts:
    """Ours alone, so that a paper looks the same on every computer."""
    return typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(FONTS)]
    )


def path_of(template: str) -> Path:
    """Where a template stands: "sampling/labels.typ" is `sampling/prints/labels.typ`."""
    stage, name = template.split("/")
    return ROOT / stage / "prints" / name


def drawn(template: str, language: str, data: str) -> bytes:
    """The PDF that a template draws from data in JSON."""
    paper = typst.Compiler(root=ROOT, font_paths=fonts()).compile(
        path_of(template),
        format="pdf",
        sys_inputs={"data": data, "language": language},
        pdf_tags=False,  # they would double the time and the size of a thousand slips
    )
    assert isinstance(paper, bytes)
    return paper


def drawn_apart(template: str, language: str, data: str) -> bytes:
    """The same, by a process of its own, which ends with everything it kept."""
    done = subprocess.run(  # noqa: S603 - our own program, given a template of ours
        [sys.executable, "-m", __name__, template, language],
        input=data.encode(),
        cwd=ROOT.parent,
        check=True,
        timeout=PATIENCE,
        stdout=subprocess.PIPE,
    )
    return done.stdout


if __name__ == "__main__":
    sys.stdout.buffer.write(drawn(sys.argv[1], sys.argv[2], sys.stdin.buffer.read().decode()))
