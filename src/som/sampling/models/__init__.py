"""Campaigns, sessions, requests, tubes, swabs and manifests."""

from som.sampling.models.plan import (
    Campaign,
    Session,
)
from som.sampling.models.requests import (
    TestRequest,
)
from som.sampling.models.swabs import (
    Swab,
)
from som.sampling.models.tubes import (
    Manifest,
    Roll,
    Scheme,
    Tube,
)

__all__ = [
    "Campaign",
    "Manifest",
    "Roll",
    "Scheme",
    "Session",
    "Swab",
    "TestRequest",
    "Tube",
]
