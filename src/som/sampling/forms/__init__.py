"""What the pages of sampling are asked."""

from som.sampling.forms.labels import (
    CardsForm,
    HandoutForm,
    IssueCardsForm,
    IssueRollForm,
    OlderForm,
    TeamForm,
    VoidLabelsForm,
)
from som.sampling.forms.lines import (
    AnswersForm,
    CampaignPeopleForm,
    CampaignsForm,
    ClosingForm,
    EndingForm,
    RequestsForm,
    SessionsForm,
    TubesForm,
)
from som.sampling.forms.plan import (
    CampaignForm,
    ChangeSessionForm,
    DayAskedForm,
    LabForm,
    OpenSessionForm,
)
from som.sampling.forms.printing import PrintCardsForm, PrintedForm, PrintLabelsForm
from som.sampling.forms.recording import WalkInSwabForm
from som.sampling.forms.sheets import (
    HeadForm,
    LineForm,
    PrintSheetsForm,
    SheetsRangeForm,
    SheetVoidForm,
    typed_of,
)
from som.sampling.forms.walk_ins import NamingForm, WalkInsForm

__all__ = [
    "AnswersForm",
    "CampaignForm",
    "CampaignPeopleForm",
    "CampaignsForm",
    "CardsForm",
    "ChangeSessionForm",
    "ClosingForm",
    "DayAskedForm",
    "EndingForm",
    "HandoutForm",
    "HeadForm",
    "IssueCardsForm",
    "IssueRollForm",
    "LabForm",
    "LineForm",
    "NamingForm",
    "OlderForm",
    "OpenSessionForm",
    "PrintCardsForm",
    "PrintLabelsForm",
    "PrintSheetsForm",
    "PrintedForm",
    "RequestsForm",
    "SessionsForm",
    "SheetVoidForm",
    "SheetsRangeForm",
    "TeamForm",
    "TubesForm",
    "VoidLabelsForm",
    "WalkInSwabForm",
    "WalkInsForm",
    "typed_of",
]
