"""One cell at a time: Swedish numbers, dates and yes/no, whatever way they were typed. Raises ValueError for what is none of them."""

from __future__ import annotations

import datetime as dt
import math
import re
import unicodedata

UNSEEN = frozenset({"Cc", "Cf"})
"""Unicode's categories of signs without a shape: controls and formats."""
MINUSES = dict.fromkeys(map(ord, "\u2212\u2012\u2013\u2011"), "-")
YES = frozenset({"ja", "j", "x", "yes", "y", "true", "sant", "1"})
NO = frozenset({"nej", "n", "no", "false", "falskt", "0"})
MONTHS = ("jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec")

_NUMBER = re.compile(
    r"[+-]?(?:"
    r"\d+(?:[.,]\d+)?(?:[eE][+-]?\d+)?|[.,]\d+"  # 1234  1234,5  12.5  1e3  ,5
    r"|\d{1,3}(?: \d{3})+(?:[.,]\d+)?"  # 1 234 567,8
    r"|\d{1,3}(?:\.\d{3})+,\d+|\d{1,3}(?:\.\d{3}){2,}"  # 1.234,5  1.234.567
    r"|\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:,\d{3}){2,}"  # 1,234.5  1,234,567
    r")"
)
_DATES = (
    re.compile(r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})(?:[t ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:z|[+-]\d{2}:?\d{2})?)?"),
    re.compile(r"(?P<y>\d{4})[./](?P<m>\d{1,2})[./](?P<d>\d{1,2})"),
    re.compile(r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<y>\d{2})(?P<m>\d{2})(?P<d>\d{2})"),
    re.compile(r"(?P<y>\d{2})-(?P<m>\d{2})-(?P<d>\d{2})"),
    re.compile(r"(?P<d>\d{1,2})[./-](?P<m>\d{1,2})[./ -](?P<y>\d{4})"),
    re.compile(r"(?P<d>\d{1,2})/(?P<m>\d{1,2}) ?[- ] ?(?P<y>\d{2})"),  # 1/3-24; 01.03.24 and 1/3/24 may be meant either way
    re.compile(r"(?:den )?(?P<d>\d{1,2})(?:\.|:[ae])? (?P<name>[a-z]+)\.? (?P<y>\d{4})"),
)
FIRST_YEAR, LAST_YEAR = 1800, 2200  # a date outside is a slip of the finger
_CENTURY_TURN = 70  # a two-digit year from 70 is in the 1900s, as in POSIX's %y (69 there; no register is that old)


def is_empty(value: object) -> bool:
    """Return whether a cell holds nothing: None, NaN, NaT or only spaces."""
    if isinstance(value, str):
        return not value or value.isspace() or (not value.isprintable() and not tidy(value))
    return value is None or bool(value != value)  # noqa: PLR0124  (NaN and NaT differ from themselves)


def tidy(value: str) -> str:
    """Return text with every kind of space (of Excel, Word and web pages too) as one plain space, and none at the ends.

    Signs nobody sees (zero width, direction marks, soft hyphens) come along when text is copied, and are left out.
    """
    if not value.isprintable():
        value = "".join(sign for sign in value if sign.isspace() or unicodedata.category(sign) not in UNSEEN)
    return " ".join(value.split())


def fold(value: str) -> str:
    """Return text for comparing: small letters and digits only, å ä ö and accents as plain letters.

    >>> fold(" Ö. Torggatan ")
    'otorggatan'
    """
    plain = value.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
    return plain if plain.isalnum() else "".join(filter(str.isalnum, plain))


def as_text(value: object) -> str | None:
    """Return a cell as text: 1234.0 is '1234', a date is ISO, yes and no are ja and nej; None when empty."""
    if is_empty(value):
        return None
    if isinstance(value, bool):
        return "ja" if value else "nej"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        return value.date().isoformat()
    return tidy(str(value))


def number(value: object) -> float | None:
    """Return a number typed the Swedish way (or the English, where that can only mean one thing); None when empty.

    Understands 1 234,5 with any space, −5 with a true minus sign, 1.234,5 and 1,234.5. Raises ValueError otherwise.
    """
    if is_empty(value):
        return None
    if isinstance(value, bool):
        raise ValueError(f"{value!r} is not a number")
    if not isinstance(value, str):
        result = float(value)  # type: ignore[arg-type]
    else:
        typed = tidy(value).translate(MINUSES)
        if not _NUMBER.fullmatch(typed):
            raise ValueError(f"{value!r} is not a number")
        result = float(_english(typed))
    if not math.isfinite(result):
        raise ValueError(f"{value!r} is not a number")
    return result


def _english(typed: str) -> str:
    bare = typed.replace(" ", "")
    decimal = max(bare.rfind(","), bare.rfind("."))
    if decimal < 0:
        return bare
    mark = bare[decimal]
    if bare.count(mark) > 1:  # 1.234.567: the mark groups thousands
        return bare.replace(mark, "")
    return bare[:decimal].replace(",", "").replace(".", "") + "." + bare[decimal + 1 :]


def date(value: object) -> dt.date | None:
    """Return the day a cell says; None when empty.

    Understands dates of the workbook, 2024-03-01 (with a time too), 24-03-01, 2024/3/1, 20240301, 240301, 1/3 2024, 1/3-24,
    01.03.2024 (day first, as in Sweden) and 1 mars 2024. Raises ValueError for anything else, and for days that do not exist.
    """
    if is_empty(value):
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    typed = (as_text(value) or "").casefold().translate(MINUSES)
    for pattern in _DATES:
        if (found := pattern.fullmatch(typed)) and FIRST_YEAR <= (day := _day(found.groupdict())).year <= LAST_YEAR:
            return day
    raise ValueError(f"{value!r} is not a date")


def _day(parts: dict[str, str]) -> dt.date:
    year = int(parts["y"])
    if len(parts["y"]) == 2:
        year += 1900 if year >= _CENTURY_TURN else 2000
    if "name" not in parts:
        return dt.date(year, int(parts["m"]), int(parts["d"]))
    short = {"october": "okt", "may": "maj"}.get(parts["name"], parts["name"])[:3]
    if short not in MONTHS:
        raise ValueError(f"{parts['name']!r} is not a month")
    return dt.date(year, MONTHS.index(short) + 1, int(parts["d"]))


def boolean(value: object) -> bool | None:
    """Return True for ja, x, 1, sant ..., False for nej, 0, falskt ...; None when empty. Raises ValueError otherwise."""
    if is_empty(value):
        return None
    if isinstance(value, bool):
        return value
    typed = (as_text(value) or "").casefold()
    if typed in YES:
        return True
    if typed in NO:
        return False
    raise ValueError(f"{value!r} is not yes or no")
