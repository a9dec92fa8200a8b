"""Numbers inside the sentences solar writes, in the language in force."""

from __future__ import annotations

from babel.numbers import format_decimal

from data.texts import language

LOCALES = {"sv": "sv_SE", "en": "en_GB"}


def number(value: float, digits: int = 0) -> str:
    """Return `value` with `digits` decimals and the language's marks; a value that rounds to nothing keeps one digit."""
    if 0 < abs(value) < 0.5 * 10.0**-digits:
        return number(value, digits + 1)
    return format_decimal(
        round(value, digits) + 0.0, format="#,##0." + "0" * digits if digits else "#,##0", locale=LOCALES[language()]
    )
