"""Answers against their questionnaire: items, types, how many, which options, when asked. Source: FHIR R4
questionnaireresponse.html, questionnaire.html, and the extensions minValue, maxValue, minLength, maxDecimalPlaces,
minOccurs, maxOccurs.
"""

from decimal import Decimal
from typing import Any, Final

from socle.kernel.fhir.fhirpath import system
from socle.kernel.fhir.fhirpath.comparing import order
from socle.kernel.fhir.knowledge import Cause, CodeAnswer, CodeQuestion
from socle.kernel.fhir.validation.bindings import judged, unjudged
from socle.kernel.fhir.validation.findings import Finding, Findings, add, are, climb, error, quoted, times, warning
from socle.kernel.fhir.validation.given import Given, Holders
from socle.kernel.fhir.validation.inline_sets import in_given_set
from socle.kernel.fhir.validation.run import Run
from socle.kernel.fhir.validation.values import holds, objects, same
from socle.kernel.outcome import Text

Json = dict[str, Any]

_RULE: Final = "FHIR R4 questionnaireresponse.html"
_CONDITION: Final = "FHIR R4 questionnaire-definitions.html#Questionnaire.item.enableWhen.question"
_INITIAL: Final = "FHIR R4 questionnaire-definitions.html#Questionnaire.item.initial.value_x_"
_OPTION: Final = "FHIR R4 questionnaire-definitions.html#Questionnaire.item.answerOption.value_x_"
_TESTED: Final = "FHIR R4 questionnaire-definitions.html#Questionnaire.item.enableWhen.answer_x_"
_BASE: Final = "http://hl7.org/fhir/StructureDefinition/"
_DEEPEST: Final = 50
_SHOWN: Final = 8  # options that a sentence names
_MEMBERS: Final = {
    "boolean": ("valueBoolean",),
    "decimal": ("valueDecimal",),
    "integer": ("valueInteger",),
    "date": ("valueDate",),
    "dateTime": ("valueDateTime",),
    "time": ("valueTime",),
    "string": ("valueString",),
    "text": ("valueString",),
    "url": ("valueUri",),
    "choice": ("valueCoding", "valueString", "valueInteger", "valueDate", "valueTime", "valueReference"),
    "open-choice": ("valueCoding", "valueString", "valueInteger", "valueDate", "valueTime", "valueReference"),
    "attachment": ("valueAttachment",),
    "reference": ("valueReference",),
    "quantity": ("valueQuantity",),
}
_TYPES: Final = {"valueDecimal": "decimal", "valueInteger": "integer", "valueDate": "date", "valueDateTime": "dateTime"}


def answers(response: Json, run: Run) -> Findings:
    """What is wrong with a QuestionnaireResponse by the questionnaire that it names, contained or held by the library."""
    canonical = response.get("questionnaire")
    if type(canonical) is not str:
        return None
    if canonical.startswith("#"):
        questionnaire = run.resolve(canonical)
    else:
        questionnaire = run.library.resource("Questionnaire", canonical)
        if questionnaire is None and "|" in canonical:
            questionnaire = run.library.resource("Questionnaire", canonical.partition("|")[0])
    if questionnaire is None or questionnaire.get("resourceType") != "Questionnaire":
        return [
            Finding(
                "warning",
                "not-found",
                _RULE,
                f"le questionnaire {quoted(canonical)} n'est pas connu ici : les réponses n'ont pas été vérifiées ; installez "
                "le paquet qui le définit (socle fhir install)",
                f"the questionnaire {quoted(canonical)} is not known here: answers were not checked; install the package that "
                "defines it (socle fhir install)",
                path=".questionnaire",
                subject=canonical,
            )
        ]
    check = _Check(response, questionnaire, run, complete=response.get("status") in ("completed", "amended"))
    return check.items((response,), questionnaire.get("item"))


def agreeing(questionnaire: Json, run: Run) -> Findings:
    """Values that a Questionnaire proposes (initial, answerOption) against the type of their item: errors, as R4 says; values
    that it waits for (enableWhen) against the type of the question that they look at: such a condition tells nothing, a warning.
    """
    kinds: dict[str, str] = {}
    _kinds(questionnaire, kinds, 0)
    return _agreeing(questionnaire, kinds, 0)


