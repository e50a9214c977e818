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
    TakeInForm,
    TakeOverForm,
    WatchForm,
    WhereForm,
)
from som.results.forms.recalls import (
    WHICH,
    CorrectionAnswerForm,
    CorrectionForm,
    NumberedForm,
    RecallForm,
    RunRecallForm,
)
from som.results.forms.slips import CheckSlipForm, SlipsForm, slip_on_paper

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
    "NumberedForm",
    "RecallForm",
    "ReleaseForm",
    "ReportRowsForm",
    "ReportedForm",
    "RunRecallForm",
    "SlipsForm",
    "TakeInForm",
    "TakeOverForm",
    "WatchForm",
    "WhereForm",
    "slip_on_paper",
]
