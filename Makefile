# The front door. Every target installs what it still lacks (dependencies.txt), then does its work.
# JOBS=N limits the parallel jobs of builds and tests; ARGS="..." goes to `compare`, `bench` and the like.

JOBS ?= $(shell nproc)

configure = @test -f build/$(1)/build.ninja || cmake --preset $(1)
compile = @cmake --build --preset $(1) --parallel $(JOBS)
specs = $(sort $(basename $(notdir $(wildcard experiments/specs/*.toml))))
ctest = @ctest --parallel $(JOBS) --output-on-failure

.PHONY: help build compare test parity test-torch test-long fuzz bench side-by-side instructions results \
  reference peer-curves clean test-kernels test-arm64 test-debian13 test-sanitizers test-threads test-browser \
  test-memory scaling

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build:  ## build the program, build/release/fanin
	@./setup.sh build
	$(call configure,release)
	$(call compile,release) --target fanin

compare:  ## train LeNet-5 and an MLP under their inits; ARGS="SPEC.toml ..." for others
	@test -x build/release/fanin || echo "make compare: this installs what is missing, builds fanin (about" \
	  "2 minutes on two cores), trains (fanin then says how long), and ends with a table and a page."
	@$(MAKE) --no-print-directory build
	@./setup.sh run
	build/release/fanin compare $(ARGS)

test:  ## build everything and run the tests, as CI does
	@./setup.sh build run test
	$(call configure,release)
	$(call compile,release)
	$(ctest) --preset release

parity:  ## count what is PyTorch's bit for bit, for the table in tests/golden/README.md
	@./setup.sh build run
	$(call configure,release)
	$(call compile,release)
	@tests/golden/parity.sh build/release

test-torch: build  ## hold the program against python3-torch, which it installs, in a few minutes
	@./setup.sh run torch
	@/usr/bin/python3 tests/torch/test_torch.py

test-kernels: test  ## the unit tests under every pair of our kernels and OpenBLAS's; ARGS="Haswell Zen" names OpenBLAS's
	@tests/kernels.sh build/release $(ARGS)

test-arm64:  ## cross-compile for arm64 and run the unit tests of framework and init under an emulator; needs root
	@./setup.sh build run roots
	@tests/arm64.sh

test-debian13:  ## both commands of the README in a fresh root of Debian 13; needs root
	@./setup.sh roots
	@tests/debian.sh trixie

test-sanitizers:  ## the tests under ASan and UBSan; ARGS="--exclude-regex avx2" goes to ctest
	@./setup.sh build run test
	$(call configure,dev)
	$(call compile,dev)
	$(ctest) --preset dev $(ARGS)

test-threads:  ## the tests with threads under TSan
	@./setup.sh build run test
	$(call configure,tsan)
	$(call compile,tsan)
	$(ctest) --preset tsan

test-long: test test-sanitizers test-threads  ## all tests: also the page in a browser, kills, a Slurm, fuzzing, the count of instructions
	@./setup.sh browser slurm
	@$(MAKE) --no-print-directory --jobs 2 --output-sync test-browser test-memory
	bash tests/faults/kills.sh build/release/fanin 200
	bash tests/slurm/slurm_test.sh build/release/fanin || test $$? = 77
	tests/kernels.sh build/release
	@$(MAKE) --no-print-directory fuzz ARGS=20
	@$(MAKE) --no-print-directory instructions

test-browser: build
	node tests/browser/page_test.mjs build/release/fanin build/screenshots

test-memory: build
	bash tests/faults/memory.sh build/release/fanin

fuzz:  ## hand each reader its corpus and what libFuzzer makes of it; ARGS="SECONDS [READER...]" (20)
	@./setup.sh build fuzz
	$(call configure,fuzz)
	$(call compile,fuzz)
	@tests/fuzz/run.sh $(or $(ARGS),20)

bench:  ## measure kernels, layers, inits and training steps into results/bench; ARGS="--benchmark_filter=gemm" prints
	@./setup.sh build run bench
	$(call configure,bench)
	$(call compile,bench)
ifeq ($(ARGS),)
	@mkdir -p results/bench
	build/bench/fanin_bench --benchmark_min_time=0.1 --benchmark_out=build/bench/benchmarks.json
	@node bench/report.mjs build/bench/benchmarks.json results/bench
else
	build/bench/fanin_bench $(ARGS)
endif

side-by-side: build  ## measure in turns with PyTorch, into results/bench; ARGS="steps runs diagnostics", say, of what bench/record.sh lists
	@./setup.sh build run torch bench
	$(call configure,bench)
	$(call compile,bench)
	@mkdir -p results/bench
	@bench/record.sh results/bench $(ARGS)

scaling: build  ## measure what sweeps cost beside training, up to 10,000 runs, into results/bench/scaling.md
	@./setup.sh run bench
	@mkdir -p results/bench
	@python3 bench/scaling.py $(ARGS) | tee results/bench/scaling.md.part
	@mv results/bench/scaling.md.part results/bench/scaling.md

instructions:  ## count the instructions of a training step, and fail where they have grown
	@./setup.sh build bench
	$(call configure,bench)
	$(call compile,bench)
	@bench/instructions.sh $(ARGS)

results: build  ## run all shipped specs and reproduce what others published, some two hours on two cores
	@./setup.sh run
	build/release/fanin compare $(specs)
	build/release/fanin reproduce
	@$(MAKE) --no-print-directory reference

reference:  ## keep the summaries and figures of shipped specs, and the table of reproduce, in results/reference
	@set -e; for name in $(specs); do \
	  from=results/$$name; to=results/reference/$$name; \
	  test -f $$from/summary.csv || continue; \
	  rm -rf $$to; mkdir -p $$to/figures; \
	  cp $$from/summary.csv $$from/statistics.csv $$from/comparisons.csv $$from/spec.toml $$from/manifest.json $$to; \
	  cp $$from/figures/*.svg $$to/figures; \
	  echo "$$from -> $$to"; \
	done; \
	if test -f results/reproduce/table.csv; then \
	  mkdir -p results/reference/reproduce; \
	  cp results/reproduce/table.csv results/reproduce/table.md results/reference/reproduce; \
	  echo "results/reproduce -> results/reference/reproduce"; \
	fi

peer-curves: build  ## train PyTorch on seed 0 of the last compare, for the figures to show beside ours
	@./setup.sh run torch
	@experiments/peer/record.py results/lenet5 results/mlp

clean:  ## remove build/; results, data and packages stay
	rm -rf build
