"""Rules that are not about one value against another: rank, event, 100 per cent, and what cannot be measured. P12-P14."""

from __future__ import annotations

from dataclasses import dataclass

from climate.outcome import Case, Outcome, day, num, refuse
from climate.series import Refused, Series
from data.observations import Observation
from data.rules import Event, Narrative, Rank, Share100, year_end
from data.texts import language, text

YEARS_BEFORE = 2
"""Years before a rank's own year whose place says where it stands (an older one says nothing of today)."""


@dataclass(frozen=True)
class _Place:
    """The places one could hold in a year, given what is known: best, worst; None for an own value that is lacking."""

    year: int
    own: Observation | None
    best: int
    worst: int
    leader: tuple[str, Observation] | None
    used: tuple[Observation, ...]

    def holds(self, place: int) -> bool | None:
        """Return whether the place is held; None where it cannot be told."""
        if self.own is None:
            return None
        return True if self.worst <= place else False if self.best > place else None


def judge_rank(rule: Rank, case: Case) -> Outcome:
    """Return the outcome of a place among others. Others that lack a value leave a range of places; a better one decides."""
    members = {code: case.series(rule, municipality=code) for code in rule.among}
    for series in members.values():
        if isinstance(series, Refused):
            return refuse(series, rule)
    known = {code: series for code, series in members.items() if isinstance(series, Series)}
    years = range(rule.from_year or rule.year - YEARS_BEFORE, rule.year + 1)
    places = [_place(rule, known, year) for year in years]
    decided = [place for place in places if place.holds(rule.place) is not None]
    due = rule.deadline
    assert due is not None
    if not decided:
        return refuse(_no_place(rule, known, years.start), rule)
    broken = [place for place in decided if not place.holds(rule.place)]
    last = decided[-1]
    if broken and rule.from_year and not rule.forgives:
        return _rank_told(rule, known, broken[0], "missed")
    if last.year == rule.year and (rule.from_year is None or rule.forgives or len(decided) == len(places)):
        return _rank_told(rule, known, last, "met" if last.holds(rule.place) else "missed")
    if case.today > due:
        return _rank_told(rule, known, last, "awaiting")
    return _rank_told(rule, known, last, "on_track" if last.holds(rule.place) else "off_track")


def _place(rule: Rank, members: dict[str, Series], year: int) -> _Place:
    found = {code: series.in_year(year) for code, series in members.items()}
    own = found.pop(rule.who, None)
    others = {code: point for code, point in found.items() if point is not None}
    if own is None:
        return _Place(year, None, 1, len(rule.among), None, tuple(others.values()))
    sign = 1 if rule.better == "low" else -1
    better = {code: point for code, point in others.items() if sign * point.value < sign * own.value}
    leader = min(better.items(), key=lambda item: sign * item[1].value) if better else None
    best = 1 + len(better)
    return _Place(year, own, best, best + len(found) - len(others), leader, (own, *others.values()))


def _no_place(rule: Rank, members: dict[str, Series], first: int) -> Refused:
    title = members[rule.who].indicator.title
    said = text("status.refused.no_rank", title=title, first=first, last=rule.year)
    own = members[rule.who].points
    earlier = _place(rule, members, own[-1].date.year) if own else None
    if earlier is not None and earlier.leader is not None and earlier.own is not None:
        code, point = earlier.leader
        unit = members[rule.who].indicator.unit
        values = {"own": num(earlier.own.value, unit), "other": num(point.value, unit), "year": earlier.year}
        said += " " + text("status.refused.earlier_rank", name=rule.names.get(code, code), **values)
    return Refused("no_data", said)


def _rank_told(rule: Rank, members: dict[str, Series], place: _Place, verdict: str) -> Outcome:
    series = members[rule.who]
    assert place.own is not None
    values = {"year": place.year, "value": num(place.own.value, series.indicator.unit), "n": len(rule.among)}
    key = "exact" if place.best == place.worst else "range"
    said = text(f"status.because.rank_{key}", best=place.best, worst=place.worst, **values)
    if place.leader is not None:
        code, point = place.leader
        name = rule.names.get(code, code)
        said += " " + text("status.because.rank_leader", name=name, value=num(point.value, series.indicator.unit))
    said += " " + text(
        "status.because.rank_goal_each" if rule.from_year else "status.because.rank_goal",
        place=rule.place,
        first=rule.from_year,
        year=rule.year,
    )
    held = place.holds(rule.place)
    return Outcome(
        verdict,
        said,
        value=float(place.best),
        unit="plats",
        date=place.own.date,
        required=float(rule.place),
        target=float(rule.place),
        due=rule.deadline,
        level="unknown" if held is None else "ahead" if place.best < rule.place else "at" if held else "behind",
        used=place.used,
        series=series,
        rule=rule,
    )


