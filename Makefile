# make lab     open JupyterLab at the first notebook
# make test    check everything that must hold
# make pages   serve the pages without code on this machine
# make bench   run the benchmark studies
# make course OUT=DIR      build copies for students and instructors, nbgrader sources, slides and the site
# make explainers OUT=DIR  draw the three short films into DIR/explainers
# make lock    renew requirements.lock (needs uv)
# make .venv   only prepare the environment, for instance for an editor
# make clean   remove what make has made
#
# PYTHON=/path/to/python chooses the interpreter; ARGS="..." is passed on by lab and pages.

VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
NOTEBOOKS := $(wildcard notebooks/*.ipynb notebooks/*/*.ipynb)
NEW_ENOUGH := 'import sys; sys.exit(sys.version_info < (3, 11))'

# Empty counts as unset. Without compiled bytecode the first import of statsmodels takes 5 to 10 seconds.
export PYTHONDONTWRITEBYTECODE =
export MPLBACKEND =
export JUPYTER_PLATFORM_DIRS = 1

COURSE := $(VENV)/.course
OUT ?= build/course

.PHONY: lab test pages bench course explainers lock clean $(VENV)

lab: $(READY)
	$(BIN)/python -m jupyterlab $(if $(filter 0,$(shell id -u)),--allow-root) $(ARGS) notebooks/00_start_here.ipynb

test: $(READY)
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/codespell
	$(BIN)/pyright --pythonpath $(BIN)/python
	$(if $(NOTEBOOKS),$(BIN)/nbstripout --keep-id --keep-count --verify $(NOTEBOOKS))
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=2 --dist=loadfile --ignore=tests/browser \
		--doctest-modules --doctest-glob=README.md README.md cbe_lib tests
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile --nbval-lax --nbval-current-env notebooks
	$(BIN)/python -m pytest --numprocesses=2 --dist=loadfile tests/browser

pages: $(READY)
	$(BIN)/cbe pages $(ARGS)

bench: $(READY)
	set -e; for study in $(sort $(wildcard benchmarks/*_study.py)); do $(BIN)/python $$study; done
	$(BIN)/python benchmarks/peers_table.py

course: $(COURSE)
	$(BIN)/python -m course.build "$(OUT)"

explainers: $(COURSE)
	$(BIN)/python -m course.explainers.films "$(OUT)/explainers"

lock:
	uv lock --upgrade
	uv export --quiet --no-hashes --no-emit-project --no-annotate --no-header --output-file requirements.lock

clean:
	rm -rf $(VENV) build dist site .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV): $(READY)

$(READY): pyproject.toml requirements.lock | $(BIN)/python
	@$(BIN)/python -c $(NEW_ENOUGH) || { echo "$(VENV) holds a Python older than 3.11: run 'make clean', then try again." >&2; exit 1; }
	@echo "Installing into $(VENV): one to three minutes the first time."
	@if command -v uv >/dev/null; then \
		uv pip install --quiet --compile-bytecode --python $(BIN)/python -r requirements.lock -e .; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock -e .; \
	fi
	@touch $@

$(COURSE): $(READY)
	@echo "Installing what only the course needs."
	@if command -v uv >/dev/null; then \
		uv pip install --quiet --compile-bytecode --python $(BIN)/python --group course; \
	else \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade "pip>=25.1"; \
		$(BIN)/python -m pip install --quiet --disable-pip-version-check --group course; \
	fi
	@touch $@

$(BIN)/python:
	@if command -v uv >/dev/null; then \
		uv venv --quiet --seed --allow-existing $(if $(PYTHON),--python $(PYTHON)) $(VENV); exit; \
	fi; \
	for candidate in $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11 python); do \
		if $$candidate -c $(NEW_ENOUGH) 2>/dev/null; then $$candidate -m venv --clear $(VENV); exit; fi; \
	done; \
	echo "No Python 3.11 or newer found. Install one, or name it: make lab PYTHON=/path/to/python" >&2; exit 1
