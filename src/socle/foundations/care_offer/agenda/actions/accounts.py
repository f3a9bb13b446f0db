"""Accounts of regulators, as the SAS platform sends them; appointments that come to the SAS."""

from dataclasses import replace
from datetime import datetime

from socle.foundations.care_offer.agenda.actions.booking import Admission, admit_appointment
from socle.foundations.care_offer.agenda.rules.transmission import check_account, check_appointment
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.kernel.outcome import Kind, Problem
from socle.kernel.policy import Actor
from socle.kernel.store import Json, Put


async def admit_account(agendas: Agendas, put: Put) -> Put:
    """The change that makes, enables or disables a regulator's account.

    Raises: Problem(RULE_VIOLATED) for what is missing; Problem(CONFLICT) when another account has the identifier.
    """
    identifiers = check_account(put.resource)
    name = put.resource["name"][0]
    shown = f"{' '.join(name.get('given', ()))} {name.get('family', '')}".strip()
    schema = agendas.schema
    rows = await agendas.store.query(
        f"SELECT system, value FROM {schema}.regulator "
        "WHERE practitioner <> $1 AND (system, value) IN (SELECT * FROM unnest($2::text[], $3::text[]))",
        put.id,
        [system for system, _ in identifiers],
        [value for _, value in identifiers],
    )
    if rows:
        raise Problem.of(
            Kind.CONFLICT,
            f"Un autre compte a déjà l'identifiant {rows[0]['system']}|{rows[0]['value']} : mettez-le à jour "
            "(PUT Practitioner?identifier=…).",
            f"Another account already has the identifier {rows[0]['system']}|{rows[0]['value']}: update it "
            "(PUT Practitioner?identifier=…).",
            expression="Practitioner.identifier",
            rule="SAS-COMPTE",
        )
    statements = [
        (f"DELETE FROM {schema}.regulator WHERE practitioner = $1", [put.id]),
        (
            f"INSERT INTO {schema}.regulator (system, value, practitioner, name, active) "
            "SELECT system, value, $1, $2, $3 FROM unnest($4::text[], $5::text[]) AS t(system, value)",
            [
                put.id,
                shown,
                put.resource["active"],
                [system for system, _ in identifiers],
                [value for _, value in identifiers],
            ],
        ),
    ]
    return replace(put, rows=[*put.rows, *statements])


async def admit_declared(agendas: Agendas, put: Put, before: Json | None, *, now: datetime, by: Actor) -> Admission:
    """The change that an appointment sent to the SAS asks for; slots of this house's agendas are taken with it.

    Raises: Problem(CONFLICT) when it was sent before (it is then updated), or its slot is taken; Problem(RULE_VIOLATED).
    """
    check_appointment(put.resource)
    identifier = put.resource["identifier"][0]
    if before is None:
        known = await agendas.store.query(
            f"SELECT appointment FROM {agendas.schema}.declared WHERE system = $1 AND value = $2",
            identifier["system"],
            identifier["value"],
        )
        if known:
            raise Problem.of(
                Kind.CONFLICT,
                "Ce rendez-vous a déjà été transmis : mettez-le à jour (PUT Appointment?identifier=…).",
                "This appointment was sent already: update it (PUT Appointment?identifier=…).",
                expression="Appointment.identifier",
                rule="SAS-RDV",
            )
    admission = await admit_appointment(agendas, put, before, now=now, by=by, declares=True)
    said = (
        f"INSERT INTO {agendas.schema}.declared (system, value, appointment) VALUES ($1, $2, $3) "
        "ON CONFLICT (system, value) DO UPDATE SET appointment = excluded.appointment "
        f"WHERE {agendas.schema}.declared.appointment = excluded.appointment",
        [identifier["system"], identifier["value"], put.id],
    )
    return replace(admission, put=replace(admission.put, rows=[*admission.put.rows, said]))
