"""What is made ready for the count of statements, a module a verb family: each is imported here."""

from tests.scale.scenes import (
    benches,
    imports,
    matching,
    notices,
    people,
    recalls,
    reception,
    reported,
    requests,
    slots,
    trays,
    tubes,
    turns,
    watch,
)

__all__ = [
    "benches",
    "imports",
    "matching",
    "notices",
    "people",
    "recalls",
    "reception",
    "reported",
    "requests",
    "slots",
    "trays",
    "tubes",
    "turns",
    "watch",
]
