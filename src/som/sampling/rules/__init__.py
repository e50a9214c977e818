"""What may become of a swab, a tube and a test request. Pure."""

from som.sampling.rules.plan import (
    PlanRefusal,
)
from som.sampling.rules.requests import (
    REQUEST_MOVES,
    RequestEnd,
    RequestReason,
)
from som.sampling.rules.swabs import (
    CLOCK_SKEW,
    Fault,
    KnownSlip,
    RequestState,
    SwabFacts,
    SwabRefusal,
    SwabTaken,
    TubeState,
    fault_before_tubes,
    fault_of_tube,
    is_the_same,
    person_of,
    stands_alone,
)
from som.sampling.rules.tubes import (
    LONGEST_CODE,
    OWN_SCHEME,
    PATTERN,
    TUBE_MOVES,
    DispatchRefusal,
    Scheme,
    TubeClass,
    scheme_of,
)

__all__ = [
    "CLOCK_SKEW",
    "LONGEST_CODE",
    "OWN_SCHEME",
    "PATTERN",
    "REQUEST_MOVES",
    "TUBE_MOVES",
    "DispatchRefusal",
    "Fault",
    "KnownSlip",
    "PlanRefusal",
    "RequestEnd",
    "RequestReason",
    "RequestState",
    "Scheme",
    "SwabFacts",
    "SwabRefusal",
    "SwabTaken",
    "TubeClass",
    "TubeState",
    "fault_before_tubes",
    "fault_of_tube",
    "is_the_same",
    "person_of",
    "scheme_of",
    "stands_alone",
]
