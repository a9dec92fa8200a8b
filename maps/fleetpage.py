"""fordon.html: the share of fossil-free vehicles, the replacements that break the rule, the plan and the procurement list.

Takes finished tables (`View`); what an audience may not see is already left out of them. Sections: maps.fleetshare (share),
maps.fleettables (replacements, plan, procurement).
"""

from __future__ import annotations

from markupsafe import Markup

from data.texts import text
from maps import fleetshare, fleettables, style
from maps.fleetview import View
from maps.page import Shell, document, html, join, template

__all__ = ["View", "page"]


def page(view: View, shell: Shell) -> str:
    """Return the page as one HTML document."""
    body = html(
        '<div class="wrap fleet">{}{}{}{}{}{}{}</div>',
        _head(view),
        fleetshare.section(view),
        fleettables.replacements(view),
        fleettables.plan(view),
        fleettables.procurement(view),
        fleettables.outside(view),
        fleettables.faults(view),
    )
    return document(
        shell,
        page="fordon",
        title=text("maps.fleet.title"),
        description=fleetshare.sentence(view),
        body=body,
        skips=[("byten", text("maps.fleet.skip_pairs"))],
        styles=[template("fleet.css")],
        sources=view.sources,
        method=[text(f"maps.fleet.method_{n}") for n in range(1, 6)],
        settings=_settings(view),
        warnings=view.warnings,
    )


def _head(view: View) -> Markup:
    """Return the sentence, the key number and the two goals as cards."""
    chosen = view.chosen
    broken = fleettables.broken(view)
    cards = [
        _card(
            text("maps.fleet.card_share"),
            fleetshare.goal_words(view),
            "#andel",
            "missed" if chosen["state"] == "unreachable" else "",
        ),
        _card(
            text("maps.fleet.card_rule"),
            *_rule(view, len(broken)),
        ),
    ]
    return html(
        '<h1>{}</h1><p class="lead">{}</p><p class="key">{}<span class="unit">{}</span></p><ul class="cards">{}</ul>',
        text("maps.fleet.title"),
        fleetshare.sentence(view),
        style.percent(chosen["latest"]),
        text("maps.fleet.key", date=style.date(view.date)),
        join(cards),
    )


def _rule(view: View, broken: int) -> tuple[str, str, str]:
    """Return the words, the place and the symbol of the rule on replacements."""
    if broken:
        return text("maps.fleet.rule_broken", n=broken), "#byten", "missed"
    if view.judged["verdict"].eq("not_replacement").all():
        return text("fleet.headline.rule_none"), "#byten", "no_data"
    open_ = int(view.judged["verdict"].eq("unknown").sum())
    if open_:
        return text("fleet.headline.rule_unknown", n=open_), "#byten", "no_data"
    return text("maps.fleet.rule_kept"), "#byten", "met"


def _card(title: str, words: str, target: str, symbol: str) -> Markup:
    mark = Markup(style.status_symbol(symbol)) if symbol else ""
    return html(
        '<li><a class="card" href="{}"><h2>{}</h2><p class="mark">{}<span>{}</span></p></a></li>', target, title, mark, words
    )


def _settings(view: View) -> list[tuple[str, str]]:
    goal = view.settings.goal
    return [
        (text("maps.fleet.setting_definition"), view.names.get(goal.definition, goal.definition)),
        (text("maps.fleet.setting_reading"), text(f"fleet.reading.{goal.reading}")),
        (text("maps.fleet.setting_scope"), text(f"fleet.class.{goal.scope}")),
        (text("maps.fleet.setting_base"), str(goal.base_year)),
        (text("maps.fleet.setting_decision"), style.date(goal.decision)),
        (text("maps.fleet.setting_judged"), text(f"fleet.basis.{goal.judged_by}")),
        (text("maps.fleet.setting_confidence"), style.percent(view.settings.match.min_confidence)),
    ]
