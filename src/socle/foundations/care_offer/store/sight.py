"""The access profiles at work: what `rules.visibility` says, asked of the register.

A resource is judged by the offers around it. They are found by the tokens of references, all those of a page in one
statement a type.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from socle.foundations.care_offer.model import names
from socle.foundations.care_offer.model.profil import Around, ChampActivite, ProfilAcces
from socle.foundations.care_offer.rules import anomalies, visibility
from socle.foundations.care_offer.store.communes import Communes
from socle.kernel.fhir.json import parse, serialise
from socle.kernel.fhir.keys import resource_key
from socle.kernel.outcome import Issue, Kind, Problem, Text
from socle.kernel.search.conditions import Condition, HasToken, Never, ReferredBy, RefersTo, both, either
from socle.kernel.search.criterion import Criteria
from socle.kernel.search.refusal import refuse
from socle.kernel.search.repository import Repository
from socle.kernel.search.sight import INTERNAL
from socle.kernel.search.types import near
from socle.kernel.search.types import token as tokens
from socle.kernel.search.types.reference import token as reference
from socle.kernel.store.contract import Json, Row, Stored

ORDINARY: Final = f"{INTERNAL}ordinary"
SENSITIVE: Final = f"sensitive{INTERNAL}"
FIELD: Final = f"field{INTERNAL}"
REPORTER: Final = f"reporter{INTERNAL}"
NEAR_COMMUNE: Final = "near-insee-code"
_NEAR_RULE: Final = "ROR, near-insee-code"
_RULE: Final = "ROR, politique d'accès (ME 3.0)"
_OFFER: Final = "HealthcareService"
_ROLE: Final = "PractitionerRole"
_JUDGED: Final = ("Location", "Organization", _ROLE, "Practitioner")


@dataclass(frozen=True, slots=True)
class Seen:
    """What one consumer sees.

    actor  who asks, as this house knows them
    owner  whether they answer for the data: they then see every report of an anomaly
    """

    profil: ProfilAcces
    actor: str
    owner: bool
    communes: Communes

    @property
    def whole(self) -> bool:
        """Whether everything is seen."""
        return self.profil is ProfilAcces.TOUT

    def named(self, resource_type: str, name: str, written: str) -> str:
        """The parameter that answers. Raises: Problem(FORBIDDEN) for what the profile does not see."""
        asking = visibility.asking(self.profil, resource_type, name)
        if not asking.allowed:
            raise Problem(
                Kind.FORBIDDEN,
                Issue(
                    Text(
                        f"Le profil d'accès {self.profil.value} ne voit pas ce que cherche « {name} » de {resource_type} : "
                        "retirez ce critère, ou demandez un autre profil.",
                        f"Access profile {self.profil.value} does not see what “{name}” of {resource_type} looks for: "
                        "remove this criterion, or ask for another profile.",
                    ),
                    (f"http.{written}",),
                    _RULE,
                ),
            )
        return name + ORDINARY if asking.ordinary else name

    def rewritten(self, resource_type: str, name: str, value: str) -> tuple[str, str]:
        """A circle around a commune, as one around its position. Raises: Problem(INVALID) for a commune nobody knows."""
        if resource_type != "Location" or name != NEAR_COMMUNE:
            return name, value
        code, _, rest = value.partition("|")
        place = self.communes.position(code.strip().upper())
        if place is None:
            raise refuse(
                name,
                f"La commune « {code[:10]} » n'est pas connue ici : donnez un code COG, puis la distance et l'unité "
                "(75056|15|km). L'exploitant charge les communes avec « socle import communes ».",
                f"The commune “{code[:10]}” is not known here: give a COG code, then the distance and the unit "
                "(75056|15|km). The operator loads communes with “socle import communes”.",
                rule=_NEAR_RULE,
            )
        if not near.is_distance(rest):
            raise refuse(
                name,
                f"« {name} » demande « code COG|distance|unité » (75056|15|km) ; unités : {', '.join(near.UNITS)} ; au plus "
                f"20 100 km. Reçu : « {rest[:20]} ».",
                f"“{name}” takes “COG code|distance|unit” (75056|15|km); units: {', '.join(near.UNITS)}; at most 20,100 km. "
                f"Received: “{rest[:20]}”.",
                rule=_NEAR_RULE,
            )
        return "near", f"{place[0]}|{place[1]}" + (f"|{rest}" if rest else "")

    def within(self, criteria: Criteria, resource_type: str, name: str) -> Condition | None:
        """Profile 3 sees beds and equipment of the medico-social offer only."""
        if not visibility.asking(self.profil, resource_type, name).within:
            return None
        social = both([_field(criteria, ChampActivite.MEDICO_SOCIAL), Never(_sensitive(criteria))])
        return ReferredBy(reference(_OFFER, "location"), _OFFER, social)

    def limit(self, criteria: Criteria, resource_type: str) -> Condition | None:
        """What holds of all that is seen of a type."""
        if resource_type == "Task" and not self.owner:
            return HasToken((tokens.identifier_token("Task", REPORTER, names.ACTOR, self.actor),))
        row = visibility.TABLE[self.profil]
        if resource_type == _OFFER:
            return None if row.sensitive else Never(_sensitive(criteria))
        if resource_type == "Location":
            return (
                None
                if row.sensitive
                else Never(ReferredBy(reference(_OFFER, "location"), _OFFER, _sensitive(criteria)))
            )
        if resource_type == _ROLE:
            return self._roles(criteria, row)
        if resource_type == "Practitioner":
            roles = self._roles(criteria, row)
            if roles is None:
                return None
            one = ReferredBy(reference(_ROLE, "practitioner"), _ROLE, roles)
            if row.people is not None:
                return one
            hidden = ReferredBy(reference(_ROLE, "practitioner"), _ROLE, Never(roles))
            return Never(both([hidden, Never(one)]))
        return None

    @staticmethod
    def _roles(criteria: Criteria, row: visibility.Access) -> Condition | None:
        service = reference(_ROLE, "service")
        if row.people is None and row.sensitive:
            return None
        if row.people is not None:
            fields = either([_field(criteria, one) for one in sorted(row.people)])
            return RefersTo(service, _OFFER, both([fields, Never(_sensitive(criteria))]))
        return Never(RefersTo(service, _OFFER, _sensitive(criteria)))

    async def seen(self, repository: Repository, resources: Sequence[Stored]) -> list[Stored | None]:
        """Each resource as this profile sees it; None for what it does not see."""
        bodies = [parse(one.body) if one.body and self._touches(one.type) else None for one in resources]
        around = await _around(repository, resources, bodies) if not self.whole else {}
        return [
            self._one(one, body, around.get((one.type, one.id), Around()))
            for one, body in zip(resources, bodies, strict=True)
        ]

    def _touches(self, resource_type: str) -> bool:
        return not self.whole or resource_type == "Task"

    def _one(self, stored: Stored, body: Json | None, around: Around) -> Stored | None:
        if body is None:
            return stored
        if stored.type == "Task":
            return stored if self.owner or reporter_of(body) == self.actor else None
        if stored.type == _OFFER:
            around = around_offers([body])
        shown = visibility.shown(self.profil, body, around)
        if shown is None:
            return None
        return stored if shown is body else replace(stored, body=serialise(shown))


def reporter_of(task: Json) -> str:
    """Who reported, as this house knows them; "" when the report does not say."""
    said = anomalies.input_of(task, "identifierRequester")
    return str(said.get("value", "")) if isinstance(said, dict) and said.get("system") == names.ACTOR else ""


def around_offers(offers: Sequence[Json]) -> Around:
    """What these offers say of a resource that belongs to them."""
    fields = frozenset(visibility.field_of(one) for one in offers if not visibility.is_sensitive(one))
    return Around(any(visibility.is_sensitive(one) for one in offers), fields, len(offers))


def _sensitive(criteria: Criteria) -> Condition:
    parameter = criteria.parameters.of(_OFFER)[SENSITIVE]
    return tokens.condition(parameter, "", ["true"], criteria.context)


def _field(criteria: Criteria, field: ChampActivite) -> Condition:
    return HasToken(_field_tokens(field))


def _field_tokens(field: ChampActivite) -> tuple[int, ...]:
    codes = [code for code, meant in visibility.FIELDS.items() if meant is field]
    return tuple(tokens.coded(_OFFER, FIELD, names.FIELD, code) for code in codes)


async def _around(
    repository: Repository, resources: Sequence[Stored], bodies: Sequence[Json | None]
) -> Mapping[tuple[str, str], Around]:
    """The offers around each resource of a page, from the tokens of the register: no body of an offer is read."""
    found: dict[tuple[str, str], Around] = {}
    for of in _JUDGED:
        some = [(one, body) for one, body in zip(resources, bodies, strict=True) if one.type == of and body is not None]
        if not some:
            continue
        keys = {resource_key(of, one.id): (of, one.id) for one, _ in some}
        for row in await _asked(repository, of, list(keys)):
            fields = [field for field in (ChampActivite.MEDICO_SOCIAL, ChampActivite.VILLE) if row[field.name.lower()]]
            if row["other"]:
                fields.append(ChampActivite.SANITAIRE)
            found[keys[row["key"]]] = Around(row["sensitive"], frozenset(fields), row["offers"])
    return found


async def _asked(repository: Repository, of: str, keys: list[int]) -> Sequence[Row]:
    schema, code = repository.store.schema, repository.definitions.type_code
    # "+ 0": tokens and keys find few rows, whose type is then asked; the index on types would name all the offers.
    offer = f"NOT r.deleted AND r.type + 0 = {code(_OFFER)}"
    role = f"NOT p.deleted AND p.type + 0 = {code(_ROLE)}"
    service = reference(_ROLE, "service")
    match of:
        case "Location" | "Organization":
            own = reference(_OFFER, "location" if of == "Location" else "organization")
            joined = f"JOIN {schema}.resource r ON r.toks @> ARRAY[k.key # {own}::bigint] AND {offer}"
        case "PractitionerRole":
            joined = (
                f"JOIN {schema}.resource p ON p.key = k.key AND {role} CROSS JOIN LATERAL unnest(p.toks) AS t(token) "
                f"JOIN {schema}.resource r ON r.key = t.token # {service}::bigint AND {offer}"
            )
        case _:
            own = reference(_ROLE, "practitioner")
            joined = (
                f"JOIN {schema}.resource p ON p.toks @> ARRAY[k.key # {own}::bigint] AND {role} "
                f"CROSS JOIN LATERAL unnest(p.toks) AS t(token) "
                f"JOIN {schema}.resource r ON r.key = t.token # {service}::bigint AND {offer}"
            )
    sql = (
        "SELECT k.key, count(*) AS offers, bool_or(f.sensitive) AS sensitive, "
        "bool_or(f.social AND NOT f.sensitive) AS medico_social, bool_or(f.town AND NOT f.sensitive) AS ville, "
        "bool_or(NOT f.social AND NOT f.town AND NOT f.sensitive) AS other "
        f"FROM unnest($1::bigint[]) AS k(key) {joined} "
        "CROSS JOIN LATERAL (SELECT r.toks && $2::bigint[] AS sensitive, r.toks && $3::bigint[] AS social, "
        "r.toks && $4::bigint[] AS town) AS f GROUP BY k.key"
    )
    return await repository.store.query(
        sql,
        keys,
        list(_true(repository)),
        list(_field_tokens(ChampActivite.MEDICO_SOCIAL)),
        list(_field_tokens(ChampActivite.VILLE)),
    )


def _true(repository: Repository) -> tuple[int, ...]:
    parameter = repository.indexer.parameters.of(_OFFER)[SENSITIVE]
    return tuple(tokens.codes(parameter, [("boolean", True)]))


def hidden_places(repository: Repository, args: list[Any]) -> str:
    """The SQL of the keys of places where a sensitive unit is; its arguments go to `args`."""
    return _places_of(repository, args, list(_true(repository)))


def social_places(repository: Repository, args: list[Any], field: ChampActivite) -> str:
    """The SQL of the keys of places where an offer of a field is; its arguments go to `args`."""
    return _places_of(repository, args, list(_field_tokens(field)))


def _places_of(repository: Repository, args: list[Any], some: list[int]) -> str:
    args.append(some)
    own = reference(_OFFER, "location")
    return (
        f"SELECT t.token # {own}::bigint FROM {repository.store.schema}.resource r "
        f"CROSS JOIN LATERAL unnest(r.toks) AS t(token) WHERE NOT r.deleted "
        f"AND r.type = {repository.definitions.type_code(_OFFER)} AND r.toks && ${len(args)}::bigint[]"
    )
