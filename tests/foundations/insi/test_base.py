"""The national base: filled once, resumable, searched as a slow and obvious reading of the rule would."""

import asyncio
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socle.foundations.ins.insi import rules
from socle.foundations.ins.insi.lot.actions import system_trace
from socle.foundations.ins.insi.model import Fiche, Identifiant
from socle.foundations.ins.insi.seed import _load, seed
from socle.foundations.ins.insi.store import _BY_KEY, _BY_MATRICULE, Base
from socle.foundations.ins.model import CodeRetour, DemandeINSi, LunarDate, Sexe
from socle.foundations.ins.population import generate, published

NOW = datetime(2026, 11, 22, tzinfo=UTC)
PUBLISHED = len(published())


async def _count(database, table="person") -> int:
    return (await database.query(f"SELECT count(*) AS n FROM insi.{table}"))[0]["n"]


class TestSeeding:
    @pytest.fixture
    def trace(self, clock):
        return system_trace(clock(), "insi:seed")

    async def test_the_same_number_again_adds_nobody(self, insi_database, trace):
        assert await seed(insi_database, 60, trace=trace) == 60 + PUBLISHED
        assert await seed(insi_database, 60, trace=trace) == 0
        assert await seed(insi_database, 30, trace=trace) == 0

    async def test_a_larger_number_adds_the_rest(self, insi_database, trace):
        await seed(insi_database, 50, trace=trace, batch=20)
        assert await seed(insi_database, 80, trace=trace, batch=20) == 30
        rows = await insi_database.query("SELECT id, matricule FROM insi.person WHERE id >= 0 ORDER BY id")
        assert [(r["id"], r["matricule"]) for r in rows] == [(p.rang, p.numero) for p in generate(80)]

    async def test_progress_is_told_after_each_batch(self, insi_database, trace):
        told = []
        await seed(insi_database, 50, trace=trace, batch=20, progress=lambda *there: told.append(there))
        assert told == [(20, 50), (40, 50), (50, 50)]

    async def test_what_a_killed_batch_left_is_removed_before_going_on(self, insi_database, trace):
        """Identifiers of the past are committed before the people who carried them."""
        wanted = 400
        await seed(insi_database, 200, trace=trace)
        orphans = [(p.rang, 0, "1" * 13, "11", "1.2", None, None) for p in generate(wanted) if p.rang >= 200]
        columns = ["person", "rank", "matricule", "cle", "oid", "date_deb", "date_fin"]
        await insi_database.load("insi", "identifier", columns, orphans, trace)
        await seed(insi_database, wanted, trace=trace)
        expected = sum(len(p.historique) for p in (*generate(wanted), *published()))
        assert await _count(insi_database, "identifier") == expected

    async def test_everybody_is_there_with_their_past(self, insi_database, trace):
        await seed(insi_database, 500, trace=trace)
        former = [p for p in generate(500) if p.historique]
        assert former, "the population must have people with a past"
        base = Base(insi_database)
        for personne in former[:5]:
            [fiche] = await base.by_matricule(personne.historique[0].numero)
            assert fiche.ref == personne.rang
            assert [h.matricule for h in fiche.histo] == [old.numero for old in personne.historique]


def obvious(personne, demande: DemandeINSi) -> bool:
    """The rule again, written as one would say it, sharing nothing with the code under test."""

    def plain(name: str) -> str:
        return " ".join("".join(c if c.isalpha() else " " for c in name).split())

    listed = personne.prenoms.split(" ")
    ways = {
        plain(" ".join(listed[start:end])) for start in range(len(listed)) for end in range(start + 1, len(listed) + 1)
    }
    return (
        plain(personne.nom_naissance) == plain(demande.nom_naissance)
        and personne.sexe == demande.sexe.value
        and personne.date_naissance == str(demande.date_naissance)
        and all(plain(prenom) in ways for prenom in demande.prenoms)
        and demande.lieu_naissance in (None, personne.lieu_naissance)
    )


def _questions(people):
    """Questions near the people: right, incomplete, or with one trait of somebody else."""

    @st.composite
    def question(draw):
        someone, other = draw(st.sampled_from(people)), draw(st.sampled_from(people))
        listed = someone.prenoms.split(" ")
        chosen = draw(st.lists(st.sampled_from(listed), min_size=1, max_size=3))
        ways = [chosen, listed[:1], listed, ["-".join(listed[:2])], [listed[0].split("-")[0]], other.prenoms.split(" ")]
        chosen = draw(st.sampled_from(ways))
        name = someone.nom_naissance
        nom = draw(st.sampled_from([name, name.replace("-", " "), other.nom_naissance]))
        date = draw(st.sampled_from([someone.date_naissance, someone.date_naissance, other.date_naissance]))
        sexe = draw(st.sampled_from([someone.sexe, someone.sexe, other.sexe]))
        lieu = draw(st.sampled_from([None, None, someone.lieu_naissance, other.lieu_naissance]))
        return DemandeINSi(nom, tuple(chosen), Sexe(sexe), LunarDate.parse(date), lieu)

    return question()


