"""Demonstration agendas: professionals of the synthetic country, with slots in the days to come; made once, then carried on."""

from collections.abc import Iterator
from datetime import datetime, time, timedelta
from itertools import islice
from typing import Any, Final, NamedTuple

from socle.foundations.care_offer.agenda.actions.accounts import admit_account
from socle.foundations.care_offer.agenda.actions.booking import Wish, book
from socle.foundations.care_offer.agenda.actions.schedules import admit_schedule
from socle.foundations.care_offer.agenda.model import (
    IDNPS,
    IDNST,
    SAS,
    SPECIALITE,
    ZONE,
    Consultation,
    Opening,
    Recurrence,
    TypeCreneau,
)
from socle.foundations.care_offer.agenda.store import publishers
from socle.foundations.care_offer.agenda.store.agendas import Agendas, Wanted
from socle.foundations.care_offer.agenda.store.names import CORE, CORE_ID
from socle.foundations.care_offer.agenda.store.publishers import FORMS, Publisher
from socle.foundations.care_offer.agenda.store.writing import schedule_of
from socle.foundations.country import Country, Office, Practitioner
from socle.foundations.country.numbers import luhn, siren, siret
from socle.kernel.audit import Trace
from socle.kernel.policy import Actor, Means
from socle.kernel.store import Change, Json, Put, Unit

HOUSE: Final = Actor("system:agenda-demo", "Socle (démonstration)", frozenset({"publisher"}), Means.SYSTEM)
PROFESSIONALS: Final = 12
_GENERAL: Final = ("SM26", "SM53", "SM54")
_OTHERS: Final = ("SM40", "SM04", "SM15", "SM38")
_REGULATOR: Final = "7d1f0c5e-6a0b-4f0e-9a43-3b1c2f6f9d10"  # a technical identifier that the SAS could have given
_SOS_RANK: Final = 179_999  # a rank that the country never reaches
_CPTS: Final = "99000001"  # the SAS wants digits: a department that does not exist
_WEEKDAYS: Final = frozenset(range(5))


class Held(NamedTuple):
    """A professional and the office where the agenda is."""

    who: Practitioner
    office: Office


