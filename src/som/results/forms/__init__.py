"""What the pages of results are asked."""

from som.results.forms.pages import (
    AreaForm,
    ClosingForm,
    DecisionForm,
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
    RecalledForm,
    RecallForm,
    RecallsForm,
    RunRecallForm,
)

__all__ = [
    "WHICH",
    "AreaForm",
    "ClosingForm",
    "CorrectionAnswerForm",
    "CorrectionForm",
    "DecisionForm",
    "LookUpForm",
    "MatchForm",
    "RecallForm",
    "RecalledForm",
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
