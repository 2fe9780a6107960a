# Two commands are all: `make run` plays the piece, `make test` passes the tests. Each makes its
# own virtual environment first. `make help` lists the rest.

PYTHON := .venv/bin/python
EXPORT := .venv-export/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test test-export lint format lock models golden picture clean

help:  ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: .venv/.run  ## play the piece
	@$(PYTHON) -m appliance run $(ARGS)

test: .venv/.test  ## pass the tests
	$(PYTHON) -m pytest $(ARGS)

test-export: .venv-export/.export  ## the whole way from a tiny corpus to model files, with Keras
	$(EXPORT) -m pytest tests/export $(ARGS)

lint: .venv-export/.export  ## style and types
	$(EXPORT) -m ruff check .
	$(EXPORT) -m ruff format --check .
	$(EXPORT) -m mypy

format: .venv/.test  ## bring the code into form
	$(PYTHON) -m ruff check --fix-only --quiet .
	$(PYTHON) -m ruff format --quiet .

models: .venv-export/.export  ## from public corpora to all model files: days on two cores
	$(EXPORT) -m export fetch
	$(EXPORT) -m export prepare
	$(EXPORT) -m export train base
	$(EXPORT) -m export train styles
	$(EXPORT) -m export convert
	$(EXPORT) -m export verify
	$(EXPORT) -m export evaluate

golden: .venv/.run  ## write anew what each style types by itself at temperature 0
	$(PYTHON) -m tests.golden

picture: .venv/.run  ## take the README's picture anew
	XDG_STATE_HOME=$$(mktemp -d) SDL_VIDEODRIVER=dummy $(PYTHON) -m appliance run --fresh \
		--seed 2016 --settings docs/picture.toml --picture docs/picture.png

lock: .venv/.test  ## choose the versions of all dependencies anew
	deploy/lock

.venv/.run: requirements/run.txt
	@deploy/venv .venv run
	@touch $@

.venv/.test: requirements/test.txt
	@deploy/venv .venv test
	@touch $@ .venv/.run

.venv-export/.export: requirements/torch.txt requirements/export.txt
	@deploy/venv .venv-export torch export
	@touch $@

clean:  ## remove the virtual environments and caches
	rm -rf .venv .venv-export .mypy_cache .pytest_cache .ruff_cache .hypothesis
