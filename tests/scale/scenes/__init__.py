"""What is made ready for the count of statements, a module a verb family: each is imported here."""

from tests.scale.scenes import imports, matching, people, requests, tubes

__all__ = ["imports", "matching", "people", "requests", "tubes"]
