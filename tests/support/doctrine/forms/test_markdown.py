"""The Markdown of the doctrine and of contributions: rendered safe, whatever is written."""

import re

import pytest
import typst
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from socle.support.doctrine.forms.markdown import Reference, references, to_html, to_text, to_typst

TAGS = {
    *("div", "p", "ul", "ol", "li", "h1", "h2", "h3", "h4", "h5", "h6", "strong", "em", "a", "br", "hr"),
    *("blockquote", "pre", "code", "table", "thead", "tbody", "tr", "th", "td"),
}
PIECES = st.sampled_from(
    (
        *(
            "[",
            "]",
            "(",
            ")",
            "![",
            "](",
            "<",
            ">",
            "`",
            "```\n",
            "*",
            "**",
            "_",
            "#",
            "# ",
            "- ",
            "1. ",
            "> ",
            "\n",
            "\n\n",
        ),
        *("| a | b |\n|---|---|\n", "\\", '"', "javascript:", "data:text/html,", "https://x.fr/", "mailto:a@b.fr"),
        *("ins", "[INS-001]", "<script>", "</p>", "&lt;", "&#x3c;", "\x00", "\x08", "\ufffe", "é"),
        *("$", "@x", "//", "/*", "~", "#let x = 1", "{", "}"),
    )
)
TEXTS = st.lists(st.one_of(PIECES, st.text(max_size=5)), max_size=40).map("".join)


def link(target: str) -> str:
    return f"/doctrine/2026/{target}"


def test_what_authors_write_becomes_html() -> None:
    assert to_html("Un **éditeur** doit *tout*\n\n- lire\n- écrire") == (
        "<p>Un <strong>éditeur</strong> doit <em>tout</em></p>\n<ul><li>lire</li>\n<li>écrire</li>\n</ul>\n"
    )


def test_a_table_has_headers_with_a_scope_and_no_style() -> None:
    html = to_html("| jalon | jours |\n|---|--:|\n| MSSanté | 12 |")
    assert '<th scope="col">jalon</th><th scope="col" class="right">jours</th>' in html
    assert "style" not in html


def test_headings_go_down_with_the_page_and_stop_at_six() -> None:
    assert to_html("## Contexte\n\n###### Bas", shift=1) == "<h3>Contexte</h3>\n<h6>Bas</h6>\n"


def test_references_to_the_edition_become_addresses() -> None:
    assert to_html("[l'INS](ins), [a](people#cible-1), [INS-001]", link=link) == (
        '<p><a href="/doctrine/2026/ins">l\'INS</a>, '
        '<a href="/doctrine/2026/people#cible-1">a</a>, <a href="/doctrine/2026/INS-001">INS-001</a></p>\n'
    )


def test_references_that_lead_nowhere_keep_their_words() -> None:
    assert to_html("[l'INS](ins) et [INS-001]") == "<p>l'INS et INS-001</p>\n"


@pytest.mark.parametrize(
    "written",
    [
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt:alert)",
        "[x](data:text/html,a)",
        "[x](//evil.fr)",
        "[x](../a)",
        "[x](file:///etc/passwd)",
        "<javascript:alert>",
        "[x](https:)",
        "![x](https://evil.fr/pixel.png)",
    ],
)
def test_no_link_or_picture_leads_elsewhere_than_allowed(written: str) -> None:
    html = to_html(written, link=link)
    assert "<a" not in html
    assert "<img" not in html
    assert "x" in html or "javascript" in html  # the words are kept


def test_links_that_go_out_carry_the_relation_asked_for_and_ours_do_not() -> None:
    html = to_html("[a](https://esante.gouv.fr) [b](ins)", link=link, rel="nofollow ugc")
    assert '<a href="https://esante.gouv.fr" rel="nofollow ugc">a</a> <a href="/doctrine/2026/ins">b</a>' in html


def test_an_address_of_the_house_is_a_link_in_its_pages_only() -> None:
    text = "[les écarts](/doctrine/ecarts?de=2019&a=2026)"
    assert to_html(text, rel="nofollow") == '<p><a href="/doctrine/ecarts?de=2019&amp;a=2026">les écarts</a></p>\n'
    assert to_html(text, local=False) == "<p>les écarts</p>\n"
    assert "#link" not in to_typst(text)


@pytest.mark.parametrize("written", ["[x](//evil.fr)", "[x](/\\\\evil.fr)", "[x](/%5Cevil.fr)"])
def test_an_address_of_the_house_is_never_that_of_another(written: str) -> None:
    assert re.search(r'href="(/[/\\]|[^/])', to_html(written)) is None


def test_raw_html_is_text() -> None:
    assert to_html("<script>alert(1)</script>\n\na <b onclick=x>b</b>") == (
        "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n<p>a &lt;b onclick=x&gt;b&lt;/b&gt;</p>\n"
    )


@given(TEXTS)
def test_whatever_is_written_the_html_is_well_formed_and_holds_only_what_is_allowed(text: str) -> None:
    html = to_html(text, link=link)
    tree = etree.fromstring(f"<div>{html}</div>")
    assert {element.tag for element in tree.iter()} <= TAGS
    allowed = re.compile(r"(https?://|mailto:|/(?![/\\]))", re.IGNORECASE)
    assert all(allowed.match(where) for where in tree.xpath("//@href"))
    assert {name for element in tree.iter() for name in element.attrib} <= {
        *("href", "class", "scope", "start", "role", "aria-label", "tabindex")
    }


@settings(max_examples=25, deadline=None)
@given(st.lists(TEXTS, min_size=4, max_size=8))
def test_whatever_is_written_typst_shows_it_and_runs_none_of_it(texts: list[str]) -> None:
    source = "\n\n".join(f"#[{to_typst(text, link=lambda target: 'https://socle/' + target)}]" for text in texts)
    assert typst.compile(source.encode(), format="pdf").startswith(b"%PDF")


def test_typst_words_are_literals() -> None:
    assert to_typst('#let x = "1"') == '#"#let x = \\"1\\"";\n\n'


def test_plain_words_keep_no_markup() -> None:
    assert to_text("## Cible\n\nUn **mot** et\n[INS-001]\n\n| a |\n|---|\n| `b` |") == "Cible\nUn mot et INS-001\na\nb"


def test_the_references_of_a_text_are_known_with_their_line() -> None:
    assert references("# Un\n\n[a](ins) [x](https://x.fr)\n\n| a |\n|---|\n| [INS-001] |") == (
        Reference("ins", 3),
        Reference("INS-001", 7),
    )


@pytest.mark.parametrize("hostile", ["[" * 20_000, "> " * 20_000, "*a **" * 10_000, "`" * 30_000, "- " * 20_000])
def test_hostile_texts_are_rendered_in_a_moment(hostile: str) -> None:
    assert to_html(hostile)
