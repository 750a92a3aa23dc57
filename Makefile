# Two commands set everything up by themselves: `make demo` and `make test`.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

.PHONY: help install demo test check format lock schemas clean peers fuzz-sandbox \
  campaign-sandbox campaign-lookahead campaign-soak campaign-engine campaign-search campaign-lineage \
  campaign-verdict campaign-calibration benchmark-sandbox benchmark-engine benchmark-search

help:  ## what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 24

install: $(INSTALLED)  ## a virtual environment with everything locked, bytecode compiled

# uv installs in seconds; where it cannot reach the configured index, pip does the same more slowly.
$(INSTALLED): requirements/lock.txt requirements/installer.txt pyproject.toml
	@echo "Installing into $(VENV) (about a minute, once) ..." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/installer.txt
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --compile-bytecode --require-hashes -r requirements/lock.txt \
	  || $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/lock.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(INSTALLED)  ## the main job: idea, code, sandbox, backtest, report (DATA= SYMBOL= INTERVAL=)
	@$(BIN)/edgewright demo $(if $(DATA),--data "$(DATA)") $(if $(SYMBOL),--symbol "$(SYMBOL)") $(if $(INTERVAL),--interval "$(INTERVAL)")

test: check  ## lint, types, then the whole suite
	@$(BIN)/python -m pytest -n 2 --dist worksteal

check: $(INSTALLED)  ## ruff and pyright strict
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/basedpyright --warnings

format: $(INSTALLED)  ## put the code into its one format
	@$(BIN)/ruff format --quiet . && $(BIN)/ruff check --fix --quiet .

lock: $(INSTALLED)  ## resolve the dependencies again; hashes, no addresses
	@$(BIN)/uv pip compile --quiet --upgrade --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --no-header --no-annotate --group dev --all-extras pyproject.toml -o requirements/lock.txt

clean:  ## remove what was installed and cached
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis dist build

schemas: $(INSTALLED)  ## write the JSON Schemas of all answers to docs/schemas
	@$(BIN)/python -m tools.schemas docs/schemas

campaign-sandbox: $(INSTALLED)  ## every hostile and benign strategy of a corpus (CORPUS=DIR)
	@$(BIN)/python -m tests.campaigns.sandbox_corpus

campaign-lookahead: $(INSTALLED)  ## strategies that look ahead and honest ones through the replay (CORPUS=DIR SEED=)
	@$(BIN)/python -m tests.campaigns.lookahead

campaign-lineage: $(INSTALLED)  ## edited copies and strangers: which are taken for one idea (CORPUS=DIR SEED=)
	@$(BIN)/python -m tests.campaigns.verdict_lineage

campaign-soak: $(INSTALLED)  ## many jobs over a pool of two, zygotes killed, nothing left over (JOBS=10000 SEED=1)
	@$(BIN)/python -m tests.campaigns.sandbox_soak

campaign-engine: $(INSTALLED)  ## the engine: tables by hand, peers, streams of orders, golden runs (CORPUS=DIR SEED=1 RUNS=1000 STREAMS=10000)
	@$(BIN)/python -m tests.campaigns.engine

campaign-search: $(INSTALLED)  ## searches whose process is killed at random moments end as if nothing had been (KILLS=20 SEED=0)
	@$(BIN)/python -m tests.campaigns.search_kill

campaign-verdict: $(INSTALLED)  ## the error rates of the verdict in both directions (SEED=1 CORPUS=DIR; an hour on two cores)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.campaigns.verdict

campaign-calibration: $(INSTALLED)  ## forecasts and verdicts at past dates beside the 90 days that came (SEED=0 CORPUS=DIR)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.campaigns.verdict_calibration

benchmark-sandbox: $(INSTALLED)  ## what the walls cost, beside a bare fork-and-run
	@$(BIN)/python -m benchmarks.sandbox

peers: $(INSTALLED)  ## what the engine is measured beside: vectorbt's Rust engine, backtesting.py
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --group peers

benchmark-engine: peers  ## how fast the engine is beside its peers (some minutes)
	@$(BIN)/python -m benchmarks.engine

benchmark-search: peers  ## trials per second of a search beside optuna with backtesting.py
	@$(BIN)/python -m benchmarks.search

fuzz-sandbox: $(INSTALLED)  ## programs without end against the language layer (SECONDS=1800 SEED=0)
	@SECONDS=$(or $(SECONDS),1800) SEED=$(or $(SEED),0) $(BIN)/python -m tests.campaigns.sandbox_fuzz
