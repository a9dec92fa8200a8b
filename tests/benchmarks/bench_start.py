"""CPU and wall time of `kil --help`: `python tests/benchmarks/bench_start.py`. Target: under 0.5 s."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from pathlib import Path


def main() -> None:
    """Print the best of five."""
    kil, times = Path(sys.executable).with_name("kil"), []
    for _ in range(5):
        before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([kil, "--help"], check=True, capture_output=True)
        wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
        times.append((after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, wall))
    print(f"kil --help: {min(times)[0]:.2f} s CPU, {min(wall for _, wall in times):.2f} s wall")  # noqa: T201


if __name__ == "__main__":
    main()
