"""Each kind of rule judged against its series: thresholds, changes, means, paths, and rules with parts. docs/metod/status.md, P5-P14.

    outcome = judge_rule(rule, case)

Rank, event, 100 per cent and narrative stand in climate/judging_cases.py.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from climate.judging_cases import judge_event, judge_narrative, judge_rank, judge_share100
from climate.outcome import LOOSE, Case, Outcome, day, decimal_year, holds, level_of, num, op_word, refuse, straddles
from climate.series import Refused, Series
from data.observations import Observation
from data.rules import AllOf, AnyOf, Change, Event, Mean, Narrative, Path, Rank, Rule, Share100, Threshold, leaves, year_end
from data.texts import text

WORST_FIRST = ("missed", "off_track", "no_data", "awaiting", "on_track", "met", "not_measurable")
"""A goal with several parts is as its worst part."""
BEST_FIRST = ("met", "on_track", "awaiting", "no_data", "off_track", "missed", "not_measurable")
"""A goal that one part fulfils is as its best part."""
REFUSED_AS = {"no_data": "no_data", "no_base": "no_data", "editions": "no_data", "unreachable": "missed"}
"""What a refusal of the chosen reading counts as; any other counts as not measurable. What cannot be reached is missed already."""


def judge_rule(rule: Rule, case: Case) -> Outcome:
    """Return what the rule says on the case's day. Never raises for data: what cannot be judged is refused with a reason."""
    if isinstance(rule, AllOf):
        return _combined(rule, case)
    judges: dict[type[Rule], Callable[..., Outcome]] = {
        Threshold: _threshold,
        Change: _change,
        Mean: _mean,
        Path: _path,
        Rank: judge_rank,
        Event: judge_event,
        Share100: judge_share100,
        Narrative: judge_narrative,
    }
    return judges[type(rule)](rule, case)


def verdict_of(outcome: Outcome) -> str:
    """Return the verdict, or what its refusal counts as."""
    return outcome.verdict or REFUSED_AS.get(outcome.refused, "not_measurable")


def _combined(rule: AllOf, case: Case) -> Outcome:
    parts = tuple(judge_rule(part, case) for part in leaves(rule))
    order = BEST_FIRST if isinstance(rule, AnyOf) else WORST_FIRST
    said = [verdict_of(part) for part in parts]
    verdict = min(said, key=order.index)
    deciding = parts[said.index(verdict)]
    told = [part.because for part in parts]
    if len(set(told)) > 1:
        told = [text("status.because.part", n=n, sentence=sentence) for n, sentence in enumerate(told, 1)]
    sentences = " ".join(dict.fromkeys(told))
    return Outcome(
        deciding.verdict,
        sentences,
        refused=deciding.refused,
        value=deciding.value,
        unit=deciding.unit,
        date=deciding.date,
        base=deciding.base,
        base_date=deciding.base_date,
        required=deciding.required,
        target=deciding.target,
        due=rule.deadline,
        level=deciding.level,
        used=tuple(dict.fromkeys(o for part in parts for o in part.used)),
        series=deciding.series,
        parts=parts,
        rule=rule,
        uncertain=any(part.uncertain and verdict_of(part) == verdict for part in parts),
    )


def _threshold(rule: Threshold, case: Case) -> Outcome:
    series = case.series(rule)
    if isinstance(series, Refused):
        return refuse(series, rule)
    if rule.from_year is not None:
        return _ceiling(rule, case, series)
    base = case.base(rule, rule.base_year) if rule.base_year else None
    if isinstance(base, Refused) and base.id == "editions":
        return refuse(base, rule)
    base = None if isinstance(base, Refused) else base
    return _timed(rule, case, (series, base), rule.target)


def _change(rule: Change, case: Case) -> Outcome:
    series, base = case.series(rule), case.base(rule, rule.base_year)
    if isinstance(series, Refused):
        return refuse(series, rule)
    if isinstance(base, Refused):
        return refuse(base if series.points else _nothing(series), rule)
    if rule.by and rule.how == "relative" and base.value <= 0:
        return refuse(Refused("undefined", text("status.refused.undefined", base=num(base.value, base.unit))), rule)
    target = base.value * (1 + rule.by / 100) if rule.how == "relative" else base.value + rule.by
    top = series.indicator.maximum
    if top is not None and rule.direction == "up" and not holds(top, rule.op, target):
        values = {"target": num(target, base.unit), "top": num(top, base.unit), "base": num(base.value, base.unit)}
        return refuse(Refused("unreachable", text("status.refused.unreachable", **values)), rule)
    return _timed(rule, case, (series, base), target)


