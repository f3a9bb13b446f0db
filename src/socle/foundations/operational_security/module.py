"""The module's declaration."""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.routing import BaseRoute, Mount

from socle.foundations.operational_security import actions, pages
from socle.foundations.operational_security.api import BASE, audit_server
from socle.foundations.operational_security.permissions import READ, VERIFY
from socle.kernel.audit import Trace
from socle.kernel.module import WELL, Door, Health, House, Module, Room, degraded
from socle.kernel.outcome import Text
from socle.kernel.policy import Means


def _routes(house: House) -> Sequence[BaseRoute]:
    return [*pages.routes(house), Mount(BASE, app=audit_server(house))]


async def _verify(house: House, arguments: Mapping[str, Any]) -> None:
    """The background job: verify every chain."""
    trace = Trace(
        who=str(arguments["who"]),
        name=str(arguments["name"]),
        role="",
        structure="",
        means=Means.SYSTEM,
        ground=VERIFY.name,
        at=house.clock(),
        register="house",
        interaction="audit:verify",
    )
    await actions.verify_all(house.database, house.settings.data, trace=trace)


async def _health(house: House) -> Health:
    """The last verification of the traces found nothing."""
    findings = await actions.findings(house.database)
    if findings:
        return degraded(
            f"La dernière vérification des traces a trouvé {findings} anomalies. Voyez la page des traces.",
            f"The last verification of the traces found {findings} anomalies. See the page of traces.",
        )
    return WELL


MODULE = Module(
    name="foundations.operational_security",
    room=Room.FOUNDATIONS,
    title=Text("Sécurité opérationnelle", "Operational security"),
    summary=Text(
        "Les traces des accès : qui, pour qui, à quel titre, quand, par quel moyen ; "
        "et la preuve qu'aucune n'a été touchée.",
        "The traces of accesses: who, for whom, on what ground, when, by what means; "
        "and the proof that none was touched.",
    ),
    path="/traces",
    permissions=(READ, VERIFY),
    routes=_routes,
    doors=(
        Door(
            BASE,
            Text("Traces en FHIR (AuditEvent), en lecture seule", "Traces in FHIR (AuditEvent), read-only"),
            "FHIR R4",
        ),
    ),
    jobs={actions.JOB: _verify},
    health=_health,
)