def _kinds(holder: Json, into: dict[str, str], depth: int) -> None:
    for item in objects(holder.get("item")) if depth < _DEEPEST else ():
        into.setdefault(str(item.get("linkId")), str(item.get("type")))
        _kinds(item, into, depth + 1)


def _agreeing(holder: Json, kinds: dict[str, str], depth: int) -> Findings:
    found: Findings = None
    for rank, item in enumerate(objects(holder.get("item")) if depth < _DEEPEST else ()):
        below: Findings = None
        kind = str(item.get("type"))
        for name, rule in (("initial", _INITIAL), ("answerOption", _OPTION)):
            for place, one in enumerate(objects(item.get(name))):
                member = _disagreeing(one, "value", kind)
                if member is not None:
                    fr = f"un item de type {kind} s'écrit {_MEMBERS[kind][0]}, pas {member}"
                    en = f"an item of type {kind} is written {_MEMBERS[kind][0]}, not {member}"
                    below = add(below, error("structure", rule, fr, en, path=f".{name}[{place}].value"))
        for place, one in enumerate(objects(item.get("enableWhen"))):
            member = _disagreeing(one, "answer", asked := kinds.get(str(one.get("question")), ""))
            if member is not None and one.get("operator") != "exists":
                link = quoted(one["question"])
                fr = f"la question « {link} » est de type {asked} : elle ne se compare pas à {member}"
                en = f'the question "{link}" is of type {asked}: it does not compare with {member}'
                below = add(below, warning("structure", _TESTED, fr, en, path=f".enableWhen[{place}].answer"))
        found = climb(found, f".item[{rank}]", add(below, _agreeing(item, kinds, depth + 1)))
    return found


def _disagreeing(holder: Json, stem: str, kind: str) -> str | None:
    """The member of a choice that a question of this type does not take; None when it does, or when nothing is known of it."""
    member = next((name for name in holder if name.startswith(stem)), None)
    allowed = _MEMBERS.get(kind)
    return member if member and allowed and f"value{member[len(stem) :]}" not in allowed else None


def conditions(questionnaire: Json, run: Run) -> Findings:
    """What is wrong with the conditions under which a Questionnaire asks: each looks at a question that can be answered before
    the item is asked, so neither the item itself nor what is below it. Source: FHIR R4 Questionnaire.item.enableWhen.question.
    """
    return _conditions(questionnaire, _links(questionnaire, 0), 0)


def _links(holder: Json, depth: int) -> set[str]:
    """The linkIds below an item, or in a questionnaire."""
    items = objects(holder.get("item")) if depth < _DEEPEST else []
    return {str(item.get("linkId")) for item in items}.union(*(_links(item, depth + 1) for item in items))


def _conditions(holder: Json, links: set[str], depth: int) -> Findings:
    found: Findings = None
    for rank, item in enumerate(objects(holder.get("item")) if depth < _DEEPEST else ()):
        asked = objects(item.get("enableWhen"))
        below = _links(item, depth + 1) | {str(item.get("linkId"))} if asked else set[str]()
        for place, condition in enumerate(asked):
            link = condition.get("question")
            if type(link) is not str or (link in links and link not in below):
                continue
            if link in below:
                fr = f"« {quoted(link)} » est cet item, ou s'y trouve : il n'est pas encore demandé ; nommez une autre question"
                en = f'"{quoted(link)}" is this item, or within it: it is not asked yet; name another question'
            else:
                fr = f"aucune question du questionnaire n'a le linkId « {quoted(link)} »"
                en = f'no question of the questionnaire has the linkId "{quoted(link)}"'
            where = f".item[{rank}].enableWhen[{place}].question"
            found = add(found, error("structure", _CONDITION, fr, en, path=where))
        found = climb(found, f".item[{rank}]", _conditions(item, links, depth + 1))
    return found