def _path(rule: Path, case: Case) -> Outcome:
    series, base = case.series(rule), case.base(rule, rule.base_year)
    if isinstance(series, Refused):
        return refuse(series, rule)
    if isinstance(base, Refused):
        return refuse(base if series.points else _nothing(series), rule)
    if base.value <= 0:
        return refuse(Refused("undefined", text("status.refused.undefined", base=num(base.value, base.unit))), rule)
    return _timed(rule, case, (_whole_years(series, rule), base), rule.factor * base.value)


def _whole_years(series: Series, rule: Path) -> Series:
    """Return the series without preliminary values, if a final one stands after the base: a year in progress is less than a year."""
    final = tuple(point for point in series.points if point.kind != "preliminary")
    return replace(series, points=final) if final and final[-1].date.year > rule.base_year else series


def path_value(rule: Path, base: float, year: float) -> float:
    """Return the path's value in `year`: `base` in the base year, `factor * base` in the target year and after it.

    linear: E_B (1 - (1 - f) t); exponential: E_B f^t; t = (year - base year) / (target year - base year), never re-anchored.
    """
    t = min(max((year - rule.base_year) / (rule.year - rule.base_year), 0.0), 1.0)
    if rule.shape == "exponential" and rule.factor > 0:
        return base * rule.factor**t
    return base * (1 - (1 - rule.factor) * t)


def _required(rule: Rule, base: Observation | None, target: float, when: dt.date) -> float:
    """Return the requirement on a day: the path's, or interpolated in time between base and due; never less than the base."""
    if isinstance(rule, Path) and base is not None:
        return path_value(rule, base.value, when.year)
    due, op = rule.deadline, getattr(rule, "op", ">=")
    if base is None or due is None or holds(base.value, op, target) or due <= base.date:
        return target
    start = decimal_year(base.date)
    t = min(max((decimal_year(when) - start) / (decimal_year(due) - start), 0.0), 1.0)
    return base.value + (target - base.value) * t


def _timed(rule: Rule, case: Case, origin: tuple[Series, Observation | None], target: float) -> Outcome:
    """Return the outcome of a rule about one year's value: before the due day against the requirement, after it against the target."""
    series, base = origin
    due, op = rule.deadline, _op(rule)
    assert due is not None
    year = rule.year or due.year
    final = series.outcome(year, rule.due)
    if final is not None and (series.indicator.period == "year" or case.today > due):
        met = holds(final.value, op, target)
        return _told(rule, (series, base, final), (target, target), "met" if met else "missed")
    latest = next((point for point in reversed(series.points) if point.date.year <= year), None)
    if latest is None or (base is not None and latest.date <= base.date):
        return refuse(_nothing(series, base), rule)
    required = _required(rule, base, target, latest.date)
    if case.today > due:
        return _told(rule, (series, base, latest), (required, target), "awaiting")
    asked = op if abs(required - target) < 1e-12 else LOOSE[op]
    on = holds(latest.value, asked, required)
    return _told(rule, (series, base, latest), (required, target), "on_track" if on else "off_track")


def _op(rule: Rule) -> str:
    return getattr(rule, "op", "<=" if rule.direction == "down" else ">=")


def _nothing(series: Series, base: Observation | None = None) -> Refused:
    if base is not None and series.points:
        return Refused("no_data", text("status.refused.only_base", title=series.indicator.title, base=day(base.date)))
    return Refused("no_data", text("status.refused.no_data", title=series.indicator.title))


def _told(
    rule: Rule, origin: tuple[Series, Observation | None, Observation], numbers: tuple[float, float], verdict: str
) -> Outcome:
    series, base, point = origin
    required, target = numbers
    unit, due = series.indicator.unit, rule.deadline
    values = {
        "value": num(point.value, unit),
        "when": day(point.date),
        "op": op_word(_op(rule)),
        "required": num(required, unit),
        "target": num(target, unit),
        "due": day(due),
        "base": "" if base is None else text("status.because.base", base=num(base.value, unit), when=day(base.date)),
        "low": num(point.low),
        "high": num(point.high, unit),
    }
    uncertain = straddles(point, LOOSE[_op(rule)], required)
    said = _sentence(verdict, values, same=abs(required - target) < 1e-12, preliminary=point.kind == "preliminary")
    return Outcome(
        verdict,
        f"{said} {text('status.because.uncertain', **values)}" if uncertain else said,
        value=point.value,
        unit=unit,
        date=point.date,
        base=base.value if base else None,
        base_date=base.date if base else None,
        required=required,
        target=target,
        due=due,
        level=level_of(point.value, required, rule.direction),
        used=tuple(o for o in (base, point) if o is not None),
        series=series,
        rule=rule,
        uncertain=uncertain,
    )


