# Two commands are enough: `make demo` gives a running system, `make test` proves it. `make help` lists the rest.
PYTHON = .venv/bin/python
DEMO_DIR ?= var/demo
.DEFAULT_GOAL := help
.PHONY: help demo test test-fuzz test-services test-calendar test-image bench bench-scale check fmt screens assets lock migration clean

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

demo: ## a demo municipality, running; ONCE=1 carries one letter through, checks every step and stops; FILE=letter.pdf uses your scan
	@.ci/prepare run
	@$(PYTHON) -m edms.cli demo --dir $(DEMO_DIR) $(if $(ONCE),--once) $(if $(FILE),--file "$(FILE)")

test: ## every test that needs no extra server
	@.ci/prepare test
	@$(PYTHON) -m tests.parts $(ARGS)

test-fuzz: ## everything that `make test` tries a sample of: each body for each route, each page for everybody, each look, each end of a service
	@.ci/prepare test
	@EDMS_THOROUGH=1 $(PYTHON) -m pytest -q -rs --timeout 1800 tests/web/test_api_contract.py tests/web/test_page_rights.py tests/web/test_kit_gallery.py tests/rooms/test_services_ends.py tests/units/test_capture_recognition.py tests/units/test_signing_forgeries.py tests/browser/test_every_screen.py $(ARGS)

test-services: ## the same contracts on real servers of other makes and versions
	@.ci/prepare optional
	@$(PYTHON) -m tests.services.s3_servers
	@$(PYTHON) -m tests.services.elastic_nodes
	@$(PYTHON) -m pytest -q -rs -m "services and not image" $(ARGS)

test-calendar: ## the demo's town on the days on which software breaks (needs faketime; ARGS="--tests tests/rooms" runs those tests then)
	@.ci/prepare test
	@nice $(PYTHON) -m tests.days $(ARGS)

test-image: ## the image built as the Dockerfile says, its processes run, docker-compose.yml started by compose (root, a quarter of an hour)
	@.ci/prepare image
	@$(PYTHON) -m tests.services.s3_servers
	@$(PYTHON) -m tests.services.compose
	@$(PYTHON) -m tests.services.image
	@$(PYTHON) -m tests.services.stand_ins
	@$(PYTHON) -m pytest -q -rs -s -m image tests/services/test_image.py tests/services/test_stack.py $(ARGS)

bench: ## what things cost, beside the bare limit, in one run
	@.ci/prepare test
	@$(PYTHON) -m benchmarks $(ARGS)

bench-scale: ## how search grows up to a million letters, kept in DIR (hours; LETTERS=100000 stops earlier, ARGS=--questions asks again)
	@.ci/prepare test
	@$(PYTHON) -m benchmarks.million --letters $(or $(LETTERS),1000000) --dir $(or $(DIR),var/scale) $(ARGS)

check: ## style, types, floors
	@.ci/prepare test
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy --strict edms workers checker
	@.venv/bin/lint-imports

fmt: ## put the code into its form
	@.venv/bin/ruff check --fix . ; .venv/bin/ruff format .

screens: ## the contact sheet of every screen, in build/screens
	@.ci/prepare optional
	@$(PYTHON) -m tests.browser.screens $(ARGS)

assets: ## build styles, scripts, icons and fonts again, byte for byte (needs Node)
	@assets/build

lock: ## pin every dependency with hashes (needs uv)
	@uv pip compile -q --python-version 3.11 --generate-hashes --extra demo --custom-compile-command "make lock" pyproject.toml -o requirements.lock
	@uv pip compile -q --python-version 3.11 --generate-hashes --extra demo --group dev --custom-compile-command "make lock" pyproject.toml -o requirements-dev.lock

migration: ## a new migration from the models: make migration NAME=what_changes
	@$(PYTHON) -m edms.db.migrations.draft "$(NAME)"

clean: ## remove what can be made again
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
