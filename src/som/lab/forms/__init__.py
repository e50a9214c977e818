"""What the pages of the laboratory are asked."""

from som.lab.forms.benches import (
    ONTO_PLATE,
    AfterForm,
    BatchForm,
    LabAskedForm,
    LayoutForm,
    OntoPlateForm,
    PlateBegunForm,
    WorklistForm,
)
from som.lab.forms.pages import (
    RUN_ENDINGS,
    CapacityForm,
    LiftForm,
    LotHoldForm,
    RetestsForm,
    RunFileForm,
    RunHoldForm,
    RunsForm,
    WellsForm,
)
from som.lab.forms.point import CartridgeBegunForm, CartridgeForm, PointForm, StripForm

__all__ = [
    "ONTO_PLATE",
    "RUN_ENDINGS",
    "AfterForm",
    "BatchForm",
    "CapacityForm",
    "CartridgeBegunForm",
    "CartridgeForm",
    "LabAskedForm",
    "LayoutForm",
    "LiftForm",
    "LotHoldForm",
    "OntoPlateForm",
    "PlateBegunForm",
    "PointForm",
    "RetestsForm",
    "RunFileForm",
    "RunHoldForm",
    "RunsForm",
    "StripForm",
    "WellsForm",
    "WorklistForm",
]
