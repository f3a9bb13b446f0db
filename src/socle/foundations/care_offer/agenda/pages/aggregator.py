"""`/agenda/sas`: free slots of every publisher, as the SAS shows them to a regulator."""

from datetime import datetime, timedelta

from starlette.responses import Response

from socle.foundations.care_offer.agenda.actions.aggregating import Aggregated, aggregate
from socle.foundations.care_offer.agenda.actions.placing import PHYSICIAN, Around, Registers, around, professions
from socle.foundations.care_offer.agenda.model import IDNPS, IDNST, ZONE
from socle.foundations.care_offer.agenda.pages.words import day_asked, hour, local, short_day
from socle.foundations.care_offer.agenda.permissions import REGISTER, SAS_SEARCH
from socle.foundations.care_offer.agenda.rules.forms import MOST_PROFESSIONALS, Form, Pairs, Question, question
from socle.foundations.care_offer.agenda.store.agendas import Agendas
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.pages import Form as PageForm
from socle.kernel.pages import Page
from socle.kernel.pages.asking import one_of, only

_FORMS = {"ps": Form.INDIVIDUAL, "cpts": Form.CPTS, "sos": Form.SOS}


async def show(page: Page, agendas: Agendas, registers: Registers) -> Response:
    """The question, and what came from each publisher. By place: about those whom the registers know there."""
    page.require(SAS_SEARCH)
    only(page, "forme", "numeros", "lieu", "profession", "specialite", "jour", "jours")
    known = await agendas.specialties()
    trades = await professions(registers, by=page.actor)
    profession = one_of(page, "profession", (code for code, _ in trades), PHYSICIAN)
    placed: Around | None = None
    form = PageForm()
    kind = one_of(page, "forme", tuple(_FORMS), "ps")
    first = day_asked(page, "jour", local(page.now).date())
    days = int(one_of(page, "jours", ("1", "2", "3", "7"), "2"))
    specialty = one_of(page, "specialite", (code for code, _ in known))
    found: Aggregated | None = None
    asked = bool(page.query("numeros") or page.query("lieu") or specialty)
    if asked:
        try:
            numbers = page.query("numeros").replace(",", " ").split()
            if not numbers:
                placed = await around(
                    agendas,
                    registers,
                    _FORMS[kind],
                    page.query("lieu"),
                    profession=profession,
                    specialty=(specialty, dict(known).get(specialty, "")),
                    now=page.now,
                    by=page.actor,
                )
                numbers = list(placed.numbers)
                if not numbers:
                    raise _nobody()
            start = max(datetime.combine(first, datetime.min.time(), ZONE), local(page.now))
            end = datetime.combine(first + timedelta(days=days), datetime.min.time(), ZONE)
            found = await aggregate(
                agendas,
                _question(_FORMS[kind], start, end, numbers),
                trace=page.trace(REGISTER, "sas:aggregate", page.require(SAS_SEARCH)),
            )
        except Problem as problem:
            form.absorb(problem, {"http.": "numeros", "numeros": "numeros"})
    return page.render(
        "sas.html",
        status=422 if not form.ok else 200,
        form=form,
        found=found,
        forms=[(name, page.text(f"form.{name}")) for name in _FORMS],
        kind=kind,
        professions=trades,
        profession=profession,
        placed=placed,
        specialties=known,
        specialty=specialty,
        lengths=[(one, page.text("finder.length", count=int(one))) for one in ("1", "2", "3", "7")],
        length=str(days),
        day=first.isoformat(),
        numbers=page.query("numeros"),
        place=page.query("lieu"),
        most=MOST_PROFESSIONALS,
        hour=hour,
        day_of=lambda at: short_day(page, local(at).date()),
        names={one.publisher.id: one.publisher.name for one in found.said} if found else {},
    )


def _nobody() -> Problem:
    return Problem(
        Kind.INVALID,
        Issue(
            Text(
                "Personne n'est connu pour ce lieu, cette profession et cette spécialité, ni dans les agendas de la maison "
                "ni dans l'annuaire : vérifiez le lieu (commune, code postal ou code INSEE), ou donnez les numéros.",
                "Nobody is known for this place, profession and specialty, neither in the agendas of the house nor in "
                "the directory: check the place (town, postal code or INSEE code), or give the numbers.",
            ),
            ("numeros",),
        ),
    )


def _question(form: Form, start: datetime, end: datetime, numbers: list[str]) -> Question:
    """The question, judged as if it came by the guide's request, in as many requests as its numbers need."""
    kind = "Schedule" if form is Form.SOS else "Slot"
    most = 10 if form is Form.SOS else MOST_PROFESSIONALS
    parts = [
        question(kind, _pairs(form, start, end, numbers[at : at + most])) for at in range(0, max(len(numbers), 1), most)
    ]
    every = tuple(dict.fromkeys(number for part in parts for number in part.numbers))
    return Question(form, parts[0].start, parts[0].end, every, parts[0].includes)


def _pairs(form: Form, start: datetime, end: datetime, numbers: list[str]) -> Pairs:
    low, high = f"ge{start.isoformat(timespec='seconds')}", f"le{end.isoformat(timespec='seconds')}"
    if form is Form.SOS:
        return [
            ("_revinclude", "Slot:schedule"),
            ("_include", "Schedule:actor:Location"),
            ("_include:iterate", "Location:organization"),
            ("_has:Slot:schedule:start", low),
            ("_has:Slot:schedule:start", high),
            ("_has:Slot:schedule:status", "free"),
            ("actor:Location.organization.identifier", ",".join(f"{IDNST}|{one}" for one in numbers)),
        ]
    pairs = [
        ("_include", "Slot:schedule"),
        ("_include:iterate", "Schedule:actor"),
        ("start", low),
        ("start", high),
        ("status", "free"),
        ("schedule.actor:Practitioner.identifier", ",".join(f"{IDNPS}|{one}" for one in numbers)),
    ]
    if form is Form.CPTS:
        pairs += [("_include", "Slot:service-type-reference"), ("_include:iterate", "HealthcareService:organization")]
    return pairs
