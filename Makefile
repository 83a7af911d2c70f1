# `make` shows what there is. Everything happens in .venv; uv is used where it is installed, pip otherwise.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
APART := tests/cli tests/deploy tests/faults tests/feeds tests/browser tests/docs/test_examples.py \
	$(addprefix tests/http/test_,following.py hub.py ministers.py pictures.py) \
	$(addprefix tests/contract/test_,archives.py feed_pages.py processes.py rebuilding.py replicating.py)
PYTEST := $(BIN)/python -m pytest -n 3

export PYTHONDONTWRITEBYTECODE := # tests start many processes, which should not compile all anew

.DEFAULT_GOAL := help
.PHONY: help demo test test-long test-apart browser faults lint format docs bench bench-rebuild bench-import bench-follow bench-live bench-feeds bench-pages bench-bandwidth bench-listening bench-observing bench-pictures lock wheel clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

demo: $(VENV)/run ## Serve the NHSX example on a fresh database
	$(BIN)/orgline demo

test: $(VENV)/dev ## Run the tests (under 10 minutes on 2 cores)
	$(PYTEST) -n 4 --timeout 300 -m "not long" $(addprefix --ignore ,$(APART))

test-long: $(VENV)/dev ## Run the long tests too: many more random cases
	ORGLINE_LONG=1 $(PYTEST)

faults: $(VENV)/dev ## Kill the service again and again while it records (20 times)
	ORGLINE_LONG=1 $(BIN)/python -m pytest tests/faults

browser: $(VENV)/dev ## Look at all pages in Chromium; pictures of them go to build/screenshots
	ORGLINE_SCREENSHOTS=build/screenshots $(BIN)/python -m pytest --timeout 300 tests/browser

test-apart: $(VENV)/dev ## What `make test` leaves out: the command line, services started and ended, kills, feed readers, a browser, examples
	$(PYTEST) --timeout 300 -m "not long" $(APART)

lint: $(VENV)/dev ## Check style, types and layers
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(VENV)/dev ## Format the code
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/dev ## Build the documentation into build/docs, with every warning an error
	rm -rf build/docs
	$(BIN)/python -m sphinx --fail-on-warning --keep-going --nitpicky --quiet --jobs auto docs build/docs

bench: $(VENV)/dev ## Measure: appends over HTTP, dates
	$(BIN)/python -m bench.appends
	$(BIN)/python -m bench.dates

bench-rebuild: $(VENV)/dev ## Measure: rebuild and verify of a synthetic register
	$(BIN)/python -m bench.rebuild

bench-import: $(VENV)/dev ## Measure: import beside a plain loader of the same rows
	$(BIN)/python -m bench.importing

bench-follow: $(VENV)/dev ## Measure: follow a register from nothing
	$(BIN)/python -m bench.following

bench-live: $(VENV)/dev ## Measure: reads and appends while a rebuild goes on
	$(BIN)/python -m bench.live

bench-feeds: $(VENV)/dev ## Measure: feeds beside constant routes of the same framework
	$(BIN)/python -m bench.feeds

bench-pages: $(VENV)/dev ## Measure: a page beside the same template from constant data, and five pages in Chromium
	$(BIN)/python -m bench.pages --browser

bench-bandwidth: $(VENV)/dev ## Measure: what it costs in bytes to poll a feed for a day
	$(BIN)/python -m bench.bandwidth

bench-listening: $(VENV)/dev ## Measure: how soon listeners hear of an append, and what idle ones cost
	$(BIN)/python -m bench.listening

bench-observing: $(VENV)/dev ## Measure: what it costs to count each request
	$(BIN)/python -m bench.observing

bench-pictures: $(VENV)/dev ## Measure: pictures of NHSX and of an organisation with 5,000 events
	$(BIN)/python -m bench.pictures

bench-scale: $(VENV)/dev ## Measure: what it costs as a register grows to a million events (about an hour)
	$(BIN)/python -m bench.scale
	$(BIN)/python -m bench.one

lock: ## Pin all requirements anew, with hashes (needs uv)
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements/run.txt
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group build -o requirements/build.txt
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group dev --extra telemetry -c requirements/run.txt pyproject.toml -o requirements/dev.txt

wheel: $(VENV)/dev ## Build the wheel, and see that it works in an environment of its own
	rm -rf build dist
	$(BIN)/python -m build --wheel --no-isolation --outdir dist
	$(PYTHON) -m venv build/wheel
	build/wheel/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/run.txt
	build/wheel/bin/python -m pip install --quiet --disable-pip-version-check --no-deps dist/*.whl
	cd build && PYTHONSAFEPATH=1 ORGLINE=$(CURDIR)/build/wheel/bin/orgline $(CURDIR)/$(BIN)/python $(CURDIR)/tests/wheel.py

clean: ## Remove what the other commands made
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache dist build orgline-demo-*.db*
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Environments: `run` has what the service needs, `dev` what its tests and checks need besides.
ifeq ($(UV),)
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
MAKE_VENV = $(PYTHON) -m venv $(VENV)
else
INSTALL = VIRTUAL_ENV=$(VENV) uv pip install --quiet
MAKE_VENV = uv venv --quiet --allow-existing --python $(PYTHON) $(VENV)
endif

$(VENV)/run: requirements/run.txt requirements/build.txt pyproject.toml
	$(MAKE_VENV)
	$(INSTALL) --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: $(VENV)/run requirements/dev.txt
	$(INSTALL) --require-hashes -r requirements/dev.txt
	@touch $@
