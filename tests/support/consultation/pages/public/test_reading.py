"""To read: what is open, what was said and answered, the cycle, the rules, the data."""

import csv
import io
import re

import orjson
from tests.support.consultation.pages.public.conftest import Reader
from tests.support.consultation.pages.public.forms import BASE, contribute, typed
from tests.support.consultation.pages.public.houses import CLOSED, PEOPLE, Clock
from tests.support.consultation.support import as_, changed, events, filed, refused

from socle.support.consultation import actions
from socle.support.consultation.actions import Answer, Forum
from socle.support.consultation.model import Anchor, ModerationRule, Outcome, Side, State
from socle.support.consultation.rules.cycle import STEPS, TRANSITIONS
from socle.support.consultation.rules.moderation import RULES
from socle.support.consultation.store.contributions import Wanted
from socle.support.consultation.store.rows import SCHEMA
from socle.support.doctrine.actions import editions

MAUD, ANNE, BRUNO = PEOPLE["maud"], PEOPLE["anne"], PEOPLE["bruno"]
SCRIPT = '<script>alert("x")</script><img src=x onerror=alert(1)>'


def plain(page: str) -> str:
    return page.replace("\N{NO-BREAK SPACE}", " ").replace("’", "'").replace("&#39;", "'")


async def test_the_cycle_is_a_table_and_a_picture_of_the_same_transitions(reader: Reader) -> None:
    page = plain((await reader().get("/concertation")).text)
    picture = page[page.index('<svg class="cycle"') :].split("</svg>")[0]
    for step in STEPS.values():
        assert f">{step.fr}</text>" in picture
    for one in TRANSITIONS:
        assert f">{one.title.fr}</text>" in picture
        assert f"<td>{one.condition.fr}</td>" in page


async def test_the_rules_of_moderation_are_published_all_of_them(reader: Reader) -> None:
    page = plain((await reader().get("/concertation")).text)
    assert all(rule.fr in page for rule in RULES.values())


async def test_what_is_open_says_until_when_what_was_received_and_answered(reader: Reader, forum: Forum) -> None:
    first = await filed(forum, "Première.")
    await filed(forum, "Seconde.")
    await refused(forum, first.id)
    page = (await reader().get("/concertation")).text
    assert "18 décembre 2026" in page
    assert '<td class="numeric">2</td><td class="numeric">1</td>' in page


async def test_a_parameter_that_a_page_does_not_have_is_refused_by_its_name(reader: Reader) -> None:
    for path in ("/concertation", BASE, f"{BASE}/ins", f"{BASE}/contributions", f"{BASE}/synthese", f"{BASE}/donnees"):
        page = await reader().get(f"{path}?couleur=bleu")
        assert page.status_code == 400, path
        assert "couleur" in page.text


async def test_the_doctrine_s_link_lands_on_the_chapter_in_consultation(reader: Reader) -> None:
    doctrine = await reader().get("/doctrine/2026/ins")
    [link] = set(re.findall(r'href="(/concertation\?chapter=[^"]*)"', doctrine.text))
    page = await reader().get(link, follow_redirects=True)
    assert page.status_code == 200
    assert page.url.path == f"{BASE}/ins"


async def test_each_paragraph_and_each_requirement_counts_and_invites(reader: Reader, forum: Forum) -> None:
    await filed(forum, "Un.", anchor=Anchor("ins", "", "INS-001"))
    await filed(forum, "Deux.", anchor=Anchor("ins", "", "INS-001"))
    await filed(forum, "Trois.", anchor=Anchor("ins", "cible-1"))
    page = (await reader().get(f"{BASE}/ins")).text
    chapter = (await editions(forum.house))["2026"].chapter_by_id["ins"]
    for requirement in chapter.requirements:
        assert f"/contribuer?chapter=ins&amp;requirement={requirement.id}" in page
    for block in (block for section in chapter.sections for block in section.blocks):
        assert f"/contribuer?chapter=ins&amp;block={block.anchor}" in page
    assert "2 contributions sur INS-001" in page
    assert "1 contribution sur cible-1" in page


