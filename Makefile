# One definition of every command; `make` alone prints them.
PYTHON ?= python3.11
VENV := .venv/bin
export TF_USE_LEGACY_KERAS = 1
# The command ends with make, even where that is killed: the shell's parent is make, and exec keeps it.
MAIN = exec $(VENV)/python -m commands --parent $$PPID $(if $(VERBOSE),--verbose)

.DEFAULT_GOAL := help
.PHONY: help setup init doctor plan run serve edge status recommend features review versions promote \
	rollback prune embed-new ab-start ab-stop ab-report test test-fast soak lint format schema lock \
	bench bench-read bench-scale bench-scale-search bench-release bench-server bench-serving bench-edge \
	bench-text bench-quality bench-warm bench-ab bench-review ablation clean

help: ## print this
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

setup: ## make .venv from requirements.lock; done by every other target
	@$(PYTHON) pipeline/local/bootstrap.py

init: setup ## write two-tower.toml, and views for a database with other names
	@$(MAIN) init

doctor: setup ## check machine, database and model server before a run
	@$(MAIN) doctor

plan: setup ## what a run would read, compute and write, and how long it takes
	@$(MAIN) plan

run: setup ## Postgres to recommendations; DATABASE_URL=… for your own database
	@$(MAIN) run

recommend: setup ## USER=<id>: what the last run's model recommends
	@$(MAIN) recommend "$(USER)"

# The shell has a USER of its own, the login: only one given to make counts.
ASKED_USER = $(if $(findstring command,$(origin USER)),$(USER))

serve: setup ## PORT=8080: database, model server and recommender, until Ctrl-C
	@$(MAIN) serve --port "$(or $(PORT),8080)"

edge: setup ## PORT=8083: the Supabase Edge Function on the last run's database, until Ctrl-C
	@$(MAIN) edge --port "$(or $(PORT),8083)"

features: setup ## USER=<id> [AT=<time>] or VIDEO=<id>: raw features, as the model gets them
	@$(MAIN) features \
		--user "$(ASKED_USER)" --video "$(VIDEO)" --at "$(AT)"

status: setup ## what is live, how the last runs ended, and what runs now
	@$(MAIN) status

review: setup ## name the last run's model review, and serve those of all versions until Ctrl-C
	@$(MAIN) review

versions: setup ## every version, with its state: staged, checked, live, standby, retired, failed
	@$(MAIN) versions

promote: setup ## VERSION=<number>: make a kept version live
	@$(MAIN) promote "$(VERSION)"

rollback: setup ## make the version live again that was released before the live one
	@$(MAIN) rollback

prune: setup ## KEEP=3: drop the vectors and models of older versions
	@$(MAIN) prune

embed-new: setup ## [WATCH=<seconds>]: embed users and videos that the live version lacks
	@$(MAIN) embed-new --watch "$(or $(WATCH),0)"

ab-start: setup ## NAME=… CANDIDATE=… [CONTROL SHARE SALT KIND DIFFERENCE PLAN]: an experiment
	@$(MAIN) ab start "$(NAME)" "$(CANDIDATE)" --control "$(CONTROL)" --share "$(or $(SHARE),0.5)" \
		--salt "$(SALT)" --kind "$(or $(KIND),split)" --difference "$(or $(DIFFERENCE),0.05)" \
		$(if $(PLAN),--plan)

ab-stop: setup ## NAME=…: end an experiment
	@$(MAIN) ab stop "$(NAME)"

ab-report: setup ## [NAME=…]: figures of both arms, and what they say
	@$(MAIN) ab report "$(NAME)"

ablation: setup ## what each part of the model is worth on the valid window
	@mkdir -p var && $(MAIN) bench ablation 2> var/ablation.log

bench-quality: setup ## our model beside its peers; writes docs/quality.md
	@mkdir -p var && $(MAIN) bench quality 2> var/quality.log

bench-warm: setup ## releases on growing data, with and without WARM_START
	@mkdir -p var && $(MAIN) bench warm 2> var/warm.log

