"""Small worlds of resources with everything that searching may meet; queries about them are in `questions`."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from socle.kernel.fhir.knowledge import CodeAnswer, CodeQuestion, Codes
from socle.kernel.outcome import Kind, Problem
from socle.kernel.search.reference import Vocabulary

Json = dict[str, Any]
BASE = "https://socle.example/sandbox/fhir"
LOINC, UCUM = "http://loinc.org", "http://unitsofmeasure.org"
SYSTEMS = ["urn:oid:1.2.250.1.213.1.4.8", "http://h|pital.example/ipp", ""]
TYPES = ["Patient", "Observation", "Encounter", "Organization", "Practitioner", "MedicationRequest", "List", "ValueSet"]

FAMILIES = [
    "Martin",
    "MARTIN-DUPONT",
    "L'Œuvre",
    "l oeuvre",
    "Lœb",
    "Noël",
    "noel",
    "Straße",
    "Ñuñez",
    "d’Aubigné",
    "Çelik",
    "-",
]
GIVENS = ["Marie-Claude", "marie", "Élodie", "Elodie", "Zoé", "J,R", "Æsa", "Anaïs"]
VALUES = ["2790351215189", "2a790351215189", "2A790351215189", "A|1", "A,1", "42"]
DAYS = ["0001", "9999-12-31", "1979", "1979-03", "1979-03-12", "1979-03-13", "1980-01-01", "2024-02-29", "2024"]
MOMENTS = [
    "2024-03-12T10:11:12Z",
    "2024-03-12T10:11:12.345+01:00",
    "2024-03-12T23:30:00Z",
    "2024-03-12",
    "2024-03",
    "2024",
    "2024-03-31T03:30:00+02:00",
    "1979-03-12",
    "0001",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59.999Z",
    "2016-12-31T23:59:60Z",
]
NUMBERS = [
    "100",
    "100.0",
    "99.5",
    "100.49",
    "5.4",
    "0.0054",
    "-3",
    "120",
    "105",
    "95",
    "0.1",
    "-0.0",
    "1.0E-28",
    "1.0E+28",
]
IDS = ["a", "b", "c", "d"]


def some(strategy: st.SearchStrategy[Any], most: int = 2) -> st.SearchStrategy[list[Any]]:
    """A short list."""
    return st.lists(strategy, min_size=1, max_size=most)


def having(**members: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """An object with some of these members; those that end with an underscore are always there."""
    required = {name.rstrip("_"): value for name, value in members.items() if name.endswith("_")}
    optional = {name: value for name, value in members.items() if not name.endswith("_")}
    return st.fixed_dictionaries(required, optional=optional)


def one_of(*values: Any) -> st.SearchStrategy[Any]:
    """One of the values."""
    return st.sampled_from(values)


def coding(*codes: str, system: str = LOINC) -> st.SearchStrategy[Json]:
    """A coding, sometimes without its system."""
    return having(system=one_of(system), code_=one_of(*codes))


def concept(*codes: str) -> st.SearchStrategy[Json]:
    """A codeable concept of one or two codings, or a text alone."""
    return having(coding=some(coding(*codes)), text=one_of("texte"))


IDENTIFIER = having(
    system=st.sampled_from([one for one in SYSTEMS if one]),
    value=st.sampled_from(VALUES),
    type=having(coding_=some(coding("INS-NIR", "PI", system="http://type"), 1)),
)
DECIMALS = st.sampled_from([Decimal(number) if "." in number else int(number) for number in NUMBERS])
PERIOD = having(start=st.sampled_from(MOMENTS), end=st.sampled_from(MOMENTS))
UNIT = having(value=DECIMALS, unit=one_of("mg", "mm Hg"), system=one_of(UCUM), code=one_of("mg", "mm[Hg]"))
QUANTITY = having(
    value=DECIMALS,
    comparator=one_of("<", "<=", ">", ">="),
    unit=one_of("mg", "mm Hg"),
    system=one_of(UCUM),
    code=one_of("mg", "mm[Hg]", "g", "ug", "kPa"),
)


def reference(*types: str) -> st.SearchStrategy[Json]:
    """A reference of every kind: relative, absolute here or elsewhere, versioned, contained, logical."""
    local = st.builds("{}/{}".format, st.sampled_from(types), st.sampled_from(IDS))
    text = st.one_of(
        local,
        local,
        local.map(lambda one: f"{BASE}/{one}"),
        local.map(lambda one: f"{one}/_history/2"),
        local.map(lambda one: f"https://ailleurs.example/fhir/{one}"),
        one_of("#dedans", "urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0"),
    )
    return st.one_of(having(reference_=text), having(reference_=text), having(reference=text, identifier_=IDENTIFIER))


META = having(
    tag=some(coding("urgent", "demo", system="http://tag")),
    security=some(coding("R", "N", system="http://security")),
    profile=some(one_of("http://profil.example/p", "http://profil.example/p|1.0", "http://profil.example/q")),
)
NAME = having(
    family=st.sampled_from(FAMILIES),
    given=some(st.sampled_from(GIVENS)),
    prefix=some(one_of("Dr")),
    text=one_of("Martin Noël"),
)
ADDRESS = having(
    city=one_of("Orléans", "Saint-Étienne", "SAINT ETIENNE"),
    line=some(one_of("1 rue de l’Église", "lieu-dit Bœuf")),
    postalCode=one_of("45000"),
)

PATIENT = having(
    meta=META,
    identifier=some(IDENTIFIER),
    active=st.booleans(),
    name=some(NAME),
    telecom=some(having(system=one_of("phone", "email"), value=one_of("0601020304", "a@b.fr"))),
    gender=one_of("male", "female"),
    birthDate=st.sampled_from(DAYS),
    deceasedBoolean=st.booleans(),
    address=some(ADDRESS),
    generalPractitioner=some(reference("Practitioner", "Organization")),
    managingOrganization=reference("Organization"),
)
OBSERVATION = st.tuples(
    having(
        meta=META,
        identifier=some(IDENTIFIER),
        status_=one_of("final", "amended"),
        category=some(concept("vital-signs", "laboratory")),
        code_=concept("8480-6", "8462-4"),
        subject=reference("Patient", "Device"),
        encounter=reference("Encounter"),
        performer=some(reference("Practitioner", "Organization", "Patient")),
        component=some(
            having(code_=concept("8480-6", "8462-4"), valueQuantity_=QUANTITY)
            | having(code_=concept("8480-6"), valueCodeableConcept=concept("POS", "NEG")),
            3,
        ),
    ),
    having(effectiveDateTime_=st.sampled_from(MOMENTS)) | having(effectivePeriod_=PERIOD) | st.just({}),
    having(valueQuantity_=QUANTITY)
    | having(valueString_=st.sampled_from(FAMILIES))
    | having(valueCodeableConcept_=concept("POS", "NEG"))
    | having(valueDateTime_=st.sampled_from(MOMENTS))
    | having(valuePeriod_=PERIOD)
    | st.just({}),
).map(lambda parts: {**parts[0], **parts[1], **parts[2]})
ENCOUNTER = having(
    meta=META,
    status_=one_of("finished", "planned"),
    class_=coding("AMB", "IMP", system="http://act"),
    subject=reference("Patient", "Group"),
    period=PERIOD,
    length=UNIT,
    participant=some(having(individual=reference("Practitioner"))),
    serviceProvider=reference("Organization"),
)
ORGANIZATION = having(
    meta=META,
    identifier=some(IDENTIFIER),
    name=st.sampled_from(FAMILIES),
    alias=some(st.sampled_from(GIVENS)),
    address=some(ADDRESS),
    partOf=reference("Organization"),
)
PRACTITIONER = having(meta=META, identifier=some(IDENTIFIER), name=some(NAME), gender=one_of("male", "female"))
MEDICATION_REQUEST = having(
    meta=META,
    status_=one_of("active", "stopped"),
    intent_=one_of("order"),
    subject_=reference("Patient"),
    authoredOn=st.sampled_from(MOMENTS),
    requester=reference("Practitioner"),
    instantiatesUri=some(one_of("http://guide.example/a", "http://guide.example/b")),
    dosageInstruction=some(
        having(timing=having(event=some(st.sampled_from(MOMENTS), 3))),
    ),
)
LIST = having(
    status_=one_of("current"),
    mode_=one_of("working"),
    subject=reference("Patient"),
    entry=some(having(item_=reference("Patient", "Observation", "Organization")), 3),
)
USAGE = having(
    code_=coding("focus", "age", system="http://usage"),
    valueQuantity_=QUANTITY,
) | having(code_=coding("focus", "age", system="http://usage"), valueCodeableConcept_=concept("POS", "NEG"))
URLS = [
    "http://guide.example/a",
    "http://guide.example/a/b",
    "http://guide.example/a/b/",
    "http://guide.example/ab",
    "urn:oid:1.2",
]
VALUE_SET = having(
    status_=one_of("active"),
    url=st.sampled_from(URLS),
    useContext=some(USAGE),
)
_OF = dict(
    zip(
        TYPES,
        [PATIENT, OBSERVATION, ENCOUNTER, ORGANIZATION, PRACTITIONER, MEDICATION_REQUEST, LIST, VALUE_SET],
        strict=True,
    )
)

# What the terminologies of these worlds say.
VOCABULARY = Vocabulary(
    {
        "http://vs.example/one": frozenset({(LOINC, "8480-6"), ("http://act", "AMB")}),
        "http://vs.example/all": frozenset({(LOINC, code) for code in ("8480-6", "8462-4", "POS", "NEG")}),
        "http://vs.example/none": frozenset(),
    },
    {
        (LOINC, "8480-6"): (LOINC, "pressure"),
        (LOINC, "8462-4"): (LOINC, "8480-6"),
        (LOINC, "POS"): (LOINC, "pressure"),
        ("http://act", "AMB"): ("http://act", "any"),
    },
)


class Words:
    """Those terminologies, as the fast engine asks them."""

    async def judge(self, questions: Sequence[CodeQuestion]) -> list[CodeAnswer]:
        """Nothing is judged here."""
        raise NotImplementedError

    def codes(self) -> Codes:
        """Nothing is judged here."""
        raise NotImplementedError

    async def members(self, value_set: str, *, most: int) -> list[tuple[str, str]]:
        """What a value set holds."""
        if value_set not in VOCABULARY.value_sets:
            raise Problem.of(Kind.NOT_FOUND, "Jeu de valeurs inconnu.", "Unknown value set.")
        return sorted(VOCABULARY.value_sets[value_set])

    async def below(self, system: str, code: str, *, most: int) -> list[str]:
        """The code and its descendants."""
        every = {one for pair in VOCABULARY.parents.items() for one in pair}
        return sorted(one for of, one in every if of == system and (system, code) in VOCABULARY.above((of, one)))

    async def above(self, system: str, code: str, *, most: int) -> list[str]:
        """The code and its ancestors."""
        return sorted(one for _, one in VOCABULARY.above((system, code)))

    async def systems_with(self, codes: Sequence[str]) -> list[str]:
        """None."""
        return []


@st.composite
def worlds(draw: st.DrawFn) -> list[Json]:
    """Resources in their order of creation, at most four of each type, references among them and elsewhere."""
    resources: list[Json] = []
    for of in TYPES:
        for id in draw(st.lists(st.sampled_from(IDS), unique=True, max_size=4)):
            resources += [{"resourceType": of, "id": id, **draw(_OF[of])}]
    return draw(st.permutations(resources))
