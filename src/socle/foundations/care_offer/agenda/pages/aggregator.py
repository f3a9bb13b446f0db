"""`/agenda/sas`: free slots of every publisher, as the SAS shows them to a regulator."""

from datetime import datetime, timedelta

from starlette.responses import Response

from socle.foundations.care_offer.agenda.actions.aggregating import Aggregated, aggregate
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
_MOST_KNOWN = 100


async def show(page: Page, agendas: Agendas) -> Response:
    """The question, and what came from each publisher."""
    page.require(SAS_SEARCH)
    only(page, "forme", "numeros", "lieu", "specialite", "jour", "jours")
    known = await agendas.specialties()
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
                numbers = await _known(agendas, kind, page.query("lieu"), specialty)
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


async def _known(agendas: Agendas, kind: str, place: str, specialty: str) -> list[str]:
    """Numbers of those who are known here, by place and specialty: a directory's work, done on the agendas of the house.

    Raises: Problem(INVALID) when nobody is found.
    """
    found = await agendas.numbers(
        kind="SOS" if kind == "sos" else "PS", place=place, specialty=specialty, limit=_MOST_KNOWN
    )
    if not found:
        raise Problem(
            Kind.INVALID,
            Issue(
                Text(
                    "Personne n'est connu ici pour ce lieu et cette spécialité : donnez les numéros.",
                    "Nobody is known here for this place and specialty: give the numbers.",
                ),
                ("numeros",),
            ),
        )
    return found


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
