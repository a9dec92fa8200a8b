"""Colours, words and number formats of every page. The only place where they are decided.

    number(41237)            "41 237"          number(4.12, 1)   "4,1"       number(-3)  "−3"
    rounded(41237)           "41 000"          two significant digits: what an estimate of +-10 % can carry
    percent(0.352)           "35 %"            date(day)         "5 mars 2026"
    power(0.412)             "412 kW"          energy(41237)     "41 MWh"
    class_word("top")        "mycket bra"      status_word("met") "uppnått"
    status_symbol("met")     the status as a small inline SVG (decorative: the word always stands beside it)
    css_tokens()             the colours as CSS custom properties, light and dark

Formats follow the language in force (data.texts.use_language): Swedish thousands are set with a no-break space, the
decimal mark is a comma and minus is U+2212. A missing number is never a zero: it is the dash `MISSING`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable

from babel.dates import format_date
from babel.numbers import format_decimal

from data.layers import REASONS
from data.texts import language, text

LOCALES = {"sv": "sv_SE", "en": "en_GB"}
MISSING = "–"
NBSP = "\u00a0"
MINUS = "\u2212"

LIGHT = {
    "land": "#f4f2ec",
    "white": "#ffffff",
    "ink": "#1a1f24",
    "secondary": "#4a525a",
    "link": "#00577d",
    "hairline": "#d8d4ca",
    "sunk": "#ebe8df",
    "focus": "#00577d",
}
"""The frame by day: paper, ink and one link colour."""

DARK = {
    "land": "#15191d",
    "white": "#1d2227",
    "ink": "#f1efe9",
    "secondary": "#b9c0c6",
    "link": "#86c8ea",
    "hairline": "#3b424a",
    "sunk": "#262c32",
    "focus": "#86c8ea",
}
"""The frame in dark mode. The map itself stays paper-light."""

ROOF_CLASSES = {
    "top": "#7a1f1a",
    "good": "#cf5a1c",
    "fair": "#f2a93b",
    "poor": "#f6dfa0",
    "excluded": "#c9cdd1",
    "not_assessed": "#ffffff",
}
"""Fill per roof class: dark is best. `excluded` is hatched and `not_assessed` has a dashed outline."""

ROOF_TEXT = {
    "top": "#ffffff",
    "good": "#000000",
    "fair": "#1a1f24",
    "poor": "#1a1f24",
    "excluded": "#1a1f24",
    "not_assessed": "#1a1f24",
}
"""Text on a fill of the class."""

ROOF_OUTLINE = "#5a554c"
BUILT = "#1f5f8b"
SUITABILITY = {"suitable": "#7a1f1a", "conditional": "#cf5a1c", "unsuitable": "#c9cdd1", "unknown": "#ffffff"}

STATUS = {
    "met": "#00506b",
    "on_track": "#1f7a6d",
    "off_track": "#b85c00",
    "missed": "#8a1538",
    "awaiting": "#4a525a",
    "no_data": "#4a525a",
    "not_measurable": "#4a525a",
}
"""Colour per verdict, in the order they are shown. The last three are outlines only."""

IRRADIATION = (
    "#fdf6dc",
    "#f6dfa0",
    "#f4c46a",
    "#f2a93b",
    "#e18129",
    "#cf5a1c",
    "#b2451b",
    "#963219",
    "#7a1f1a",
)
"""Nine steps of the continuous irradiation layer, low to high."""

MAP = {
    "paper": "#f4f2ec",
    "outside": "#e6e3da",
    "water": "#c9dbe2",
    "waterline": "#8fb0bd",
    "forest": "#e0e6d3",
    "forestline": "#c3cdb0",
    "road": "#ffffff",
    "roadcase": "#c6c0b2",
    "railway": "#7b7569",
    "boundary": "#8a8375",
    "name": "#3a3f45",
    "watername": "#2f6075",
}
"""The paper map under the roofs; the same in dark mode."""

_GLYPHS = {
    "met": '<path d="M4.6 9.4l3 3 5.8-6.6" fill="none" stroke="#fff" stroke-width="2.2"/>',
    "on_track": '<path d="M9 14V5M5 8.6L9 4.6l4 4" fill="none" stroke="#fff" stroke-width="2.2"/>',
    "off_track": '<path d="M9 4.2l5.2 9H3.8z" fill="#fff"/>',
    "missed": '<path d="M5 5l8 8M13 5l-8 8" stroke="#fff" stroke-width="2.2"/>',
    "awaiting": '<path d="M5.5 4.2h7M5.5 13.8h7M6 4.5c0 3.2 6 5.8 6 9M12 4.5c0 3.2-6 5.8-6 9" '
    'fill="none" stroke="currentColor" stroke-width="1.4"/>',
    "no_data": '<text x="9" y="13.4" text-anchor="middle" font-size="12" font-weight="600" '
    'fill="currentColor" font-family="inherit">?</text>',
    "not_measurable": '<path d="M5 6.4h8M5 9h8M5 11.6h8" stroke="currentColor" stroke-width="1.3" stroke-dasharray="1.3 1.5"/>',
}
_DASHES = {"awaiting": "", "no_data": ' stroke-dasharray="3 2"', "not_measurable": ' stroke-dasharray="1 1.6"'}


def css_tokens() -> str:
    """Return every colour as CSS custom properties: `:root` by day, and the frame again for dark mode."""
    day = _properties(LIGHT) + _properties(
        {f"class-{key}": value for key, value in ROOF_CLASSES.items()}
        | {f"on-{key}": value for key, value in ROOF_TEXT.items()}
        | {f"status-{key}": value for key, value in STATUS.items()}
        | {f"map-{key}": value for key, value in MAP.items()}
        | {"outline": ROOF_OUTLINE, "built": BUILT}
    )
    night = _properties(DARK)
    return (
        f":root{{color-scheme:light dark;{day}}}\n"
        f"@media screen and (prefers-color-scheme:dark){{:root{{{night}}}}}\n"
        f"@media print{{:root{{color-scheme:light}}}}\n"
    )


def _properties(colours: dict[str, str]) -> str:
    return "".join(f"--{key.replace('_', '-')}:{value};" for key, value in colours.items())


def number(value: float | None, digits: int = 0) -> str:
    """Return the number with `digits` decimals in the language in force; None and NaN give the dash."""
    if value is None or not math.isfinite(value):
        return MISSING
    value = round(float(value), digits) + 0.0
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    return format_decimal(value, pattern, locale=LOCALES[language()]).replace("-", MINUS)


def rounded(value: float | None, significant: int = 2) -> str:
    """Return the number with `significant` significant digits, no more decimals than they need: 41 000, 4,1."""
    if value is None or not math.isfinite(value):
        return MISSING
    if value == 0:
        return number(0)
    value = round(value, significant - 1 - math.floor(math.log10(abs(value))))
    return number(value, max(0, significant - 1 - math.floor(math.log10(abs(value)))))


def percent(share: float | None, digits: int = 0) -> str:
    """Return a share 0..1 as per cent; the sign is kept on the number's line."""
    if share is None or not math.isfinite(share):
        return MISSING
    return number(share * 100, digits) + (NBSP + "%" if language() == "sv" else "%")


