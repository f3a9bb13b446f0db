"""Open data out, CSV in: whole, documented, all or nothing, without any address."""

import csv
import json
from io import StringIO
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.consultation.support import (
    ANNE,
    BRUNO,
    CHLOE,
    EDITOR,
    ID,
    MODERATOR,
    NOW,
    OPENS,
    as_,
    changed,
    consultation,
    filed,
    refused,
)

from socle.kernel.outcome import Kind, Problem
from socle.support.consultation import actions
from socle.support.consultation.actions import Answer, Forum, Wanted
from socle.support.consultation.model import (
    Anchor,
    Author,
    AuthorKind,
    Consultation,
    Contribution,
    ContributionKind,
    ModerationRule,
    Outcome,
    Rewording,
    Side,
    Step,
)
from socle.support.consultation.rules import contributing, exchange
from socle.support.doctrine.model import Edition
from socle.support.doctrine.rules.reading import load
from socle.support.doctrine.store import shipped

HEADER = "kind,author_kind,author,organisation,chapter,title,text"


@pytest.fixture(scope="session")
def edition() -> Edition:
    return load(shipped.read("2026"))


def opened() -> Consultation:
    new = consultation()
    return Consultation(ID, "2026", "2027", new.title, "", (), new.opens, new.closes, Step.OPEN)


async def document(forum: Forum) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(b"".join([chunk async for chunk in actions.export_json(forum, ID)]))
    return whole


async def table(forum: Forum) -> list[dict[str, str]]:
    text = b"".join([chunk async for chunk in actions.export_csv(forum, ID)]).decode()
    return list(csv.DictReader(StringIO(text, newline="")))


async def test_the_export_holds_all_that_is_public_and_no_address(forum: Forum) -> None:
    await actions.register(forum, Author(AuthorKind.PERSON, "Anne"), "anne@test.example", **as_(ANNE))
    kept = await filed(forum, "Sans tenir compte des accents.", anchor=Anchor("ins", "", "INS-005"))
    await actions.argue(forum, kept.id, Side.FOR, "Oui.", "k", **as_(BRUNO))
    await actions.support(forum, kept.id, **as_(CHLOE))
    await actions.attach(forum, kept.id, "note.txt", b"Une note.", **as_(ANNE))
    change = await changed(forum, "INS-005", "Le logiciel montre le trait qui bloque.")
    await actions.dispose(forum, kept.id, Answer(Outcome.PARTLY, "En partie.", change), 0, **as_(EDITOR))
    said = await document(forum)
    [one] = said["contributions"]
    assert (one["text"], one["requirement"], one["supports"]) == (
        "Sans tenir compte des accents.",
        "INS-005",
        {"verified": 0, "unverified": 1},
    )
    assert [argument["text"] for argument in one["arguments"]] == ["Oui."]
    assert [file["name"] for file in one["attachments"]] == ["note.txt"]
    assert (one["disposition"]["outcome"], one["disposition"]["change"]) == ("partly", change)
    assert said["changes"][0]["contributions"] == [kept.id]
    [row] = await table(forum)
    assert (row["outcome"], row["answer"], row["supports_unverified"]) == ("partly", "En partie.", "1")
    assert "anne@test.example" not in json.dumps(said) + json.dumps(row)
    assert ANNE.id not in json.dumps(said)


async def test_what_is_hidden_is_exported_with_its_reason_and_without_its_text(forum: Forum) -> None:
    kept = await filed(forum, "Une injure.")
    await actions.argue(forum, kept.id, Side.AGAINST, "Une autre.", "k", **as_(BRUNO))
    await actions.hide(forum, kept.id, ModerationRule.INSULT, "Vise une personne.", kept.version, **as_(MODERATOR))
    [one] = (await document(forum))["contributions"]
    assert (one["text"], one["author"], one["arguments"]) == ("", None, [])
    assert one["moderation"] == {"rule": "insult", "words": "Vise une personne."}


async def test_an_empty_consultation_is_a_valid_document(forum: Forum) -> None:
    assert (await document(forum))["contributions"] == []
    assert await table(forum) == []


async def test_an_export_is_imported_elsewhere_as_it_was(forum: Forum, empty_forum: Forum) -> None:
    await filed(forum, 'Un texte, "cité",\nsur deux lignes.', anchor=Anchor("ins", "", "INS-005"))
    await filed(forum, "=SOMME(A1)", BRUNO, rewording=Rewording("a", "b"))
    content = b"".join([chunk async for chunk in actions.export_csv(forum, ID)])
    other = await actions.prepare(forum, consultation(id="copie"), **as_(EDITOR))
    await actions.move(forum, "copie", "open", other.version, **as_(EDITOR))
    assert await actions.import_csv(forum, "copie", content, **as_(EDITOR)) == actions.Imported(2, 0)
    here, there = [
        [
            (one.text, one.anchor, one.rewording, one.kind, one.author.name, one.at)
            for one in (await actions.page(forum, Wanted(id, sort="oldest"))).items
        ]
        for id in (ID, "copie")
    ]
    assert sorted(here, key=repr) == sorted(there, key=repr)


