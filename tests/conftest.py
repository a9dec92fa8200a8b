"""Shared fixtures. The only file that knows where the development data may be."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

SHARED = Path(os.environ.get("KIL_TEST_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Return the folder of real development data; skip, and say so, where it is absent."""
    if not SHARED.is_dir():
        pytest.skip(f"no development data: KIL_TEST_DATA ({SHARED}) does not exist")
    return SHARED
