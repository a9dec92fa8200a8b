"""utslapp.html: the group's emissions on the way to half, what the answer depends on, the base year, measures; the territory apart."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd
from markupsafe import Markup

from climate.emissions import Emissions, Outcome, answers, depends_on
from climate.territory import Series as TerritorySeries
from data.readers.emissionfacts import carriers
from data.settings.emissions import EmissionSettings
from data.sources import Source
from data.texts import text
from maps import emissioncharts as charts
from maps import emissiondata as behind
from maps import emissiontables as tables
from maps import page, style
from maps.page import Shell, html, join

METHOD = ("inventory", "factors", "base", "paths", "uncertainty", "trend", "territory")


@dataclass(frozen=True)
class View:
    """What the page shows. result None: the project has no inventory. missing: what is not there, who has it. rows: intern only."""

    settings: EmissionSettings
    result: Emissions | None
    territory: tuple[TerritorySeries, ...] = ()
    factors: pd.DataFrame | None = None
    missing: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    sources: tuple[Source, ...] = ()
    rows: pd.DataFrame | None = None
    municipality: str = ""
    faults: tuple[str, ...] = field(default=())


def render(view: View, shell: Shell) -> str:
    """Return the page."""
    title = text("emissions.title")
    sentence = lead(view)
    sections = [*_group(view), _territory(view)]
    body = html(
        '<div class="wrap"><h1>{}</h1><p class="lead">{}</p>{}{}</div>',
        title,
        sentence,
        _key(view),
        join(s for s in sections if s),
    )
    return page.document(
        shell,
        page="utslapp",
        title=title,
        description=sentence,
        body=body,
        styles=[page.template("emissions.css")],
        scripts=[page.template("emissions.js")] if view.result else [],
        sources=view.sources,
        method=[text(f"emissions.method.{key}") for key in METHOD],
        settings=_settings(view.settings),
        warnings=view.warnings,
    )


def lead(view: View) -> str:
    """Return the sentence the page opens with: the latest year, and how it lies to the path; or that data is missing."""
    if view.result is None:
        return text("emissions.lead.no_data")
    outcome = view.result.outcome
    if outcome.lacking is not None:
        return text("emissions.lead.lacking", year=outcome.lacking.year, carriers=carrier_words(outcome.lacking.lacks))
    latest, on = outcome.latest, outcome.on_path.get(view.settings.goal.path)
    if latest is None:
        return text("emissions.no_whole_year")
    gas = text(f"emissions.gas.{outcome.reading.gas}")
    if on is None:
        return text("emissions.lead.no_base", year=latest.year, tonnes=style.rounded(latest.tonnes, 3), gas=gas)
    return text(
        "emissions.lead.path",
        year=latest.year,
        tonnes=style.rounded(latest.tonnes, 3),
        gas=gas,
        gap=charts.over_under(on.gap.tonnes),
        path=text(f"emissions.path_the.{view.settings.goal.path}"),
        target_year=view.settings.goal.target_year,
    )


def carrier_words(ids: Sequence[str]) -> str:
    """Return carriers in words, small letters."""
    return ", ".join(carriers()[id_].name.lower() for id_ in ids)


def _key(view: View) -> Markup:
    if view.result is None or view.result.outcome.latest is None or view.result.outcome.lacking is not None:
        return Markup()
    outcome, goal = view.result.outcome, view.settings.goal
    latest = outcome.latest
    assert latest is not None
    on = outcome.on_path.get(goal.path)
    likely = text("emissions.likely", low=style.rounded(latest.low, 2), high=style.rounded(latest.high, 2), year=latest.year)
    if on is not None and latest.low < latest.tonnes - on.gap.tonnes < latest.high:
        likely += " " + text("emissions.uncertain", path=style.rounded(latest.tonnes - on.gap.tonnes, 3))
    numbers = html(
        '<p class="key">{}<span class="unit">{}</span></p><p class="note">{}</p>',
        style.rounded(latest.tonnes, 3),
        charts.unit(outcome.reading.gas),
        likely,
    )
    if on is None:
        return numbers
    verdict = "on_track" if on.on_track else "off_track"
    found = answers(view.result.outcomes, goal)
    return html(
        '{}<p><span class="verdict">{}{}</span> {}</p><p class="note">{}</p>',
        numbers,
        Markup(style.status_symbol(verdict)),
        style.status_word(verdict),
        depends(view),
        text("emissions.readings_held", held=sum(a.on_track for a in found), n=len(found)),
    )


def depends(view: View) -> str:
    """Return the sentence that says on what the chosen reading's answer depends."""
    if view.result is None:
        return ""
    goal = view.settings.goal
    found = answers(view.result.outcomes, goal)
    if not found:
        return text("emissions.depends_unknown")
    axes = depends_on(found, view.result.outcome.reading, goal.path)
    if not axes:
        return text("emissions.depends_none")
    return text("emissions.depends", axes=", ".join(text(f"emissions.axis.{axis}") for axis in axes))


