"""rechercherInsAvecTraitsIdentite: who answers, and what is said of them."""

import pytest


async def test_one_person_answers_with_the_active_ins_and_the_traits(insi):
    answer = await insi.search(nom="ADRUN", prenoms=("ZOE",), sexe="F", date="1975-12-31")
    assert (answer.status, answer.code, answer.text(".//res:LibelleCR")) == (200, "00", "OK")
    assert answer.text(".//res:INSACTIF/res:IdIndividu/res:NumIdentifiant") == "2751263220749"
    assert answer.text(".//res:INSACTIF/res:IdIndividu/res:Cle") == "74"
    assert answer.text(".//res:INSACTIF/res:OID") == "1.2.250.1.213.1.4.8"
    assert answer.text(".//res:TIQ/res:ListePrenom") == "ZOE"
    assert answer.text(".//res:TIQ/res:LieuNaissance") == "63220"


async def test_nobody_answers_01_and_no_individu(insi):
    answer = await insi.search(nom="ADRUN", prenoms=("ZELDA",))
    assert (answer.code, answer.text(".//res:LibelleCR")) == ("01", "Aucune identite trouvee")
    assert answer.tree.find(".//{*}INDIVIDU") is None


async def test_former_identifiers_come_most_recent_first(insi):
    answer = await insi.search(nom="ECETINSI", prenoms=("PIERRE-ALAIN",), sexe="M", date="2009-07-14")
    assert answer.code == "00"
    assert answer.texts(".//res:INSHISTO/res:IdIndividu/res:NumIdentifiant") == ["2090763220834", "2090663220123"]
    assert answer.texts(".//res:INSHISTO/res:DateFin")[0] == "2019-02-28"


@pytest.mark.parametrize(
    ("nom", "prenom"),
    [
        ("D'ARTAGNAN DE L'HERAULT", "PIERRE-ALAIN"),
        ("D ARTAGNAN DE L HERAULT", "PIERRE ALAIN"),
        ("d’Artagnan de l’Hérault", "Pierre-Alain"),
    ],
)
async def test_hyphens_apostrophes_case_and_accents_do_not_count(insi, nom, prenom):
    answer = await insi.search(nom=nom.replace("'", "&apos;"), prenoms=(prenom,), sexe="M", date="2001-06-17")
    assert answer.code == "00"
    assert answer.text(".//res:TIQ/res:NomNaissance") == "D'ARTAGNAN DE L'HERAULT"


async def test_part_of_a_compound_given_name_is_not_a_given_name(insi):
    answer = await insi.search(
        nom="D&apos;ARTAGNAN DE L&apos;HERAULT", prenoms=("PIERRE",), sexe="M", date="2001-06-17"
    )
    assert answer.code == "01"


@pytest.mark.parametrize("prenoms", [("OLA",), ("BELLA",), ("CATARINA", "OLA"), ("CATARINA BELLA",)])
async def test_any_given_name_of_the_list_finds_the_person(insi, prenoms):
    answer = await insi.search(nom="TCHITCHI", prenoms=prenoms, sexe="F", date="1936-06-21")
    assert answer.code == "00"


@pytest.mark.parametrize(
    "wrong", [{"sexe": "M"}, {"date": "1975-12-30"}, {"date": "1975-12-00"}, {"lieu": "75056"}, {"nom": "ADRUNE"}]
)
async def test_every_trait_given_must_be_the_persons(insi, wrong):
    assert (await insi.search(**wrong)).code == "01"


async def test_the_answer_says_which_question_it_answers(insi):
    answer = await insi.search()
    assert answer.text("./soap:Header/wsa:RelatesTo") == "uuid:1f7425e2-b913-415c-adaa-785ee1076a70"
    assert answer.text("./soap:Header/wsa:Action").endswith(":rechercherInsAvecTraitsIdentiteResponse")
    assert answer.text("./soap:Header/wsa:MessageID").startswith("uuid:")
    assert answer.headers["content-type"] == "application/soap+xml; charset=utf-8"