async def test_once_closed_nothing_invites_to_contribute_and_all_is_readable(
    reader: Reader, forum: Forum, clock: Clock
) -> None:
    one = await filed(forum, "À lire encore.")
    clock.now = CLOSED
    assert "/contribuer" not in (await reader().get(f"{BASE}/ins")).text
    page = (await reader("bruno").get(f"{BASE}/contributions/{one.id}")).text
    assert "À lire encore." in page
    assert "/soutien" not in page.replace("#soutien", "")


async def test_what_people_write_never_becomes_markup(reader: Reader, forum: Forum) -> None:
    place = (await contribute(reader("anne"), title=SCRIPT, text=SCRIPT, after=SCRIPT)).headers["location"]
    await actions.argue(forum, int(place.rsplit("/", 1)[1]), Side.FOR, SCRIPT, "k", **as_(BRUNO))
    for path in (place, f"{BASE}/contributions", f"{BASE}/synthese", BASE):
        page = (await reader().get(path)).text
        assert "<script>alert" not in page
        assert "<img" not in page


async def test_marks_that_turn_the_direction_of_writing_are_refused_with_the_text_kept(reader: Reader) -> None:
    answer = await contribute(reader("anne"), text="Un texte \u202eésrevner")
    assert answer.status_code == 400
    assert "U+202E" in answer.text
    assert typed(answer, "text") == "Un texte \u202eésrevner"


async def test_what_is_hidden_shows_the_rule_and_not_the_text(reader: Reader, forum: Forum) -> None:
    one = await filed(forum, "Texte qui insulte.")
    await actions.hide(forum, one.id, ModerationRule.INSULT, "Deuxième phrase.", one.version, **as_(MAUD))
    page = plain((await reader().get(f"{BASE}/contributions/{one.id}")).text)
    assert "Texte qui insulte" not in page
    assert RULES[ModerationRule.INSULT].fr in page
    assert f"C-{one.id}" in (await reader().get(f"{BASE}/contributions?state=hidden")).text


async def test_what_its_author_withdrew_is_shown_to_them_alone(reader: Reader, forum: Forum) -> None:
    place = (await contribute(reader("anne"), text="Tout compte fait, non.")).headers["location"]
    await reader("anne").post(f"{place}/retrait", data={"version": "1"})
    assert "Tout compte fait" not in (await reader().get(place)).text
    assert "Tout compte fait" in (await reader("anne").get(f"{BASE}/contributions?mine=yes")).text
    assert (await reader().get(f"{BASE}/contributions?state=withdrawn")).status_code == 400


async def test_an_answer_shows_the_change_that_it_caused(reader: Reader, forum: Forum) -> None:
    one = await filed(forum, "Plus court.", anchor=Anchor("ins", "", "INS-001"))
    change = await changed(forum, "INS-001", "Qui échange des données de santé les référence par l'INS.", one.id)
    said = Answer(Outcome.ACCEPTED, "Retenu.", change=change)
    await actions.dispose(forum, one.id, said, 0, **as_(PEOPLE["remi"]))
    page = (await reader().get(f"{BASE}/contributions/{one.id}")).text
    assert "Retenu." in page
    assert f'href="{BASE}/synthese#changement-{change}"' in page
    assert f'id="changement-{change}"' in (await reader().get(f"{BASE}/synthese")).text


async def test_a_support_counts_once_and_is_taken_back(reader: Reader, forum: Forum) -> None:
    place = (await contribute(reader("anne"))).headers["location"]
    bruno = reader("bruno")
    for _ in range(2):
        assert (await bruno.post(f"{place}/soutien", data={"wish": ""})).status_code == 303
    id = int(place.rsplit("/", 1)[1])
    assert (await actions.contribution(forum, id)).supports.total == 1
    assert "Ne plus soutenir" in (await bruno.get(place)).text
    await bruno.post(f"{place}/soutien", data={"wish": "withdraw"})
    assert (await actions.contribution(forum, id)).supports.total == 0


async def test_one_does_not_support_oneself_nor_without_a_name(reader: Reader) -> None:
    anne = reader("anne")
    place = (await contribute(anne)).headers["location"]
    assert (await anne.post(f"{place}/soutien", data={})).status_code == 422
    nobody = await reader().post(f"{place}/soutien", data={})
    assert nobody.headers["location"] == f"/connexion?next={place}"


