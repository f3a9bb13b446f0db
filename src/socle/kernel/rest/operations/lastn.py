"""$lastn: the most recent observations of each code. Source: FHIR R4 observation-operation-lastn.html."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from socle.kernel.fhir import json
from socle.kernel.outcome import Kind, Problem, Text
from socle.kernel.policy import Permission
from socle.kernel.rest.answer import Answer
from socle.kernel.rest.endpoint import Call, Operation
from socle.kernel.rest.operations.page import given, searchset
from socle.kernel.store import Stored

MOST: Final = 20_000  # observations gone through
_PAGE: Final = "1000"
_SUBJECTS: Final = ("patient", "subject", "patient.identifier", "subject:Patient.identifier")
_TAKEN: Final = (
    *_SUBJECTS,
    "subject:Patient",
    "category",
    "code",
    "code:in",
    "date",
    "status",
    "encounter",
    "_lastUpdated",
)


def lastn_operations(permission: Permission) -> tuple[Operation, ...]:
    """`Observation/$lastn`, for the registers that hold observations."""
    return (
        Operation(
            "lastn",
            Text("Les dernières observations de chaque code.", "The last observations of each code."),
            permission,
            lastn,
            "type",
            ("Observation",),
            ("max", *_TAKEN),
            writes=False,
            definition="http://hl7.org/fhir/OperationDefinition/Observation-lastn",
        ),
    )


async def lastn(call: Call) -> Answer:
    """200 with at most `max` observations (1 when it is not said) of each code, the latest first.

    Codes that share a coding are one. Without a date, an observation comes after those that have one.
    Raises: Problem(INVALID) when nobody is named; Problem(TOO_COSTLY) when there are too many to go through.
    """
    asked = given(call, ("max", *_TAKEN))
    most = _most(asked)
    pairs = [(name, value) for name, values in asked.items() if name != "max" for value in values]
    if not any(name in _SUBJECTS or name == "subject:Patient" for name, _ in pairs):
        raise Problem.of(
            Kind.INVALID,
            "« $lastn » demande de qui : patient=… ou subject=….",
            "“$lastn” asks whose: patient=… or subject=….",
            expression="http.patient",
            rule="FHIR R4 observation-operation-lastn.html",
        )
    kept: list[Stored] = []
    groups = _Groups()
    read = 0
    page = await call.repository.search(
        [*pairs, ("_sort", "-date"), ("_count", _PAGE)], "Observation", now=call.now, secret=call.secret
    )
    while True:
        for one in page.matches:
            read += 1
            if groups.count(json.parse(one.body).get("code", {})) <= most:
                kept.append(one)
        if page.next is None:
            break
        if read >= MOST:
            raise Problem.of(
                Kind.TOO_COSTLY,
                f"Plus de {MOST} observations à parcourir : ajoutez category, code ou date.",
                f"More than {MOST} observations to go through: add category, code or date.",
            )
        page = await call.repository.page(page.next, now=call.now, secret=call.secret)
    return searchset(call, kept, total=len(kept))


def _most(asked: Mapping[str, list[str]]) -> int:
    values = asked.get("max", ["1"])
    if len(values) != 1 or not (values[0].isascii() and values[0].isdigit()) or not 1 <= int(values[0][:6]) <= 1000:
        raise Problem.of(Kind.INVALID, "« max » va de 1 à 1000.", "“max” goes from 1 to 1000.", expression="http.max")
    return int(values[0])


class _Groups:
    """Codes that share a coding (or a text, when they have none), and how many of each were met."""

    def __init__(self) -> None:
        self._of: dict[tuple[str, str], list[int]] = {}

    def count(self, code: dict[str, Any]) -> int:
        """One more of this code: how many it makes."""
        names = list(_names(code.get("coding", ()))) or [("text", code.get("text", ""))]
        group = next((self._of[name] for name in names if name in self._of), [0])
        for name in names:
            self._of.setdefault(name, group)
        group[0] += 1
        return group[0]


def _names(codings: Iterable[dict[str, Any]]) -> Iterable[tuple[str, str]]:
    return [(one.get("system", ""), one["code"]) for one in codings if "code" in one]
