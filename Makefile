# Two commands are all: `make run` plays the piece, `make test` passes the tests. Each makes its
# own virtual environment first. `make help` lists the rest.

PYTHON := .venv/bin/python
EXPORT := .venv-export/bin/python

.DEFAULT_GOAL := help
.PHONY: help run test export-tools test-export test-face test-leap test-providers lint format lock models golden bench screenshots deb update test-deb handbook image vm cuts clean
.PHONY: nspawn proof-guard proof-months fuzz hour observations soak killtest

help:  ## list what can be made
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: .venv/.run  ## play the piece
	@$(PYTHON) -m appliance run $(ARGS)

test: .venv/.test  ## pass the tests
	$(PYTHON) -m pytest $(or $(ARGS),--numprocesses auto --dist loadfile)

export-tools: .venv-export/.export  ## install what makes voices, torch and Keras, into .venv-export

test-export: .venv-export/.export  ## the whole way from a tiny corpus to model files, with Keras
	$(EXPORT) -m pytest tests/export $(ARGS)

test-providers: .venv-providers/.made .venv-plug-ins/.made  ## other execution providers than the CPU, on x86-64
	.venv-providers/bin/python -m pytest tests/providers/test_built_in.py $(ARGS)
	.venv-plug-ins/bin/python -m pytest tests/providers/test_plug_ins.py $(ARGS)

test-face: .venv-face/.made  ## faces with the real models, a real face and a folder for a camera
	FACE_MODELS=.venv-face/models .venv-face/bin/python -m pytest tests/appliance/test_face*.py $(ARGS)

test-leap: .venv/.test  ## the Leap control on Ultraleap's own bindings, LEAP=their source
	$(PYTHON) -m pip install --quiet cffi
	LEAP_BINDINGS_SOURCE=$(abspath $(LEAP)) $(PYTHON) -m pytest tests/appliance/test_leap_*.py $(ARGS)

nspawn: .venv-deb/.made .venv/.test  ## a real systemd boots the package; a table of what it withstands (root)
	$(PYTHON) -m deploy.nspawn $(ARGS) .nspawn "$$(.venv-deb/bin/python -m deploy.deb --suite trixie)"

lint: .venv-export/.export  ## style and types
	$(EXPORT) -m ruff check .
	$(EXPORT) -m ruff format --check .
	$(EXPORT) -m mypy

format: .venv/.test  ## bring the code into form
	$(PYTHON) -m ruff check --fix-only --quiet .
	$(PYTHON) -m ruff format --quiet .

# WORK=DIR is the folder of working files, MIRROR=DIR one that has the sources, which are then not fetched.
models: IN_WORK = $(if $(WORK),--work $(abspath $(WORK)))
models: .venv-export/.export  ## from public corpora to all model files: some six hours, the base on one core; MIRROR=DIR WORK=DIR
	$(if $(MIRROR),,$(EXPORT) -m export fetch $(IN_WORK))
	$(EXPORT) -m export prepare $(if $(MIRROR),--mirror $(abspath $(MIRROR))) $(IN_WORK)
	$(EXPORT) -m export train base $(IN_WORK)
	$(EXPORT) -m export train styles $(IN_WORK)
	$(EXPORT) -m export convert $(IN_WORK)
	$(EXPORT) -m export verify $(IN_WORK)
	$(EXPORT) -m export evaluate --json docs/voices/figures.json --pictures docs/voices --page docs/voices.md $(IN_WORK)

golden: .venv/.run  ## write anew what each style types by itself at temperature 0
	$(PYTHON) -m tests.golden

bench: .venv/.run  ## measure how fast the piece is on this machine
	@$(PYTHON) -m appliance bench $(ARGS)

proof-guard: .venv/.test  ## ten million characters, and no listed word among them
	$(PYTHON) -m tests.proofs.guard $(ARGS)

proof-months: .venv/.test  ## every style reads ten million characters without a break
	$(PYTHON) -m tests.proofs.months $(ARGS)

