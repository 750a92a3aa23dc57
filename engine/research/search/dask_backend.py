"""Sets of a search on a Dask cluster, through joblib.

The market goes to every worker once, also to one that joins later, and is known there by its hash; each worker
process lays it out once and builds a loader of its own for the strategy's text. What travels with every task is
a few parameter sets.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.backtest.set_runs import SetResult
from engine.errors import EdgewrightError, InvalidInput, ProviderUnavailable
from engine.research.search.backends import Evaluate, Work
from engine.strategy.port import StrategyLoader
from engine.strategy.spec import Number
from engine.version import ENGINE_VERSION

if TYPE_CHECKING:
    from distributed import Client

    from engine.research.search.dask_worker import Part

_CONNECT_S = 10
_PARTS_PER_CORE = 2


@dataclass(frozen=True, slots=True)
class Dask:
    """A backend: the workers of the scheduler at `address`, e.g. tcp://10.0.0.5:8786.

    Attributes:
        make_loader: makes the loader of each worker process; pickled, so a function or class that workers can
            import, or a `functools.partial` of one.
    """

    address: str
    make_loader: Callable[[], StrategyLoader]

    @contextmanager
    def running(self, work: Work) -> Generator[Evaluate]:
        """Within, the workers hold what the sets have in common.

        Raises:
            InvalidInput: Dask is not installed.
            ProviderUnavailable: no scheduler or no worker answers, or every worker that took a part died.
        """
        with _connected(self.address) as client, _laid_out(client, work, self.make_loader) as ground:
            from joblib import parallel_config

            from engine.research.search.dask_worker import JoblibBackend

            with parallel_config(JoblibBackend(client=client, wait_for_workers_timeout=_CONNECT_S)):
                yield lambda sets: _results(client, ground, sets)


def _results(client: Client, ground: str, sets: Sequence[Mapping[str, Number]]) -> Generator[SetResult]:
    """In order, as the parts come."""
    from joblib import Parallel, delayed

    from engine.research.search.dask_worker import results_of

    parallel: Any = Parallel(n_jobs=-1, batch_size=1, pre_dispatch="all", return_as="generator")
    try:
        for results in parallel(delayed(results_of)(part) for part in _parts(client, ground, sets)):
            yield from results
    except (EdgewrightError, GeneratorExit):
        raise
    except Exception as error:
        raise ProviderUnavailable(
            f"The Dask workers could not finish a batch ({type(error).__name__}: {error}).",
            "Look at their logs; the search goes on from here when it is started again.",
        ) from error


def _parts(client: Client, ground: str, sets: Sequence[Mapping[str, Number]]) -> list[Part]:
    from engine.research.search.dask_worker import Part

    cores = sum(client.ncores().values()) or 1
    size = max(1, -(-len(sets) // (_PARTS_PER_CORE * cores)))
    return [Part(ground, tuple(sets[first : first + size])) for first in range(0, len(sets), size)]


@contextmanager
def _laid_out(client: Client, work: Work, make_loader: Callable[[], StrategyLoader]) -> Generator[str]:
    """What the sets have in common on every worker, under the name that is yielded."""
    from engine.research.search.dask_worker import Ground, GroundPlugin, StrategyRef

    name = f"edgewright-{work.market.content_hash()[:16]}-{client.id}"
    ref = StrategyRef(work.code, make_loader)
    ground = Ground(ENGINE_VERSION, ref, work.market, work.setup, work.detail, work.period_ms)
    client.register_plugin(GroundPlugin(name, ground), name)
    try:
        yield name
    finally:
        with suppress(OSError):  # they are gone, and what they held with them
            client.unregister_worker_plugin(name)


@contextmanager
def _connected(address: str) -> Generator[Client]:
    try:
        from distributed import Client
    except ImportError as error:
        raise InvalidInput(
            "The Dask backend needs the package distributed.",
            "Install edgewright with its extra: edgewright[dask].",
        ) from error
    try:
        client = Client(address, timeout=_CONNECT_S, set_as_default=False)
    except (OSError, ValueError) as error:
        raise ProviderUnavailable(
            f"No Dask scheduler answers at {address}: {error}.",
            "Start one with `dask scheduler`, and workers with `dask worker ADDRESS`.",
        ) from error
    try:
        yield client
    finally:
        client.close()
