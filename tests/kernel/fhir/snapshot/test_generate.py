"""Snapshots made from differentials: what a profile says of each element once everything that it is based on is counted in."""

from collections.abc import Hashable
from typing import Any

import pytest

from socle.kernel.fhir.core import core_structure
from socle.kernel.fhir.snapshot import Found, Generator
from socle.kernel.outcome import Problem

R4 = "http://hl7.org/fhir/StructureDefinition/"
Json = dict[str, Any]


def profile(name: str, *elements: Json, base: str = R4 + "Patient", **more: Any) -> Json:
    return {
        "resourceType": "StructureDefinition",
        "url": f"http://a/{name}",
        "derivation": "constraint",
        "baseDefinition": base,
        "differential": {"element": list(elements)},
        **more,
    }


def made(asked: Json, *others: Json) -> dict[str, Json]:
    """The snapshot of a profile, by id of element."""
    held = {one["url"]: one for one in (asked, *others)}

    def find(canonical: str, scope: Hashable) -> Found | None:
        found = held.get(canonical) or core_structure(canonical)
        return Found(found) if found is not None else None

    return {element["id"]: element for element in Generator(find).generate(Found(asked))}


def refused(asked: Json, *others: Json) -> list[tuple[str, str]]:
    """(element, rule) of each fault."""
    with pytest.raises(Problem) as caught:
        made(asked, *others)
    return [("".join(issue.expression), issue.rule) for issue in caught.value.issues if issue.expression]


def element(path: str, slice_name: str = "", **more: Any) -> Json:
    return {"path": path, **({"sliceName": slice_name} if slice_name else {}), **more}


BY_SYSTEM = {"discriminator": [{"type": "value", "path": "system"}], "rules": "open"}


def _typed(profile_: str) -> Json:
    return {"code": "Extension", "profile": [profile_]}


EXTENSION = profile(
    "extension",
    element("Extension", max="1", constraint=[{"key": "x-1", "severity": "error", "human": "h", "expression": "true"}]),
    element("Extension.url", fixedUri="http://a/extension"),
    element("Extension.value[x]", type=[{"code": "string"}]),
    base=R4 + "Extension",
)


def test_what_the_profile_does_not_mention_is_as_in_its_base() -> None:
    base = core_structure("Patient")
    assert base is not None
    snapshot = made(profile("p"))
    assert list(snapshot) == [one["id"] for one in base["snapshot"]["element"]]
    assert snapshot["Patient.gender"]["binding"]["strength"] == "required"


def test_what_it_mentions_is_laid_on_its_base() -> None:
    snapshot = made(profile("p", element("Patient.birthDate", min=1, mustSupport=True, short="né le")))
    birth = snapshot["Patient.birthDate"]
    assert (birth["min"], birth["max"], birth["mustSupport"], birth["short"]) == (1, "1", True, "né le")
    assert birth["base"] == {"path": "Patient.birthDate", "min": 0, "max": "1"}


def test_a_profile_on_a_profile() -> None:
    first = profile("first", element("Patient.name", min=1))
    snapshot = made(profile("second", element("Patient.name", max="2"), base="http://a/first"), first)
    assert (snapshot["Patient.name"]["min"], snapshot["Patient.name"]["max"]) == (1, "2")


def test_constraints_add_up_and_say_where_they_are_from() -> None:
    rule = {"key": "p-1", "severity": "error", "human": "h", "expression": "true"}
    found = made(profile("p", element("Patient", constraint=[rule])))["Patient"]["constraint"]
    assert [one["key"] for one in found][-1] == "p-1"
    assert {"dom-2", "dom-6", "p-1"} <= {one["key"] for one in found}
    assert found[-1]["source"] == "http://a/p"


def test_constraints_that_are_taken_over_say_where_they_are_from() -> None:
    found = made(profile("p", element("Patient.contact", min=1)))["Patient.contact"]["constraint"]
    assert {one["key"]: one["source"] for one in found}["pat-1"] == R4 + "Patient"


def test_descending_into_a_type() -> None:
    snapshot = made(profile("p", element("Patient.name.family", min=1)))
    assert snapshot["Patient.name.family"]["min"] == 1
    assert "Patient.name.given" in snapshot
    assert snapshot["Patient.name.family"]["base"]["path"] == "HumanName.family"