def _section(key: str, *parts: object) -> Markup:
    shown = [part for part in parts if part]
    if not shown:
        return Markup()
    return html('<section class="section" id="{}"><h2>{}</h2>{}</section>', key, text(f"emissions.section.{key}"), join(shown))


def _note(key: str, **values: object) -> Markup:
    return html('<p class="note">{}</p>', text(key, **values))


def _group(view: View) -> list[Markup]:
    if view.result is None:
        items = join(html("<li>{}</li>", line) for line in view.missing)
        return [_section("missing", html("<ul>{}</ul>", items))] if view.missing else []
    result, settings = view.result, view.settings
    reading, outcome = result.outcome.reading, result.outcome
    source = text("emissions.own_source")
    answers = tables.base_verdicts(result) if result.base_verdicts else ""
    return [
        _section("path", _switch(result), _charts(result, settings, source), _facts(outcome, settings)),
        _section("depends", html("<p>{}</p>", depends(view)), *_every_reading(result, settings)),
        _section(
            "activities",
            charts.activities(result.inventory.rows, reading, source=source),
            tables.organisations(result),
            tables.boundaries(result),
        ),
        _section(
            "measures",
            charts.measures(outcome, result.plan, settings.goal.path, source=source),
            _note("emissions.note.measures_gas"),
            tables.measures(result, settings),
            *(html('<p class="note">{}</p>', line) for line in tables.measure_notes(result)),
        ),
        _section(
            "base",
            _note("emissions.note.base", year=settings.goal.base_year),
            tables.base_sheet(result),
            answers,
            _note("emissions.note.recalculate", percent=style.number(settings.recalculate_percent)),
            tables.recalculations(result),
        ),
        _section("trend", behind.trend(outcome.trend), _note("emissions.note.trend")) if outcome.trend else Markup(),
        _section("editions", _note("emissions.note.editions"), behind.revisions(outcome)) if outcome.revisions else Markup(),
        _section("data", *_data(view)),
    ]


def _every_reading(result: Emissions, settings: EmissionSettings) -> list[Markup]:
    """Return the table of readings with its note; nothing where no reading has an answer."""
    if not any(outcome.on_path for outcome in result.outcomes):
        return []
    return [_note("emissions.note.depends"), tables.readings(result, settings)]


def _facts(outcome: Outcome, settings: EmissionSettings) -> Markup:
    """Return what the chosen reading's distance means: share of the base, the sum since the decision, the pace that is needed."""
    on = outcome.on_path.get(settings.goal.path)
    if on is None:
        return Markup()
    lines = []
    if on.gap.percent_of_base is not None:
        percent = style.number(on.gap.percent_of_base, 1)
        lines.append(text("emissions.fact.gap", year=on.gap.year, percent=percent, base_year=on.path.base_year))
    if on.cumulative is not None:
        sums = on.cumulative
        words = text("emissions.fact.cumulative", first=sums.first, last=sums.last, gap=charts.over_under(sums.tonnes))
        if sums.interpolated:
            words += " " + text("emissions.fact.interpolated", years=", ".join(map(str, sums.interpolated)))
        lines.append(words)
    if on.needed is not None:
        absolute, rate = on.needed
        percent = style.MISSING if rate is None else style.number(rate, 1)
        tonnes = style.rounded(absolute, 2)
        lines.append(text("emissions.fact.needed", year=on.path.target_year, tonnes=tonnes, percent=percent))
    return html(
        '<div><p class="note">{}</p><ul class="note">{}</ul></div>',
        text("emissions.fact.of_chosen"),
        join(html("<li>{}</li>", line) for line in lines),
    )


