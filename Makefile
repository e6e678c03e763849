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
	@echo "make bench                   measure: text dumps, more stories, the embedded engine"

$(VENV)/service: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "searchsvc needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	@test -x $(BIN)/python || { echo "Making $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/development: requirements.txt requirements-dev.txt
	@test -x $(BIN)/python || { echo "Making $(VENV) …"; $(PYTHON) -m venv $(VENV); }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $(VENV)/service $@

# index/.demo holds the commit of an index with nothing but the demo in it: your own archive then takes its place.
COMMIT = $$($(SEARCHSVC) status --json 2> /dev/null | sed -n 's/.*"commit": "\(.*\)".*/\1/p')

serve: $(VENV)/service
	@commit=$(COMMIT); \
	if [ -n "$(ARCHIVE)" ]; then \
		fresh=; test -n "$$commit" && test "$$commit" = "$$(cat index/.demo 2> /dev/null)" && fresh=--fresh; \
		$(SEARCHSVC) ingest $$fresh "$(ARCHIVE)"; test $$? -le 1; \
	elif [ -z "$$commit" ]; then \
		echo "Nothing is indexed yet: here comes the demo archive."; \
		$(SEARCHSVC) ingest examples/archive; test $$? -le 1 && echo $(COMMIT) > index/.demo; \
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
	$(BIN)/python -m benchmarks.related --write
	$(BIN)/python -m benchmarks.embedded --write

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
