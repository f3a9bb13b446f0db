"""The command line speaks French unless asked otherwise."""

import pytest

from socle.command.language import choose


@pytest.mark.parametrize(
    ("arguments", "environment", "language"),
    [
        ([], {}, "fr"),
        ([], {"LANG": "C.UTF-8"}, "fr"),
        ([], {"LANG": "fr_FR.UTF-8"}, "fr"),
        ([], {"LANG": "en_GB.UTF-8"}, "en"),
        ([], {"LANG": "en_GB.UTF-8", "SOCLE_LANG": "fr"}, "fr"),
        (["--lang", "en", "up"], {"LANG": "fr_FR.UTF-8"}, "en"),
        (["--lang=en", "up"], {}, "en"),
        (["--lang=fr"], {"SOCLE_LANG": "en"}, "fr"),
        (["--lang"], {}, "fr"),
    ],
)
def test_an_option_wins_over_a_variable_over_the_locale(
    arguments: list[str], environment: dict[str, str], language: str
) -> None:
    assert choose(arguments, environment) == language
