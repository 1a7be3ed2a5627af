# Two commands do all the set-up: `make run` and `make test`.
NODE_RUN = node --import tsx --conditions=treadle-source
# What a program that lies elsewhere imports as treadle is this.
ANYWHERE = --import ./.build/find-treadle.ts

.PHONY: run test build lint format types spec bench bench-check bench-compare bench-count bench-report bench-anatomy bench-programs bench-scale programs-check clean

# Runs a program: make run FILE=path/to/my.ts ARGS="…"
run: node_modules
	@$(NODE_RUN) $(ANYWHERE) "$(or $(FILE),examples/post.ts)" $(ARGS)

test: lint types spec bench-check programs-check

lint: node_modules
	npx biome check --error-on-warnings .

format: node_modules
	npx biome check --write .

types: node_modules bench/node_modules
	npx tsc

# Its specs of the benchmarks need what these depend on.
spec: node_modules bench/node_modules
	npx mocha

build: node_modules
	npm run build

# Measures: make bench ONLY=spawn,switch SYSTEMS=treadle,native ROUNDS=5 (see bench/README.md)
bench: node_modules bench/node_modules
	@node --import tsx bench/run.ts

# Every benchmark once, small, for its checksum and never for its time.
bench-check: node_modules bench/node_modules
	@QUICK=1 node --import tsx bench/run.ts

# What has changed since a commit, beyond noise: make bench-compare BASE=HEAD ONLY=spawn
bench-compare: node_modules bench/node_modules
	@node --import tsx bench/compare.ts

# Instructions instead of times, where a machine is too busy for these; needs valgrind: make bench-count BASE=HEAD ONLY=spawn-join
bench-count: node_modules bench/node_modules
	@node --import tsx bench/count.ts

# Tables and plots once more from a run: make bench-report FILE=bench/results/…/results.json README=README.md PLOTS=docs/plots
bench-report: node_modules bench/node_modules
	@node --import tsx bench/report.ts

# Where the nanoseconds of one yield go, for maintainers: see docs/performance.md
bench-anatomy: node_modules bench/node_modules
	@$(NODE_RUN) bench/anatomy.ts

# Whole programs, and what is about scale: make bench-programs ONLY=http,chat ROUNDS=1
bench-programs bench-scale: node_modules bench/node_modules
	@node --import tsx bench/$(@:bench-%=%)/run.ts

# Each of them once, small: do they do what they should?
programs-check: node_modules bench/node_modules
	@QUICK=1 node --import tsx bench/programs/run.ts
	@QUICK=1 node --import tsx bench/scale/run.ts

clean:
	rm -rf dist coverage bench/results

# npm writes .package-lock.json at the end of an install: it is newer than the lock exactly when that is done.
node_modules: node_modules/.package-lock.json
node_modules/.package-lock.json: package-lock.json package.json
	npm ci --no-audit --no-fund
	@touch $@

bench/node_modules: bench/node_modules/.package-lock.json
bench/node_modules/.package-lock.json: bench/package-lock.json bench/package.json
	cd bench && npm ci --no-audit --no-fund
	@touch $@
