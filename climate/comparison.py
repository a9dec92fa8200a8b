"""Two other ways of saying how far a goal has come, beside the verdict: Open SDG's and Eurostat's ratio of growth rates.

CAGR = (value / base) ** (1 / years) - 1; ratio = CAGR seen / CAGR required. Open SDG (Progress calculation, with target): met; at
least 0.95 on track; 0.60 progress, acceleration needed; 0 limited progress; below 0 moving away. Eurostat (Sustainable development in
the European Union, annex on assessment with target): at least 95 per cent significant progress; 60 moderate progress; 0 insufficient;
below 0 movement away. Both are refused where the ratio is undefined.
"""

from __future__ import annotations

from dataclasses import dataclass

from climate.outcome import Outcome, holds
from data.rules import Change, Path, Threshold
from data.texts import text

OPEN_SDG = ((0.95, "on_track"), (0.60, "acceleration"), (0.0, "limited"))
EUROSTAT = ((0.95, "significant"), (0.60, "moderate"), (0.0, "insufficient"))


@dataclass(frozen=True)
class Comparison:
    """ratio: growth seen / growth required. open_sdg, eurostat: ids of their bands; refused: why there is none."""

    ratio: float | None = None
    open_sdg: str = ""
    eurostat: str = ""
    refused: str = ""


def growth(base: float, value: float, years: float) -> float:
    """Return the compound annual growth rate. Both values above 0 and `years` above 0."""
    return (value / base) ** (1 / years) - 1


def compare(outcome: Outcome) -> Comparison:
    """Return the two bands for a rule with a base, a target and a due day; else why not."""
    rule = next((part for part in outcome.parts if part.rule is not None and _has_target(part)), outcome)
    reason = _why_not(rule)
    if reason:
        return Comparison(refused=text(f"status.compare.{reason}"))
    assert rule.base is not None
    assert rule.value is not None
    assert rule.target is not None
    assert rule.base_date is not None
    assert rule.date is not None
    assert rule.due is not None
    seen = growth(rule.base, rule.value, rule.date.year - rule.base_date.year)
    wanted = growth(rule.base, rule.target, rule.due.year - rule.base_date.year)
    ratio = seen / wanted
    op = getattr(rule.rule, "op", "<=" if wanted < 0 else ">=")
    open_sdg = "met" if holds(rule.value, op, rule.target) else _band(ratio, OPEN_SDG)
    return Comparison(ratio, open_sdg, _band(ratio, EUROSTAT))


def _band(ratio: float, bands: tuple[tuple[float, str], ...]) -> str:
    return next((word for least, word in bands if ratio >= least), "away")


def _has_target(outcome: Outcome) -> bool:
    return outcome.base is not None and outcome.target is not None and outcome.target != outcome.base


def _why_not(outcome: Outcome) -> str:
    """Return the key of the reason the ratio is undefined, or an empty text."""
    if not isinstance(outcome.rule, (Threshold, Change, Path)):
        return "kind"
    if outcome.value is None or outcome.date is None:
        return "no_value"
    if outcome.base is None or outcome.base_date is None or outcome.due is None or outcome.target is None:
        return "no_base"
    op = getattr(outcome.rule, "op", "")
    start = outcome.base_date.year
    reasons = {
        "not_positive": min(outcome.base, outcome.value, outcome.target) <= 0,
        "no_target": outcome.target == outcome.base,
        "no_time": outcome.date.year <= start or outcome.due.year <= start,
        "already": bool(op) and holds(outcome.base, op, outcome.target),
    }
    return next((key for key, holds_ in reasons.items() if holds_), "")
