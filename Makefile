# Two commands for a fresh machine with Python 3.11 or later and make: `make demo` and `make test`.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: demo test bench lint docs pictures clean chromium office

demo: $(VENV)/.installed  ## Build the shipped example and say which page to open
	$(BIN)/kil build -o utdata

test: $(VENV)/.installed-test chromium office lint  ## Run everything; prints how many tests were skipped
	$(BIN)/python -m pytest -n 2 --dist loadgroup

lint: $(VENV)/.installed-test
	$(BIN)/ruff check climate solar fleet maps data kil tests
	$(BIN)/ruff format --check climate solar fleet maps data kil tests
	$(BIN)/lint-imports

bench: $(VENV)/.installed-test  ## Measure stages, pixels per second, page sizes and peak memory
	@for script in tests/benchmarks/bench_*.py; do echo "== $$script"; $(BIN)/python $$script || exit 1; done

chromium:  ## A browser for the page tests: Debian's as root, else Playwright's own
	@if command -v chromium >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends chromium fonts-dejavu-core; \
	else $(BIN)/python -m playwright install chromium; fi

office:  ## LibreOffice, which opens the workbooks in a test: Debian's as root; without it that test is skipped and says so
	@if command -v soffice >/dev/null 2>&1; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
	  { apt-cache show libreoffice-calc >/dev/null 2>&1 || apt-get update -q; } && \
	  DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -y -q --no-install-recommends libreoffice-calc || \
	  echo "LibreOffice could not be installed: the test that opens a workbook in it is skipped"; \
	else echo "LibreOffice is not installed: the test that opens a workbook in it is skipped"; fi

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 eller senare behövs (python3 hittades inte)."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 eller senare behövs; $(PYTHON) är äldre."; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: $(VENV)/bin/python pyproject.toml requirements.txt
	$(BIN)/python -m pip install -q -c requirements.txt -e .
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed
	$(BIN)/python -m pip install -q -c requirements.txt -e ".[test]"
	@touch $@

pictures: $(VENV)/.installed-test chromium  ## Photograph every page of the example into docs/bilder
	$(BIN)/kil build -o utdata --date 2026-03-01
	$(BIN)/python docs/pictures.py utdata/publik

clean:
	rm -rf $(VENV) utdata dist

docs: $(VENV)/.installed  ## Write the reference pages again
	$(BIN)/python -m kil.reference docs