def _sentence(verdict: str, values: dict[str, str], *, same: bool, preliminary: bool) -> str:
    parts = [text("status.because.value", **values)]
    if preliminary:
        parts.append(text("status.because.preliminary"))
    if verdict in ("met", "missed"):
        parts.append(text("status.because.was_required", **values))
    elif verdict == "awaiting":
        parts += [text("status.because.goal", **values), text("status.because.passed", **values)]
    else:
        parts += [] if same else [text("status.because.required_then", **values)]
        parts.append(text("status.because.goal", **values))
    return " ".join(parts)


def _ceiling(rule: Threshold, case: Case, series: Series) -> Outcome:
    """Return the outcome of a rule that holds every year (or every day measured) from `from_year` to `year`."""
    assert rule.from_year is not None
    assert rule.year is not None
    span = range(rule.from_year, rule.year + 1)
    if rule.each == "day":
        seen = [point for point in series.points if point.date.year in span]
    else:
        seen = [point for point in (series.outcome(year) for year in span) if point is not None]
    latest = seen[-1] if seen else next((p for p in reversed(series.points) if p.date.year in span), None)
    broken = [point for point in seen if not holds(point.value, rule.op, rule.target)]
    numbers = (rule.target, rule.target)
    if broken and not rule.forgives:
        return _told(rule, (series, None, broken[0]), numbers, "missed")
    if latest is None:
        return refuse(_nothing(series), rule)
    due = rule.deadline
    assert due is not None
    if case.today > due:
        complete = len({point.date.year for point in seen}) == len(span) and series.outcome(rule.year) is not None
        ended = "met" if holds(latest.value, rule.op, rule.target) else "missed"
        return _told(rule, (series, None, latest), numbers, ended if complete else "awaiting")
    on = holds(latest.value, rule.op, rule.target)
    return _told(rule, (series, None, latest), numbers, "on_track" if on else "off_track")


def _mean(rule: Mean, case: Case) -> Outcome:
    found = _mean_values(rule, case)
    if isinstance(found, Refused):
        return refuse(found, rule)
    series, by_year, used, mean = found
    left = len(rule.years) - len(by_year)
    needed = None
    if left and rule.over == "values":
        needed = (rule.target * len(rule.years) - sum(by_year.values())) / left
    complete = not left and all(o.kind != "preliminary" for o in used)
    ok = holds(mean, rule.op, rule.target)
    late = case.today > rule.deadline
    verdict = ("met" if ok else "missed") if complete else "awaiting" if late else "on_track" if ok else "off_track"
    years = sorted(by_year)
    count = "one" if left == 1 else "needed"
    values = {
        "value": num(mean, series.indicator.unit),
        "years": f"{years[0]}–{years[-1]}" if len(years) > 1 else str(years[0]),
        "op": op_word(rule.op),
        "target": num(rule.target, series.indicator.unit),
        "first": min(rule.years),
        "last": max(rule.years),
        "left": left,
        "needed": num(needed, series.indicator.unit),
    }
    parts = [text("status.because.mean", **values), text("status.because.mean_goal", **values)]
    if needed is not None:
        parts.append(text(f"status.because.mean_{count}", **values))
    return Outcome(
        verdict,
        " ".join(parts),
        value=mean,
        unit=series.indicator.unit,
        date=year_end(years[-1]),
        required=rule.target,
        target=rule.target,
        due=rule.deadline,
        level=level_of(mean, rule.target, rule.direction),
        needed=needed,
        used=used,
        series=series,
        rule=rule,
    )


_Means = tuple[Series, dict[int, float], tuple[Observation, ...], float]


def _mean_values(rule: Mean, case: Case) -> _Means | Refused:
    """Return the series the mean is in, the value of each year there is, what they rest on, and the mean."""
    series = case.series(rule)
    if isinstance(series, Refused) or rule.over == "sums":
        return series if isinstance(series, Refused) else _sums(rule, case, series)
    points = {year: point for year in rule.years if (point := series.in_year(year)) is not None}
    if not points:
        return _nothing(series)
    values = {year: point.value for year, point in points.items()}
    return series, values, tuple(points.values()), sum(values.values()) / len(values)


def _sums(rule: Mean, case: Case, own: Series) -> _Means | Refused:
    above, below = case.of(rule.numerator), case.of(rule.denominator)
    if isinstance(above, Refused) or isinstance(below, Refused):
        return above if isinstance(above, Refused) else below  # type: ignore[return-value]
    pairs = {year: (above.in_year(year), below.in_year(year)) for year in rule.years}
    both = {year: (a, b) for year, (a, b) in pairs.items() if a is not None and b is not None}
    if not both:
        return _nothing(below if above.points else above)
    total = sum(b.value for _, b in both.values())
    if total <= 0:
        return Refused("undefined", text("status.refused.undefined", base=num(total, below.indicator.unit)))
    ratio = 100 * sum(a.value for a, _ in both.values()) / total
    values = {year: 100 * a.value / b.value for year, (a, b) in both.items() if b.value}
    return own, values, tuple(o for pair in both.values() for o in pair), ratio