class _Check:
    """One response. complete: whether what is required must be there already."""

    def __init__(self, response: Json, questionnaire: Json, run: Run, *, complete: bool) -> None:
        self.contained = objects(questionnaire.get("contained"))
        self.run = run
        self.complete = complete
        self.given = Given(response)

    def items(self, holders: Holders, asked: Any) -> Findings:
        """Items of one level against the questions of that level."""
        held = holders[-1].get("item")
        questions = [one for one in objects(asked) if type(one.get("linkId")) is str]
        places = {one["linkId"]: number for number, one in enumerate(questions)}
        found: Findings = None
        by_link: dict[str, list[tuple[int, Json]]] = {}
        last = -1
        for rank, item in enumerate(held if type(held) is list else ()):
            link = item.get("linkId") if type(item) is dict else None
            if type(link) is not str:
                continue
            if link not in places:
                fr = f"le linkId « {quoted(link)} » n'est pas à cet endroit du questionnaire ; retirez l'item ou déplacez-le"
                en = f'the linkId "{quoted(link)}" is not at this place of the questionnaire; leave the item out or move it'
                found = add(found, error("structure", _RULE, fr, en, path=f".item[{rank}].linkId"))
                continue
            if places[link] < last:
                fr = f"l'item « {quoted(link)} » n'est pas dans l'ordre du questionnaire"
                en = f'the item "{quoted(link)}" is not in the order of the questionnaire'
                found = add(found, error("structure", _RULE, fr, en, path=f".item[{rank}].linkId"))
            last = max(last, places[link])
            by_link.setdefault(link, []).append((rank, item))
        if len(holders) > _DEEPEST:
            return found
        later = [(places[link], items[0][1]) for link, items in by_link.items()]
        for number, question in enumerate(questions):
            here = by_link.get(question["linkId"], [])
            follower = here[0][1] if here else min((one for one in later if one[0] > number), default=(0, None))[1]
            found = add(found, self.question(question, here, holders, follower))
        return found

    def question(
        self, question: Json, held: list[tuple[int, Json]], holders: Holders, follower: Json | None
    ) -> Findings:
        """One question and the items that answer it. follower: the first of these, or else what comes after their place."""
        link, kind = question["linkId"], question.get("type")
        enabled = self.enabled(question, holders, follower)
        if not enabled:
            found: Findings = None
            for rank, _ in held:
                fr = f"l'item « {quoted(link)} » n'est pas demandé (enableWhen) : retirez-le"
                en = f'the item "{quoted(link)}" is not asked for (enableWhen): leave it out'
                found = add(found, error("business-rule", _RULE, fr, en, path=f".item[{rank}]"))
            return found
        found = None
        if kind == "display":
            for rank, item in held:
                if "answer" in item:
                    fr, en = (
                        "un texte affiché ne reçoit pas de réponse ; retirez answer",
                        "a displayed text takes no answer; leave answer out",
                    )
                    found = add(found, error("structure", _RULE, fr, en, path=f".item[{rank}].answer"))
            return found
        if kind == "group":
            if question.get("required") is True and not held and self.complete:
                found = add(found, _missing(link))
            if question.get("repeats") is not True and len(held) > 1:
                found = add(found, _too_many(link, 1, len(held), f".item[{held[1][0]}]"))
            for rank, item in held:
                if "answer" in item:
                    fr, en = (
                        "un groupe ne reçoit pas de réponse ; retirez answer",
                        "a group takes no answer; leave answer out",
                    )
                    found = add(found, error("structure", _RULE, fr, en, path=f".item[{rank}].answer"))
                found = climb(found, f".item[{rank}]", self.items((*holders, item), question.get("item")))
            return found
        return self.answered(question, held, holders)

    def answered(self, question: Json, held: list[tuple[int, Json]], holders: Holders) -> Findings:
        """A question with answers."""
        link = question["linkId"]
        found: Findings = None
        if len(held) > 1:
            fr = f"l'item « {quoted(link)} » est répété ; mettez les réponses dans un seul item"
            en = f'the item "{quoted(link)}" is repeated; put the answers in a single item'
            found = add(found, error("structure", _RULE, fr, en, path=f".item[{held[1][0]}]"))
        number = sum(len(objects(item.get("answer"))) for _, item in held)
        least = _extension(question, "questionnaire-minOccurs", 1 if question.get("required") is True else 0)
        most = _extension(question, "questionnaire-maxOccurs", None if question.get("repeats") is True else 1)
        if self.complete and number < least:
            found = add(found, _missing(link, held[0][0] if held else None))
        if most is not None and number > most:
            found = add(found, _too_many(link, most, number, f".item[{held[0][0]}].answer"))
        for rank, item in held:
            for place, answer in enumerate(objects(item.get("answer"))):
                below = self.answer(question, answer)
                below = add(below, self.items((*holders, item, answer), question.get("item")))
                found = climb(found, f".item[{rank}].answer[{place}]", below)
        return found

    def answer(self, question: Json, answer: Json) -> Findings:
        """One answer: its type, its value."""
        member = next((name for name in answer if name.startswith("value")), None)
        if member is None:
            return None
        kind, value = str(question.get("type")), answer[member]
        allowed = _MEMBERS.get(kind, ())
        if member not in allowed:
            fr = f"une réponse de type {kind} s'écrit {allowed[0] if allowed else '…'}, pas {member}"
            en = f"an answer of type {kind} is written {allowed[0] if allowed else '…'}, not {member}"
            return [error("structure", _RULE, fr, en, path=".value")]
        found = add(self.option(question, member, value), _bounds(question, member, value))
        return climb(None, ".value", found)

    def option(self, question: Json, member: str, value: Any) -> Findings:
        """Whether a value is one of the options."""
        kind = question.get("type")
        if kind == "open-choice" and member == "valueString":
            return None
        options = objects(question.get("answerOption"))
        if options and kind in ("choice", "open-choice", "integer", "date", "time", "string"):
            given = [one[member] for one in options if member in one]
            if not any(_is_option(value, one) for one in given):
                listed = ", ".join(map(_written, given[:_SHOWN])) + (", …" if len(given) > _SHOWN else "")
                fr = f"cette réponse n'est pas une de celles que la question propose ({listed})"
                en = f"this answer is none of those that the question offers ({listed})"
                return [error("code-invalid", _RULE, fr, en)]
            return None
        value_set = question.get("answerValueSet")
        if type(value_set) is str and type(value) is dict and type(value.get("code")) is str:
            if value_set[:1] == "#":
                return self.of_given_set(value_set, str(value.get("system", "")), value["code"])
            question_ = CodeQuestion(str(value.get("system", "")), value["code"], value_set=value_set)
            verdict = self.run.judge(question_)
            good = judged(verdict)
            if good is None:
                return [unjudged(verdict, _RULE, value_set, quoted(value["code"]), "required")]
            if not good:
                fr, en = f"cette réponse n'est pas dans {value_set}", f"this answer is not in {value_set}"
                return [error("code-invalid", _RULE, fr, en)]
        return None

    def of_given_set(self, reference: str, system: str, code: str) -> Findings:
        """Whether a code is in a value set that the questionnaire contains."""
        held = next(
            (one for one in self.contained if one.get("id") == reference[1:] and one.get("resourceType") == "ValueSet"),
            None,
        )
        good = (
            in_given_set(held, system, code, lambda asked: judged(self.run.judge(asked))) if held is not None else None
        )
        if good is None:
            unknown = CodeAnswer(None, Cause.UNKNOWN_VALUE_SET, _given(held))
            return [unjudged(unknown, _RULE, reference, quoted(code), "required")]
        if not good:
            fr = f"cette réponse n'est pas dans le jeu de valeurs du questionnaire ({quoted(reference)})"
            en = f"this answer is not in the value set of the questionnaire ({quoted(reference)})"
            return [error("code-invalid", _RULE, fr, en)]
        return None

    def enabled(self, question: Json, holders: Holders, follower: Json | None) -> bool:
        """Whether a question is asked, given the other answers. Source: FHIR R4 questionnaire.html#enableWhen."""
        conditions = objects(question.get("enableWhen"))
        if not conditions:
            return True
        verdicts = [self.holds(one, self.given.nearest(one.get("question"), holders, follower)) for one in conditions]
        return any(verdicts) if question.get("enableBehavior") == "any" else all(verdicts)

    def holds(self, condition: Json, given: list[Json]) -> bool:
        """One condition, by the answers to its question."""
        wanted = next((value for name, value in condition.items() if name.startswith("answer")), None)
        operator = condition.get("operator")
        if operator == "exists":
            return bool(given) is (wanted is not False)
        pairs = [(name, one[name]) for one in given for name in one if name.startswith("value")]
        if operator == "!=":
            return bool(pairs) and not any(_equal(name, value, wanted) for name, value in pairs)
        if operator == "=":
            return any(_equal(name, value, wanted) for name, value in pairs)
        signs = {">": (1,), "<": (-1,), ">=": (0, 1), "<=": (-1, 0)}.get(str(operator), ())
        return any(_order(name, value, wanted) in signs for name, value in pairs)


