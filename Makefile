# Each target does everything it needs on a bare machine; `make help` lists them.
PORT ?= 8000
VENV ?= .venv
PY := $(VENV)/bin/python
SETUP := VENV="$(VENV)" sh scripts/make_venv.sh
DEMO_DATABASE := sqlite:///var/demo.sqlite3

.PHONY: help bench bench-service demo test test-postgresql serve lint check-deploy datasheet model-graph clean setup setup-dev

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1	\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22

demo: setup  ## run the pairing protocol on an example synapse, in a database of its own
	@mkdir -p var && rm -f var/demo.sqlite3 var/demo.sqlite3-*
	@DATABASE_URL=$(DEMO_DATABASE) $(PY) manage.py demo

test: setup-dev  ## run the tests; ARGS="-k calcium" picks some
	@$(PY) -m pytest $(ARGS)

test-postgresql: setup-dev  ## run the tests of the tables on a PostgreSQL of their own
	@sh scripts/with_postgresql.sh $(PY) -m pytest tests/synapse tests/learner_service tests/learner_shell \
		-m "not browser" $(ARGS)

serve: setup  ## open the site on http://127.0.0.1:8000 with a worker (this machine only; PORT=8001 moves it)
	@$(PY) manage.py prepare
	@echo "The site is on http://127.0.0.1:$(PORT), for this machine only; Ctrl-C ends it."
	@PY="$(PY)" PORT="$(PORT)" exec sh scripts/serve.sh

lint: setup-dev  ## style, types, import contracts, migrations, datasheet
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(VENV)/bin/lint-imports
	@$(PY) manage.py makemigrations --check --dry-run
	@$(PY) manage.py datasheet --check

check-deploy: setup-dev  ## Django's deployment checks with the environment of a production site
	@PRODUCTION=1 SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(64))') \
		ALLOWED_HOSTS=example.org CSRF_TRUSTED_ORIGINS=https://example.org \
		$(PY) manage.py check --deploy --fail-level WARNING

datasheet: setup  ## write docs/datasheet.md anew from the declarations
	@$(PY) manage.py datasheet

model-graph: setup-dev  ## draw docs/models.svg anew (needs Graphviz)
	@command -v dot >/dev/null || { echo "Graphviz is missing (apt-get install graphviz)." >&2; exit 1; }
	@EXTRA_APPS=django_extensions $(PY) manage.py graph_models synapse learner --dot --disable-fields \
		--hide-edge-labels --rankdir LR -X Owned | sed -e 's/Roboto/sans-serif/g' -e '/Created:/d' \
		| dot -Tsvg >docs/models.svg

bench: setup  ## the engines against other simulators; ARGS="--only a" runs one part again
	@for tool in g++ make cmake; do command -v $$tool >/dev/null \
		|| { echo "$$tool is missing (on Debian, apt-get install $$tool)." >&2; exit 1; }; done
	@mkdir -p var && VENV=var/bench-peers sh scripts/make_venv.sh requirements-peers.txt
	@$(PY) -m benchmarks.peers $(ARGS)
	@$(PY) -m benchmarks.performance

bench-service: setup-dev  ## the learners' API under wrk, some ten minutes; ARGS="--only sqlite"
	@command -v wrk >/dev/null || { echo "wrk is missing (on Debian, apt-get install wrk)." >&2; exit 1; }
	@$(PY) -m benchmarks.service $(ARGS)

clean:  ## remove what was made, but not the database, the traces or the key
	@rm -rf $(VENV) staticfiles var/demo.sqlite3 var/demo.sqlite3-* .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

setup:
	@$(SETUP) requirements.txt

setup-dev:
	@$(SETUP) requirements-dev.txt
