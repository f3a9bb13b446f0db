"""Reading one box: which words are a profession, which a town, which a name. Ours: no text says how to search.

Words of a profession are recognised by their beginnings (four letters), those of a specialty by their root
(*cardiologue* is of *Cardiologie*), a postcode by its five digits, a town by being known; what is left is a name. The
page says how it understood, and offers to take all the words as a name.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from socle.foundations.directory.model import Profession, Question, Specialty, Words
from socle.foundations.people.model import Situation
from socle.foundations.structures.rules.words import SHORT, plain

MOST_WORDS: Final = 10
LONGEST_TOWN: Final = 5  # words
_BEGINNING: Final = 4  # letters by which a profession is known
_ROOT: Final = 6  # letters that the name of who practises it shares with a specialty, at least
_ENDING: Final = 4  # letters after the root, at most: cardiolog-ue, cardiolog-ie; général-iste, général-e
# Words of the names of specialties that tell none from another.
_COMMON: Final = frozenset(
    {
        *("medecine", "chirurgie", "maladies", "option", "competence"),
        *("specialite", "specialiste", "qualifie", "qualifiee", "qualification"),
    }
)
# Who practises it, where the name of the specialty has another root.
_CALLED: Final[Mapping[str, str]] = {"radiologue": "radio", "urgentiste": "urgence"}
# What else the name of the specialty has: surgery may be general too.
_WITH: Final[Mapping[str, str]] = {"generaliste": "medecine", "generalistes": "medecine"}
# Words that say nothing by themselves; the first ones announce a town.
_BEFORE_TOWN: Final = frozenset({"a", "au", "aux", "dans", "pres", "vers", "en"})
_IN_NAMES: Final = frozenset({"de", "du", "des", "d", "le", "la", "les", "l"})
_EMPTY: Final = (
    _BEFORE_TOWN
    | _IN_NAMES
    | {
        "un",
        "une",
        "dr",
        "docteur",
        "pr",
        "mme",
        "m",
        "et",
    }
)
# What people say, by the beginning of the profession's name.
_SAID: Final[Mapping[str, str]] = {
    "toubib": "medecin",
    "generaliste": "medecin",  # unless a specialty is called so
    "kine": "masseur",
    "dentiste": "chirurgien",
    "ide": "infirmier",
    "apothicaire": "pharmacien",
}


def read(text: str, professions: Sequence[Profession], specialties: Sequence[Profession] = ()) -> Words:
    """The words of the box: what can be told of them without knowing towns. `specialties`: codes and names of know-hows."""
    typed = plain(text).split()[:MOST_WORDS]
    profession: Profession | None = None
    specialty: Specialty | None = None
    postal = ""
    left: list[str] = []
    for word in typed:
        if len(word) == 5 and word.isascii() and word.isdigit() and not postal:
            postal = word
            continue
        found: Profession | Specialty | None = None
        if word not in _EMPTY:
            found = _profession(word, professions) if profession is None else None
            if found is None and specialty is None:
                found = _specialty(word, specialties)
            if found is None and profession is None and word in _SAID:
                found = _profession(_SAID[word], professions)
        if isinstance(found, Specialty):
            specialty = found
        elif found is not None:
            profession = found
        if found is not None:
            while left and left[-1] in _IN_NAMES:  # “le dentiste”
                left.pop()
        elif profession is None or not _names(word, profession):  # “masseur kinésithérapeute” is one profession
            left.append(word)
    return Words(profession, postal, tuple(left), *_candidates(left), specialty)


def _profession(word: str, professions: Sequence[Profession]) -> Profession | None:
    return next((one for one in professions if _names(word, one)), None)


def _specialty(word: str, specialties: Sequence[Profession]) -> Specialty | None:
    found = [
        one
        for one, parts in ((one, _parts(one.name)) for one in specialties)
        if any(_of_root(_CALLED.get(word, word), part) for part in parts) and _WITH.get(word, parts[0]) in parts
    ]
    if not found:
        return None
    return Specialty(
        tuple(one.code for one in found), min((one.name for one in found), key=lambda name: (len(name), name))
    )


@lru_cache(maxsize=4_096)
def _parts(name: str) -> tuple[str, ...]:
    """The words of the name of a profession or a specialty: each search looks at all of them."""
    return tuple(plain(name).split())


def _of_root(word: str, part: str) -> bool:
    """Whether a word is a word of a specialty, or what who practises it is called."""
    if word == part:
        return len(word) > 2 and part not in _COMMON
    if part in _COMMON or min(len(word), len(part)) < _ROOT:
        return False
    shared = next((n for n, (a, b) in enumerate(zip(word, part, strict=False)) if a != b), min(len(word), len(part)))
    return shared == len(word) or (shared >= _ROOT and max(len(word), len(part)) - shared <= _ENDING)


def _names(word: str, profession: Profession) -> bool:
    """Whether a word is one of the profession's: the same beginning, but for the feminine and the plural."""
    if len(word) < _BEGINNING:
        return False
    return any(
        part.startswith(word) or (len(part) >= _BEGINNING and word.startswith(part) and len(word) - len(part) <= 3)
        for part in _parts(profession.name)
    )


