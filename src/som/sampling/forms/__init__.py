"""What the pages of sampling are asked."""

from som.sampling.forms.lines import (
    AnswersForm,
    CampaignsForm,
    ClosingForm,
    EndingForm,
    RequestsForm,
    SessionsForm,
    TubesForm,
)
from som.sampling.forms.plan import CampaignForm, OpenSessionForm, drawn_code
from som.sampling.forms.recording import WalkInSwabForm
from som.sampling.forms.walk_ins import NamingForm, WalkInsForm

__all__ = [
    "AnswersForm",
    "CampaignForm",
    "CampaignsForm",
    "ClosingForm",
    "EndingForm",
    "NamingForm",
    "OpenSessionForm",
    "RequestsForm",
    "SessionsForm",
    "TubesForm",
    "WalkInSwabForm",
    "WalkInsForm",
    "drawn_code",
]