def test_descending_into_a_profile_of_a_type() -> None:
    name = profile("name", element("HumanName.family", min=1), base=R4 + "HumanName")
    stated = element("Patient.name", type=[{"code": "HumanName", "profile": ["http://a/name"]}])
    snapshot = made(profile("p", stated, element("Patient.name.given", min=1)), name)
    assert (snapshot["Patient.name.family"]["min"], snapshot["Patient.name.given"]["min"]) == (1, 1)


def test_slices() -> None:
    snapshot = made(
        profile(
            "p",
            element("Patient.identifier", slicing=BY_SYSTEM, min=1),
            element("Patient.identifier", "ins", max="1"),
            element("Patient.identifier.system", min=1, fixedUri="urn:oid:1"),
            element("Patient.identifier", "local", min=1),
        )
    )
    names = [one for one in snapshot if one.startswith("Patient.identifier")]
    assert names[:2] == ["Patient.identifier", "Patient.identifier:ins"]
    assert "Patient.identifier.system" not in snapshot  # said of the slice only
    assert snapshot["Patient.identifier:ins.system"]["fixedUri"] == "urn:oid:1"
    ins, local = snapshot["Patient.identifier:ins"], snapshot["Patient.identifier:local"]
    assert (ins["min"], ins["max"], ins["sliceName"]) == (0, "1", "ins")  # a new slice is optional unless it says so
    assert (local["min"], local["max"]) == (1, "*")
    assert "slicing" not in ins


def test_slices_of_a_base_are_constrained_and_others_come_after() -> None:
    first = profile(
        "first", element("Patient.identifier", slicing=BY_SYSTEM), element("Patient.identifier", "ins", max="1")
    )
    second = profile(
        "second",
        {"id": "Patient.identifier:new", "path": "Patient.identifier", "sliceName": "new"},
        {"id": "Patient.identifier:ins.value", "path": "Patient.identifier.value", "min": 1},
        base="http://a/first",
    )
    snapshot = made(second, first)
    assert snapshot["Patient.identifier:ins.value"]["min"] == 1
    order = list(snapshot)
    assert order.index("Patient.identifier:ins") < order.index("Patient.identifier:new")


def test_slices_of_slices() -> None:
    snapshot = made(
        profile(
            "p",
            element("Patient.identifier", slicing=BY_SYSTEM),
            element("Patient.identifier", "ins", max="2"),
            element("Patient.identifier", "ins/nir", max="1", mustSupport=True),
        )
    )
    again = snapshot["Patient.identifier:ins/nir"]
    assert (again["sliceName"], again["max"], again["mustSupport"]) == ("ins/nir", "1", True)
    order = list(snapshot)
    assert order.index("Patient.identifier:ins") < order.index("Patient.identifier:ins/nir")


def test_the_name_of_a_slice_may_be_missing_from_its_id() -> None:
    found = made(
        profile(
            "p",
            element("Patient.name", id="Patient.name", slicing=BY_SYSTEM),
            element("Patient.name", "usuel", id="Patient.name", max="1"),
            element("Patient.name.family", id="Patient.name:usuel.family", min=1),
        )
    )
    assert "sliceName" not in found["Patient.name"]
    assert (found["Patient.name"]["max"], found["Patient.name:usuel"]["max"]) == ("*", "1")
    assert found["Patient.name:usuel.family"]["min"] == 1


def test_a_slice_of_a_new_slice_is_what_that_slice_is() -> None:
    found = made(
        profile(
            "p",
            element("Patient.extension", "e", slicing=BY_SYSTEM, type=[_typed("http://a/extension")], mustSupport=True),
            element("Patient.extension", "e/un", max="1"),
        ),
        EXTENSION,
    )
    again = found["Patient.extension:e/un"]
    assert (again["type"], again["mustSupport"], again["min"]) == ([_typed("http://a/extension")], True, 0)


def test_how_often_an_extension_is_repeated_is_said_where_it_is_used() -> None:
    used = element("Patient.extension", "e", type=[_typed("http://a/extension")])
    assert made(profile("p", used), EXTENSION)["Patient.extension:e"]["max"] == "1"
    assert made(profile("p", {**used, "max": "*"}), EXTENSION)["Patient.extension:e"]["max"] == "*"


