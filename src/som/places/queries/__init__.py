"""Every read about places. They are not about persons, so no actor is asked for."""

from som.places.queries.lineage import Carried, carried, covered_ids, reaggregate
from som.places.queries.organisations import (
    OrganisationRow,
    SiteRow,
    laboratory_rights,
    organisation_ids,
    organisations_by_id,
    organisations_of,
    sites_by_id,
    sites_of,
)
from som.places.queries.packaged import (
    packaged_pending_changes,
    packaged_populations,
    packaged_units,
)
from som.places.queries.pages import Step, UnitFound, UnitPage, search_units, unit_page
from som.places.queries.units import (
    PendingRow,
    PopulationRow,
    UnitRow,
    communes_of,
    pending_changes,
    populations,
    provinces,
    unit_ids,
    unit_path,
    units_below,
    units_by_id,
    units_named,
)

__all__ = [
    "Carried",
    "OrganisationRow",
    "PendingRow",
    "PopulationRow",
    "SiteRow",
    "Step",
    "UnitFound",
    "UnitPage",
    "UnitRow",
    "carried",
    "communes_of",
    "covered_ids",
    "laboratory_rights",
    "organisation_ids",
    "organisations_by_id",
    "organisations_of",
    "packaged_pending_changes",
    "packaged_populations",
    "packaged_units",
    "pending_changes",
    "populations",
    "provinces",
    "reaggregate",
    "search_units",
    "sites_by_id",
    "sites_of",
    "unit_ids",
    "unit_page",
    "unit_path",
    "units_below",
    "units_by_id",
    "units_named",
]
