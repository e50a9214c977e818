"""What is known of sessions, tubes and swabs."""

from som.sampling.queries.lists import (
    residences_named,
)
from som.sampling.queries.requests import (
    RequestRow,
    open_requests,
    open_requests_by_lateness,
)
from som.sampling.queries.sessions import (
    SessionRow,
    SessionTubeRow,
    open_sessions,
    session,
    sessions,
    tubes_of_session,
)
from som.sampling.queries.swabs import (
    SwabRow,
    swabs_in_tubes,
)
from som.sampling.queries.tubes import (
    TubeRow,
    tubes_with_codes,
)

__all__ = [
    "RequestRow",
    "SessionRow",
    "SessionTubeRow",
    "SwabRow",
    "TubeRow",
    "open_requests",
    "open_requests_by_lateness",
    "open_sessions",
    "residences_named",
    "session",
    "sessions",
    "swabs_in_tubes",
    "tubes_of_session",
    "tubes_with_codes",
]
