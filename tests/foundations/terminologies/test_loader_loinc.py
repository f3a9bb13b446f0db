"""LOINC: terms, parts, hierarchy, French names, answer lists."""

from pathlib import Path

import pytest
from tests.foundations.terminologies.reading import Came, refusal, zipped

from socle.foundations.terminologies.loaders.loinc import is_loinc
from socle.foundations.terminologies.model import Designation, Property

FILES = {
    "LoincTable/Loinc.csv": (
        '"LOINC_NUM","COMPONENT","PROPERTY","TIME_ASPCT","SYSTEM","SCALE_TYP","METHOD_TYP","CLASS","STATUS","SHORTNAME",'
        '"LONG_COMMON_NAME","VersionLastChanged"\n'
        '"2345-7","Glucose","MCnc","Pt","Ser/Plas","Qn","","CHEM","ACTIVE","Glucose SerPl-mCnc",'
        '"Glucose [Mass/volume] in Serum or Plasma","2.77"\n'
        '"882-1","ABO & Rh group","Type","Pt","Bld","Nom","","BLDBK","DEPRECATED","","ABO and Rh group [Type] in Blood","2.42"\n'
    ),
    "AccessoryFiles/PartFile/Part.csv": (
        "PartNumber,PartTypeName,PartName,PartDisplayName,Status\nLP14635-4,COMPONENT,Glucose,Glucose,ACTIVE\n"
        "LP7786-9,CLASS,CHEM,Chemistry,ACTIVE\n"
    ),
    "AccessoryFiles/PartFile/LoincPartLink_Primary.csv": (
        "LoincNumber,LongCommonName,PartNumber,PartName,PartCodeSystem,PartTypeName,LinkTypeName,Property\n"
        "2345-7,x,LP14635-4,Glucose,http://loinc.org,COMPONENT,Primary,http://loinc.org/property/COMPONENT\n"
    ),
    "AccessoryFiles/ComponentHierarchyBySystem/ComponentHierarchyBySystem.csv": (
        "PATH_TO_ROOT,SEQUENCE,IMMEDIATE_PARENT,CODE,CODE_TEXT\n,1,,LP7786-9,Chemistry\n"
        "LP7786-9,1,LP7786-9,LP14635-4,Glucose\nLP7786-9.LP14635-4,1,LP14635-4,2345-7,Glucose\n"
        "LP7786-9,2,LP7786-9,LP99999-9,Only in the hierarchy\n"
    ),
    "AccessoryFiles/AnswerFile/AnswerList.csv": (
        "AnswerListId,AnswerListName,AnswerListOID,AnswerStringId,DisplayText\n"
        "LL2419-1,ABO group,1.3.6.1.4.1.12009.10.1.321,LA19710-5,Group A\n"
        "LL2419-1,ABO group,1.3.6.1.4.1.12009.10.1.321,LA19709-7,Group B\n"
        "LL1001-8,Frequency,1.3.6.1.4.1.12009.10.1.166,LA6270-8,Never\n"
    ),
    "AccessoryFiles/AnswerFile/LoincAnswerListLink.csv": (
        "LoincNumber,LongCommonName,AnswerListId,AnswerListName,AnswerListLinkType,ApplicableContext\n"
        "882-1,x,LL2419-1,ABO group,NORMATIVE,\n"
    ),
    "AccessoryFiles/LinguisticVariants/frFR18LinguisticVariant.csv": (
        "LOINC_NUM,COMPONENT,LONG_COMMON_NAME,SHORTNAME,LinguisticVariantDisplayName\n"
        '2345-7,Glucose,"Glucose [Masse/Volume] Sérum/Plasma ; Numérique",Glucose sérum,\n'
    ),
    "AccessoryFiles/LinguisticVariants/deDE15LinguisticVariant.csv": "LOINC_NUM,LONG_COMMON_NAME\n2345-7,Glukose\n",
}


@pytest.fixture
def came(tmp_path: Path) -> Came:
    return Came(zipped(tmp_path / "Loinc_2.78.zip", FILES))


def test_the_version_is_that_of_the_archive(came: Came) -> None:
    assert (came.head.url, came.head.version) == ("http://loinc.org", "2.78")


def test_without_it_the_version_is_the_latest_change(tmp_path: Path) -> None:
    assert Came(zipped(tmp_path / "loinc.zip", FILES)).head.version == "2.77"


def test_a_term_has_its_axes_parts_names_and_place(came: Came) -> None:
    glucose = came.concepts["2345-7"]
    assert glucose.display == "Glucose [Mass/volume] in Serum or Plasma"
    assert glucose.parents == ("LP14635-4",)
    assert Property("COMPONENT", "http://loinc.org|LP14635-4", "Coding") in glucose.properties
    assert Property("SYSTEM", "Ser/Plas") in glucose.properties
    french = [each for each in glucose.designations if each.language == "fr-FR"]
    assert Designation("Glucose sérum", "fr-FR", "SHORTNAME", "http://loinc.org") in french
    assert not any(each.language.startswith("de") for each in glucose.designations)


