"""The engine's five campaigns one after the other; each also runs alone.

    CORPUS=DIR SEED=1 RUNS=1000 STREAMS=10000 PORTFOLIOS=1000 python -m tests.campaigns.engine

engine_tables        tables worked by hand (CORPUS)
engine_peers         random signals on recorded bars: kernel, rules, vectorbt (SEED, RUNS)
engine_orders        random streams of orders: no money lost, kernel equals rules (SEED, STREAMS)
engine_portfolios    random portfolios: kernel, and a slow walk from the page (SEED, PORTFOLIOS)
engine_golden        golden runs on recorded bars, by the hash of their fills
"""

from __future__ import annotations

import subprocess
import sys
import time

CAMPAIGNS = ("engine_tables", "engine_peers", "engine_orders", "engine_portfolios", "engine_golden")


def main() -> int:
    """Run all, whatever one of them finds."""
    failed: list[str] = []
    for name in CAMPAIGNS:
        print(f"\n== {name}", flush=True)
        began = time.monotonic()
        if subprocess.run([sys.executable, "-m", f"tests.campaigns.{name}"], check=False).returncode:
            failed.append(name)
        print(f"   {time.monotonic() - began:.0f} s", flush=True)
    print(f"\n{'failed: ' + ', '.join(failed) if failed else 'all held'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