async def test_importing_twice_files_once(forum: Forum) -> None:
    content = f"{HEADER}\nremark,person,Zoé,,ins,Titre,Texte\n".encode()
    assert await actions.import_csv(forum, ID, content, **as_(EDITOR)) == actions.Imported(1, 0)
    assert await actions.import_csv(forum, ID, content, **as_(EDITOR)) == actions.Imported(0, 1)
    [one] = (await actions.page(forum, Wanted(ID))).items
    assert (one.author, one.at) == (Author(AuthorKind.PERSON, "Zoé"), OPENS)


async def test_one_bad_row_and_nothing_is_imported_each_fault_has_its_line(forum: Forum) -> None:
    content = (
        f'{HEADER}\nremark,person,Zoé,,ins,Titre,"Texte\nsur deux lignes"\n'
        "avis,person,Zoé,,poesie,,Texte\nremark,organisation,Zoé,,ins,Titre,Texte\n"
    ).encode()
    with pytest.raises(Problem) as caught:
        await actions.import_csv(forum, ID, content, **as_(EDITOR))
    said = [issue.text.fr for issue in caught.value.issues]
    assert [line.split(" :")[0] for line in said] == [
        "ligne 4, kind",
        "ligne 4, chapter",
        "ligne 4, title",
        "ligne 5, organisation",
    ]
    assert (await actions.page(forum, Wanted(ID))).items == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "aucune ligne"),
        (f"{HEADER}\n".encode(), "aucune ligne"),
        (f"{HEADER},surprise\n".encode(), "colonnes inconnues : « surprise »"),
        (b"kind,author\n", "colonnes manquantes : author_kind, title, text"),
        (f"{HEADER},text\n".encode(), "en double"),
        (f"{HEADER}\nremark,person\n".encode(), "ligne 2 : 2 cellules, 7 attendues"),
        (f'{HEADER}\n"remark,person'.encode(), "ligne 2 : CSV illisible"),
        (f"{HEADER}\nremark,person,Zo\xe9,,ins,T,T\n".encode("latin-1"), "ligne 2 : ce n'est pas de l'UTF-8"),
        (f"{HEADER}\n\0\n".encode(), "ligne 2 : caractère nul"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(edition: Edition, content: bytes, words: str) -> None:
    with pytest.raises(Problem) as caught:
        exchange.read(content, opened(), edition)
    assert words in str(caught.value)


def test_a_file_too_large_is_refused(edition: Edition) -> None:
    with pytest.raises(Problem) as caught:
        exchange.read(b"x" * (exchange.LARGEST + 1), opened(), edition)
    assert caught.value.kind is Kind.TOO_LARGE


async def test_only_editors_import(forum: Forum) -> None:
    with pytest.raises(Problem) as caught:
        await actions.import_csv(forum, ID, f"{HEADER}\n".encode(), **as_(ANNE))
    assert caught.value.kind is Kind.FORBIDDEN


WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "S", "Zs"), include_characters="\n'=+-@\t"))


def tidy(text: str) -> bool:
    return contributing.plain(text) == text and len(text) > 0


TEXT = WORDS.filter(tidy)
TITLE = TEXT.filter(lambda text: " ".join(text.split()) == text and len(text) <= 100)


@given(TITLE, TEXT, TITLE, st.one_of(st.none(), st.tuples(TEXT, TEXT)), st.sampled_from(ContributionKind))
def test_what_is_written_is_read_again(
    edition: Edition, title: str, text: str, name: str, proposed: tuple[str, str] | None, kind: ContributionKind
) -> None:
    rewording = Rewording(*proposed) if proposed and proposed[0] != proposed[1] else None
    author = Author(AuthorKind.PERSON, name)
    said = Contribution(7, ID, Anchor("ins", "", "INS-005"), author, kind, title, text, rewording, NOW)
    [row] = exchange.read((exchange.header() + exchange.line(said)).encode(), opened(), edition)
    assert (row.author, row.at, row.line) == (author, NOW, 2)
    assert (row.submission.title, row.submission.text, row.submission.rewording) == (title, text, rewording)


@given(st.binary(max_size=300))
def test_whatever_the_file_the_answer_is_rows_or_a_problem(edition: Edition, content: bytes) -> None:
    with pytest.raises(Problem):
        exchange.read(HEADER.encode() + b"\n" + content, opened(), edition)


def test_no_cell_begins_as_a_formula() -> None:
    said = Contribution(
        7, ID, Anchor(), Author(AuthorKind.PERSON, "@x"), ContributionKind.REMARK, "=1+1", "-2", None, NOW
    )
    [cells] = csv.reader(StringIO(exchange.line(said)))
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


async def test_an_answered_contribution_is_exported_in_both_forms(forum: Forum) -> None:
    kept = await filed(forum, "Répondez.")
    await refused(forum, kept.id)
    assert [row["outcome"] for row in await table(forum)] == ["refused"]