def test_terms_with_the_notice_of_a_third_party_are_told_apart(tmp_path: Path) -> None:
    lines = FILES["LoincTable/Loinc.csv"].splitlines()
    notices = ('"EXTERNAL_COPYRIGHT_NOTICE"', '""', '"© A third party"')
    table = "".join(f"{line},{notice}\n" for line, notice in zip(lines, notices, strict=True))
    came = Came(zipped(tmp_path / "Loinc_2.78.zip", {**FILES, "LoincTable/Loinc.csv": table}))
    assert Property("copyright", "LOINC") in came.concepts["2345-7"].properties
    assert Property("copyright", "3rdParty") in came.concepts["882-1"].properties


def test_parts_and_nodes_of_the_hierarchy_are_concepts(came: Came) -> None:
    assert came.concepts["LP14635-4"].parents == ("LP7786-9",)
    assert came.concepts["LP7786-9"].display == "Chemistry"
    assert came.concepts["LP99999-9"].display == "Only in the hierarchy"


def test_deprecated_terms_are_inactive(came: Came) -> None:
    assert came.concepts["882-1"].inactive
    assert Property("answer-list", "http://loinc.org|LL2419-1", "Coding") in came.concepts["882-1"].properties


def test_each_answer_list_is_a_value_set_in_its_order(came: Came) -> None:
    urls = [each["url"] for each in came.resources]
    assert urls == ["http://loinc.org/vs/LL2419-1", "http://loinc.org/vs/LL1001-8"]
    codes = [each["code"] for each in came.resources[0]["compose"]["include"][0]["concept"]]
    assert codes == ["LA19710-5", "LA19709-7"]
    assert came.concepts["LA19710-5"].display == "Group A"


def test_the_terms_of_panels_are_not_taken_for_the_table(tmp_path: Path) -> None:
    extract = '"LOINC_NUM","COMPONENT","STATUS","LONG_COMMON_NAME"\n"24331-1","Lipid panel","ACTIVE","Lipid panel"\n'
    files = {
        "AccessoryFiles/PanelsAndForms/Loinc.csv": extract,
        "AccessoryFiles/PanelsAndForms/AnswerList.csv": "AnswerListId\n",
    }
    whole = Came(zipped(tmp_path / "Loinc_2.80.zip", files | FILES))
    assert "2345-7" in whole.concepts
    assert "24331-1" not in whole.concepts
    assert refusal(zipped(tmp_path / "panels.zip", files))[1] == "loinc-files"


def test_a_code_that_is_published_with_an_inexact_check_digit_is_taken_and_told(tmp_path: Path) -> None:
    files = FILES | {"LoincTable/Loinc.csv": FILES["LoincTable/Loinc.csv"].replace("882-1", "11491-6")}
    came = Came(zipped(tmp_path / "Loinc_2.83.zip", files))
    assert came.concepts["11491-6"].inactive
    assert any("11491-6" in note.en for note in came.watch.notes)


def test_a_wrong_code_is_named(tmp_path: Path) -> None:
    files = FILES | {"LoincTable/Loinc.csv": FILES["LoincTable/Loinc.csv"].replace("882-1", "88 2-1")}
    path = zipped(tmp_path / "Loinc_2.78.zip", files)
    assert refusal(path)[1] == "loinc-num"
    assert Came(path, keep_going=True).rules == [(3, 1, "loinc-num")]


def test_a_table_that_does_not_date_its_terms_is_read_without_a_version(tmp_path: Path) -> None:
    plain = "LOINC_NUM,COMPONENT,STATUS,LONG_COMMON_NAME\n2345-7,Glucose,ACTIVE,Glucose\n"
    assert Came(zipped(tmp_path / "l.zip", {"Loinc.csv": plain})).head.version == ""


def test_a_table_without_its_columns_is_refused(tmp_path: Path) -> None:
    assert "LOINC_NUM" in refusal(zipped(tmp_path / "empty.zip", {"Loinc.csv": ""}))[2]
    assert refusal(zipped(tmp_path / "l.zip", {"Loinc.csv": "LOINC_NUM,STATUS\n"}))[1] == "loinc-columns"


@pytest.mark.parametrize("code", ["2345-7", "882-1", "718-7", "4548-4", "8867-4", "11502-2", "60591-5"])
def test_published_codes_check(code: str) -> None:
    assert is_loinc(code)


@pytest.mark.parametrize("code", ["2345-8", "2345", "-7", "A-1", "12345678-9", ""])
def test_others_do_not(code: str) -> None:
    assert not is_loinc(code)