async def test_the_search_answers_as_the_obvious_matcher_does(insi_database, clock):
    """Hundreds of random questions to PostgreSQL, each also put to every person in turn. The crowd has few names and
    few birth dates, so that many people share them."""
    names = ["MARTIN", "LE GOFF", "LE-GOFF", "D'ANGELO", "D ANGELO", "PETIT--DURAND", "PETIT-DURAND"]
    dates = ["1980-01-01", "1980-01-00", "1980-00-00"]
    people = [
        p._replace(
            nom_naissance=names[p.rang % 7], date_naissance=dates[p.rang % 3], lieu_naissance=f"7505{p.rang % 5}"
        )
        for p in generate(600)
    ]
    await _load(insi_database, people, system_trace(clock(), "insi:seed"))
    base = Base(insi_database)
    asked: list[DemandeINSi] = []

    @settings(max_examples=300, database=None, derandomize=True)
    @given(_questions(people))
    def ask(demande):
        asked.append(demande)

    ask()
    several = found = 0
    for demande in asked:
        key = rules.traits_key(demande.nom_naissance, demande.sexe, str(demande.date_naissance))
        answers = {f.ref for f in await base.by_traits(key) if rules.matches(f, demande)}
        assert answers == {p.rang for p in people if obvious(p, demande)}, demande
        found += bool(answers)
        several += len(answers) > 1
    assert found > 100, "the questions must find people, or the comparison says nothing"
    assert len(asked) - found > 50
    assert several > 20


class TestNarrowing:
    """A 02 becomes a 00 with more given names, then with the birthplace: what clients are told to do."""

    def _fiche(self, ref: int, prenoms: str, lieu: str) -> Fiche:
        return Fiche(ref, "MARTIN", prenoms, "M", "1980-01-01", lieu, Identifiant("1" * 13, "11", "1.2"))

    def _code(self, prenoms: tuple[str, ...], lieu: str | None = None) -> tuple[CodeRetour, int]:
        people = [
            self._fiche(1, "JEAN PIERRE", "75056"),
            self._fiche(2, "JEAN MARC", "75056"),
            self._fiche(3, "JEAN PIERRE PAUL", "2A004"),
        ]
        demande = DemandeINSi("MARTIN", prenoms, Sexe.M, LunarDate(1980, 1, 1), lieu)
        answer = rules.reponse(f for f in people if rules.matches(f, demande))
        return answer.code, answer.candidats

    def test_the_first_given_name_is_not_enough(self):
        assert self._code(("JEAN",)) == ("02", 3)

    def test_a_second_one_narrows(self):
        assert self._code(("JEAN", "PIERRE")) == ("02", 2)
        assert self._code(("JEAN", "MARC")) == ("00", 1)

    def test_the_birthplace_decides(self):
        assert self._code(("JEAN", "PIERRE"), "2A004") == ("00", 1)
        assert self._code(("JEAN",), "13055") == ("01", 0)

    async def test_homonyms_of_the_population_answer_02_then_00(self, insi_database, clock, house_of):
        """On the real base, through SOAP."""
        people = list(generate(3_000))
        await seed(insi_database, len(people), trace=system_trace(clock(), "insi:seed"))
        first = next(
            (a, b)
            for a, b in pairwise(people)
            if (a.nom_naissance, a.sexe, a.date_naissance, a.prenoms.split(" ")[0])
            == (b.nom_naissance, b.sexe, b.date_naissance, b.prenoms.split(" ")[0])
            and a.lieu_naissance != b.lieu_naissance
        )
        one = first[1]
        traits = {
            "nom": one.nom_naissance.replace("'", "&apos;"),
            "prenoms": (one.prenoms.split(" ")[0],),
            "sexe": one.sexe,
            "date": one.date_naissance,
        }
        async with house_of(insi_database) as insi:
            answer = await insi.search(**traits)
            assert (answer.code, answer.tree.find(".//{*}INDIVIDU")) == ("02", None)
            answer = await insi.search(**traits, lieu=one.lieu_naissance)
            assert answer.text(".//res:NumIdentifiant") == one.numero


async def test_searches_that_arrive_together_are_answered_each_for_itself(base):
    """They leave as one question to the database."""
    finder = Base(base)
    people = list(generate(40))
    keys = [rules.traits_key(p.nom_naissance, p.sexe, p.date_naissance) for p in people]
    answers = await asyncio.gather(*(finder.by_traits(key) for key in [*keys, 1]))
    for personne, fiches in zip(people, answers, strict=False):
        assert personne.rang in {fiche.ref for fiche in fiches}
    assert answers[-1] == []


async def test_a_search_uses_the_index(base):
    """One index look-up: whatever the size, no table is walked."""
    await base.write("insi", [("ANALYZE insi.person", ())], system_trace(NOW, "test"))
    for sql, argument, index in (
        (_BY_KEY, "'{1,2}'::bigint[]", "person_key"),
        (_BY_MATRICULE, "'1'", "person_matricule"),
    ):
        literal = sql.replace("$1::bigint[]", argument).replace("$1", argument)
        rows = await base.query(f"EXPLAIN (COSTS OFF) {literal}")
        plan = "\n".join(row["QUERY PLAN"] for row in rows)
        assert index in plan