bench: setup ## a cold and a cached run, timed, with the machine's facts
	@$(MAIN) bench run

bench-release: setup ## what a release costs, and ways to search; ROWS=1000000 users staged
	@$(MAIN) bench release $(if $(findstring command,$(origin ROWS)),--rows "$(ROWS)")

bench-server: setup ## how fast the embedded model server answers, with the last run's model
	@$(MAIN) bench server

bench-serving: setup ## the service beside its limits: latency, recall, memory, fuzzed answers
	@$(MAIN) bench serving

bench-edge: setup ## the edge function beside its limits: latency, cold start, memory, parity
	@$(MAIN) bench edge

ROWS ?= 10000000
bench-read bench-scale bench-review bench-text: export TF_CPP_MIN_LOG_LEVEL = 3

bench-read: setup ## how fast ROWS=10000000 decisions are read, for docs/growing-data.md
	@$(MAIN) bench read --rows "$(ROWS)"

bench-scale: setup ## DECISIONS=1000000 through the nodes, local and on workers, for docs/engines.md
	@$(MAIN) bench scale --decisions "$(or $(DECISIONS),1000000)"

bench-scale-search: setup ## VIDEOS=1000000: build, recall and time of the ways to search
	@$(MAIN) bench scale-search --videos "$(or $(VIDEOS),1000000)"

bench-ab: setup ## how often reports are right, by simulation, for docs/experiments.md
	@$(MAIN) bench ab

bench-review: setup ## size, first paint and writing of the last run's pages, for docs/review.md
	@$(MAIN) bench review

bench-text: setup ## how well the text's terms tell titles apart, for docs/text.md
	@$(MAIN) bench text

test: setup ## the whole test suite, an end-to-end run included
	@$(VENV)/python -m pytest $(if $(REQUIRED),--required $(REQUIRED))

test-fast: setup ## what needs neither a server nor TensorFlow
	@$(VENV)/python -m pytest -m "not browser and not distributed and not edge and not postgres and not tfx \
		and not serving and not e2e"

soak: setup ## ROUNDS=300 releases killed at random moments; MINUTES=10 of load with outages
	@$(VENV)/python -m pytest -q tests/releases/test_soak.py tests/releases/test_faults.py \
		--soak "$(or $(ROUNDS),300)"
	@TF_CPP_MIN_LOG_LEVEL=3 $(VENV)/python -m benchmarks.serving.soak --minutes "$(or $(MINUTES),10)"

lint: setup ## ruff, mypy, prose and links
	@$(VENV)/ruff check . && $(VENV)/ruff format --check . && $(VENV)/mypy
	@$(VENV)/python -m pytest -q tests/test_prose.py

format: setup ## what ruff can fix by itself
	@$(VENV)/ruff check --fix . ; $(VENV)/ruff format .

schema: setup ## write schema/*.pbtxt, docs/features.md, words of docs/commands.md, contract.ts
	@$(VENV)/python -m schema.tfmd && $(VENV)/python -m schema.feature_page
	@$(VENV)/python -m commands.words_page && $(VENV)/python -m schema.edge_contract

PIN = $(VENV)/uv pip compile --upgrade --python-version 3.11 --generate-hashes --no-header \
	--no-annotate --quiet

lock: setup ## pin the newest versions that setup.py allows, the service's and the bench's peers
	@$(PIN) setup.py --extra serve --extra track --extra kubeflow --extra develop \
		--python-platform x86_64-manylinux_2_39 \
		--output-file requirements.lock
	@$(PIN) serving/requirements.in --constraint requirements.lock \
		--python-platform x86_64-manylinux_2_39 --output-file serving/requirements.lock
	@$(PIN) benchmarks/peers/requirements.in --python-platform x86_64-manylinux_2_28 \
		--no-emit-package triton --output-file benchmarks/peers/requirements.lock

clean: ## remove what runs have made, .venv kept
	@rm -rf var
