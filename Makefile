# The five commands one needs. Every one but `setup` works in the environment that `setup` makes.
python := .venv/bin/python

.PHONY: setup quick check docs serve

setup: ## an environment with everything, and the hook that runs ruff before a commit
	python3 -m venv .venv
	.venv/bin/pip install --quiet -e '.[contracts,dev,test]'
	.venv/bin/pre-commit install

quick: ## lint, types, layers and the tests that are fast, in about a minute
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/pytest -n auto tests/docs tests/divergences tests/rating tests/http

check: ## everything that must hold before a change lands
	.ci/run

docs: ## write the reference anew from the code
	$(python) -m docs.generate

serve: ## a server to play with, dashboard at http://127.0.0.1:8080/_mock/
	.venv/bin/flexprice-mock serve
