"""The FHIR faces of agendas: `endpoint` declares both servers, `view` shows the SAS its shapes, `admission` judges writes."""

from socle.foundations.care_offer.agenda.api.endpoint import ENDPOINTS, REGISTER

__all__ = ["ENDPOINTS", "REGISTER"]