def professionals(count: int = PROFESSIONALS) -> list[Held]:
    """The professionals of the demonstration: general practitioners first, then a few specialists, who have an office."""
    every = list(_physicians())
    general = [one for one in every if one.who.specialite[0] in _GENERAL]
    others = [one for code in _OTHERS for one in every if one.who.specialite[0] == code]
    # from all over: one general practitioner a commune before a second one
    spread = list({one.office.address.commune.code: one for one in reversed(general)}.values())[::-1]
    rest = [one for one in general if one not in spread]
    return [*islice([*spread, *rest], count * 2 // 3), *islice(others, count - count * 2 // 3)]


def _physicians() -> Iterator[Held]:
    for who in Country.demo().practitioners(stop=1_800):
        office = next((one.structure for one in who.situations if isinstance(one.structure, Office)), None)
        if who.profession.code == "10" and who.specialite[0] and office is not None:
            yield Held(who, office)


async def fill(agendas: Agendas, now: datetime, *, trace: Trace) -> int:
    """Fill an empty register; answers how many agendas were opened (0 when there are some)."""
    if await agendas.every_schedule(limit=1):
        return 0
    held = professionals()
    resources = [*_structures(held), *(one for each in held for one in _people(each))]
    await agendas.store.commit(Unit([_put(agendas, one) for one in resources], trace))
    opened: list[Change] = []
    for schedule in [*(_agenda(each, rank, now) for rank, each in enumerate(held)), _sos_agenda(now)]:
        put = agendas.repository.put(schedule, id=schedule["id"])
        opened.append(await admit_schedule(agendas, put, now=now, by=HOUSE))
    rows = [
        agendas.say_holder("demo-practitioner", held[0].who.id_national),
        agendas.say_holder("demo-sas-regulator", _REGULATOR),
        publishers.keep(agendas, Publisher("house", "Agendas de la maison", "", FORMS, 2_000, True, now)),
    ]
    account = await admit_account(agendas, _put(agendas, _account()))
    await agendas.store.commit(Unit([*opened, account], trace, rows=rows))
    await _some_appointments(agendas, held[0], now, trace)
    return len(opened)


async def _some_appointments(agendas: Agendas, held: Held, now: datetime, trace: Trace) -> None:
    """A few appointments of the first professional, so that a week has some."""
    wanted = Wanted(now, now + timedelta(days=10), access=frozenset(TypeCreneau), numbers=(held.who.id_national,))
    free = await agendas.free(wanted, limit=60)
    patients = [_patient(rank) for rank in range(4)]
    await agendas.store.commit(Unit([_put(agendas, one) for one in patients], trace))
    for rank, (slot, _) in enumerate(free[::7][:8]):
        patient = patients[rank % len(patients)]
        wish = Wish(slot.slot, "Consultation", {"reference": f"Patient/{patient['id']}"})
        await book(agendas, wish, by=HOUSE, trace=trace)


def _put(agendas: Agendas, resource: Json) -> Put:
    return agendas.repository.put(resource, id=resource["id"])


def _profile(name: str) -> Json:
    return {"profile": [f"{CORE}/fr-core-{name}"]}


def _people(held: Held) -> list[Json]:
    who, office = held
    commune = office.address.commune
    number, phone = who.id_national, _international(office.telephone)
    practitioner: dict[str, Any] = {
        "resourceType": "Practitioner",
        "id": f"ps-{who.rpps}",
        "meta": _profile("practitioner"),
        "identifier": [
            {
                "use": "official",
                "type": {"coding": [{"system": CORE_ID, "code": "IDNPS"}]},
                "system": IDNPS,
                "value": number,
            }
        ],
        "active": True,
        "name": [{"family": who.nom, "given": [who.prenom], "text": f"Dr {who.prenom} {who.nom}"}],
    }
    place: dict[str, Any] = {
        "resourceType": "Location",
        "id": f"lieu-{office.identifiant}",
        "meta": _profile("location"),
        "name": office.raison_sociale,
        "telecom": [{"system": "phone", "value": phone}],
        "address": {
            "line": [office.address.ligne],
            "city": commune.nom,
            "postalCode": commune.code_postal,
            "country": "FRA",
        },
    }
    role: dict[str, Any] = {
        "resourceType": "PractitionerRole",
        "id": f"exercice-{who.rpps}",
        "meta": _profile("practitioner-role"),
        "active": True,
        "practitioner": {"reference": f"Practitioner/ps-{who.rpps}"},
        "organization": {"identifier": {"system": IDNST, "value": f"4{office.identifiant}"}},
        "specialty": [{"coding": [_specialty(who)]}],
        "location": [{"reference": f"Location/lieu-{office.identifiant}"}],
        "telecom": [{"system": "phone", "value": phone}],
    }
    return [practitioner, place, role]


def _specialty(who: Practitioner) -> dict[str, str]:
    return {"system": SPECIALITE, "code": who.specialite[0], "display": who.specialite[1]}


def _agenda(held: Held, rank: int, now: datetime) -> Json:
    """The openings of one professional: mornings for the public, an evening for regulators, video, and a day away."""
    who = held.who
    days = _WEEKDAYS - {(rank + 2) % 5}
    cpts = (_cpts_number(),) if rank % 3 == 1 else ()
    shared = frozenset({TypeCreneau.PUBLIC, TypeCreneau.CPTS} if cpts else {TypeCreneau.PUBLIC})
    away = now + timedelta(days=9 + rank % 5)
    openings = [
        _opening("matin", now, time(8 + rank % 2, 30), 180, days, access=shared, cpts=cpts),
        _opening(
            "apres-midi",
            now,
            time(14, rank % 4 * 15),
            150,
            days,
            access=frozenset({TypeCreneau.PUBLIC, TypeCreneau.PRO}),
        ),
        _opening(
            "soins-non-programmes", now, time(17, 30), 60, days, access=frozenset({TypeCreneau.SNP, TypeCreneau.PRO})
        ),
        _opening(
            "teleconsultation",
            now,
            time(12, 30),
            45,
            frozenset({(rank + 1) % 5, (rank + 3) % 5}),
            consultations=frozenset({Consultation.VR}),
        ),
    ]
    if rank % 4 == 3:
        openings.append(_opening("sans-rendez-vous", now, time(9, 0), 120, frozenset({5}), walk_in=True))
    opens = away.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    openings.append(Opening("absence", opens, opens + timedelta(days=1), closed=True))
    return schedule_of(
        f"agenda-{who.rpps}",
        [f"PractitionerRole/exercice-{who.rpps}", f"Practitioner/ps-{who.rpps}"],
        openings,
        duration=timedelta(minutes=15 if rank % 2 else 20),
        motive="Consultation",
        specialty=_specialty(who),
    )


def _opening(
    key: str,
    now: datetime,
    at: time,
    minutes: int,
    days: frozenset[int],
    *,
    access: frozenset[TypeCreneau] = frozenset({TypeCreneau.PUBLIC}),
    consultations: frozenset[Consultation] = frozenset({Consultation.AMB}),
    walk_in: bool = False,
    cpts: tuple[str, ...] = (),
) -> Opening:
    """Every week on these days, from the Monday before now."""
    today = now.astimezone(ZONE).date()
    first = datetime.combine(today - timedelta(days=today.weekday()), at, ZONE) + timedelta(days=min(days))
    repeated = Recurrence("WEEKLY", days=days)
    end = first + timedelta(minutes=minutes)
    return Opening(key, first, end, False, repeated, access, consultations, walk_in, cpts)


def _cpts_number() -> str:
    return f"1{_CPTS}{luhn(_CPTS)}"


def _structures(held: list[Held]) -> list[Json]:
    commune = held[0].office.address.commune
    phone = _international(held[0].office.telephone)
    number = f"3{siret(siren(_SOS_RANK), 1)}"
    cpts: dict[str, Any] = {
        "resourceType": "Organization",
        "id": "cpts-demonstration",
        "meta": _profile("organization"),
        "identifier": [{"system": IDNST, "value": _cpts_number()}],
        "active": True,
        "name": "CPTS de Démonstration",
        "telecom": [{"system": "phone", "value": phone}],
    }
    service: dict[str, Any] = {
        "resourceType": "HealthcareService",
        "id": "cpts-demonstration",
        "meta": _profile("healthcare-service"),
        "active": True,
        "providedBy": {"reference": "Organization/cpts-demonstration"},
        "name": "Soins non programmés de la CPTS de Démonstration",
    }
    sos: dict[str, Any] = {
        "resourceType": "Organization",
        "id": "sos-demonstration",
        "meta": _profile("organization"),
        "identifier": [{"system": IDNST, "value": number}],
        "active": True,
        "name": "SOS Médecins de Démonstration",
    }
    place: dict[str, Any] = {
        "resourceType": "Location",
        "id": "sos-demonstration",
        "meta": _profile("location"),
        "identifier": [{"system": "urn:oid:1.2.250.1.999.1.6", "value": "PFG-1"}],
        "name": "Point fixe de garde de Démonstration",
        "telecom": [{"system": "phone", "value": phone}],
        "address": {"line": ["1 PLACE DES TILLEULS"], "city": commune.nom, "postalCode": commune.code_postal},
        "managingOrganization": {"reference": "Organization/sos-demonstration"},
        "hoursOfOperation": [{"daysOfWeek": ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], "allDay": False}],
    }
    return [cpts, service, sos, place]


def _sos_agenda(now: datetime) -> Json:
    """A place of an association of emergency doctors: every evening, and by video."""
    both = frozenset({TypeCreneau.PUBLIC, TypeCreneau.SNP})
    every = frozenset(range(7))
    openings = [
        _opening("soir", now, time(18, 0), 300, every, access=both),
        _opening(
            "nuit",
            now,
            time(23, 0),
            120,
            every,
            access=frozenset({TypeCreneau.SNP}),
            consultations=frozenset({Consultation.VR}),
        ),
    ]
    return schedule_of("agenda-sos-demonstration", ["Location/sos-demonstration"], openings,
                       duration=timedelta(minutes=20), motive="Consultation")  # fmt: skip


def _account() -> Json:
    return {
        "resourceType": "Practitioner",
        "id": "regulateur-demonstration",
        "meta": {
            "source": SAS,
            "profile": ["https://interop.esante.gouv.fr/ig/fhir/sas/StructureDefinition/FrPractitionerRegul"],
        },
        "identifier": [
            {
                "type": {"coding": [{"system": "http://interopsante.org/fhir/CodeSystem/fr-v2-0203", "code": "INTRN"}]},
                "system": SAS,
                "value": _REGULATOR,
            }
        ],
        "active": True,
        "name": [{"family": "VAUTRIN", "given": ["Salomé"]}],
        "telecom": [{"system": "email", "value": "salome.vautrin@sas.invalid"}],
    }


def _patient(rank: int) -> Json:
    family = ("DEMO-AUBRY", "DEMO-LEFORT", "DEMO-MARCHAND", "DEMO-OUVRARD")[rank]
    given = ("Léa", "Marius", "Zoé", "Paul")[rank]
    return {
        "resourceType": "Patient",
        "id": f"patient-demonstration-{rank + 1}",
        "active": True,
        "name": [{"use": "usual", "family": family, "given": [given]}],
    }


def _international(phone: str) -> str:
    """+33 and nine digits: the form that the SAS expects (FAQ)."""
    return f"+33{phone[1:]}" if len(phone) == 10 and phone.startswith("0") else phone
