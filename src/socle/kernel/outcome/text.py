"""A sentence in the two languages of the house."""

from typing import Literal, NamedTuple

Language = Literal["fr", "en"]


class Text(NamedTuple):
    """The same sentence in French and in English; French first, always both."""

    fr: str
    en: str

    def to(self, language: Language) -> str:
        """The sentence in `language`."""
        return self.en if language == "en" else self.fr