def date(day: dt.date | None, *, short: bool = False) -> str:
    """Return the day in words ("5 mars 2026"), or as 2026-03-05 when `short`."""
    if day is None:
        return MISSING
    return day.isoformat() if short else format_date(day, "d MMMM y", locale=LOCALES[language()])


def power(mw: float | None) -> str:
    """Return a module power in MW with one decimal, in whole kW under 1 MW."""
    if mw is None or not math.isfinite(mw):
        return MISSING
    return f"{number(mw * 1000)}{NBSP}kW" if 0 < abs(mw) < 0.995 else f"{number(mw, 1)}{NBSP}MW"


def decided(mw: float) -> str:
    """Return a decided number of MW as it was decided: 6, not 6,0; 4,5 as it is."""
    return number(mw, 0 if abs(mw - round(mw)) < 0.005 else 1)


def energy(kwh: float | None) -> str:
    """Return an amount of energy with two significant digits in kWh, MWh or GWh."""
    if kwh is None or not math.isfinite(kwh):
        return MISSING
    for limit, divisor, unit in ((10_000, 1, "kWh"), (10_000_000, 1_000, "MWh"), (math.inf, 1_000_000, "GWh")):
        if abs(kwh) < limit:
            return f"{rounded(kwh / divisor)}{NBSP}{unit}"
    raise AssertionError(kwh)


def class_word(code: str) -> str:
    """Return the word of a roof class."""
    return text(f"maps.class.{code}")


def suitability_word(code: str) -> str:
    """Return the word of a facility's verdict."""
    return text(f"maps.suitability.{code}")


def status_word(code: str) -> str:
    """Return the word of a goal's verdict."""
    return text(f"maps.status.{code}")


def reason_words(codes: str | Iterable[str]) -> list[str]:
    """Return the sentences of reason codes (a ;-joined text or codes), in the order of data.layers.REASONS."""
    given = {code.strip() for code in (codes.split(";") if isinstance(codes, str) else codes)} - {""}
    return [text(f"maps.reason.{code}") for code in REASONS if code in given]


def status_symbol(code: str, *, size: int = 18) -> str:
    """Return the verdict's symbol as inline SVG, hidden from screen readers: its word must stand beside it."""
    if code in _DASHES:
        box = (
            '<rect x="1.2" y="1.2" width="15.6" height="15.6" rx="3" fill="none" stroke="currentColor" '
            f'stroke-width="1.6"{_DASHES[code]}/>'
        )
    else:
        fill = STATUS[code]
        box = f'<rect x=".5" y=".5" width="17" height="17" rx="3" fill="{fill}" stroke="#fff" stroke-width="1"/>'
    return (
        f'<svg class="status status-{code.replace("_", "-")}" width="{size}" height="{size}" viewBox="0 0 18 18" '
        f'aria-hidden="true" focusable="false">{box}{_GLYPHS[code]}</svg>'
    )
