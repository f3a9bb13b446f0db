"""Names as they sound in French: `phonetic=gautier` finds GAUTHIER. Source: FHIR R4 Patient.phonetic, whose algorithm it leaves
to servers: ours is `kernel.phonetic`.

The sounds stand in the index of full text, which follows the history: a write pays nothing for them.
"""

from collections.abc import Sequence
from typing import Any

from socle.kernel.phonetic import sound
from socle.kernel.search.conditions import Condition, TextTest, both, either
from socle.kernel.search.escapes import unescape
from socle.kernel.search.normalise import normalise
from socle.kernel.search.parameter import Context, Parameter
from socle.kernel.search.refusal import refuse
from socle.kernel.search.types.string import plain_texts
from socle.kernel.store.contract import Keys

MODIFIERS: frozenset[str] = frozenset()
_LONGEST = 200  # characters of what is asked


def keys(parameter: Parameter, values: Sequence[tuple[str, Any]], into: Keys, /) -> None:
    """Nothing is kept at the write."""


def words(parameter: Parameter, values: Sequence[tuple[str, Any]]) -> set[str]:
    """What the index of full text keeps: how each word of a name sounds, and each part of it as a whole (LE GALL, LEGALL)."""
    texts = plain_texts(values)
    wholes = {whole for text in texts for whole in (text, text[:_LONGEST].strip())}
    words = {word for text in texts for word in text.split()}
    return {_word(parameter, code) for code in map(sounded, wholes | words) if code}


def condition(parameter: Parameter, modifier: str, values: Sequence[str], context: Context, /) -> Condition:
    """Names in which each word asked sounds like a word, or all of them together like a part of the name."""
    return either([_one(parameter, unescape(value)) for value in values])


def sounded(text: str) -> str:
    """How a normalised text sounds."""
    return sound(text.upper())


def _one(parameter: Parameter, text: str) -> Condition:
    plain = normalise(text)[:_LONGEST].strip()
    codes = [code for code in map(sounded, plain.split()) if code]
    if not codes:
        raise refuse(
            parameter.name,
            f"« {parameter.name} » demande un nom, en lettres.",
            f"“{parameter.name}” takes a name, in letters.",
        )
    each = [TextTest("said", f"'{_word(parameter, code)}'", True) for code in dict.fromkeys(codes)]
    whole = TextTest("said", f"'{_word(parameter, sounded(plain))}'", True)
    return either([both(each), whole])


def _word(parameter: Parameter, code: str) -> str:
    return f"{parameter.name}={code}"[:500]
