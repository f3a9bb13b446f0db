"""Which slice an item is in where a definition says it in another way than by a value, what all items of a sliced element owe,
types that are stated twice.
"""

from typing import Any

from tests.kernel.fhir.validation.profiles import URL, found, judged, profile

from socle.kernel.fhir.validation import CoreCodes, Shelf, validate

Json = dict[str, Any]


def patient(*telecom: Json, **members: Any) -> Json:
    return {"resourceType": "Patient", "telecom": list(telecom), **members}


def sliced(*paths: str, rules: str = "closed") -> Json:
    return {"discriminator": [{"type": "value", "path": path} for path in paths], "rules": rules}


def test_a_slice_may_be_told_by_what_it_has_not() -> None:
    unused = profile(
        "Patient",
        {"id": "Patient.telecom", "slicing": sliced("system", "use")},
        {"id": "Patient.telecom:travail", "max": "1"},
        {"id": "Patient.telecom:travail.system", "fixedCode": "email"},
        {"id": "Patient.telecom:travail.use", "fixedCode": "work"},
        {"id": "Patient.telecom:autre", "max": "1"},
        {"id": "Patient.telecom:autre.system", "fixedCode": "email"},
        {"id": "Patient.telecom:autre.use", "max": "0"},
    )
    work, other = {"system": "email", "use": "work", "value": "a@b.test"}, {"system": "email", "value": "c@d.test"}
    assert found(judged(patient(work, other), unused)) == []
    assert found(judged(patient(other, other), unused)) == [("Patient.telecom", "Patient.telecom:autre")]
    assert found(judged(patient({**work, "use": "home"}), unused)) == [("Patient.telecom[0]", "Patient.telecom")]


def test_a_slice_may_be_told_by_the_mere_presence_of_an_element() -> None:
    ranked = profile(
        "Patient",
        {"id": "Patient.telecom", "slicing": sliced("rank", rules="open")},
        {"id": "Patient.telecom:ordonne", "min": 1},
        {"id": "Patient.telecom:ordonne.rank", "min": 1},
    )
    assert found(judged(patient({"system": "phone", "rank": 1, "value": "0100000000"}), ranked)) == []
    assert found(judged(patient({"system": "phone", "value": "0100000000"}), ranked)) == [
        ("Patient.telecom", "Patient.telecom:ordonne")
    ]


def test_a_discriminator_of_which_a_slice_says_nothing_leaves_it_to_the_others() -> None:
    two = profile(
        "Patient",
        {"id": "Patient.telecom", "slicing": sliced("system", "use", rules="open")},
        {"id": "Patient.telecom:courriel", "min": 1},
        {"id": "Patient.telecom:courriel.system", "fixedCode": "email"},
        {"id": "Patient.telecom:courriel.use", "min": 0},
        {"id": "Patient.telecom:bureau", "min": 1},
        {"id": "Patient.telecom:bureau.system", "fixedCode": "phone"},
        {"id": "Patient.telecom:bureau.use", "fixedCode": "work"},
    )
    mail, phone = {"system": "email", "value": "a@b.test"}, {"system": "phone", "value": "0100000000"}
    assert found(judged(patient(mail, {**phone, "use": "work"}), two), "error", "warning") == []
    assert found(judged(patient(mail, phone), two)) == [("Patient.telecom", "Patient.telecom:bureau")]


def test_what_is_said_of_all_items_holds_for_those_of_each_slice() -> None:
    bare = profile(
        "Parameters",
        {"id": "Parameters.parameter", "slicing": sliced("name", rules="open")},
        {"id": "Parameters.parameter.extension", "max": "0"},
        {"id": "Parameters.parameter.value[x]", "min": 1},
        {"id": "Parameters.parameter:debut", "max": "1"},
        {"id": "Parameters.parameter:debut.extension", "max": "*"},
        {"id": "Parameters.parameter:debut.name", "fixedString": "debut"},
        {"id": "Parameters.parameter:debut.value[x]", "min": 0},
    )
    good = {"name": "debut", "valueDate": "2024-01-01"}
    noted = {**good, "extension": [{"url": "https://exemple.test/note", "valueString": "…"}]}
    part = {"name": "debut", "part": [{"name": "an", "valueInteger": 2024}]}
    asked = "Parameters.parameter:debut."
    assert found(judged({"resourceType": "Parameters", "parameter": [good]}, bare)) == []
    assert found(judged({"resourceType": "Parameters", "parameter": [noted]}, bare)) == [
        ("Parameters.parameter[0].extension", asked + "extension")
    ]
    assert found(judged({"resourceType": "Parameters", "parameter": [part]}, bare)) == [
        ("Parameters.parameter[0].value", asked + "value[x]")
    ]


def test_a_resource_within_another_is_of_the_type_that_its_profile_is_made_for() -> None:
    base = "http://hl7.org/fhir/StructureDefinition/"
    lists = profile(
        "Bundle", {"id": "Bundle.entry.resource", "type": [{"code": "Resource", "profile": [base + "List"]}]}
    )
    entry = {"fullUrl": "urn:uuid:5a9d3b76-6a2e-4f0e-9d6c-0c4a3a1f2b10"}
    good = {"resourceType": "List", "status": "current", "mode": "working"}
    for resource, wrong in (
        (good, []),
        ({"resourceType": "Patient"}, [("Bundle.entry[0].resource", "Bundle.entry.resource")]),
    ):
        bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{**entry, "resource": resource}]}
        assert found(judged(bundle, lists)) == wrong


