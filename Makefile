# serve · test · lint · docs · bench: each from a bare checkout.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEARCHSVC := $(BIN)/python -m searchsvc
ARCHIVE ?=

.PHONY: serve test lint format docs bench clean help

help:
	@echo "make serve                   serve the demo archive on http://127.0.0.1:8000"
	@echo "make serve ARCHIVE=folder    serve your own saved pages, JSON Lines and CSV"
	@echo "make test                    run every test"
	@echo "make lint                    ruff, mypy --strict, codespell"
	@echo "make docs                    write the generated pages of docs/ anew"
	@echo "make bench                   measure: text dumps, and the embedded engine"

$(VENV)/service: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "searchsvc needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || { echo "Making $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/development: requirements.txt requirements-dev.txt
	@test -x $(BIN)/python || { echo "Making $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(VENV)/service $@

serve: $(VENV)/service
	@if [ -n "$(ARCHIVE)" ]; then \
		$(SEARCHSVC) ingest $$(test -e index/.demo && echo --fresh) "$(ARCHIVE)"; test $$? -le 1 && rm -f index/.demo; \
	elif ! $(SEARCHSVC) status > /dev/null 2>&1; then \
		echo "Nothing is indexed yet: here comes the demo archive."; \
		$(SEARCHSVC) ingest examples/archive; test $$? -le 1 && touch index/.demo; \
	fi
	@exec $(SEARCHSVC) serve

test: $(VENV)/development
	$(BIN)/python -m pytest -n 2 --dist loadfile

lint: $(VENV)/development
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(BIN)/python docs/generate.py --check

format: $(VENV)/development
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(VENV)/development
	$(BIN)/python docs/generate.py

bench: $(VENV)/development
	$(BIN)/python -m benchmarks.text_dumps --write
	$(BIN)/python -m benchmarks.embedded --write

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