def _candidates(left: Sequence[str]) -> tuple[tuple[tuple[str, ...], ...], frozenset[tuple[str, ...]]]:
    """Runs of words that may be a town: announced ones (“à Lyon”) first, then the longest, then the last; and the announced."""
    runs = [
        (start, tuple(left[start : start + length]))
        for length in range(min(LONGEST_TOWN, len(left)), 0, -1)
        for start in range(len(left) - length, -1, -1)
        if not _EMPTY.issuperset(left[start : start + length])
    ]

    def is_announced(start: int) -> bool:
        return start > 0 and left[start - 1] in _BEFORE_TOWN

    runs.sort(key=lambda run: (not is_announced(run[0]), -len(run[1])))
    return tuple(words for _, words in runs), frozenset(words for start, words in runs if is_announced(start))


def forms(run: Sequence[str]) -> list[str]:
    """The ways in which the files write a town: “saint” is often “st”."""
    long = {value: key for key, value in SHORT.items()}
    return list(dict.fromkeys(" ".join(table.get(word, word) for word in run) for table in ({}, SHORT, long)))


def understand(
    words: Words, towns: Mapping[str, str], counted: Mapping[str, tuple[int, int]] = MappingProxyType({})
) -> Question:
    """The question, once the towns that exist are known: their names by each of their `forms`.

    counted  by form, how many professionals practise there and how many bear that name: Marie is a town, but seldom what is
             meant. What is announced (“à Marie”) is a place all the same.
    """

    def is_town(run: tuple[str, ...], form: str) -> bool:
        there, named = counted.get(form, (0, 0))
        return form in towns and (named <= there or run in words.announced)

    found = next(((run, form) for run in words.candidates for form in forms(run) if is_town(run, form)), None)
    if found is None or words.postal:
        return Question(_name(words.left), words.profession, "", words.postal, _full(words.left), words.specialty)
    run, form = found
    start = next(n for n in range(len(words.left)) if words.left[n : n + len(run)] == run)
    left = (*words.left[:start], *words.left[start + len(run) :])
    return Question(_name(left), words.profession, towns[form], "", _full(left), words.specialty)


def _name(words: Sequence[str]) -> str:
    return " ".join(word for word in words if word not in _EMPTY)


def _full(words: Sequence[str]) -> str:
    """The name with the articles that come before one of its words."""
    kept: list[str] = []
    beside = False  # the word after it is of the name
    for word in reversed(words):
        beside = word not in _EMPTY or (beside and word in _IN_NAMES)
        if beside:
            kept.append(word)
    return " ".join(reversed(kept))


def situation_for(situations: Sequence[Situation], question: Question) -> Situation | None:
    """The situation that answers: in the town or of the postcode that was asked, else the first."""
    town = plain(question.town).replace("saint ", "st ")

    def answers(one: Situation) -> bool:
        there = plain(one.adresse.commune).replace("saint ", "st ")
        return (bool(town) and (there == town or there.startswith(f"{town} "))) or (
            bool(question.postal) and one.adresse.code_postal == question.postal
        )

    return next((one for one in situations if answers(one)), next(iter(situations), None))
