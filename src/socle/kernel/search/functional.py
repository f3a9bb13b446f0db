"""Lists that nobody writes: `_list=$current-problems` and the like, each a question about the resources themselves.

R4 names them and leaves what they hold to servers (lists.html#functional). The rules below are ours: what its own record says
is true now, and has not been withdrawn. Whose list it is goes beside, as any criterion does (`patient=…`).
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

_TERMINOLOGY: Final = "http://terminology.hl7.org/CodeSystem"
_WITHDRAWN: Final = ("refuted", "entered-in-error")


def _coded(system: str, *codes: str) -> str:
    return ",".join(f"{_TERMINOLOGY}/{system}|{code}" for code in codes)


# Criteria that must all hold; of each, one of its (name, value) pairs.
Rule = tuple[tuple[tuple[str, str], ...], ...]
_PROBLEM: Final[Rule] = (
    (("clinical-status", _coded("condition-clinical", "active", "recurrence", "relapse")),),
    (("verification-status:not", _coded("condition-ver-status", *_WITHDRAWN)),),
    (("category", _coded("condition-category", "problem-list-item")), ("category:missing", "true")),
)
_ALLERGY: Final[Rule] = (
    (("clinical-status", _coded("allergyintolerance-clinical", "active")),),
    (("verification-status:not", _coded("allergyintolerance-verification", *_WITHDRAWN)),),
)
_ORDERS: Final = "order,original-order,reflex-order,filler-order,instance-order"
LISTS: Final[Mapping[str, Mapping[str, Rule]]] = MappingProxyType(
    {
        "$current-problems": {"Condition": _PROBLEM},
        "$current-allergies": {"AllergyIntolerance": _ALLERGY},
        "$current-drug-allergies": {"AllergyIntolerance": (*_ALLERGY, (("category", "medication"),))},
        "$current-medications": {
            "MedicationStatement": ((("status", "active"),),),
            "MedicationRequest": ((("status", "active"),), (("intent", _ORDERS),)),
        },
    }
)
