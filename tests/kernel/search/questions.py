"""Queries about the small worlds of `worlds`, of every parameter type, right and odd."""

import json
from functools import cache

from hypothesis import strategies as st
from tests.kernel.search.worlds import (
    BASE,
    DAYS,
    FAMILIES,
    GIVENS,
    IDS,
    LOINC,
    MOMENTS,
    NUMBERS,
    SYSTEMS,
    TYPES,
    UCUM,
    URLS,
    VALUES,
    VOCABULARY,
    one_of,
)

PREFIXES = ["", "", "eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]


def escaped(text: str) -> str:
    """The text as one query value."""
    for character in "\\|,$":
        text = text.replace(character, "\\" + character)
    return text


def tokens(systems: list[str], codes: list[str]) -> st.SearchStrategy[str]:
    """A token in each of its four forms."""
    system = st.sampled_from([one for one in systems if one]).map(escaped)
    code = st.sampled_from(codes).map(escaped)
    cased = st.one_of(code, code.map(str.upper), code.map(str.lower))
    return st.one_of(cased, st.builds("{}|{}".format, system, cased), cased.map("|{}".format), system.map("{}|".format))


def listed(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """One value, or several of which one must match."""
    return st.lists(values, min_size=1, max_size=2).map(",".join)


def named(name: str, modifiers: list[str], values: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, str]]:
    """`name` with one of the modifiers, or `:missing`."""
    plain = st.tuples(st.sampled_from(modifiers).map(lambda one: name + one), listed(values))
    return st.one_of(plain, plain, plain, st.tuples(st.just(name + ":missing"), one_of("true", "false")))


def dated(name: str, values: list[str]) -> st.SearchStrategy[tuple[str, str]]:
    """A date parameter with its prefixes."""
    written = st.sampled_from([*values, "2024-03-12T10:11", "2024-03-12T10:11:12"])
    return named(name, [""], st.builds("{}{}".format, st.sampled_from(PREFIXES), written))


def numbered(name: str, *, units: bool = False) -> st.SearchStrategy[tuple[str, str]]:
    """A number or quantity parameter with its prefixes."""
    number = st.builds("{}{}".format, st.sampled_from(PREFIXES), st.sampled_from([*NUMBERS, "1e2", "5.40"]))
    unit = (
        one_of("", "", "||mg", "||mm Hg", f"|{UCUM}|mg", f"|{UCUM}|mm[Hg]", f"|{UCUM}|g", f"|{UCUM}|{{score}}")
        if units
        else st.just("")
    )
    return named(name, [""], st.builds("{}{}".format, number, unit))


def texts(name: str, values: list[str]) -> st.SearchStrategy[tuple[str, str]]:
    """A string parameter: a value or its beginning, in any case, with its modifiers."""
    whole = st.sampled_from([value for value in values if value != "-"])
    part = whole.map(lambda value: value[:3])
    return named(name, ["", "", ":exact", ":contains"], st.one_of(whole, whole.map(str.upper), part).map(escaped))


def linked(name: str, *types: str) -> st.SearchStrategy[tuple[str, str]]:
    """A reference parameter."""
    here = st.builds("{}/{}".format, st.sampled_from(types), st.sampled_from(IDS))
    away = here.map(lambda one: f"https://ailleurs.example/fhir/{one}")
    urn = one_of("urn:uuid:0c3151bd-1cbf-4d64-b04d-cd9187a4c6e0")
    plain = named(
        name, [""], st.one_of(here, here, here.map(lambda one: f"{BASE}/{one}"), away, urn, st.sampled_from(IDS))
    )
    typed = st.tuples(st.sampled_from(types).map(lambda of: f"{name}:{of}"), st.sampled_from(IDS))
    logical = st.tuples(st.just(name + ":identifier"), listed(tokens(SYSTEMS, VALUES)))
    return st.one_of(plain, plain, typed, logical)


def subsumed(name: str, system: str, codes: list[str]) -> st.SearchStrategy[tuple[str, str]]:
    """A token parameter that terminologies are asked about."""
    within = st.tuples(
        st.sampled_from([f"{name}:in", f"{name}:not-in"]), listed(st.sampled_from(sorted(VOCABULARY.value_sets)))
    )
    line = st.tuples(
        st.sampled_from([f"{name}:above", f"{name}:below"]),
        listed(st.sampled_from([f"{system}|{code}" for code in codes])),
    )
    return st.one_of(within, line)


def lineages(name: str, *types: str) -> st.SearchStrategy[tuple[str, str]]:
    """A reference to a hierarchy."""
    whole = st.builds("{}/{}".format, st.sampled_from(types), st.sampled_from(IDS))
    return st.tuples(st.sampled_from([f"{name}:above", f"{name}:below"]), listed(whole))


def uris(name: str, *values: str) -> st.SearchStrategy[tuple[str, str]]:
    """A URI parameter."""
    return named(name, [""], st.sampled_from(values).map(escaped))


def _codes(*codes: str) -> st.SearchStrategy[str]:
    """A code, with or without its system."""
    return st.one_of(*(one_of(code, f"{LOINC}|{code}", f"|{code}") for code in codes))


def paired(name: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[tuple[str, str]]:
    """A composite parameter."""
    return named(name, [""], st.tuples(*parts).map("$".join))


coded = _codes("8480-6", "8462-4")
measured = st.builds(
    "{}{}{}".format,
    st.sampled_from(PREFIXES),
    st.sampled_from(NUMBERS),
    one_of("", "||mg", "||mm Hg", f"|{UCUM}|mg"),
)
moments = st.builds("{}{}".format, st.sampled_from(PREFIXES), st.sampled_from(MOMENTS))
IDENTIFIERS = tokens(SYSTEMS, VALUES)
OF_TYPE = st.builds("http://type|{}|{}".format, one_of("INS-NIR", "pi"), st.sampled_from(VALUES).map(escaped))
IDENTIFIED = st.one_of(
    named("identifier", ["", "", ":not"], IDENTIFIERS), st.tuples(st.just("identifier:of-type"), listed(OF_TYPE))
)
MOMENTS_OF_CHANGE = [f"2024-05-01T12:00:{second:02}Z" for second in range(0, 25, 3)]
COMMON = st.one_of(
    st.tuples(
        st.just("_lastUpdated"),
        listed(st.builds("{}{}".format, st.sampled_from(PREFIXES), st.sampled_from(MOMENTS_OF_CHANGE))),
    ),
    st.tuples(st.just("_id"), listed(st.sampled_from(IDS))),
    named("_tag", ["", ":not"], tokens(["http://tag"], ["urgent", "demo"])),
    named("_security", ["", ":not"], tokens(["http://security"], ["R", "N"])),
    uris("_profile", "http://profil.example/p", "http://profil.example/p|1.0", "http://profil.example/q"),
)
OWN = {
    "Patient": st.one_of(
        IDENTIFIED,
        texts("family", FAMILIES),
        texts("given", GIVENS),
        texts("name", [*FAMILIES, *GIVENS]),
        st.tuples(
            st.just("phonetic"),
            listed(st.sampled_from([one for one in [*FAMILIES, *GIVENS] if one != "-"]).map(escaped)),
        ),
        texts("address", ["Orléans", "Saint-Étienne", "1 rue de l'église", "45"]),
        dated("birthdate", DAYS),
        named("gender", ["", ":not"], tokens(["http://hl7.org/fhir/administrative-gender"], ["male", "female"])),
        named("active", ["", ":not"], tokens(["http://hl7.org/fhir/special-values"], ["true", "false"])),
        named("deceased", ["", ":not"], one_of("true", "false")),
        named("telecom", [""], tokens(["phone"], ["0601020304", "a@b.fr"])),
        named("phone", [""], one_of("0601020304")),
        linked("general-practitioner", "Practitioner", "Organization"),
        linked("organization", "Organization"),
        lineages("organization", "Organization"),
        lineages("general-practitioner", "Organization"),
    ),
    "Observation": st.one_of(
        IDENTIFIED,
        named("code", ["", ":not"], tokens([LOINC], ["8480-6", "8462-4"])),
        named("combo-code", ["", ":not"], tokens([LOINC], ["8480-6", "8462-4"])),
        subsumed("code", LOINC, ["8480-6", "8462-4", "pressure"]),
        subsumed("combo-code", LOINC, ["8480-6", "8462-4", "pressure"]),
        named("status", ["", ":not"], one_of("final", "amended")),
        paired("code-value-quantity", coded, measured),
        paired("combo-code-value-quantity", coded, measured),
        paired("component-code-value-quantity", coded, measured),
        paired("code-value-concept", coded, tokens([LOINC], ["POS", "NEG"])),
        paired("combo-code-value-concept", coded, _codes("POS", "NEG")),
        paired("component-code-value-concept", coded, _codes("POS", "NEG")),
        paired("code-value-date", coded, moments),
        paired("code-value-string", coded, st.sampled_from([one for one in FAMILIES if one != "-"]).map(escaped)),
        named("value-concept", ["", ":not"], tokens([LOINC], ["POS", "NEG"])),
        dated("date", MOMENTS),
        dated("value-date", MOMENTS),
        numbered("value-quantity", units=True),
        numbered("combo-value-quantity", units=True),
        texts("value-string", FAMILIES),
        linked("subject", "Patient", "Device"),
        linked("patient", "Patient"),
        linked("performer", "Practitioner", "Organization", "Patient"),
    ),
    "Encounter": st.one_of(
        named("class", ["", ":not"], tokens(["http://act"], ["AMB", "IMP"])),
        subsumed("class", "http://act", ["AMB", "IMP", "any"]),
        dated("date", MOMENTS),
        numbered("length", units=True),
        linked("patient", "Patient"),
        linked("practitioner", "Practitioner"),
    ),
    "Organization": st.one_of(
        IDENTIFIED,
        texts("name", [*FAMILIES, *GIVENS]),
        linked("partof", "Organization"),
        lineages("partof", "Organization"),
    ),
    "Practitioner": st.one_of(
        IDENTIFIED, texts("family", FAMILIES), named("gender", ["", ":not"], one_of("male", "female"))
    ),
    "MedicationRequest": st.one_of(
        dated("date", MOMENTS),
        dated("authoredon", MOMENTS),
        linked("patient", "Patient"),
        linked("requester", "Practitioner"),
    ),
    "List": st.one_of(linked("item", "Patient", "Observation"), linked("patient", "Patient")),
    "ValueSet": st.one_of(
        paired("context-type-quantity", one_of("focus", "http://usage|age"), measured),
        paired("context-type-value", one_of("focus", "http://usage|age"), _codes("POS", "NEG")),
        uris("url", *URLS),
        st.tuples(
            one_of("url:below", "url:above"),
            listed(
                st.sampled_from(
                    [*[url for url in URLS if "://" in url], "http://guide.example", "http://guide.example/a/b/c"]
                )
            ),
        ),
    ),
}
CHAINS = {
    "Patient": [("general-practitioner:Practitioner", "Practitioner"), ("organization:Organization", "Organization")],
    "Observation": [("subject:Patient", "Patient"), ("patient", "Patient"), ("encounter:Encounter", "Encounter")],
    "Encounter": [("patient", "Patient"), ("practitioner:Practitioner", "Practitioner")],
    "Organization": [("partof:Organization", "Organization")],
    "Practitioner": [],
    "MedicationRequest": [("requester:Practitioner", "Practitioner")],
    "List": [("item:Patient", "Patient"), ("item:Observation", "Observation")],
    "ValueSet": [],
}
REVERSED = {
    "Patient": [("Observation", "patient"), ("Observation", "performer"), ("Encounter", "subject")],
    "Organization": [("Patient", "organization"), ("Organization", "partof")],
    "Practitioner": [
        ("Patient", "general-practitioner"),
        ("Observation", "performer"),
        ("MedicationRequest", "requester"),
    ],
    "Encounter": [("Observation", "encounter")],
    "Observation": [("List", "item")],
    "MedicationRequest": [],
    "List": [],
    "ValueSet": [],
}
SORTS = {
    "Patient": [
        *("_id", "_lastUpdated", "birthdate", "family", "given", "address"),
        *("identifier", "gender", "active", "telecom", "general-practitioner", "organization", "_profile"),
    ],
    "Observation": [
        *("_id", "_lastUpdated", "date", "value-date", "value-quantity", "value-string"),
        *("code", "combo-code", "status", "subject", "performer", "combo-value-quantity"),
    ],
    "Encounter": ["_id", "date", "length", "class", "patient"],
    "Organization": ["name", "partof", "identifier"],
    "Practitioner": ["family", "_lastUpdated", "gender", "_tag"],
    "MedicationRequest": ["date", "authoredon", "_id", "requester", "status"],
    "List": ["_id", "item"],
    "ValueSet": ["_lastUpdated", "url", "context-quantity"],
}


@cache
def criteria(of: str, depth: int = 0) -> st.SearchStrategy[tuple[str, str]]:
    """A criterion on a type: its own parameters, the common ones, chains and `_has` up to three deep, a filter."""
    choices = [OWN[of], OWN[of], OWN[of], COMMON]
    if depth < 3:
        for link, target in CHAINS[of]:
            inner = st.deferred(lambda target=target: criteria(target, depth + 1))  # type: ignore[misc]
            choices.append(inner.map(lambda pair, link=link: (f"{link}.{pair[0]}", pair[1])))
        for source, link in REVERSED[of]:
            inner = st.deferred(lambda source=source: criteria(source, depth + 1))  # type: ignore[misc]
            choices.append(inner.map(lambda pair, head=f"_has:{source}:{link}": (f"{head}:{pair[0]}", pair[1])))
        choices.append(st.tuples(st.just("_list"), listed(st.sampled_from(IDS))))
        if of in FILTERED:
            choices.append(st.tuples(st.just("_filter"), filters(of)))
    if depth == 0:
        choices.append(
            st.tuples(
                st.just("_compartment"),
                st.builds("{}/{}".format, one_of("Patient", "Encounter", "Practitioner"), st.sampled_from(IDS)),
            )
        )
    return st.one_of(choices)


def _tests(name: str, operators: list[str], values: list[str]) -> st.SearchStrategy[str]:
    compared = st.builds("{} {} {}".format, st.just(name), st.sampled_from(operators), st.sampled_from(values))
    present = st.builds("{} pr {}".format, st.just(name), one_of("true", "false"))
    return st.one_of(compared, compared, compared, present)


_TEXT = ["eq", "ne", "co", "sw", "ew"]
_QUOTED = [json.dumps(family) for family in FAMILIES if family != "-"] + ["martin", "Noël", '"l oeuvre"', "ma", "el"]
_ORDERED = ["eq", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"]
_CODED = [f"{LOINC}|8480-6", "8462-4", "|8480-6"]
FILTERED = {
    "Patient": st.one_of(
        _tests("family", _TEXT, _QUOTED),
        _tests("birthdate", [*_ORDERED, "po"], DAYS),
        _tests("gender", ["eq", "ne"], ["male", "FEMALE"]),
        _tests("organization", ["re", "eq", "ne"], ["Organization/a", "Organization/b"]),
        _tests("organization:Organization.name", _TEXT, _QUOTED),
        st.builds(
            "organization:Organization[{}].{}".format, _tests("name", _TEXT, _QUOTED), _tests("_id", ["eq"], IDS)
        ),
        st.builds("_id {} {}".format, one_of("eq", "ne"), st.sampled_from(IDS)),
    ),
    "Observation": st.one_of(
        _tests("code", ["eq", "ne"], _CODED),
        _tests("code", ["ss", "sb"], [f"{LOINC}|8480-6", f"{LOINC}|pressure"]),
        _tests("code", ["in", "ni"], ["http://vs.example/one", "http://vs.example/all"]),
        _tests("date", [*_ORDERED, "po"], MOMENTS),
        _tests("value-quantity", _ORDERED, ["100", "5.4", f"99.5|{UCUM}|mg", "120||mg"]),
        _tests("patient.family", _TEXT, _QUOTED),
        st.builds("_lastUpdated {} {}".format, one_of("gt", "le"), st.sampled_from(MOMENTS_OF_CHANGE)),
    ),
}


@cache
def filters(of: str, depth: int = 0) -> st.SearchStrategy[str]:
    """A filter on a type: comparisons with and, or, not and parentheses."""
    test = FILTERED[of].filter(lambda text: "_id pr" not in text)
    if depth > 1:
        return test
    inner = st.deferred(lambda: filters(of, depth + 1))
    return st.one_of(
        test,
        test,
        st.builds("{} {} {}".format, inner, one_of("and", "or"), inner),
        st.builds("({})".format, inner),
        st.builds("not ({})".format, inner),
    )


@st.composite
def queries(draw: st.DrawFn) -> tuple[str, list[tuple[str, str]]]:
    """(type, parameters): criteria, and perhaps an order."""
    of = draw(st.sampled_from(TYPES))
    pairs = draw(st.lists(criteria(of), max_size=2))
    keys = draw(st.lists(st.sampled_from(SORTS[of]), max_size=2, unique=True))
    if keys:
        pairs.append(("_sort", ",".join(draw(one_of("", "-")) + key for key in keys)))
    return of, pairs


_NAMES = st.sampled_from([name for name in [*FAMILIES, *GIVENS] if name != "-"])
_BEGINNINGS = st.builds(lambda name, size: escaped(name[:size]), _NAMES, st.integers(3, 12))


@st.composite
def together(draw: st.DrawFn) -> tuple[str, list[tuple[str, str]]]:
    """(type, parameters): what is frequent apart and asked together, without an order: pairs are kept of it."""
    if draw(st.booleans()):
        pairs = draw(st.lists(st.tuples(one_of("name", "family", "given"), _BEGINNINGS), min_size=2, max_size=3))
        return "Patient", pairs + draw(st.lists(criteria("Patient"), max_size=1))
    code = st.sampled_from(["8480-6", "8462-4", f"{LOINC}|8480-6", "|8480-6", "8480-6,8462-4"])
    pairs = [("code", draw(code)), ("status", draw(one_of("final", "FINAL", "amended")))]
    return "Observation", pairs + draw(st.lists(criteria("Observation"), max_size=1))
