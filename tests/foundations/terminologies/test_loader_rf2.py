"""SNOMED CT RF2: names by language reference set, hierarchy, role groups, membership; identifiers checked."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.foundations.terminologies.reading import Came, refusal, zipped

from socle.foundations.terminologies.loaders import joining
from socle.foundations.terminologies.loaders.rf2 import PREFERRED_USE, check_digit, is_sctid
from socle.foundations.terminologies.model import Designation, Property

MODULE, ISA, GROUP_TYPE = "900000000000207008", "116680003", "363698007"
ROOT, LUNG, DISEASE, OLD, REFSET = "138875005", "39607008", "64572001", "13645005", "723264001"
EN, FR = "900000000000509007", "21000241105"
FSN, SYN, PREF, ACC = "900000000000003001", "900000000000013009", "900000000000548007", "900000000000549004"
PRIM = "900000000000074008"
INFERRED, STATED = "900000000000011006", "900000000000010007"


def rows(header: str, *lines: str) -> str:
    return "\r\n".join([header.replace(" ", "\t"), *(line.replace("|", "\t") for line in lines), ""])


def release() -> dict[str, str]:
    top = "SnomedCT_Test/Snapshot"
    concept = f"20240101|1|{MODULE}|{PRIM}"
    described = f"20240101|1|{MODULE}"
    return {
        f"{top}/Terminology/sct2_Concept_Snapshot_INT_20240101.txt": rows(
            "id effectiveTime active moduleId definitionStatusId",
            *(f"{id}|{concept}" for id in (ROOT, LUNG, DISEASE, REFSET)),
            f"{OLD}|20240101|0|{MODULE}|{PRIM}",
        ),
        f"{top}/Terminology/sct2_Description_Snapshot-en_INT_20240101.txt": rows(
            "id effectiveTime active moduleId conceptId languageCode typeId term caseSignificanceId",
            f"1019|{described}|{LUNG}|en|{FSN}|Lung structure (body structure)|x",
            f"2018|{described}|{LUNG}|en|{SYN}|Lung|x",
            f"3011|20240101|0|{MODULE}|{LUNG}|en|{SYN}|Gone|x",
            f"5016|{described}|{ROOT}|en|{FSN}|SNOMED CT Concept|x",
        ),
        f"{top}/Terminology/sct2_Description_Snapshot-fr_INT_20240101.txt": rows(
            "id effectiveTime active moduleId conceptId languageCode typeId term caseSignificanceId",
            f"4015|{described}|{LUNG}|fr|{SYN}|poumon|x",
            f"6013|{described}|{LUNG}|fr|{SYN}|structure pulmonaire|x",
        ),
        f"{top}/Refset/Language/der2_cRefset_LanguageSnapshot-en_INT_20240101.txt": rows(
            "id effectiveTime active moduleId refsetId referencedComponentId acceptabilityId",
            f"u1|{described}|{EN}|2018|{PREF}",
            f"u2|{described}|{FR}|4015|{PREF}",
            f"u3|{described}|{FR}|6013|{ACC}",
        ),
        f"{top}/Terminology/sct2_Relationship_Snapshot_INT_20240101.txt": rows(
            "id effectiveTime active moduleId sourceId destinationId relationshipGroup typeId characteristicTypeId modifierId",
            f"1|{described}|{LUNG}|{ROOT}|0|{ISA}|{INFERRED}|x",
            f"2|{described}|{DISEASE}|{LUNG}|2|{GROUP_TYPE}|{INFERRED}|x",
            f"3|20240101|0|{MODULE}|{DISEASE}|{ROOT}|0|{ISA}|{INFERRED}|x",
        ),
        f"{top}/Terminology/sct2_StatedRelationship_Snapshot_INT_20240101.txt": rows(
            "id effectiveTime active moduleId sourceId destinationId relationshipGroup typeId characteristicTypeId modifierId",
            f"4|{described}|{DISEASE}|{ROOT}|0|{ISA}|{STATED}|x",
        ),
        f"{top}/Terminology/sct2_RelationshipConcreteValues_Snapshot_INT_20240101.txt": rows(
            "id effectiveTime active moduleId sourceId value relationshipGroup typeId characteristicTypeId modifierId",
            f"5|{described}|{DISEASE}|#12.5|1|{GROUP_TYPE}|{INFERRED}|x",
        ),
        f"{top}/Refset/Content/der2_Refset_SimpleSnapshot_INT_20240101.txt": rows(
            "id effectiveTime active moduleId refsetId referencedComponentId",
            f"u|{described}|{REFSET}|{LUNG}",
        ),
        f"{top}/Refset/Metadata/der2_ssRefset_ModuleDependencySnapshot_INT_20240101.txt": rows(
            "id effectiveTime active moduleId refsetId referencedComponentId sourceEffectiveTime targetEffectiveTime",
            f"u|{described}|900000000000534007|900000000000012004|20240101|20240101",
        ),
    }


def test_a_release_is_read_from_its_zip(tmp_path: Path) -> None:
    came = Came(zipped(tmp_path / "r.zip", release()))
    assert came.head.url == "http://snomed.info/sct"
    assert came.head.version == f"http://snomed.info/sct/{MODULE}/version/20240101"
    assert set(came.concepts) == {ROOT, LUNG, DISEASE, REFSET, OLD}
    assert came.concepts[OLD].inactive
    assert came.concepts[LUNG].parents == (ROOT,)


def test_names_come_with_their_language_and_the_preferred_one_is_displayed(tmp_path: Path) -> None:
    path = zipped(tmp_path / "r.zip", release())
    french, english = Came(path).concepts[LUNG], Came(path, language="en").concepts[LUNG]
    assert (french.display, english.display) == ("poumon", "Lung")
    assert Designation("poumon", "fr", *PREFERRED_USE) in french.designations
    assert Designation("structure pulmonaire", "fr", SYN, "http://snomed.info/sct") in french.designations
    assert "Gone" not in [each.value for each in french.designations]


def test_attributes_keep_their_role_group_and_concrete_values_their_type(tmp_path: Path) -> None:
    disease = Came(zipped(tmp_path / "r.zip", release())).concepts[DISEASE]
    assert Property(GROUP_TYPE, LUNG, "code", 2) in disease.properties
    assert Property(GROUP_TYPE, "12.5", "decimal", 1) in disease.properties
    assert disease.parents == ()


def test_members_of_reference_sets_say_so(tmp_path: Path) -> None:
    assert Property("memberOf", REFSET, "code") in Came(zipped(tmp_path / "r.zip", release())).concepts[LUNG].properties


def test_the_stated_form_is_read_when_asked(tmp_path: Path) -> None:
    assert Came(zipped(tmp_path / "r.zip", release()), stated=True).concepts[DISEASE].parents == (ROOT,)


def test_joined_by_many_parts_it_is_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = zipped(tmp_path / "r.zip", release())
    once = Came(path).concepts
    monkeypatch.setattr(joining, "_ROWS_A_PART", 1)
    assert Came(path).concepts == once


@pytest.mark.parametrize(
    ("old", "new", "rule", "column"),
    [(f"{OLD}\t", "13645006\t", "rf2-sctid", 1), (f"{ROOT}\t20240101\t1", f"{ROOT}\t20240101\tyes", "rf2-active", 3)],
)
def test_a_wrong_line_is_named_and_the_rest_kept_when_asked(
    tmp_path: Path, old: str, new: str, rule: str, column: int
) -> None:
    files = release()
    name = next(name for name in files if "sct2_Concept" in name)
    files[name] = files[name].replace(old, new)
    path = zipped(tmp_path / "r.zip", files)
    assert refusal(path)[1] == rule
    came = Came(path, keep_going=True)
    assert [(each_column, each) for _, each_column, each in came.rules] == [(column, rule)]
    assert LUNG in came.concepts


@pytest.mark.parametrize("missing", ["sct2_Concept_", "sct2_Description_", "sct2_Relationship_"])
def test_a_snapshot_without_its_concepts_names_or_hierarchy_is_refused(tmp_path: Path, missing: str) -> None:
    files = {name: text for name, text in release().items() if missing not in name}
    _, rule, said = refusal(zipped(tmp_path / "r.zip", files), "rf2")
    assert rule == "rf2-files"
    assert missing.rstrip("_") in said


def test_another_header_is_refused(tmp_path: Path) -> None:
    files = release()
    name = next(name for name in files if "sct2_Relationship_" in name)
    files[name] = files[name].replace("sourceId", "source")
    assert refusal(zipped(tmp_path / "r.zip", files))[1] == "rf2-header"


@given(st.integers(10_000, 10**16))
def test_a_check_digit_makes_an_identifier_and_no_other_digit_does(number: int) -> None:
    digits = str(number)
    good = check_digit(digits)
    assert is_sctid(digits + good)
    assert not any(is_sctid(digits + other) for other in "0123456789" if other != good)


@pytest.mark.parametrize("id", [ROOT, LUNG, DISEASE, ISA, FSN, MODULE])
def test_published_identifiers_check(id: str) -> None:
    assert is_sctid(id)
