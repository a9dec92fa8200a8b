"""Swedish registration numbers: normalised, told apart by kind, and what a mistyped one may have meant.

Old: three letters, three digits. New (since 2019): the last sign may be a letter. I, Q, V and Å Ä Ö are not used, nor O last.
Personal plates: two to seven letters, digits and spaces, never of the ordinary form (Transportstyrelsen, Personlig skylt: tecken).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

LETTERS = "A-HJ-PR-UW-Z"
_OLD = re.compile(rf"[{LETTERS}]{{3}}[0-9]{{3}}")
_NEW = re.compile(rf"[{LETTERS}]{{3}}[0-9]{{2}}[A-HJ-NPR-UW-Z]")
_PERSONAL = re.compile(r"(?=.*[A-ZÅÄÖ])[0-9A-ZÅÄÖ]{2,7}")
_NEARLY = re.compile(r"[A-ZÅÄÖ01]{2,4}[0-9OIQ]{2,4}[A-Z]?")
"""Looks like an ordinary number with a sign too many, too few or of the wrong kind."""
_JUNK = re.compile(r"[\s\-–—.:_*'\"]+")
_CODES = [chr(code) for code in range(128)]
_IS_LETTER, _IS_DIGIT, _IS_LAST = (
    np.array([bool(re.match(signs, sign)) for sign in _CODES]) for signs in (f"[{LETTERS}]", "[0-9]", "[A-HJ-NPR-UW-Z]")
)
"""Of every ASCII sign: a letter of ordinary numbers, a digit, a letter that may stand last."""
_AS_LETTER = str.maketrans("01", "OI")
_AS_DIGIT = str.maketrans("OIQ", "010")


def normalise(typed: str) -> str:
    """Return a registration number in capitals without spaces and signs; "" if nothing is left.

    >>> normalise(" abc-12d ")
    'ABC12D'
    """
    return _JUNK.sub("", unicodedata.normalize("NFKC", typed)).upper()


def kind(plate: str) -> str:
    """Return old, new, personal, invalid or none (empty) for a normalised number."""
    if not plate:
        return "none"
    if _OLD.fullmatch(plate):
        return "old"
    if _NEW.fullmatch(plate):
        return "new"
    return "personal" if _PERSONAL.fullmatch(plate) and not _NEARLY.fullmatch(plate) else "invalid"


def ordinaries(typed: Sequence[object]) -> tuple[list[str], list[str]]:
    """Return cells in capitals and the kind (old, new) of those that are an ordinary number as they stand; else "" as kind."""
    signs = np.array([cell if isinstance(cell, str) and len(cell) == 6 else "" for cell in typed], "U6")
    codes = signs.view(np.uint32).reshape(-1, 6)
    codes = np.where((codes >= ord("a")) & (codes <= ord("z")), codes - np.uint32(32), codes)
    ascii_ = np.where(codes < 128, codes, 0)
    stem = _IS_LETTER[ascii_[:, :3]].all(axis=1) & _IS_DIGIT[ascii_[:, 3:5]].all(axis=1)
    old, new = stem & _IS_DIGIT[ascii_[:, 5]], stem & _IS_LAST[ascii_[:, 5]]
    return codes.astype(np.uint32).view("U6").ravel().tolist(), np.select([old, new], ["old", "new"], "").tolist()


def suggestion(plate: str) -> str | None:
    """Return the ordinary number a mistyped one may be: O for 0, I for 1 and the reverse; None if there is no such."""
    if len(plate) != 6:
        return None
    guess = plate[:3].translate(_AS_LETTER) + plate[3:5].translate(_AS_DIGIT)
    for last in (plate[5], plate[5].translate(_AS_DIGIT)):
        if kind(guess + last) in ("old", "new") and guess + last != plate:
            return guess + last
    return None
