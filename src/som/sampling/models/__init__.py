"""Campaigns, sessions, requests, tubes, swabs and manifests."""

from som.sampling.models.imports import (
    List,
    ListRow,
)
from som.sampling.models.labels import (
    Handout,
    LabelPrint,
    Leftover,
    Roll,
    Team,
    Voiding,
)
from som.sampling.models.plan import (
    Campaign,
    CampaignLaboratory,
    Session,
)
from som.sampling.models.requests import (
    TestRequest,
    Transfer,
)
from som.sampling.models.sheets import (
    Sheet,
    SheetLine,
)
from som.sampling.models.slots import (
    Appointment,
    Slot,
)
from som.sampling.models.swabs import (
    Card,
    CardPrint,
    Swab,
)
from som.sampling.models.trays import Tray
from som.sampling.models.tubes import (
    Custody,
    Manifest,
    Scheme,
    Storage,
    Tube,
)

__all__ = [
    "Appointment",
    "Campaign",
    "CampaignLaboratory",
    "Card",
    "CardPrint",
    "Custody",
    "Handout",
    "LabelPrint",
    "Leftover",
    "List",
    "ListRow",
    "Manifest",
    "Roll",
    "Scheme",
    "Session",
    "Sheet",
    "SheetLine",
    "Slot",
    "Storage",
    "Swab",
    "Team",
    "TestRequest",
    "Transfer",
    "Tray",
    "Tube",
    "Voiding",
]
