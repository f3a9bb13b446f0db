"""Values of agendas: codes of the two guides, openings, slots, appointments. Pure."""

from socle.foundations.care_offer.agenda.model.codes import (
    ACT_CODE,
    APPOINTMENT_REASON,
    CATEGORIE_ETABLISSEMENT,
    CPTS_CATEGORY,
    IDNPS,
    IDNST,
    SAS,
    SPECIALITE,
    TYPE_CRENEAU,
    ZONE,
    Consultation,
    TypeCreneau,
    numero_finess,
    numero_ps,
    numero_structure,
)
from socle.foundations.care_offer.agenda.model.opening import Derived, Opening, Recurrence
from socle.foundations.care_offer.agenda.model.standing import Event, Standing, Status

__all__ = [
    "ACT_CODE",
    "APPOINTMENT_REASON",
    "CATEGORIE_ETABLISSEMENT",
    "CPTS_CATEGORY",
    "IDNPS",
    "IDNST",
    "SAS",
    "SPECIALITE",
    "TYPE_CRENEAU",
    "ZONE",
    "Consultation",
    "Derived",
    "Event",
    "Opening",
    "Recurrence",
    "Standing",
    "Status",
    "TypeCreneau",
    "numero_finess",
    "numero_ps",
    "numero_structure",
]
