# Two commands do everything: `make up` and `make test`. Each target sets up what it needs (a virtual environment with the
# locked dependencies), needs no root and no running service, and says what it does.

SHELL := /bin/bash
PYTHON ?= python3
PORT ?= 8000
DATA ?= .socle/data
POPULATION ?= 1000
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
UV_VERSION := 0.9
export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := $(VENV)
export PYTHONDONTWRITEBYTECODE := # empty: Python keeps what it compiled, half of the time of a start

.DEFAULT_GOAL := help
.PHONY: help up test check examples bench docs wheel clean

help: ## this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /  make \1\t/' | expand -t 16

up: $(READY) ## start the whole house on http://127.0.0.1:8000 (DATA=… PORT=… POPULATION=…)
	@$(BIN)/socle up --data $(DATA) --port $(PORT) --population $(POPULATION)

test: $(READY) ## run every test
	@echo "→ tests"
	@$(BIN)/python -m pytest -n $${PYTEST_WORKERS:-2} --dist loadfile --no-loadscope-reorder $(ARGS)

# The examples that FHIR R4 publishes, where the tests look for them: a jar from the Maven repository that `mvn` is set up with.
EXAMPLES := .cache/r4-examples.jar
examples: ## fetch the examples of FHIR R4 that the tests use when they are there (needs mvn)
	@if [ -s $(EXAMPLES) ]; then echo "$(EXAMPLES) is there"; \
	elif ! command -v mvn >/dev/null; then echo "mvn is not there: the tests of the examples of R4 will say so" >&2; exit 1; \
	else echo "→ the examples of FHIR R4"; mkdir -p $(dir $(EXAMPLES)); \
	  mvn --quiet --batch-mode dependency:copy -Dartifact=com.ibm.fhir:fhir-examples:4.11.1 \
	    -DoutputDirectory=$(CURDIR)/$(dir $(EXAMPLES)) -Dmdep.stripVersion=true \
	  && mv $(dir $(EXAMPLES))fhir-examples.jar $(EXAMPLES) && ls -s $(EXAMPLES); fi

check: $(READY) ## import contracts, format, style, types
	@echo "→ import contracts"
	@PYTHONPATH=. $(BIN)/lint-imports --no-logo 2>/dev/null || PYTHONPATH=. $(BIN)/lint-imports
	@echo "→ format and style"
	@$(BIN)/ruff format --check --quiet . && $(BIN)/ruff check --quiet .
	@echo "→ types"
	@$(BIN)/mypy

bench: $(READY) ## measure; figures and machine go to docs/performance/ (ARGS="--quick" for a short run)
	@$(BIN)/python -m bench $(ARGS)

docs: $(VENV)/.docs ## build the documentation into site/
	@$(BIN)/mkdocs build --strict --quiet && echo "site/index.html"

wheel: $(READY) ## build the wheel into dist/
	@$(VENV)-uv/bin/uv build --wheel --quiet && ls dist/*.whl

clean: ## forget the environment and everything built (never the data)
	rm -rf $(VENV) $(VENV)-uv dist site .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)-uv/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Socle needs Python 3.11 or later; name one with: make PYTHON=/path/to/python3" >&2; exit 1; }
	@echo "→ installer (once)"
	@$(PYTHON) -m venv $(VENV)-uv
	@$(VENV)-uv/bin/python -m pip install --quiet --disable-pip-version-check "uv>=$(UV_VERSION)"

$(READY): pyproject.toml uv.lock $(VENV)-uv/bin/uv
	@echo "→ locked dependencies"
	@$(VENV)-uv/bin/uv sync --frozen --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@touch $@

$(VENV)/.docs: $(READY)
	@$(VENV)-uv/bin/uv sync --frozen --group docs --quiet
	@touch $@
