"""Every example of the specification parses, is legal, goes to XML and back, is stored, and is found by each parameter.

The examples are beside the project (see `tests/kernel/fhir/examples.py`); without them these tests say so. Source: FHIR R4.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice, product
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from lxml import etree
from tests.kernel.fhir.examples import FAULTS, NOT_CONFORMANT, examples, published_fault, questions, resources, texts
from tests.kernel.rest.conftest import Serve
from tests.kernel.rest.support import REGISTER, SANDBOX, Fhir

from socle.kernel.fhir import fhirpath, json, xml
from socle.kernel.fhir.check import check
from socle.kernel.fhir.definitions import Component, SearchParameter, r4
from socle.kernel.fhir.extract import compiled
from socle.kernel.fhir.validation import CoreCodes, Shelf, validate
from socle.kernel.outcome import Problem
from socle.kernel.search import fulltext
from socle.kernel.search.repository import Repository

Json = dict[str, Any]
_LARGEST = 2_000_000  # octets of the largest XML text that is compared
_BATCH = 2_000_000  # octets of a batch
_ELSEWHERE = {"_id", "_lastUpdated"}  # the server gives them
_LATIN = re.compile(r"[A-Za-zÀ-ÿ]")  # the only letters whose sound is known here
_WORD = re.compile(r"\b[^\W\d_]{5,}\b")


def test_each_is_legal_and_only_known_faults_are_found() -> None:
    surprises = []
    for name, data in examples():
        try:
            check(json.parse(data))
            told = ""
        except Problem as problem:
            told = str(problem)
        if told and not published_fault(name):
            surprises.append((name, told[:300]))
    assert not surprises


def test_each_conforms_to_the_profile_of_its_type() -> None:
    codes, shelf, surprises = CoreCodes(), Shelf(), []
    for name, resource in resources():
        meta = {key: value for key, value in resource.get("meta", {}).items() if key != "profile"}
        bare = {**{key: value for key, value in resource.items() if key != "meta"}, **({"meta": meta} if meta else {})}
        report = validate(
            bare, shelf, codes, profiles=[f"http://hl7.org/fhir/StructureDefinition/{bare['resourceType']}"]
        )
        for issue in report.issues:
            known = any(issue.rule == rule and said in issue.text.en for rule, said in NOT_CONFORMANT)
            if issue.severity in ("error", "fatal") and not known:
                surprises.append((name, issue.expression, issue.rule, issue.text.en))
    assert not surprises


def test_each_comes_back_from_json() -> None:
    for name, data in examples():
        resource = json.parse(data)
        again = json.parse(json.serialise(resource))
        assert again == resource, name
        assert str(again) == str(resource), name  # digits too


def test_each_comes_back_from_xml() -> None:
    different = [name for name, resource in resources() if xml.read(xml.write(resource)).resource != resource]
    assert not different


def test_the_xml_that_is_published_comes_back_the_same() -> None:
    different, seen = [], 0
    names = {name for name, _ in examples()}
    for name, data in texts(".xml"):
        if name not in names or len(data) > _LARGEST:
            continue
        seen += 1
        if canonical(xml.write(xml.read(data).resource)) != canonical(data):
            different.append(name)
    if not seen:
        pytest.skip("no examples in XML there")
    # One decimal is written with an exponent (1.0e0): its value and precision are kept, not its letters.
    assert set(different) <= {"observation-decimal"}


def canonical(data: bytes) -> bytes:
    """An XML text without what makes no difference: comments, layout between elements, hints for schemas."""
    root = etree.fromstring(data, etree.XMLParser(remove_comments=True, remove_pis=True, resolve_entities=False))
    for element in root.iter("{http://hl7.org/fhir}*"):
        element.text = None
        element.tail = None
        for child in element:
            child.tail = None
    for attribute in [one for one in root.attrib if "XMLSchema-instance" in str(one)]:
        del root.attrib[attribute]
    etree.cleanup_namespaces(root)
    return etree.tostring(root, method="c14n")


async def test_each_is_stored_and_found_by_each_of_its_parameters(serve: Serve) -> None:
    register = replace(REGISTER, full_text=True)
    fhir = serve(replace(SANDBOX, register=register))
    sent = [(f"e{i}", name, resource) for i, (name, resource) in enumerate(resources())]
    await stored(fhir, sent)
    repository = Repository(register, fhir.database.store("sandbox"), r4())
    while (await fhir.get("Basic?_text=texte")).status_code != 200:  # it says that the index is under way
        await fulltext.keep_up(repository)
    lost, asked = [], Counter[str]()
    for id, name, resource in sent:
        back = json.parse((await fhir.get(f"{resource['resourceType']}/{id}")).content)
        assert unversioned(back) == unversioned({**resource, "id": id}), name
        for parameter, value in asking(resource):
            asked[parameter] += 1
            query = urlencode({parameter: value, "_id": id, "_summary": "count"})
            answer = await fhir.get(f"{resource['resourceType']}?{query}")
            if answer.status_code != 200 or answer.json()["total"] != 1:
                lost.append((name, resource["resourceType"], query, answer.text[:300]))
    print(f"\n{len(sent)} examples, {asked.total()} searches by {len(asked)} parameters")
    assert not lost, (len(lost), Counter((one[1], one[2].partition("=")[0]) for one in lost).most_common(40), lost[:10])


async def stored(fhir: Fhir, sent: list[tuple[str, str, Json]]) -> None:
    """Store the examples, many at a time."""
    waiting: list[Json] = []
    size = 0
    for i, (id, _, resource) in enumerate(sent):
        entry = {
            "resource": {**resource, "id": id},
            "request": {"method": "PUT", "url": f"{resource['resourceType']}/{id}"},
        }
        waiting.append(entry)
        size += len(json.serialise(resource))
        if size > _BATCH or i == len(sent) - 1:
            answer = await fhir.post("", {"resourceType": "Bundle", "type": "batch", "entry": waiting})
            done = answer.json()["entry"]
            refused = [
                (sent[i - len(done) + 1 + n][1], json.serialise(one))
                for n, one in enumerate(done)
                if one["response"]["status"] != "201 Created"
            ]
            assert not refused, refused[:3]
            waiting, size = [], 0


def asking(resource: Json) -> list[tuple[str, str]]:
    """(parameter, value) of each question that should find the resource."""
    out: dict[tuple[str, str], None] = {}
    for parameter in r4().search_parameters(resource["resourceType"]).values():
        if parameter.name in _ELSEWHERE:
            continue
        for question in _composites(parameter, resource) if parameter.components else _plain(parameter, resource):
            if 0 < len(question) < 1_000:
                out[parameter.name, question] = None
    if position := resource.get("position") if resource["resourceType"] == "Location" else None:
        out["near", f"{position['latitude']}|{position['longitude']}|1|km"] = None
    for name, text in (("_text", _narrative(resource)), ("_content", " ".join(_titles(resource)))):
        if word := _WORD.search(text):
            out[name, word[0]] = None
    return list(out)


def _plain(parameter: SearchParameter, resource: Json) -> Iterator[str]:
    if parameter.type == "special":
        return
    for type_, value in compiled(parameter.expression, resource["resourceType"])(resource)[:3]:
        for question in questions(parameter.type, type_, value):
            if parameter.name != "phonetic" or _LATIN.search(question):
                yield question


def _composites(parameter: SearchParameter, resource: Json) -> Iterator[str]:
    """By FHIRPath in full, which the index does not use."""
    for element in fhirpath.compiled(parameter.expression, resource["resourceType"], strict=False).find(
        fhirpath.resource_item(resource), fhirpath.Environment(resource=resource)
    )[:3]:
        parts = [_part(part, element, resource) for part in parameter.components]
        yield from ("$".join(values) for values in islice(product(*parts), 3))


def _part(part: Component, element: fhirpath.Item, resource: Json) -> list[str]:
    found = fhirpath.compiled(part.expression, strict=False).find([element], fhirpath.Environment(resource=resource))
    return [question for type_, value, _ in found for question in questions(part.type, type_, value)]


def _titles(value: Any) -> Iterator[str]:
    """What a resource says in its own words, at any depth."""
    for name, each in value.items() if isinstance(value, dict) else ():
        if name in ("display", "title", "description", "family") and isinstance(each, str):
            yield each
        elif isinstance(each, dict | list):
            yield from _titles(each)
    for each in value if isinstance(value, list) else ():
        yield from _titles(each)


def _narrative(resource: Json) -> str:
    """The words of the narrative."""
    div = resource.get("text", {}).get("div", "")
    return " ".join(map(str, etree.fromstring(div.encode()).itertext())) if div else ""


def unversioned(resource: Json) -> Json:
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in ("versionId", "lastUpdated")}
    rest = {name: value for name, value in resource.items() if name != "meta"}
    return {**rest, "meta": meta} if meta else rest


def test_the_known_faults_are_told_with_their_reason() -> None:
    for name, why in (("device-questionnaire", "linkId"), ("v2-tables", "two spaces"), ("patient-example", "")):
        assert re.search(why, published_fault(name)) is not None


def test_the_page_of_the_examples_lists_each_fault() -> None:
    page = (Path(__file__).parents[3] / "docs" / "conformance" / "examples.md").read_text(encoding="utf-8")
    missing = [why for why in (*FAULTS.values(), *NOT_CONFORMANT.values()) if f"| {why} |" not in page]
    assert not missing
