"""Search parameters of the ROR guide, beside those of R4. Source: IG ROR 0.7.0, SearchParameter ror-sp-*.

The published expressions cast codes to `code` where the extensions hold CodeableConcepts, and one looks for equipment limits
at the top of the Location where they stand inside the equipment: ours say where the values are.

A name with `~` is an index for the sights that do not see additional beds (`rules.visibility`).
"""

from collections.abc import Mapping
from typing import Final

from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.rules.visibility import CAPACITY_PARAMETERS
from socle.foundations.care_offer.store.sight import FIELD, ORDINARY, REPORTER, SENSITIVE
from socle.kernel.fhir.definitions import SearchParameter, SearchType


def _inside(of: str, url: str, part: str, more: str = "") -> str:
    return f"{of}.extension.where(url='{url}').extension.where(url='{part}').value{more}"


def _capacity(part: str, more: str = "") -> str:
    return _inside("Location", names.CAPACITY, part, more)


def _ordinary(part: str, more: str = "") -> str:
    status = "extension.where(url='capacityStatus').value.as(CodeableConcept).coding.code"
    some = f"Location.extension.where(url='{names.CAPACITY}').where({status} != '06')"
    return f"{some}.extension.where(url='{part}').value{more}"


_CAPACITY_PARTS: Final[Mapping[str, tuple[str, SearchType, str]]] = {
    "capacity-status": ("capacityStatus", "token", ""),
    "capacity-type": ("capacityType", "token", ""),
    "temporality-capacity": ("temporalityCapacity", "token", ""),
    "gender-capacity-available": ("genderCapacityAvailable", "token", ""),
    "capacity-closing-type": ("capacityClosingType", "token", ""),
    "additional-bed-type": ("additionalBedType", "token", ""),
    "crisis-type": ("crisisType", "token", ""),
    "temporary-assignement": ("temporaryAssignement", "token", ""),
    "nb-capacity": ("nbCapacity", "number", ""),
    "capacity-update-date": ("capacityUpdateDate", "date", ""),
}


def _made(all_: Mapping[str, tuple[SearchType, str]]) -> dict[str, SearchParameter]:
    return {name: SearchParameter(name, kind, expression) for name, (kind, expression) in all_.items()}


LOCATION: Final = _made(
    {
        **{name: (kind, _capacity(part, more)) for name, (part, kind, more) in _CAPACITY_PARTS.items()},
        **{
            name + ORDINARY: (kind, _ordinary(part, more))
            for name, (part, kind, more) in _CAPACITY_PARTS.items()
            if name in CAPACITY_PARAMETERS
        },
        "commune-cog": ("token", f"Location.extension.where(url='{names.COMMUNE}').value"),
        "near-insee-code": ("special", "Location.position"),
        "equipment-type": ("token", _inside("Location", names.EQUIPMENT, "equipmentType")),
        "equipment-feature": (
            "token",
            f"Location.extension.where(url='{names.EQUIPMENT}').extension.where(url='{names.EQUIPMENT_LIMIT}')"
            ".extension.where(url='equipmentFeature').value",
        ),
        "limit-value": (
            "quantity",
            f"Location.extension.where(url='{names.EQUIPMENT}').extension.where(url='{names.EQUIPMENT_LIMIT}')"
            ".extension.where(url='limitValue').value",
        ),
        "residential-type": ("token", _inside("Location", names.RESIDENTIAL, "residentialType")),
        "residential-number": ("number", _inside("Location", names.RESIDENTIAL, "residentialNumber")),
    }
)
OFFER: Final = _made(
    {
        "psychiatric-sector": ("string", f"HealthcareService.extension.where(url='{names.SECTOR}').value"),
        "intervention-zone": ("token", _inside("HealthcareService", names.TERRITORY, "codeTerritorialDivision")),
        "patient-type": ("token", _inside("HealthcareService", names.PATIENTS, "supportedPatientInfo")),
        "age-range-low": ("quantity", _inside("HealthcareService", names.PATIENTS, "ageRange", ".as(Range).low")),
        "age-range-high": ("quantity", _inside("HealthcareService", names.PATIENTS, "ageRange", ".as(Range).high")),
        "notavailable-closing-reopeningdate": (
            "date",
            "HealthcareService.notAvailable.where(id='closingReopeningDate').during",
        ),
        SENSITIVE: ("token", f"HealthcareService.extension.where(url='{names.SENSITIVE}').value"),
        FIELD: ("token", f"HealthcareService.type.coding.where(system='{names.FIELD}')"),
    }
)
ORGANIZATION: Final = _made(
    {
        "drop-zone": ("token", f"Organization.extension.where(url='{names.DROP_ZONE}').value"),
        "closing-type": ("token", f"Organization.extension.where(url='{names.CLOSING}').value"),
        "period-end": ("date", f"Organization.extension.where(url='{names.PERIOD}').value.as(Period).end"),
        "price-type": ("token", _inside("Organization", names.PRICE, "priceType")),
        "price-unit": ("token", _inside("Organization", names.PRICE, "priceUnit")),
        "price-amount-value": ("number", _inside("Organization", names.PRICE, "amount", ".as(Money).value")),
        "price-residential-type": ("token", _inside("Organization", names.PRICE, "residentialType")),
        "special-price": ("token", _inside("Organization", names.PRICE, "specialPrice")),
        "price-dependency-level": ("token", _inside("Organization", names.PRICE, "dependencyLevel")),
        "price-welcome-type": ("token", _inside("Organization", names.PRICE, "welcomeType")),
        "price-validity-start-date": ("date", _inside("Organization", names.PRICE, "startDate")),
    }
)
TASK: Final = _made(
    {
        REPORTER: (
            "token",
            "Task.input.where(type.coding.where(code='identifierRequester').exists()).value",
        ),
    }
)
PARAMETERS: Final[Mapping[str, Mapping[str, SearchParameter]]] = {
    "Location": LOCATION,
    "HealthcareService": OFFER,
    "Organization": ORGANIZATION,
    "Task": TASK,
}