def judge_event(rule: Event, case: Case) -> Outcome:
    """Return the outcome of something that is to happen. Only what was measured has happened; the rest is a plan."""
    series = case.series(rule)
    if isinstance(series, Refused):
        return refuse(series, rule)
    due = rule.deadline
    assert due is not None
    after = [o for o in (*series.points, *series.planned) if rule.since is None or o.date >= rule.since]
    enough = [o for o in after if o.value >= rule.count]
    done = [o for o in enough if o.kind == "measured" and o.date <= case.today]
    plans = [o for o in enough if o.kind != "measured"]
    said = {"due": day(due), "count": num(rule.count, series.indicator.unit)}
    if done:
        late = (done[0].date - due).days
        key = "late" if late > 0 else "done"
        because = text(f"status.because.event_{key}", when=day(done[0].date), days=late, **said)
        return _event_told(rule, series, (done[0],), "missed" if late > 0 else "met", because)
    looked = [o for o in after if o.kind == "measured"]
    if not looked and not plans:
        title = series.indicator.title
        return refuse(Refused("no_data", text("status.refused.no_event", title=title)), rule)
    plan = plans[-1] if plans else None
    sentence = (
        text("status.because.event_planned", when=_plan_day(plan), **said)
        if plan
        else text("status.because.event_no_plan", **said)
    )
    if case.today > due:
        if any(o.date >= due for o in looked):
            return _event_told(
                rule, series, (looked[-1],), "missed", text("status.because.event_not", when=day(looked[-1].date), **said)
            )
        because = sentence + " " + text("status.because.event_passed", **said)
        return _event_told(rule, series, (plan,) if plan else (looked[-1],), "awaiting", because)
    verdict = "on_track" if plan is not None and plan.date <= due else "off_track"
    return _event_told(rule, series, (plan,) if plan else (looked[-1],), verdict, sentence)


def _plan_day(plan: Observation) -> str:
    return str(plan.date.year) if plan.quality == "year" else day(plan.date)


def _event_told(rule: Event, series: Series, used: tuple[Observation, ...], *said: str) -> Outcome:
    verdict, because = said
    happened = verdict in ("met", "missed") and used[0].value >= rule.count
    point = used[0]
    value = point.value if happened or point.kind == "measured" else 0.0
    return Outcome(
        verdict,
        because,
        value=value,
        unit=series.indicator.unit,
        date=point.date,
        required=rule.count if verdict in ("met", "missed") else None,
        target=rule.count,
        due=rule.deadline,
        level={"met": "at", "missed": "behind", "on_track": "at", "off_track": "behind"}.get(verdict, "unknown"),
        used=used,
        series=series,
        rule=rule,
    )


def judge_share100(rule: Share100, case: Case) -> Outcome:
    """Return the outcome of a rule every case must follow: missed at the first breach; cases nobody can judge keep it open."""
    share = case.series(rule)
    counts = [case.of(name) if name else None for name in (rule.violations, rule.unknown)]
    for series in (share, *counts):
        if isinstance(series, Refused):
            return refuse(series, rule)
    assert isinstance(share, Series)
    broken, unknown = (series.latest if isinstance(series, Series) else None for series in counts)
    point = share.latest
    if point is None and broken is None:
        return refuse(Refused("no_data", text("status.refused.no_data", title=share.indicator.title)), rule)
    n = broken.value if broken is not None else None
    breach = n > 0 if n is not None else point is not None and point.value < 100
    open_cases = unknown is not None and unknown.value > 0
    latest = point or broken
    assert latest is not None
    parts = [text("status.because.share", value=num(point.value, "%"), when=day(latest.date))] if point is not None else []
    if n:
        parts.append(text("status.because.violations", n=num(n)))
    if open_cases and unknown is not None:
        parts.append(text("status.because.unknown", n=num(unknown.value)))
    parts.append(text("status.because.share_goal"))
    due = rule.deadline or year_end(case.today.year)
    after = case.today > due
    closed = latest.date >= due
    open_verdict = ("met" if closed and not open_cases else "awaiting") if after else "on_track"
    verdict = ("off_track" if rule.forgives and not after else "missed") if breach else open_verdict
    return Outcome(
        verdict,
        " ".join(parts),
        value=point.value if point is not None else None,
        unit="%",
        date=latest.date,
        required=100.0,
        target=100.0,
        due=rule.deadline,
        level="behind" if breach else "unknown" if open_cases else "at",
        used=tuple(o for o in (point, broken, unknown) if o is not None),
        series=share,
        rule=rule,
    )


def judge_narrative(rule: Narrative, case: Case) -> Outcome:
    """Return what tells of a goal that cannot be measured: its evidence, listed; never a verdict on it."""
    found: list[Observation] = []
    sentences = []
    for item in rule.evidence:
        series = case.of(item.indicator, item.dims)
        if isinstance(series, Series) and series.latest is not None:
            found.append(series.latest)
            label = text(
                "status.because.evidence",
                what=_label(item.sv, item.en, series.indicator.title),
                value=num(series.latest.value, series.indicator.unit),
            )
            sentences.append(label)
    if rule.evidence and (not found or _only_what_every_reading_has(rule, case)):
        titles = case.store.indicators[rule.evidence[0].indicator].title
        return refuse(Refused("no_evidence", text("status.refused.no_evidence", title=titles)), rule)
    listed = text("status.because.narrative") + (
        " " + text("status.because.listed", list="; ".join(sentences)) if sentences else ""
    )
    latest = max((o.date for o in found), default=None)
    return Outcome("not_measurable", listed, date=latest, due=rule.deadline, used=tuple(found), rule=rule)


def _only_what_every_reading_has(rule: Narrative, case: Case) -> bool:
    """Return whether a reading other than the usual (dims that are not the defaults) has none of the evidence that tells it apart."""
    usual = case.store.indicators[case.indicator].full({}) if case.indicator else {}
    if all(usual.get(name) == value for name, value in case.dims.items()):
        return False
    own = [item for item in rule.evidence if not set(item.dims) & set(case.dims)]
    series = [case.of(item.indicator, item.dims) for item in own]
    return not any(isinstance(one, Series) and one.latest is not None for one in series)


def _label(sv: str, en: str, title: str) -> str:
    return ((en if language() == "en" else sv) or sv) or title
