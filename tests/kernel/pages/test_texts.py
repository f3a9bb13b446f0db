"""Sentences: always in both languages, never unused, never made of markup that a value brought in."""

import re
import string
from importlib import resources
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import socle
from socle.kernel.pages.texts import LANGUAGES, Texts, choose_language, number, texts_of, typeset

ROOT = Path(str(resources.files(socle)))
PACKAGES = sorted(
    "socle." + ".".join(file.parent.relative_to(ROOT).parts) for file in ROOT.rglob("texts.toml") if file.parent != ROOT
)
KERNEL = "socle.kernel.pages"


def sources(package: str, *patterns: str) -> str:
    """Every line of code and template of `package`, those of a package below that has its own sentences apart."""
    folder = ROOT.joinpath(*package.split(".")[1:])
    below = [file.parent for file in folder.rglob("texts.toml") if file.parent != folder]
    found = [file for pattern in patterns or ("*.py", "*.html") for file in folder.rglob(pattern)]
    own = [file for file in found if not any(file.is_relative_to(one) for one in below)]
    return "\n".join(file.read_text("utf-8") for file in own)


def is_used(key: str, written: str, sentences: str) -> bool:
    """Whether code, template or another sentence names the key, whole or by a beginning completed at run time."""
    if key.startswith("term."):
        name = re.escape(key.split(".")[1])
        return re.search(rf"\[\[{name}[|\]]|term\(\"{name}\"", sentences + written) is not None
    built = re.findall(r"""["']([a-z_]+\.[a-z_.]*)["']\s*~|f"([a-z_]+\.[a-z_.]*)\{""", written)
    return f'"{key}"' in written or any(key.startswith(one or other) for one, other in built)


def placeholders(sentence: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(sentence) if name}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_is_in_both_languages_with_the_same_values(package: str) -> None:
    texts = texts_of(package)
    for key in texts.keys():  # noqa: SIM118 - not a dict
        forms = texts.forms(key)
        assert set(forms) == set(LANGUAGES), key
        assert all(form.strip() for language in LANGUAGES for form in forms[language]), key
        asked = {language: set().union(*map(placeholders, forms[language])) for language in LANGUAGES}
        assert asked["fr"] == asked["en"], key
        assert len(forms["fr"]) == len(forms["en"]), key


@pytest.mark.parametrize("package", PACKAGES)
def test_no_text_is_unused(package: str) -> None:
    written = sources(package)
    sentences = resources.files(package).joinpath("texts.toml").read_text("utf-8")
    assert [key for key in texts_of(package).keys() if not is_used(key, written, sentences)] == []  # noqa: SIM118


@pytest.mark.parametrize("package", PACKAGES)
def test_every_text_that_a_template_names_exists(package: str) -> None:
    own, shared = set(texts_of(package).keys()), set(texts_of(KERNEL).keys())
    written = sources(package, "*.html")
    assert set(re.findall(r'\b(?:t|rich)\("([^"]+)"\s*[,)]', written)) <= own
    assert set(re.findall(r'\bk(?:rich)?\("([^"]+)"\s*[,)]', written)) <= shared


def test_a_value_never_becomes_markup() -> None:
    texts = Texts({"hello": {"fr": ("**Bonjour** {name}",), "en": ("Hello {name}",)}})
    assert texts.rich("hello", "fr", {"name": "<b>[[x]]"}) == "<strong>Bonjour</strong> &lt;b&gt;[[x]]"


@given(st.text())
def test_whatever_is_typed_is_shown_as_typed(name: str) -> None:
    from markupsafe import Markup, escape

    texts = Texts({"hello": {"fr": ("`{name}`",), "en": ("`{name}`",)}})
    assert texts.rich("hello", "fr", {"name": name}) == Markup("<code>{}</code>").format(escape(name))


def test_a_term_of_art_carries_its_definition() -> None:
    sentences = {"say": "Le [[ins|matricule]].", "term.ins.name": "matricule INS", "term.ins.definition": "NIR ou NIA."}
    texts = Texts({key: {"fr": (text,), "en": (text,)} for key, text in sentences.items()})
    shown = texts.rich("say", "fr", {})
    assert ">matricule</button>" in shown
    assert "NIR ou NIA." in shown


def test_zero_is_singular_in_french_and_plural_in_english() -> None:
    texts = Texts({"n": {"fr": ("{count} page", "{count} pages"), "en": ("{count} page", "{count} pages")}})
    assert [texts.plain("n", "fr", {"count": n}) for n in (0, 1, 2)] == ["0 page", "1 page", "2 pages"]
    assert [texts.plain("n", "en", {"count": n}) for n in (0, 1, 2)] == ["0 pages", "1 page", "2 pages"]


def test_a_text_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(KeyError):
        Texts({}).plain("absent", "fr", {})


def test_numbers_are_written_as_in_the_language() -> None:
    assert number(10000, "fr") == "10\N{NARROW NO-BREAK SPACE}000"
    assert number(10000, "en") == "10,000"
    assert number(12.5, "fr") == "12,5"


def test_french_punctuation_never_starts_a_line() -> None:
    assert typeset("Pourquoi ? L'état : « bon »", "fr") == "Pourquoi\xa0? L’état\xa0: «\xa0bon\xa0»"


@pytest.mark.parametrize(
    ("asked", "cookie", "accept", "expected"),
    [
        ("en", "fr", "fr", "en"),
        (None, "en", "fr", "en"),
        (None, None, "en-GB,en;q=0.8,fr;q=0.5", "en"),
        (None, None, "de, fr;q=0.5", "fr"),
        ("xx", "<script>", "", "fr"),
    ],
)
def test_the_language_is_asked_then_remembered_then_the_browser_s(
    asked: str | None, cookie: str | None, accept: str, expected: str
) -> None:
    assert choose_language(asked, cookie, accept) == expected