def test_the_profile_of_an_extension_that_nobody_holds_leaves_what_was_known_of_it() -> None:
    base = profile(
        "base",
        element("Patient.extension", "e", type=[_typed("http://a/extension")]),
        element("Patient.extension.url", id="Patient.extension:e.url"),
    )
    used = element("Patient.extension", "e", type=[_typed("http://a/absent")])
    below = element("Patient.extension.value[x]", id="Patient.extension:e.value[x]", min=1)
    found = made(profile("p", used, below, base="http://a/base"), base, EXTENSION)
    assert found["Patient.extension:e.url"]["fixedUri"] == "http://a/extension"


def test_extensions_are_sliced_by_their_url_without_saying() -> None:
    stated = element("Patient.extension", "e", type=[{"code": "Extension", "profile": ["http://a/extension"]}], min=1)
    snapshot = made(profile("p", stated), EXTENSION)
    assert snapshot["Patient.extension"]["slicing"]["discriminator"] == [{"type": "value", "path": "url"}]
    one = snapshot["Patient.extension:e"]
    assert (one["min"], one["max"]) == (1, "1")  # the extension itself says at most one
    assert {"ele-1", "ext-1", "x-1"} <= {rule["key"] for rule in one["constraint"]}


def test_a_choice_written_with_its_type() -> None:
    snapshot = made(
        profile(
            "p",
            element("Observation.valueQuantity", min=1),
            element("Observation.valueQuantity.code", min=1),
            base=R4 + "Observation",
        )
    )
    assert [one["code"] for one in snapshot["Observation.value[x]"]["type"]] == ["Quantity"]
    assert snapshot["Observation.value[x]:valueQuantity"]["min"] == 1
    assert snapshot["Observation.value[x]:valueQuantity.code"]["min"] == 1


def test_a_choice_written_with_two_of_its_types_keeps_both() -> None:
    both = [element("Patient.deceasedBoolean", mustSupport=True), element("Patient.deceasedDateTime", min=1)]
    for first in ([], [element("Patient.deceased[x]", min=1)]):
        found = made(profile("p", *first, *both))
        assert [one["code"] for one in found["Patient.deceased[x]"]["type"]] == ["boolean", "dateTime"]
        assert found["Patient.deceased[x]:deceasedDateTime"]["min"] == 1


def test_a_choice_written_with_its_type_beside_its_general_name_leaves_the_others() -> None:
    found = made(profile("p", element("Patient.deceased[x]", min=1), element("Patient.deceasedBoolean", short="oui")))
    assert [one["code"] for one in found["Patient.deceased[x]"]["type"]] == ["boolean", "dateTime"]


def test_the_name_of_a_choice_with_its_type_may_be_that_of_a_slice_too() -> None:
    stated = element("Patient.deceasedBoolean", "deceasedBoolean", id="Patient.deceasedBoolean:deceasedBoolean", min=1)
    assert made(profile("p", stated))["Patient.deceased[x]:deceasedBoolean"]["min"] == 1


def test_a_choice_sliced_by_type() -> None:
    snapshot = made(profile("p", element("Observation.value[x]", "valueString", min=1), base=R4 + "Observation"))
    assert snapshot["Observation.value[x]"]["slicing"]["discriminator"] == [{"type": "type", "path": "$this"}]
    assert [one["code"] for one in snapshot["Observation.value[x]:valueString"]["type"]] == ["string"]
    assert len(snapshot["Observation.value[x]"]["type"]) == 11


def test_content_references_are_followed() -> None:
    snapshot = made(profile("p", element("Questionnaire.item.item.linkId", short="là"), base=R4 + "Questionnaire"))
    assert snapshot["Questionnaire.item.item.linkId"]["short"] == "là"
    assert snapshot["Questionnaire.item.linkId"].get("short") != "là"


def test_a_logical_model_adds_elements() -> None:
    model = profile(
        "m",
        element("M"),
        element("M.a", min=1, max="1", type=[{"code": "string"}]),
        base=R4 + "Element",
        derivation="specialization",
    )
    assert list(made(model)) == ["M", "M.id", "M.extension", "M.a"]


def test_prose_may_be_added_to() -> None:
    first = profile("first", element("Patient.name", definition="Un."))
    snapshot = made(profile("second", element("Patient.name", definition="...Deux."), base="http://a/first"), first)
    assert snapshot["Patient.name"]["definition"] == "Un.\r\nDeux."


