"""`kil plan` from the outside, on a corner of the example: what it writes, and what it says of settings and files that are wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import small_project

pytestmark = pytest.mark.xdist_group("build")
KIL = Path(sys.executable).with_name("kil")
DAY = "2026-03-01"
PRICES = "Id;Värde;Källa\nelectricity_markup;0,05;avtal 12\n"


def kil(*words, cwd, code=0):
    done = subprocess.run([KIL, *map(str, words)], cwd=cwd, capture_output=True, text=True, encoding="utf-8", check=False)
    assert done.returncode == code, done.stderr
    return done


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = small_project.make(tmp_path_factory.mktemp("plan") / "projekt")
    (folder / "indata" / "priser.csv").write_text(PRICES, encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def built(project):
    done = kil("plan", "--mw", "0.15", "--date", DAY, "--json", cwd=project)
    return project / "utdata", json.loads(done.stdout), done.stderr


def test_the_plan_is_written_for_both_and_money_for_one(built):
    out, data, said = built
    assert data["target_mw"] == 0.15 and data["date"] == DAY
    assert {p.name for p in (out / "publik").iterdir()} >= {"plan.html", "plan.json"}
    assert {p.name for p in (out / "intern").iterdir()} >= {"plan.html", "plan.json", "plan.xlsx", "underlag", "upphandling"}
    public = json.loads((out / "publik" / "plan.json").read_text(encoding="utf-8"))
    assert public["planned_mw"] == data["planned_mw"] and "money" not in public and "plants" not in public
    assert not list((out / "publik").rglob("*.xlsx")) and "HiGHS" not in said
    assert any(row["id"] == "electricity_markup" and row["own"] for row in data["prices"])
    sources = json.loads((out / "intern" / "kallor.json").read_text(encoding="utf-8"))
    assert any(source.get("file") == "priser.csv" for source in sources)


def test_every_wrong_price_and_setting_is_named_by_check_and_plan(project, tmp_path):
    config = (project / "kil.toml").read_text(encoding="utf-8")
    prices = project / "indata" / "priser.csv"
    try:
        prices.write_text("Id;Värde\noperation;-5\ninternal_rate;3\nenergi_tax;0,3\n", encoding="utf-8")
        said = kil("check", prices, cwd=project, code=2)
        text = said.stdout + said.stderr
        assert "negativt" in text and "300 procent" in text and "energy_tax" in text
        (project / "kil.toml").write_text(config + '\n[plan]\nmust = ["F-99"]\n', encoding="utf-8")
        said = kil("plan", cwd=project, code=2).stderr
        assert "negativt" in said and "300 procent" in said and "energy_tax" in said
        assert " s)" not in said  # no stage was long enough to be told: the map was not made first
        prices.write_text(PRICES, encoding="utf-8")
        said = kil("plan", cwd=project, code=2).stderr
        assert "F-99" in said and "plan.must" in said and " s)" not in said
        owner = '\n[economy]\nowners_without_vat_deduction = ["Bostadsbolget"]\n'
        (project / "kil.toml").write_text(config + owner, encoding="utf-8")
        said = kil("plan", cwd=project, code=2).stderr
        assert "Bostadsbolget" in said and "economy.owners_without_vat_deduction" in said and " s)" not in said
        (project / "kil.toml").write_text(config + "\n[economy]\ndiscount_rate = 3.0\n[plan]\nbudget_sek = 5\n", encoding="utf-8")
        said = kil("plan", cwd=project, code=2).stderr
        assert "economy.discount_rate" in said and "plan.budget_sek" in said and "budget_sek_per_year" in said
    finally:
        prices.write_text(PRICES, encoding="utf-8")
        (project / "kil.toml").write_text(config, encoding="utf-8")
