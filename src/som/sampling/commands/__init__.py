"""The only writers of the sampling stage, one module a verb family."""

from som.sampling.commands.plan import (
    Campaign,
    Roll,
    SchemeWanted,
    Session,
    close_sessions,
    issue_rolls,
    open_sessions,
    plan_campaigns,
    register_schemes,
)
from som.sampling.commands.requests import Ending, RequestWanted, end_requests, request_tests
from som.sampling.commands.swabs import record_swabs
from som.sampling.commands.tubes import (
    Loss,
    Manifest,
    dispatch_tubes,
    expire_tubes,
    lose_tubes,
    requests_again,
)

__all__ = [
    "Campaign",
    "Ending",
    "Loss",
    "Manifest",
    "RequestWanted",
    "Roll",
    "SchemeWanted",
    "Session",
    "close_sessions",
    "dispatch_tubes",
    "end_requests",
    "expire_tubes",
    "issue_rolls",
    "lose_tubes",
    "open_sessions",
    "plan_campaigns",
    "record_swabs",
    "register_schemes",
    "request_tests",
    "requests_again",
]
