# serve · test · oldest · lint · docs · bench: each from a bare checkout.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SEARCHSVC := $(BIN)/python -m searchsvc
# The pip that comes with a Python may be older than what we ask of it: groups of pyproject.toml (25.1), and extras however
# they are spelt (23.3; jusText asks for lxml[html_clean], which is html-clean in lxml's own words).
PIP := pip==26.3
ARCHIVE ?=
# Options of benchmarks/compare.py: make bench BENCH=--quick
BENCH ?=
# What make bounds tests: make bounds BOUNDS=tests/engines/embedded
BOUNDS ?= tests/engines
# What make plain-loops tests: those of compiled loops that take seconds in plain Python.
LOOPS := $(addprefix tests/engines/embedded/,$(addprefix kernels/test_,bits.py byte_strings.py docid_sets.py top_k.py) \
	search/kernels/test_occurrence_sets.py columns/test_day_counter.py terms)

.PHONY: serve test bounds plain-loops oldest lint format docs bench bench-ingest clean help

help:
	@echo "make serve                   serve the demo archive on http://127.0.0.1:8000"
	@echo "make serve ARCHIVE=folder    serve your own saved pages, JSON Lines and CSV"
	@echo "make test                    run every test"
	@echo "make bounds                  run the tests of the engines with every index of compiled loops checked"
	@echo "make plain-loops             run some tests of compiled loops in plain Python, for coverage and a debugger"
	@echo "make oldest                  run part of the tests on the oldest libraries that we allow"
	@echo "make lint                    ruff, mypy --strict, codespell"
	@echo "make docs                    write the generated pages of docs/ anew"
	@echo "make bench                   measure: text dumps, more stories, and the embedded engine beside its peers"
	@echo "make bench-ingest            measure: saved web pages beside other tools, and text dumps"

# Makes an environment if there is none, then installs: $(call install,folder,what).
define install
	@test -x $(1)/bin/python || $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "searchsvc needs Python 3.11 or newer: make PYTHON=python3.12 …")'
	@test -x $(1)/bin/python || { echo "Making $(1) …"; $(PYTHON) -m venv $(1); }
	@$(1)/bin/python -m pip install --quiet --disable-pip-version-check $(PIP)
	$(1)/bin/python -m pip install --quiet --disable-pip-version-check $(2)
endef

$(VENV)/service: requirements.txt
	$(call install,$(VENV),-r requirements.txt)
	@touch $@

$(VENV)/development: requirements.txt pyproject.toml
	$(call install,$(VENV),-r requirements.txt --group dev)
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

bounds: $(VENV)/development
	NUMBA_BOUNDSCHECK=1 $(BIN)/python -m pytest -n 2 --dist loadfile $(BOUNDS)

plain-loops: $(VENV)/development
	NUMBA_DISABLE_JIT=1 $(BIN)/python -m pytest $(LOOPS)

# In an environment of its own, from wheels alone: an installer may have no compiler. Its machine code is kept there too.
# Every library is used by some of these tests; left out are those that wait for disks and for processes to die.
OLDEST := $(VENV)/oldest
ON_OLDEST := tests/model tests/text tests/querylang tests/docvalues tests/engines tests/ingest/importers tests/web \
	tests/test_serving.py --ignore-glob '*/test_crash.py'

$(OLDEST).txt: pyproject.toml tests/oldest.py $(VENV)/development
	$(BIN)/python -m tests.oldest > $@

$(OLDEST)/installed: $(OLDEST).txt
	$(call install,$(OLDEST),--only-binary :all: -r $(OLDEST).txt --group test)
	@touch $@

oldest: $(OLDEST)/installed
	HYPOTHESIS_PROFILE=quick NUMBA_CACHE_DIR=$(abspath $(OLDEST)/loops) \
		$(OLDEST)/bin/python -m pytest -n 2 --dist loadfile $(ON_OLDEST)

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
	$(BIN)/python -m benchmarks.compare --write $(BENCH)

# In an environment of its own: it needs older libraries than ours.
$(VENV)/peers: benchmarks/peers.txt $(VENV)/development
	$(call install,$@,-r benchmarks/peers.txt)
	@touch $@

bench-ingest: $(VENV)/development $(VENV)/peers
	$(BIN)/python -m benchmarks.pages --write
	$(BIN)/python -m benchmarks.text_dumps --write

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