async def test_arguments_stand_on_their_side_and_a_faulty_one_is_handed_back(reader: Reader) -> None:
    place = (await contribute(reader("anne"))).headers["location"]
    bruno = reader("bruno")
    form = re.search(r'name="key" value="(\w+)"', (await bruno.get(place)).text)
    assert form
    sent = {"key": form[1], "argument": "Ce serait trop long.", "side": "against"}
    for _ in range(2):
        assert (await bruno.post(f"{place}/arguments", data=sent)).status_code == 303
    page = (await reader().get(place)).text
    against = page[page.index('id="arguments-against"') :].split("</ul>")[0]
    assert against.count("Ce serait trop long.") == 1
    long = await bruno.post(f"{place}/arguments", data={**sent, "key": "other", "argument": "x" * 4_001})
    assert long.status_code == 413
    assert typed(long, "argument") == "x" * 4_001
    lost = await reader().post(f"{place}/arguments", data={**sent, "argument": "Sans nom."})
    assert lost.status_code == 401
    assert typed(lost, "argument") == "Sans nom."


async def test_turning_the_pages_of_a_list_shows_each_contribution_once(reader: Reader, forum: Forum) -> None:
    await many(forum, 120)
    for sort in ("recent", "oldest", "supports"):
        seen: list[str] = []
        url: str | None = f"{BASE}/contributions?sort={sort}"
        while url:
            page = (await reader().get(url)).text
            seen += re.findall(r'<li class="item" id="(C-\d+)"', page)
            following = re.search(r'rel="next" href="([^"]+)" data-more', page)
            url = following[1].replace("&amp;", "&") if following else None
        assert len(seen) == len(set(seen)) == 120


async def test_turning_the_pages_of_a_thread_shows_each_argument_once(reader: Reader, forum: Forum) -> None:
    one = await filed(forum, "Sujet disputé.")
    await many_arguments(forum, one.id, 120)
    seen: list[str] = []
    url: str | None = f"{BASE}/contributions/{one.id}"
    while url:
        page = (await reader().get(url)).text
        seen += re.findall(r'<li class="item" id="argument-(\d+)"', page)
        following = re.search(r'rel="next" href="([^"]+)#arguments" data-more', page)
        url = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == 120


async def test_the_list_is_filtered_and_searched(reader: Reader, forum: Forum) -> None:
    first = await filed(forum, "Les étiquettes du laboratoire.", title="Étiquettes")
    await filed(forum, "Le délai.", title="Délai", anchor=Anchor("dmp"))
    await refused(forum, first.id)
    for query, expected in (
        ("chapter=dmp", ["Délai"]),
        ("q=etiquette", ["Étiquettes"]),
        ("answer=refused", ["Étiquettes"]),
        ("answer=waiting", ["Délai"]),
        ("kind=question", []),
        ("chapter=ins&author=person", ["Étiquettes"]),
    ):
        page = (await reader().get(f"{BASE}/contributions?{query}")).text
        assert re.findall(r"<bdi>(Étiquettes|Délai)</bdi></a>", page) == expected, query
    assert (await reader().get(f"{BASE}/contributions?kind=poeme")).status_code == 400
    assert (await reader().get(f"{BASE}/contributions?after=n-importe-quoi")).status_code == 400


async def test_the_contribution_of_another_consultation_is_not_shown_here(reader: Reader, forum: Forum) -> None:
    one = await filed(forum, "Ici.")
    assert (await reader().get(f"/concertation/ailleurs/contributions/{one.id}")).status_code == 404
    for path in (f"{BASE}/contributions/999999", f"{BASE}/contributions/abc", f"{BASE}/nulle-part"):
        assert (await reader().get(path)).status_code == 404