def _switch(result: Emissions) -> Markup:
    """Return the three rows of buttons; without JavaScript they are hidden and the chosen reading's chart stands alone."""
    chosen = result.outcome.reading
    groups = (
        ("scope", ("1", "1+2", "1+2+3"), chosen.scope),
        ("gas", ("co2", "co2e"), chosen.gas),
        ("electricity", ("location", "market"), chosen.electricity),
    )
    rows = (
        html(
            '<div class="switch-row"><span id="vx-{0}">{1}</span>'
            '<div class="segment" role="group" aria-labelledby="vx-{0}">{2}</div></div>',
            name,
            text(f"emissions.switch.{name}"),
            join(
                html(
                    '<button type="button" data-axis="{}" data-value="{}" aria-pressed="{}">{}</button>',
                    name,
                    value,
                    "true" if value == now else "false",
                    text(f"emissions.switch.{name}_{value.replace('+', '')}"),
                )
                for value in values
            ),
        )
        for name, values, now in groups
    )
    return html('<div class="switch no-print" id="vaxel" hidden data-needs-js>{}</div>', join(rows))


def _charts(result: Emissions, settings: EmissionSettings, source: str) -> Markup:
    """Return one figure for each scope, gas and basis of electricity; all but the chosen one hidden."""
    chosen = result.outcome.reading
    figures = (
        html(
            '<div class="reading" data-scope="{}" data-gas="{}" data-electricity="{}"{}>{}</div>',
            outcome.reading.scope,
            outcome.reading.gas,
            outcome.reading.electricity,
            Markup("" if outcome.reading == chosen else " hidden"),
            charts.main(outcome, settings.goal.path, source=source),
        )
        for outcome in result.outcomes
        if outcome.reading.heat == chosen.heat
    )
    return html('<div id="lasningar" aria-live="polite">{}</div>{}', join(figures), _note("emissions.note.paths"))


def _data(view: View) -> Sequence[object]:
    result = view.result
    parts: list[object] = [_note("emissions.note.data")]
    if result is not None and result.inventory.missing:
        parts.append(behind.missing(result))
    if view.factors is not None:
        parts.append(
            html("<details><summary>{}</summary>{}</details>", text("emissions.factors_used"), behind.factors(view.factors))
        )
    if view.rows is not None:
        parts.append(html("<details><summary>{}</summary>{}</details>", text("emissions.rows_behind"), behind.rows(view.rows)))
    return parts


def _territory(view: View) -> Markup:
    if not view.territory:
        return Markup()
    shape = view.settings.goal.path
    source = {s.id: s.title for s in view.sources}
    figures = [_territory_figures(s, shape, source.get(s.source, text("emissions.territory.source"))) for s in view.territory]
    return html(
        '<section class="section territory" id="territoriet"><h2>{}</h2><p class="notice">{}</p>{}{}{}</section>',
        text("emissions.section.territory"),
        text("emissions.territory.notice"),
        join(figures),
        behind.territory_gaps(view.territory),
        behind.territory_more(view.territory),
    )


def _territory_figures(series: TerritorySeries, shape: str, source: str) -> Markup:
    return join([charts.territory(series, shape, source=source), charts.territory_sectors(series, source=source)])


def _settings(settings: EmissionSettings) -> list[tuple[str, str]]:
    goal = settings.goal
    return [
        (text("emissions.setting.goal"), f"{goal.base_year}–{goal.target_year}, × {style.number(goal.factor, 2)}"),
        (text("emissions.setting.path"), text(f"emissions.path.{goal.path}")),
        (text("emissions.setting.gas"), text(f"emissions.gas.{goal.gas}")),
        (text("emissions.setting.scope"), charts.scope_words(goal.scope)),
        (text("emissions.setting.electricity"), text(f"emissions.electricity.{goal.electricity}")),
        (text("emissions.setting.fuel_basis"), text(f"emissions.fuel_basis.{settings.fuel_basis}")),
        (text("emissions.setting.gwp"), settings.gwp.upper()),
        (text("emissions.setting.decision_year"), str(goal.decision_year)),
    ]