def test_what_a_profile_says_below_a_resource_within_another_is_asked_of_it() -> None:
    rule = {"key": "essai-1", "severity": "error", "human": "Un titre.", "expression": "title.exists()"}
    lists = profile(
        "Bundle",
        {"id": "Bundle.entry.resource", "type": [{"code": "List"}], "constraint": [rule]},
        {"id": "Bundle.entry.resource.subject", "path": "Bundle.entry.resource.subject", "min": 1, "max": "1"},
        {"id": "Bundle.entry.resource.mode", "path": "Bundle.entry.resource.mode", "fixedCode": "working"},
    )
    good = {"status": "current", "mode": "working", "title": "Suivi", "subject": {"reference": "Patient/1"}}
    place = "Bundle.entry[0].resource"
    for name, value, wrong in (
        ("title", "Traitements", []),
        ("subject", None, [(place + ".subject", "Bundle.entry.resource.subject")]),
        ("mode", "changes", [(place + ".mode", "Bundle.entry.resource.mode")]),
        ("title", None, [(place, "essai-1")]),
    ):
        held = {
            "resourceType": "List",
            **{one: said for one, said in {**good, name: value}.items() if said is not None},
        }
        entry = {"fullUrl": "urn:uuid:5a9d3b76-6a2e-4f0e-9d6c-0c4a3a1f2b10", "resource": held}
        assert found(judged({"resourceType": "Bundle", "type": "collection", "entry": [entry]}, lists)) == wrong


def test_a_slice_that_is_missing_is_told_with_what_tells_it() -> None:
    two = profile(
        "Patient",
        {"id": "Patient.telecom", "slicing": sliced("system", "use", rules="open")},
        {"id": "Patient.telecom:bureau", "min": 1},
        {"id": "Patient.telecom:bureau.system", "fixedCode": "phone"},
        {"id": "Patient.telecom:bureau.use", "patternCode": "work"},
    )
    text = judged(patient({"system": "phone", "value": "01"}), two).issues[0].text
    assert text.en.endswith('add it; it is told by: system = "phone", use = "work".')
    assert text.fr.endswith('ajoutez-la ; elle se reconnaît à : system = "phone", use = "work".')


def test_a_slice_that_cannot_be_told_is_said_with_what_would_tell_it() -> None:
    away = "https://exemple.test/ValueSet/absent"
    coded = profile(
        "Patient",
        {"id": "Patient.maritalStatus.coding", "slicing": sliced("$this", rules="open"), "max": "*"},
        {"id": "Patient.maritalStatus.coding:insee", "binding": {"strength": "required", "valueSet": away}},
    )
    report = judged(patient(maritalStatus={"coding": [{"system": "urn:x", "code": "a"}]}), coded)
    [told] = [one.text.en for one in report.issues if one.code == "processing"]
    assert f"∈ {away}" in told
    assert "install these value sets" in told


def test_where_a_profile_tells_a_slice_what_keeps_the_nearest_item_out_is_told_at_its_place() -> None:
    worker = profile(
        "List", {"id": "List.title", "min": 1}, {"id": "List.mode", "fixedCode": "working"}, name="travail"
    )
    lists = profile(
        "Bundle",
        {
            "id": "Bundle.entry",
            "slicing": {"discriminator": [{"type": "profile", "path": "resource"}], "rules": "open"},
        },
        {"id": "Bundle.entry:travail", "min": 1},
        {"id": "Bundle.entry:travail.resource", "type": [{"code": "List", "profile": [URL + "travail"]}]},
    )
    far = {"resourceType": "List", "id": "1", "status": "current", "mode": "changes"}
    near = {"resourceType": "List", "id": "2", "status": "current", "mode": "working"}
    entries = [{"fullUrl": f"https://exemple.test/List/{one['id']}", "resource": one} for one in (far, near)]
    report = judged(
        {"resourceType": "Bundle", "type": "collection", "entry": entries}, lists, worker, claims=(URL + "essai",)
    )
    assert found(report) == [("Bundle.entry", "Bundle.entry:travail")]
    assert [one for one in found(report, "information") if "title" in one[0] or "mode" in one[0]] == [
        ("Bundle.entry[1].resource.title", "List.title")
    ]


def test_a_definition_that_comes_later_is_looked_into_again() -> None:
    mark = "https://exemple.test/StructureDefinition/marque"
    marked = profile(
        "Patient",
        {
            "id": "Patient.telecom",
            "slicing": {"discriminator": [{"type": "value", "path": f"extension('{mark}').value"}], "rules": "open"},
        },
        {"id": "Patient.telecom:marque", "max": "0"},
        {"id": "Patient.telecom:marque.system", "fixedCode": "phone"},
    )
    one = {"system": "phone", "value": "0100000000", "extension": [{"url": mark, "valueCode": "oui"}]}
    shelf = Shelf([marked])
    asked = {"profiles": [URL + "essai"]}
    assert validate(patient(one, one), shelf, CoreCodes(shelf), **asked).valid  # what marks the slice is not known
    shelf.put(profile("Extension", {"id": "Extension.value[x]", "fixedCode": "oui"}, url=mark))
    assert found(validate(patient(one, one), shelf, CoreCodes(shelf), **asked)) == [
        ("Patient.telecom", "Patient.telecom:marque")
    ]


def test_a_type_that_a_profile_states_twice_allows_what_both_allow() -> None:
    base = "http://hl7.org/fhir/StructureDefinition/"
    two = [{"code": "Reference", "targetProfile": [base + name]} for name in ("Organization", "Practitioner")]
    asks = profile("Patient", {"id": "Patient.generalPractitioner", "type": two})
    for name, wrong in (("Organization/1", 0), ("Practitioner/1", 0), ("PractitionerRole/1", 1)):
        report = judged({"resourceType": "Patient", "generalPractitioner": [{"reference": name}]}, asks)
        assert len(found(report)) == wrong