def _given(value_set: Json | None) -> Text:
    """Why a value set that a questionnaire contains does not tell."""
    if value_set is None:
        return Text(
            "le questionnaire ne contient pas ce jeu de valeurs", "the questionnaire does not contain this value set"
        )
    return Text(
        "le jeu de valeurs du questionnaire dépend d'un filtre, ou de ce que rien ici ne tient",
        "the value set of the questionnaire depends on a filter, or on what nothing here holds",
    )


def _equal(member: str, value: Any, wanted: Any) -> bool:
    """Quantities and moments are equal by what they are worth, however they are written."""
    if _is_option(value, wanted):
        return True
    return member in ("valueQuantity", "valueDateTime") and _order(member, value, wanted) == 0


def _is_option(value: Any, wanted: Any) -> bool:
    """Codings are the same by system and code, whatever their display."""
    if type(value) is dict and type(wanted) is dict and "code" in wanted and "value" not in wanted:
        return all(value.get(name) == wanted.get(name) for name in ("system", "code"))
    return same(value, wanted) or (type(wanted) is dict and holds(value, wanted))


def _written(option: Any) -> str:
    """An option, for a sentence: a coding by its code."""
    if type(option) is not dict:
        return quoted(option)
    return quoted(option.get("code") or option.get("display") or option.get("reference") or "…")


