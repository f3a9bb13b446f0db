"""Records of the same people in several structures, with the errors that structures make: for tests, figures, demonstration.

Each record is drawn from a person of the synthetic population (`foundations/ins/population`), who lives somewhere, has a
telephone, perhaps a name in use; twins share all that. Errors, each with the share of records that suffer it: `ERRORS`.
Reproducible by seed; no word of it comes from a real file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any, Final, NamedTuple

from socle.foundations.ins.index.model import Identifier
from socle.foundations.ins.index.store.patient import compose
from socle.foundations.ins.model import StatutIdentite
from socle.foundations.ins.population import Personne, generate
from socle.foundations.ins.population.noms import family_names

# Share of the records that suffer each error. Ours: no published national figure; the order of magnitude of what audits of
# identity quality report (a record in ten has a trait that disagrees).
ERRORS: Final = {
    "family-typo": 0.03,
    "family-sound": 0.02,
    "family-cut": 0.12,  # of compound family names: one of the two is left
    "family-joined": 0.2,  # of names of several words: written in one
    "given-typo": 0.025,
    "given-sound": 0.015,
    "given-only-first": 0.45,
    "given-second": 0.01,  # a middle name recorded as the first
    "compound-cut": 0.15,  # of compound given names
    "names-swapped": 0.006,
    "married-as-birth": 0.05,  # of those who have a name in use
    "used-missing": 0.3,  # of those who have a name in use
    "date-swapped": 0.008,  # of days up to 12
    "date-digit": 0.012,
    "date-unknown": 0.004,  # 1 January for want of better
    "sex-wrong": 0.004,
    "place-missing": 0.12,
    "place-wrong": 0.015,
    "home-missing": 0.1,
    "home-moved": 0.15,
    "call-missing": 0.3,
    "call-changed": 0.12,
}
DOMAINS: Final = tuple(f"urn:oid:1.2.250.1.999.1.{rank}" for rank in range(1, 9))  # arc of ours, for tests
_SOUNDS: Final = (
    ("PH", "F"),
    ("TH", "T"),
    ("Y", "I"),
    ("C", "K"),
    ("EAU", "AUD"),
    ("D", "T"),
    ("SS", "S"),
    ("LL", "L"),
)
_SOUNDS_BACK: Final = (("F", "PH"), ("T", "TH"), ("I", "Y"), ("N", "NN"), ("ER", "AIR"))
_LETTERS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_STREETS: Final = (
    "rue de la Paix|rue des Lilas|avenue de la Gare|place du Marché|chemin des Vignes|rue Pasteur|impasse du Moulin"
)


class Copy(NamedTuple):
    """A record, the person that it truly is (rank in the population), and the errors made."""

    truth: int
    patient: dict[str, Any]
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Life:
    used: str
    street: str
    postcode: str
    city: str
    phone: str
    mail: str


def copies(
    people: int,
    *,
    seed: int = 0,
    per_person: tuple[int, ...] = (1, 1, 2, 2, 3),
    with_ins: float = 0.0,
    clumsy: float = 1.0,
) -> Iterator[Copy]:
    """Records of `people` persons, in the order of the persons; each person has as many as `per_person` draws.

    A person lives somewhere and is called something whatever the number of records: `seed` decides that too.

    with_ins  share of the records whose structure qualified the identity
    clumsy    what the shares of `ERRORS` are multiplied by
    """
    random = Random(seed)  # noqa: S311 - reproducible people, not secrets
    previous: tuple[Personne, _Life] | None = None
    for person in generate(people, seed):
        twin = previous is not None and _born_together(previous[0], person)
        own = Random(seed * 1_000_000_007 + person.rang)  # noqa: S311 - as above
        life = previous[1] if previous and twin and own.random() < 0.9 else _life(own, person)
        previous = (person, life)
        for domain in random.sample(DOMAINS, random.choice(per_person)):
            yield _copy(random, person, life, domain, random.random() < with_ins, clumsy)


def _born_together(one: Personne, other: Personne) -> bool:
    return (one.nom_naissance, one.date_naissance, one.lieu_naissance) == (
        other.nom_naissance,
        other.date_naissance,
        other.lieu_naissance,
    )


def _life(random: Random, person: Personne) -> _Life:
    adult = int(person.date_naissance[:4]) < 2001
    chance = random.random()
    used = random.choice(_names())[0] if adult and chance < (0.4 if person.sexe == "F" else 0.03) else ""
    town = random.randrange(6000)
    return _Life(
        used,
        f"{random.randrange(1, 150)} {random.choice(_STREETS.split('|'))}",
        f"{1 + town // 63:02d}{town % 63 * 10:03d}",
        f"COMMUNE {town}",
        f"06{random.randrange(10**8):08d}",
        f"p{random.randrange(10**9)}@courriel.example",
    )


def _names() -> list[tuple[str, float]]:
    if not _CACHE:
        _CACHE.extend((name, float(weight)) for name, weight in family_names())
    return _CACHE


_CACHE: list[tuple[str, float]] = []


def _copy(random: Random, person: Personne, life: _Life, domain: str, qualified: bool, clumsy: float) -> Copy:
    errors: list[str] = []

    def happens(error: str) -> bool:
        if not qualified and random.random() < ERRORS[error] * clumsy:
            errors.append(error)
            return True
        return False

    family, used = person.nom_naissance, life.used
    given = person.prenoms.split(" ")
    if happens("family-sound"):
        family = _respelt(random, family)
    words = family.replace("-", " ").split()
    if len(words) > 1 and "-" in family and happens("family-cut"):
        family = random.choice(words)
    elif len(words) > 1 and happens("family-joined"):
        family = "".join(words)
    if happens("family-typo"):
        family = _typo(random, family)
    if used and happens("married-as-birth"):
        family, used = used, ""
    elif used and happens("used-missing"):
        used = ""
    if len(given) > 1 and happens("given-second"):
        given = [given[1], given[0], *given[2:]]
    if "-" in given[0] and happens("compound-cut"):
        given = [given[0].split("-")[0], *given[1:]]
    if happens("given-sound"):
        given = [_respelt(random, given[0]), *given[1:]]
    if happens("given-typo"):
        given = [_typo(random, given[0]), *given[1:]]
    if happens("given-only-first"):
        given = given[:1]
    if happens("names-swapped"):
        family, given = given[0], [family.split("-")[0].split(" ")[0]]
    sex = person.sexe
    if happens("sex-wrong"):
        sex = "M" if sex == "F" else "F"
    born = _born(random, person.date_naissance, happens)
    place = person.lieu_naissance
    if happens("place-missing"):
        place = ""
    elif happens("place-wrong"):
        place = f"{random.randrange(1, 96):02d}{random.randrange(1, 600):03d}"
    if happens("home-moved"):
        life = _moved(random, life)
    home = {} if happens("home-missing") else {"street": life.street, "postcode": life.postcode, "city": life.city}
    call = [] if happens("call-missing") else [life.phone]
    if call and happens("call-changed"):
        call = [f"06{random.randrange(10**8):08d}"]
    patient = compose(
        Identifier(domain, f"{person.rang:09d}{random.randrange(10):d}"),
        family=family,
        given=given,
        usual_family=used,
        sex=sex,
        born=born,
        place=place,
        phones=call,
        mails=[life.mail] if random.random() < 0.4 else [],
        ins=person.ins if qualified else None,
        former=[old.ins for old in person.individu.historique] if qualified else (),
        statut=StatutIdentite.QUAL if qualified else StatutIdentite.PROV,
        **home,
    )
    return Copy(person.rang, patient, tuple(errors))


def _born(random: Random, date: str, happens: Any) -> str:
    """The date as FHIR writes it: unknown parts left out, perhaps mistaken."""
    year, month, day = date.split("-")
    if month == "00":
        return year
    if day == "00":
        return f"{year}-{month}"
    if int(day) <= 12 and day != month and happens("date-swapped"):
        return f"{year}-{day}-{month}"
    if happens("date-unknown"):
        return f"{year}-01-01"
    if happens("date-digit"):
        which = random.randrange(3)
        if which == 0:
            return f"{int(year) + random.choice((-10, -1, 1, 10))}-{month}-{min(int(day), 28):02d}"
        if which == 1:
            return f"{year}-{1 + int(month) % 12:02d}-{min(int(day), 28):02d}"
        return f"{year}-{month}-{1 + int(day) % 28:02d}"
    return date


def _moved(random: Random, life: _Life) -> _Life:
    town = random.randrange(6000)
    return _Life(
        life.used,
        f"{random.randrange(1, 150)} {random.choice(_STREETS.split('|'))}",
        f"{1 + town // 63:02d}{town % 63 * 10:03d}",
        f"COMMUNE {town}",
        life.phone,
        life.mail,
    )


def _typo(random: Random, name: str) -> str:
    """One slip: a letter left out, doubled, replaced, or two swapped; never the first."""
    places = [at for at in range(1, len(name)) if name[at].isalpha()]
    if not places:
        return name
    at = random.choice(places)
    kind = random.randrange(4)
    if kind == 0 and len(name) > 3:
        return name[:at] + name[at + 1 :]
    if kind == 1:
        return name[:at] + name[at] + name[at:]
    if kind == 2 and at > 1 and name[at - 1].isalpha():
        return name[: at - 1] + name[at] + name[at - 1] + name[at + 1 :]
    return name[:at] + random.choice(_LETTERS) + name[at + 1 :]


def _respelt(random: Random, name: str) -> str:
    """Another spelling of the same sound, when one is to be had."""
    rules = [(a, b) for a, b in (*_SOUNDS, *_SOUNDS_BACK) if a in name[1:]]
    if not rules:
        return name
    a, b = random.choice(rules)
    return name[0] + name[1:].replace(a, b, 1)
