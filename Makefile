# Everything that is done with a clone. Ports of `make run`: PORT, SIMULATOR_PORT and WEBSITE_PORT.

PYTHON ?= python3
UV ?= uv
VENV := .venv
RUNNING := $(VENV)/bin/python -m portal.devtools

.DEFAULT_GOAL := help
.PHONY: help run test lint format manage messages benchmark requirements docs image release clean

help:
	@echo "make run            start the portal, the simulator, a demo website and PostgreSQL"
	@echo "make test           every check and every test; ARGS=\"-k word\" runs only pytest"
	@echo "make lint           the checks that need no database"
	@echo "make format         put code and templates into their layout"
	@echo "make manage         manage.py beside a running site; ARGS=\"changepassword me@example.com\""
	@echo "make messages       bring the translators' catalogues up to date"
	@echo "make benchmark      measure beside plain django-allauth; ARGS=\"--quick\" sees that it works"
	@echo "make requirements   pin the dependencies again; UPGRADE=1 takes newer ones"
	@echo "make image          build the container image; BASE=… names another base, ARCHIVE=… saves it"
	@echo "make docs           build the documentation as a site, in var/documentation/"
	@echo "make release        build a release of the last commit into dist/, and check it"
	@echo "make clean          remove what can be made again; the data of make run stay"

run: $(VENV)/installed-run
	@$(RUNNING) run

test: $(VENV)/installed
	@$(RUNNING) test -- $(ARGS)

lint: $(VENV)/installed
	@$(RUNNING) lint

format: $(VENV)/installed
	@$(RUNNING) format

manage: $(VENV)/installed-run
	@$(RUNNING) manage -- $(ARGS)

messages: $(VENV)/installed
	@$(RUNNING) manage -- messages

benchmark: $(VENV)/installed
	@$(VENV)/bin/python -m benchmarks $(ARGS)

# Each set of pins holds the one before it: runtime.txt, run.txt, dev.txt.
$(VENV)/installed-run: requirements/run.txt
	@$(OLD_PYTHON)
	@$(PYTHON) requirements/install.py $(VENV) $<
	@touch $@

$(VENV)/installed: requirements/dev.txt
	@$(OLD_PYTHON)
	@$(PYTHON) requirements/install.py $(VENV) $<
	@touch $(VENV)/installed-run $@

OLD_PYTHON = $(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Menkou needs Python 3.11 or newer, and $(PYTHON) is %d.%d: name another, for example make run PYTHON=python3.12" % sys.version_info[:2])'

image: $(VENV)/installed
	@$(RUNNING) image $(if $(BASE),--base $(BASE)) $(if $(ARCHIVE),--archive $(ARCHIVE))

docs: $(VENV)/installed
	@$(VENV)/bin/python -m sphinx --fail-on-warning --keep-going --quiet -b html docs var/documentation
	@echo "The documentation is in var/documentation/index.html"

release: $(VENV)/installed
	@$(RUNNING) release

requirements:
	@command -v $(UV) > /dev/null || { echo "Pinning needs uv: install it, or name it with UV=…"; exit 1; }
	$(UV) pip compile $(PIN) --output-file requirements/runtime.txt pyproject.toml
	$(UV) pip compile $(PIN) --output-file requirements/run.txt --extra run --constraint requirements/runtime.txt pyproject.toml
	$(UV) pip compile $(PIN) --output-file requirements/dev.txt --extra run --extra dev --constraint requirements/run.txt pyproject.toml
	$(UV) pip compile $(PIN) --output-file requirements/image.txt --group image --constraint requirements/dev.txt

PIN = --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-annotate --custom-compile-command "make requirements" $(if $(UPGRADE),--upgrade)

clean:
	rm -rf $(VENV) var/test-postgres* .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
	find locale -name '*.mo' -delete