async def test_the_data_are_whole_and_documented_field_by_field(reader: Reader, forum: Forum) -> None:
    await filed(forum, "Texte, avec « virgule » et\nligne.", title="=1+1")
    given = await reader().get(f"{BASE}/donnees/concertation.csv")
    [row] = csv.DictReader(io.StringIO(given.text))
    assert row["text"] == "Texte, avec « virgule » et\nligne."
    page = (await reader().get(f"{BASE}/donnees")).text
    assert all(f"<code>{name}</code>" in page for name in row)
    document = orjson.loads((await reader().get(f"{BASE}/donnees/concertation.json")).content)
    assert [one["title"] for one in document["contributions"]] == ["=1+1"]
    assert given.headers["content-disposition"].startswith("attachment")


async def test_the_synthesis_counts_what_is_shown(reader: Reader, forum: Forum) -> None:
    one = await filed(forum, "Une.")
    hidden = await filed(forum, "Autre.")
    await actions.hide(forum, hidden.id, ModerationRule.FLOOD, "Déjà dit vingt fois.", hidden.version, **as_(MAUD))
    await refused(forum, one.id)
    page = plain((await reader().get(f"{BASE}/synthese")).text)
    assert "1 contribution masquée par la modération." in page
    assert re.search(r"Contributions reçues</dt><dd>1</dd>", page)
    assert re.search(r"Avec une réponse</dt><dd>1</dd>", page)


async def test_a_theme_leads_to_its_contributions(reader: Reader, forum: Forum) -> None:
    for n in range(3):
        await filed(forum, f"Le datamatrix de l'étiquette, cas {n}.", title=f"Étiquette {n}")
    for n in range(6):
        await filed(forum, f"Sujet isolé {'abcdef'[n] * 6}.", title=f"Isolé {n}")
    page = (await reader().get(f"{BASE}/synthese")).text
    [link] = [
        url for url in re.findall(r'href="([^"]+\?theme=[^"]+)"', page) if "datamatrix" in url or "tiquette" in url
    ]
    listed = (await reader().get(link.replace("&amp;", "&"))).text
    assert listed.count('<li class="item"') == 3


async def test_everything_is_said_in_english_too(reader: Reader, forum: Forum) -> None:
    one = await filed(forum, "Texte.")
    for path in ("/concertation", BASE, f"{BASE}/ins", f"{BASE}/contributions/{one.id}", f"{BASE}/synthese"):
        page = await reader().get(f"{path}?lang=en")
        assert page.status_code == 200
        assert '<html lang="en">' in page.text


async def test_whoever_reads_leaves_no_trace(reader: Reader, forum: Forum) -> None:
    one = await filed(forum, "À lire.")
    before = len(await events(forum))
    for path in ("/concertation", BASE, f"{BASE}/contributions", f"{BASE}/contributions/{one.id}", f"{BASE}/synthese"):
        assert (await reader().get(path)).status_code == 200
    assert len(await events(forum)) == before > 0


async def many(forum: Forum, count: int) -> None:
    """A long list, in one go."""
    one = await filed(forum, "Modèle.")
    await forum.database.write(
        SCHEMA,
        [
            (
                "INSERT INTO consultation.contribution "
                "(id, consultation, chapter, block, requirement, actor, key, kind, title, text, at) "
                "SELECT nextval('consultation.number'), c.consultation, c.chapter, '', '', c.actor, 'many-' || n, c.kind, "
                "'Titre ' || n, 'Texte ' || n, c.at + (n / 3) * interval '1 second' "
                "FROM consultation.contribution c, generate_series(2, $2) n WHERE c.id = $1",
                (one.id, count),
            )
        ],
        as_(ANNE)["trace"],
    )
    assert len((await actions.page(forum, Wanted("c26"), count=200)).items) == count
    assert one.state is State.SHOWN


async def many_arguments(forum: Forum, id: int, count: int) -> None:
    """A long thread, in one go."""
    await forum.database.write(
        SCHEMA,
        [
            (
                "INSERT INTO consultation.argument (id, contribution, actor, key, side, text, at) "
                "SELECT nextval('consultation.number'), c.id, c.actor, 'many-' || n, "
                "CASE n % 3 WHEN 0 THEN 'against' ELSE 'for' END, 'Argument ' || n, c.at + (n / 3) * interval '1 second' "
                "FROM consultation.contribution c, generate_series(1, $2) n WHERE c.id = $1",
                (id, count),
            )
        ],
        as_(ANNE)["trace"],
    )
