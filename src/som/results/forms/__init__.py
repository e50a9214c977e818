"""What the pages of results are asked."""

from som.results.forms.pages import (
    AreaForm,
    LookUpForm,
    MatchForm,
    ReleaseForm,
    ReportedForm,
    ReportRowsForm,
    ReportsForm,
    TakeInForm,
    TakeOverForm,
    WatchForm,
    WhereForm,
)
from som.results.forms.recalls import (
    WHICH,
    CorrectionAnswerForm,
    CorrectionForm,
    RecallForm,
    RecallsForm,
    RunRecallForm,
)

__all__ = [
    "WHICH",
    "AreaForm",
    "CorrectionAnswerForm",
    "CorrectionForm",
    "LookUpForm",
    "MatchForm",
    "RecallForm",
    "RecallsForm",
    "ReleaseForm",
    "ReportRowsForm",
    "ReportedForm",
    "ReportsForm",
    "RunRecallForm",
    "TakeInForm",
    "TakeOverForm",
    "WatchForm",
    "WhereForm",
]
