"""The formulas of plan.xlsx: income, investment, value and cash flows as a spreadsheet writes them. docs/metod/ekonomi.md, *Formulas*.

Every function takes cells: `at` of the plant's own row by column name, `price` of the sheet of prices by id.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

Cells = Mapping[str, str]


def of_plant(at: Cells, price: Cells, listed: Mapping[str, float]) -> dict[str, str]:
    """Return the formulas of one plant's row: sek_per_kw, capex, saved, sold, income, pv_cost, npv, lcoe.

    listed: shares of the investment's price points that make this plant's SEK/kW, by price id (`between`).
    """
    points = "+".join(f"{price[id_]}*{share:.12g}" for id_, share in listed.items())
    rate, years, service = price["rate"], price["years"], f"MIN({price['service_years']},{price['years']})"
    running = f"({series(rate, years)}-{series(rate, service)})"
    step = f"((1+{rate})^{price['inverter_years']}-1)"
    changes = "(" + "-".join(series(step, _changes(last, price)) for last in (f"{years}-1", f"MIN({service},{years}-1)")) + ")"
    fading = f"(1-{price['degradation']})"
    energy = f"{series(f'((1+{rate})/{fading}-1)', years)}/{fading}"
    growth = _growth(price)
    bought, whole = (f"{series(f'((1+{rate})/{growth}-1)', last)}/{growth}" for last in (service, years))
    return {
        "sek_per_kw": f"={price['capex_factor']}*({points})+{price['battery']}*{price['battery_kwh_per_kwp']}",
        "capex": f"=IF({service}>0,0,{at['vat']}*{at['sek_per_kw']}*{at['kwp']})",
        "saved": f"={at['vat']}*({_saved(at, price)})",
        "sold": f"={_sold(at, price)}",
        "income": f"={at['saved']}+{at['sold']}+{price['ancillary_sek_kw']}*{price['ancillary_kw_per_kwp']}*{at['kwp']}",
        "pv_cost": f"={at['vat']}*{at['kwp']}*({price['operation']}*{running}+{price['inverter']}*{changes})",
        "npv": f"=-{at['capex']}+{_service(at, price)}*{bought}+{at['income']}*({whole}-{bought})-{at['pv_cost']}",
        "lcoe": f'=IF({service}>0,"",({at["capex"]}+{at["pv_cost"]})/({at["kwh"]}*{energy}))',
    }


def flow(at: Cells, price: Cells, year: str) -> str:
    """Return the cash flow of a year whose number stands in the cell `year`; 0 after the last."""
    first = f"IF({year}<={price['service_years']},{_service(at, price)},{at['income']})"
    owned = f"IF({year}>{price['service_years']},1,0)"
    change = f"IF(AND(MOD({year},{price['inverter_years']})=0,{year}<{price['years']}),1,0)"
    costs = f"{owned}*{at['vat']}*{at['kwp']}*({price['operation']}+{price['inverter']}*{change})"
    return f"=IF({year}>{price['years']},0,{first}*{_growth(price)}^({year}-1)-{costs})"


def crossing(before: str, until: str, step: str, year: str) -> str:
    """Return the time the sum of flows reaches 0 if it does within the year, else nothing: `before`, `until` are ranges."""
    return f'=IF(AND(SUM({before})<0,SUM({until})>=0),{year}-1-SUM({before})/{step},"")'


def series(rate: str, years: str) -> str:
    """Return the worth of 1 a year for some years; a rate of 0 too."""
    return f"(-PV({rate},{years},1))"


def between(kwp: float, points: Mapping[str, float]) -> dict[str, float]:
    """Return the shares of the listed points (id -> kW) between which a plant of `kwp` lies, straight over the logarithm of size.

    Outside the points the nearest has all.
    """
    ids = sorted(points, key=points.__getitem__)
    at = np.interp(np.log(max(kwp, 1e-6)), np.log([points[id_] for id_ in ids]), np.arange(len(ids)))
    low = int(at)
    share = float(at) - low
    return {ids[low]: 1.0 - share} | ({ids[low + 1]: share} if share > 0 else {})


def _saved(at: Cells, price: Cells) -> str:
    own = f"({at['own_kwh']}+{at['idle_kwh']})"
    return (
        f"{price['spot_level']}*{_captured('own_capture', price)}*{at['own_spot_sek']}"
        f"+({price['electricity_markup']}+{price['grid_variable_fee']})*{own}"
        f"+{price['grid_capacity_fee']}*{at['peak_kw']}"
        f"+{price['energy_tax']}*((1-{at['taxed']})*{at['own_kwh']}-{at['older_taxed_kwh']})"
    )


def _sold(at: Cells, price: Cells) -> str:
    share = _captured("solar_capture", price)
    fees = f"{price['grid_benefit']}-{price['feed_in_fee']}+{price['tax_reduction']}"
    return f"{price['spot_level']}*{share}*{at['sold_spot_sek']}+({fees})*{at['sold_kwh']}"


def _captured(id_: str, price: Cells) -> str:
    return f"IF({price['spot_is_hourly']}=1,1,{price[id_]})"


def _service(at: Cells, price: Cells) -> str:
    """Return what a bought service leaves the buyer in its first year: what is saved less what is paid for it."""
    return f"({at['saved']}-{at['vat']}*{price['ppa_price']}*{at['own_kwh']})"


def _growth(price: Cells) -> str:
    return f"((1-{price['degradation']})*(1+{price['price_change']}))"


def _changes(last: str, price: Cells) -> str:
    return f"INT(({last})/{price['inverter_years']})"
