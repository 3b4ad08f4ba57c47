# make setup | train | test | test-all | test-portable | test-slurm | results-quick | lint | docs | format | bench; everything happens in .venv, which is made when it is missing.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
READY := .venv/.ready

.PHONY: setup train test test-all test-portable test-slurm results-quick lint docs format bench clean

setup: $(READY)

# uv, where it is installed, does in seconds what takes pip minutes.
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' \
		|| { echo "Python 3.11 to 3.13 is needed; name one with make PYTHON=/path/to/python"; exit 1; }
	$(PYTHON) -m venv .venv
	if command -v uv >/dev/null; then uv pip install --quiet --python $(BIN)/python -c constraints.txt -e '.[dev]'; \
	else $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'; fi
	@touch $@

train: $(READY)
	$(BIN)/python -m qinr_lightning.train $(ARGS)

test: $(READY)
	$(BIN)/python -m pytest $(ARGS)

test-all: $(READY)
	$(BIN)/python -m pytest -m "not slurm and not results" $(ARGS)

# The default suite three times: as other processors, a busy machine and another order would have it.
test-portable: $(READY)
	tests/portable.sh $(BIN)/python $(ARGS)

# Starts a Slurm with one node; as root, installs Debian's packages where they are missing.
test-slurm: $(READY)
	$(BIN)/python -m pytest -m slurm -n 0 $(ARGS)

# A class of each data set with two seeds: are its numbers the published ones? Needs QINR_DATA_DIR.
results-quick: $(READY)
	$(BIN)/python -m pytest -m results -n 0 -s -rs tests/results $(ARGS)

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/codespell

# The site, in docs/_build/html; what leads nowhere ends the build.
docs: $(READY)
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -d docs/_build/doctrees docs docs/_build/html $(ARGS)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY)
	$(BIN)/python -m benchmarks $(ARGS)

clean:
	rm -rf .venv dist build docs/_build *.egg-info .mypy_cache .pytest_cache .ruff_cache
