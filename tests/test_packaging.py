"""What the wheel holds, that it is light, and that the command answers at once."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.xdist_group("packaging")
ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("climate", "solar", "fleet", "maps", "data", "kil")
EXAMPLE_BYTES = 6_000_000
HELP_CPU_S = 1.5
"""Generous: 0.5 s on a machine of one's own (tests/benchmarks/bench_start.py)."""
IN_A_CHECKOUT = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs the checkout")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    words = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, ROOT]
    subprocess.run(words, check=True, capture_output=True, cwd=folder, env=os.environ | {"PIP_DISABLE_PIP_VERSION_CHECK": "1"})
    (found,) = folder.glob("kil_klimat-*.whl")
    with zipfile.ZipFile(found) as archive:
        yield archive


@IN_A_CHECKOUT
def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel):
    tracked = subprocess.run(
        ["git", "ls-files", *PACKAGES], cwd=ROOT, check=True, capture_output=True, text=True, encoding="utf-8"
    )
    wanted = {name for name in tracked.stdout.replace('"', "").splitlines() if (ROOT / name).exists()}
    held = {name for name in wheel.namelist() if ".dist-info/" not in name}
    assert {"data/reference/publicering.toml", "data/reference/texter/kil.toml", "data/example/kil.toml"} <= held
    assert wanted - held == set()
    assert {name.partition("/")[0] for name in held} == set(PACKAGES)
    assert not [name for name in held if name.endswith((".pyc", ".orig")) or "test_" in name]


@IN_A_CHECKOUT
def test_the_example_is_light_and_the_licence_comes_along(wheel):
    inside = [item for item in wheel.infolist() if item.filename.startswith("data/example/")]
    assert len(inside) > 20
    assert sum(item.compress_size for item in inside) < EXAMPLE_BYTES
    names = {Path(name).name for name in wheel.namelist() if ".dist-info/" in name}
    assert {"LICENSE", "NOTICE", "entry_points.txt"} <= names
    (metadata,) = (wheel.read(name).decode() for name in wheel.namelist() if name.endswith("METADATA"))
    assert "Private :: Do Not Upload" in metadata
    assert "Requires-Python: >=3.11" in metadata


def test_help_answers_at_once():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([Path(sys.executable).with_name("kil"), "--help"], check=True, capture_output=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime) < HELP_CPU_S


def test_the_command_imports_nothing_heavy():
    heavy = "pandas numpy geopandas xarray rasterio pvlib numba scipy folium pandera rich pydantic"
    code = f"import sys, kil.cli; print([name for name in '{heavy}'.split() if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True, cwd=Path(sys.executable).parent
    )
    assert done.stdout.strip() == "[]"