def _order(member: str, value: Any, other: Any) -> int | None:
    type_ = _TYPES.get(member, "Quantity" if member == "valueQuantity" else "string")
    try:
        return order(system((type_, value, None)), system((type_, other, None)), 0)
    except (TypeError, ValueError, AttributeError, ArithmeticError):
        return None  # not a value of this type: told by the structural check


def _bounds(question: Json, member: str, value: Any) -> Findings:
    """Lengths, limits, decimals."""
    found: Findings = None
    if type(value) is str:
        longest = question.get("maxLength")
        if type(longest) is int and len(value) > longest:
            fr = f"la réponse a {len(value)} caractères, {longest} au plus sont permis"
            en = f"the answer has {len(value)} characters, {longest} at most are allowed"
            found = add(found, error("too-long", _RULE, fr, en))
        shortest = _extension(question, "minLength", 0)
        if len(value) < shortest:
            fr = f"la réponse a {len(value)} caractères, il en faut au moins {shortest}"
            en = f"the answer has {len(value)} characters, at least {shortest} are needed"
            found = add(found, error("value", _RULE, fr, en))
    for name, sign in (("minValue", -1), ("maxValue", 1)):
        limit = _extension(question, name, None)
        compared = _order(member, value, limit) if limit is not None else None
        if compared is not None and compared * sign > 0:
            side_fr, side_en = ("inférieure", "below") if sign < 0 else ("supérieure", "above")
            fr, en = f"la réponse ne peut pas être {side_fr} à {limit}", f"the answer cannot be {side_en} {limit}"
            found = add(found, error("value", _RULE, fr, en))
    places = _extension(question, "maxDecimalPlaces", None)
    if type(places) is int and isinstance(value, Decimal):
        exponent = value.as_tuple().exponent
        if isinstance(exponent, int) and -exponent > places:
            fr, en = f"la réponse a plus de {places} décimales", f"the answer has more than {places} decimals"
            found = add(found, error("value", _RULE, fr, en))
    return found


def _extension(question: Json, name: str, default: Any) -> Any:
    """The value of an extension of a question."""
    for one in objects(question.get("extension")):
        if one.get("url") == _BASE + name:
            return next((value for member, value in one.items() if member.startswith("value")), default)
    return default


def _missing(link: str, rank: int | None = None) -> Finding:
    fr = f"la question « {quoted(link)} » est obligatoire ; répondez-y"
    en = f'the question "{quoted(link)}" is required; answer it'
    return error("required", _RULE, fr, en, path="" if rank is None else f".item[{rank}]")


def _too_many(link: str, most: int, number: int, path: str) -> Finding:
    fr = f"« {quoted(link)} » est permis {most} fois au plus, il y en a {number} ; retirez-en"
    en = f'"{quoted(link)}" is allowed {times(most)} at most, there {are(number)}; leave some out'
    return error("structure", _RULE, fr, en, path=path)