@pytest.mark.parametrize(
    ("stated", "rule"),
    [
        (element("Patient.link.other", min=0), "profiling.html#cardinality"),
        (element("Patient.birthDate", max="2"), "profiling.html#cardinality"),
        (element("Patient.contact", min=3, max="2"), "eld-2"),
        (element("Patient.birthDate", type=[{"code": "Quantity"}]), "profiling.html#types"),
        (element("Patient.gender", binding={"strength": "preferred", "valueSet": "x"}), "profiling.html#binding"),
        (element("Patient.active", isModifier=False), "eld-isModifier"),
        (element("Patient.nothing", min=1), "sdf-8"),
        (element("Patient.name", "official"), "elementdefinition.html#slicing"),
    ],
    ids=lambda value: value if isinstance(value, str) else value["path"],
)
def test_a_profile_may_only_narrow_and_each_fault_names_its_element(stated: Json, rule: str) -> None:
    assert [(path.split(":")[0], found) for path, found in refused(profile("p", stated))] == [(stated["path"], rule)]


def test_a_tolerant_generator_keeps_the_narrower_where_a_profile_widens() -> None:
    def find(canonical: str, scope: Hashable) -> Found | None:
        held = core_structure(canonical)
        return Found(held) if held is not None else None

    wide = profile("p", element("Patient.gender", max="*", mustSupport=True), element("Patient.link.other", min=0))
    found = {one["id"]: one for one in Generator(find, tolerant=True).generate(Found(wide))}
    assert (found["Patient.gender"]["max"], found["Patient.gender"]["mustSupport"]) == ("1", True)
    assert found["Patient.link.other"]["min"] == 1
    assert len(refused(wide)) == 2


def test_a_fixed_value_cannot_be_another() -> None:
    first = profile("first", element("Patient.active", fixedBoolean=True))
    second = profile("second", element("Patient.active", fixedBoolean=False), base="http://a/first")
    assert refused(second, first) == [("Patient.active", "eld-fixed")]


def test_a_closed_list_of_slices_takes_no_other() -> None:
    closed = {**BY_SYSTEM, "rules": "closed"}
    first = profile("first", element("Patient.identifier", slicing=closed), element("Patient.identifier", "a"))
    second = profile("second", element("Patient.identifier", "b"), base="http://a/first")
    assert refused(second, first) == [("Patient.identifier:b", "profiling.html#slicing")]


def test_every_fault_is_told_at_once() -> None:
    assert len(refused(profile("p", element("Patient.birthDate", max="2"), element("Patient.x", min=1)))) == 2


def test_a_circle_is_told_with_its_chain() -> None:
    one, two = profile("one", base="http://a/two"), profile("two", base="http://a/one")
    with pytest.raises(Problem, match=r"http://a/one → http://a/two → http://a/one"):
        made(one, two)


def test_a_very_long_chain_of_profiles_is_refused() -> None:
    chain = [profile(f"p{n}", base=f"http://a/p{n + 1}") for n in range(2000)]
    with pytest.raises(Problem):
        made(*chain)


def test_a_profile_may_name_itself_further_down() -> None:
    nested = profile(
        "e",
        element("Extension.extension", "sub", type=[{"code": "Extension", "profile": ["http://a/e"]}]),
        base=R4 + "Extension",
    )
    assert made(nested)["Extension.extension:sub"]["type"][0]["profile"] == ["http://a/e"]


def test_a_base_that_nobody_holds_is_named() -> None:
    with pytest.raises(Problem, match=r"http://a/nowhere"):
        made(profile("p", base="http://a/nowhere"))


def test_slices_that_multiply_are_stopped() -> None:
    deep = [element("Patient.contact", slicing=BY_SYSTEM)]
    deep += [element("Patient.contact", f"s{n}") for n in range(3000)]
    with pytest.raises(Problem, match=r"trop d'éléments"):
        made(profile("p", *deep))


@pytest.mark.parametrize(
    "wrong",
    [
        {"element": [1]},
        {"element": {"path": "Patient"}},
        {"element": [{"path": "Patient.name", "min": "x", "type": 3}]},
    ],
)
def test_what_is_no_structure_definition_is_a_clear_problem(wrong: Any) -> None:
    with pytest.raises(Problem):
        made({**profile("p"), "differential": wrong})