fuzz: .venv/.test  ## ten million random MIDI and OSC messages and torn packets
	$(PYTHON) -m tests.fuzz $(ARGS)

hour: .venv/.test  ## the engine's memory stays flat for an hour as fast as it can
	$(PYTHON) -m tests.proofs.hour $(ARGS)

soak: .venv/.test  ## 72 hours with busy hands, accelerated: nothing grows, nothing drifts apart
	$(PYTHON) -m tests.endurance.soak $(ARGS)

killtest: .venv/.test  ## kill the engine 520 times at random instants, and look at what it left
	$(PYTHON) -m tests.endurance.killtest --kills 500 $(ARGS)
	$(PYTHON) -m tests.endurance.killtest --kills 20 --shipped $(ARGS)

observations: .venv/.test  ## print what the author saw and what these models do, for docs/
	@$(PYTHON) -m tests.proofs.observations

screenshots: .venv/.test  ## take the pictures of README and docs/screens.md anew
	$(PYTHON) -m tests.screenshots

deb: .venv-deb/.made  ## the Debian package; of another system with ARGS="--suite bookworm --arch arm64"
	@.venv-deb/bin/python -m deploy.deb $(ARGS)

update: .venv-deb/.made .venv/.run  ## a signed update, KEY=your key; of another system with ARGS, as for deb
	@deb=$$(.venv-deb/bin/python -m deploy.deb $(ARGS)) && $(PYTHON) -m deploy.update "$$deb" --key $(KEY)

handbook: .venv/.test  ## the handbook as PDF, and the staff's page to laminate
	@$(PYTHON) -m deploy.handbook

image: .venv-deb/.made .venv/.run  ## the card's image for x86-64, as root
	.venv-deb/bin/python -m deploy.deb --suite trixie --arch amd64
	$(PYTHON) -m deploy.image $(ARGS)

vm: .venv/.test  ## start the card's image in QEMU, and print what it stood
	$(PYTHON) -m deploy.vm $(ARGS)

cuts: .venv/.test  ## cut the power of the card's image 50 times, under User-mode Linux
	$(PYTHON) -m deploy.vm.cuts $(ARGS)

test-deb: .venv-deb/.made .venv/.test  ## the packages in real Debian systems, as root; TREES=folder for these
	for suite in trixie bookworm; do .venv-deb/bin/python -m deploy.deb --suite $$suite --arch amd64; done
	.venv-deb/bin/python -m deploy.deb --suite trixie --arch arm64 --onnxruntime 1.24.1
	TREES=$(abspath $(TREES)) $(PYTHON) -m pytest tests/deploy/test_deb.py tests/deploy/test_deb_installed.py $(ARGS)

lock: .venv/.test  ## choose the versions of all dependencies anew
	deploy/lock

.venv/.run: requirements/run.txt deploy/venv
	@deploy/venv .venv run
	@touch $@

.venv/.test: requirements/test.txt deploy/venv
	@deploy/venv .venv test
	@touch $@ .venv/.run

.venv-export/.export: requirements/torch.txt requirements/export.txt deploy/venv
	@deploy/venv .venv-export torch export
	@touch $@

.venv-providers/.made: requirements/providers.txt
	@deploy/venv .venv-providers providers
	@touch $@

.venv-plug-ins/.made: requirements/plug-ins.txt
	@deploy/venv .venv-plug-ins plug-ins
	@touch $@

.venv-face/.made: requirements/test-face.txt appliance/face/models.py
	@deploy/venv .venv-face test-face
	@.venv-face/bin/python -m appliance face fetch --to .venv-face/models
	@touch $@

.venv-deb/.made:
	@deploy/venv .venv-deb
	@touch $@

clean:  ## remove the virtual environments, packages and caches
	rm -rf build .venv .venv-deb .venv-export .venv-face .venv-providers .venv-plug-ins .mypy_cache .pytest_cache .ruff_cache .hypothesis
