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
from som.results.forms.slips import CheckSlipForm, SlipsForm

__all__ = [
    "WHICH",
    "AreaForm",
    "CheckSlipForm",
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
    "SlipsForm",
    "TakeInForm",
    "TakeOverForm",
    "WatchForm",
    "WhereForm",
]
