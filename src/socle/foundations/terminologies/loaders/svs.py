"""SVS XML as the ANS publishes the NOS: a TRE is a code system, a JDV a value set.

One `ValueSet` element with its `ConceptList`; a concept says its code, names, code system (OID) and dates. It is a code system
when all its codes are of its own OID, or when its file says it is a TRE; else a value set. Source: IHE ITI TF-2
§3.48 (RetrieveValueSetResponse), attributes added by the ANS (dateValid, dateMaj, dateFin, shortDesignation, …).
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Final

from socle.foundations.terminologies.loaders.fhir_concepts import ended
from socle.foundations.terminologies.loaders.item import Item, Options
from socle.foundations.terminologies.loaders.nos import named, naming_system
from socle.foundations.terminologies.loaders.source import Place
from socle.foundations.terminologies.loaders.watch import Watch
from socle.foundations.terminologies.loaders.xml import Node, elements
from socle.foundations.terminologies.model import Concept, Designation, Head, Json, Loaded, Property
from socle.kernel.outcome import Kind, Problem

_SNOMED: Final = "http://snomed.info/sct"
_SYNONYM: Final = "900000000000013009"
_DATES: Final = {
    "dateValid": "Date de validité du code",
    "dateMaj": "Date de mise à jour du code",
    "dateFin": "Date de fin d'exploitation du code",
}
_SYSTEMS: Final = {  # OIDs that documents of the CI-SIS use for code systems that FHIR names by a URL
    "2.16.840.1.113883.6.1": "http://loinc.org",
    "2.16.840.1.113883.6.96": _SNOMED,
    "2.16.840.1.113883.6.8": "http://unitsofmeasure.org",
    "2.16.840.1.113883.6.3": "http://hl7.org/fhir/sid/icd-10",
    "2.16.840.1.113883.6.73": "http://www.whocc.no/atc",
    "1.2.840.10008.2.16.4": "http://dicom.nema.org/resources/ontology/DCM",
}


def load(place: Place, names: list[str], options: Options, watch: Watch) -> Iterator[Item]:
    """What the files hold: code systems (with a NamingSystem that says their names) and value sets."""
    for name in names:
        watch.expect(place.size(name))
        yield from _file(place, name, options, watch)


def _file(place: Place, name: str, options: Options, watch: Watch) -> Iterator[Item]:
    silent = Watch(keep_going=True)
    head: Node | None = None
    language, total, systems = "", 0, set[str]()
    for node in elements(place, name, ("Concept", "concept"), silent, opened=("ValueSet", "ConceptList")):
        if node.name == "ValueSet":
            if head is not None:
                raise Problem.of(
                    Kind.INVALID,
                    f"{name}:{node.line} : un second ValueSet. Un fichier en porte un seul.",
                    f"{name}:{node.line}: a second ValueSet. A file carries one.",
                    rule="svs-valueset",
                )
            head = node
        elif node.name == "ConceptList":
            language = node.get("lang") or language
        else:
            total += 1
            systems.add(node.get("codeSystem"))
    if head is None:
        raise Problem.of(
            Kind.INVALID,
            f"{name} : aucun élément ValueSet. Un fichier SVS est un RetrieveValueSetResponse avec un ValueSet.",
            f"{name}: no ValueSet element. An SVS file is a RetrieveValueSetResponse with a ValueSet.",
            rule="svs-valueset",
        )
    oid = head.get("id") or head.get("ID")
    title = head.get("displayName") or name.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    nos = named(title) or named(head.get("urlFichier")) or named(name)
    own = systems - {""} == {oid}
    if head.get("typeFichier") == "TRE" or (nos is not None and nos.family == "TRE") or (own and nos is None):
        if not oid and (others := systems - {""}):
            raise Problem.of(
                Kind.INVALID,
                f"{name}:{head.line} : le ValueSet ne dit pas son OID (attribut id), alors que ses codes en disent un "
                f"({sorted(others)[0]}). Écrivez-le.",
                f"{name}:{head.line}: the ValueSet does not tell its OID (attribute id), while its codes tell one "
                f"({sorted(others)[0]}). Write it.",
                rule="svs-id",
            )
        yield from _code_system(place, name, head, oid, title, language, total, options, watch)
    else:
        yield _value_set(place, name, head, oid, title, language, options, watch)


def _common(
    kind: str, name: str, head: Node, oid: str, title: str, language: str, options: Options
) -> tuple[str, str, Json]:
    """(url, version, the resource's head)."""
    nos = named(title) or named(head.get("urlFichier")) or named(name)
    url = options.system or (nos.url if nos else f"urn:oid:{oid}" if oid else "")
    if not url:
        raise Problem.of(
            Kind.INVALID,
            f"{name}:{head.line} : ni OID (attribut id) ni nom de la NOS. Dites l'URL avec --system.",
            f"{name}:{head.line}: neither an OID (attribute id) nor a name of the NOS. Give the URL with --system.",
            rule="svs-id",
        )
    version = options.version or head.get("version") or head.get("dateMaj") or head.get("dateValid")
    resource: Json = {
        "resourceType": kind,
        "url": url,
        "version": version,
        "name": title.replace("-", "_").replace(" ", "_"),
        "title": title,
        "status": "retired" if head.get("dateFin") and ended(head.get("dateFin"), options.now) else "active",
        "language": language or "fr-FR",
    }
    if oid:
        resource["identifier"] = [{"system": "urn:ietf:rfc:3986", "value": f"urn:oid:{oid}"}]
    if updated := _date(head.get("dateMaj") or head.get("dateValid")):
        resource["date"] = updated
    if nos:
        resource["publisher"] = "ANS"
    if description := head.get("description"):
        resource["description"] = description
    return url, version, resource


def _code_system(
    place: Place, name: str, head: Node, oid: str, title: str, language: str, total: int, options: Options, watch: Watch
) -> Iterator[Item]:
    url, version, resource = _common("CodeSystem", name, head, oid, title, language, options)
    resource |= {
        "caseSensitive": False,
        "content": "complete",
        "property": [{"code": code, "type": "dateTime", "description": text} for code, text in _DATES.items()],
    }
    yield Loaded(
        Head(url, version, resource, (oid,) if oid else ()),
        _concepts(place, name, oid, options, watch),
        total,
        told={"file": name},
    )
    nos = named(title)
    if oid and nos is not None:
        yield naming_system(
            url, resource["name"], oid, nos.aliases, resource.get("date", options.now.date().isoformat())
        )


def _concepts(place: Place, name: str, oid: str, options: Options, watch: Watch) -> Iterator[Concept]:
    for node in elements(place, name, ("Concept", "concept"), watch):
        if not _has_code(node, name, watch):
            continue
        if (system := node.get("codeSystem")) not in ("", oid):
            watch.reject(
                name,
                node.line,
                node.column,
                "svs-codesystem",
                f"le code {node.get('code')} est d'un autre système ({system}) que la terminologie ({oid}).",
                f"code {node.get('code')} is of another system ({system}) than the terminology ({oid}).",
            )
            continue
        yield _concept(node, options.now)


def _concept(node: Node, now: datetime) -> Concept:
    names = [each for key in ("shortDesignation", "longDesignation") if (each := node.get(key))]
    return Concept(
        code=node.get("code"),
        display=node.get("displayName"),
        definition=node.get("descriptionMetier"),
        parents=(parent,) if (parent := node.get("parent")) else (),
        designations=tuple(Designation(each, "fr", _SYNONYM, _SNOMED) for each in names),
        properties=tuple(Property(key, date, "dateTime") for key in _DATES if (date := _date(node.get(key)))),
        inactive=bool(end := node.get("dateFin")) and ended(end, now),
        line=node.line,
    )


def _value_set(
    place: Place, name: str, head: Node, oid: str, title: str, language: str, options: Options, watch: Watch
) -> Json:
    """Codes by code system; those that have ended are marked inactive in their designation, as they remain in the set."""
    _, _, resource = _common("ValueSet", name, head, oid, title, language, options)
    systems: dict[str, list[Json]] = {}
    gone = 0
    for node in elements(place, name, ("Concept", "concept"), watch):
        if not _has_code(node, name, watch):
            continue
        if (end := node.get("dateFin")) and ended(end, options.now):
            gone += 1
            continue
        said = node.get("codeSystem")
        if not said:
            watch.reject(
                name,
                node.line,
                node.column,
                "svs-codesystem",
                f"le code {node.get('code')} n'a pas de codeSystem.",
                f"code {node.get('code')} has no codeSystem.",
            )
            continue
        concept: Json = {"code": node.get("code")}
        if node.get("displayName"):
            concept["display"] = node.get("displayName")
        systems.setdefault(_SYSTEMS.get(said, f"urn:oid:{said}"), []).append(concept)
    if gone:
        watch.note(
            f"{name} : {gone} code(s) dont la date de fin est passée, hors du jeu de valeurs",
            f"{name}: {gone} code(s) whose end date is past, left out of the value set",
        )
    resource["compose"] = {"include": [{"system": system, "concept": codes} for system, codes in systems.items()]}
    return resource


def _has_code(node: Node, name: str, watch: Watch) -> bool:
    code = node.get("code")
    if code and code == " ".join(code.split()):
        return True
    watch.reject(
        name,
        node.line,
        node.column,
        "svs-code",
        f"code « {code} » : un code n'est pas vide, n'a ni espace au bord ni deux espaces de suite."
        if code
        else "un Concept n'a pas de code.",
        f"code “{code}”: a code is not empty, has no space at its edges nor two spaces in a row."
        if code
        else "a Concept has no code.",
    )
    return False


def _date(text: str) -> str:
    """AAAAMMJJhhmmss → AAAA-MM-JJ; "" when it is no date. The hour is left out: the file does not say its zone."""
    digits = text.replace("-", "")[:8]
    return f"{digits[:4]}-{digits[4:6]}-{digits[6:]}" if len(digits) == 8 and digits.isdigit() else ""
