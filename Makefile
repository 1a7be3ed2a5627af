# Two commands do all the set-up: `make run` and `make test`.
NODE_RUN = node --import tsx --conditions=treadle-source
FILE ?= examples/post.ts

.PHONY: run test build lint format types spec bench clean

run: node_modules
	@$(NODE_RUN) $(FILE) $(ARGS)

test: node_modules lint types spec

lint: node_modules
	npx biome check --error-on-warnings .

format: node_modules
	npx biome check --write .

types: node_modules
	npx tsc -p tsconfig.json

spec: node_modules
	npx mocha

build: node_modules
	npm run build

bench: node_modules
	$(NODE_RUN) bench/run.ts

clean:
	rm -rf dist coverage

# npm writes this file at the end of an install: it is newer than the lock exactly when the install is up to date.
node_modules: node_modules/.package-lock.json
node_modules/.package-lock.json: package-lock.json package.json
	npm ci --no-audit --no-fund
	@touch $@
