# Start here. Each target first installs the packages that it needs (dependencies.txt), if they are missing.
# JOBS=N limits the parallel jobs of builds and tests. ARGS="..." passes arguments to `compare`, `bench` and others.

JOBS ?= $(shell nproc)

configure = @test -f build/$(1)/build.ninja || cmake --preset $(1)
# The Python that runs PyTorch: PYTHON, or one with the reference.
torch = python=$(or $(PYTHON),$$(tests/golden/torch.sh))
compile = @cmake --build --preset $(1) --parallel $(JOBS)
specs = $(sort $(basename $(notdir $(wildcard experiments/specs/*.toml))))
ctest = @ctest --parallel $(JOBS) --output-on-failure

.PHONY: help build compare test parity goldens test-torch test-long fuzz bench side-by-side instructions results \
  reference peer-curves clean test-kernels test-arm64 test-debian13 test-sanitizers test-threads test-browser \
  test-memory scaling

help:  ## show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-15s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build:  ## build the program build/release/fanin
	@./setup.sh build
	$(call configure,release)
	$(call compile,release) --target fanin

compare:  ## compare inits on LeNet-5 and an MLP; ARGS="SPEC.toml ..." runs other specs
	@test -x build/release/fanin || echo "make compare: installs missing packages, builds fanin (about 2 minutes on two" \
	  "cores), trains the networks (fanin says how long this takes), and ends with a table and a page."
	@$(MAKE) --no-print-directory build
	@./setup.sh run
	build/release/fanin compare $(ARGS)

test:  ## build everything and run the tests; CI does this too
	@./setup.sh build run test
	$(call configure,release)
	$(call compile,release)
	$(ctest) --preset release

parity:  ## count the results that equal PyTorch's bit for bit, and update the table in tests/golden/README.md
	@./setup.sh build run
	$(call configure,release)
	$(call compile,release)
	@tests/golden/parity.sh build/release

goldens:  ## record PyTorch's numbers again, in tests/golden (installs PyTorch 2.13 outside of this folder)
	@./setup.sh run torch
	@$(torch) && "$$python" tests/golden/record.py

test-torch: build  ## compare the program with PyTorch 2.13, or with PYTHON's PyTorch; takes a few minutes
	@./setup.sh run torch
	@$(torch) && "$$python" tests/torch/test_torch.py $(ARGS)

test-kernels: test  ## run the unit tests with each pair of our and OpenBLAS's kernels; ARGS="Haswell Zen" picks OpenBLAS's
	@tests/kernels.sh build/release $(ARGS)

test-arm64:  ## cross-compile for arm64 and run the unit tests of framework and init in an emulator; needs root
	@./setup.sh build run roots
	@tests/arm64.sh

test-debian13:  ## run the README's two commands in a fresh Debian 13 (a chroot); needs root
	@./setup.sh roots
	@tests/debian.sh trixie

test-sanitizers:  ## run the tests with ASan and UBSan; ARGS="--exclude-regex avx2" goes to ctest
	@./setup.sh build run test
	$(call configure,dev)
	$(call compile,dev)
	$(ctest) --preset dev $(ARGS)

test-threads:  ## run the multithreaded tests with TSan
	@./setup.sh build run test
	$(call configure,tsan)
	$(call compile,tsan)
	$(ctest) --preset tsan

test-long: test test-sanitizers test-threads  ## run all tests, including browser, memory, kills, Slurm, kernels, fuzzing and instruction count
	@./setup.sh browser slurm
	@$(MAKE) --no-print-directory --jobs 2 --output-sync test-browser test-memory
	bash tests/faults/kills.sh build/release/fanin 200
	bash tests/slurm/slurm_test.sh build/release/fanin || test $$? = 77
	tests/kernels.sh build/release
	FANIN_SWEEPS=1000 build/release/tests/test_experiments '*verdicts*'
	@$(MAKE) --no-print-directory fuzz ARGS=20
	@$(MAKE) --no-print-directory instructions

test-browser: build
	node tests/browser/page_test.mjs build/release/fanin build/screenshots

test-memory: build
	bash tests/faults/memory.sh build/release/fanin

fuzz:  ## fuzz each reader with libFuzzer, starting from its corpus; ARGS="SECONDS [READER...]" (default: 20)
	@./setup.sh build fuzz
	$(call configure,fuzz)
	$(call compile,fuzz)
	@tests/fuzz/run.sh $(or $(ARGS),20)

bench:  ## measure kernels, layers, inits and training steps into results/bench; ARGS="--benchmark_filter=gemm" only prints
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

side-by-side: build  ## measure fanin and PyTorch in turns, into results/bench; ARGS="steps runs" picks parts (see bench/record.sh)
	@./setup.sh build run torch bench
	$(call configure,bench)
	$(call compile,bench)
	@mkdir -p results/bench
	@$(torch) && PYTHON=$$python bench/record.sh results/bench $(ARGS)

scaling: build  ## measure the overhead of sweeps of up to 10,000 runs, into results/bench/scaling.md
	@./setup.sh run bench
	@mkdir -p results/bench
	@python3 bench/scaling.py $(ARGS) | tee results/bench/scaling.md.part
	@mv results/bench/scaling.md.part results/bench/scaling.md

instructions:  ## count the instructions of a training step, and fail if there are more than before
	@./setup.sh build bench
	$(call configure,bench)
	$(call compile,bench)
	@bench/instructions.sh $(ARGS)

results: build  ## run all shipped specs and reproduce published results; takes about four hours on two cores
	@./setup.sh run
	build/release/fanin compare $(specs)
	build/release/fanin reproduce
	@$(MAKE) --no-print-directory reference

reference:  ## copy the summaries and figures of shipped specs, and the table of reproduce, to results/reference
	@set -e; for name in $(specs); do \
	  from=results/$$name; to=results/reference/$$name; \
	  test -f $$from/summary.csv || continue; \
	  rm -rf $$to; mkdir -p $$to/figures; \
	  cp $$from/summary.csv $$from/statistics.csv $$from/comparisons.csv $$from/spec.toml $$from/manifest.json $$to; \
	  test ! -f $$from/tuning.csv || cp $$from/tuning.csv $$to; \
	  cp $$from/figures/*.svg $$to/figures; \
	  echo "$$from -> $$to"; \
	done; \
	if test -f results/reproduce/table.csv; then \
	  mkdir -p results/reference/reproduce; \
	  cp results/reproduce/table.csv results/reproduce/table.md results/reference/reproduce; \
	  echo "results/reproduce -> results/reference/reproduce"; \
	fi

peer-curves: build  ## train seed 0 of the last compare in PyTorch, so that the figures show its curves next to ours
	@./setup.sh run torch
	@$(torch) && "$$python" experiments/peer/record.py results/lenet5 results/mlp

clean:  ## remove build/, but keep results, data and packages
	rm -rf build
