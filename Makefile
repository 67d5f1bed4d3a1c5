# The commands a contributor needs. Each works on a machine with Rust, make and a C compiler.

.PHONY: demo test test-rust test-python test-web test-api test-cluster wheel python-docs check bench peers fuzz

# Train the article's network on the built-in series; results in gatecast-demo/.
demo:
	cargo run --release --locked --package gatecast-cli --bin gatecast -- demo

# Every test, the fuzz targets over their seeds and some mutations of them included. Data beside the project are used where they are there.
test: test-rust test-python test-web

# The library's run once more without its features, the engine's under every instruction set that the machine has.
test-rust:
	cargo test --locked --workspace
	cargo test --locked --package gatecast --no-default-features --lib
	GATECAST_ISA=avx2 cargo test --locked --package gatecast-kernels --package gatecast --lib --tests
	GATECAST_ISA=portable cargo test --locked --package gatecast-kernels --package gatecast --lib --tests

# The Python package, built into a virtual environment of its own, with Dask, and its types by mypy and pyright; and what
# the program writes for TensorBoard, read by TensorBoard.
VENV = python/.venv
test-python: $(VENV)/ready
	cargo build --locked --package gatecast-cli
	VIRTUAL_ENV=$(abspath $(VENV)) $(VENV)/bin/maturin develop --quiet
	$(VENV)/bin/python -m pytest
	$(VENV)/bin/python -m pytest --doctest-modules python/gatecast
	$(VENV)/bin/ruff check python benches/python
	$(VENV)/bin/ruff format --check python benches/python
	$(VENV)/bin/mypy
	$(VENV)/bin/pyright --pythonpath $(VENV)/bin/python

$(VENV)/ready: python/requirements.txt
	python3 -m venv $(VENV)
	$(VENV)/bin/pip install --quiet --requirement $<
	touch $@

# The page of `gatecast serve` in Chromium, and the types of its scripts. Takes Node 20 or newer; as root it installs
# Chromium itself where it is lacking. SCREENSHOTS=FOLDER has pictures of every view written there.
BROWSER = crates/gatecast-web/browser
test-web:
	$(BROWSER)/prepare.sh
	cargo build --locked --package gatecast-cli
	cd $(BROWSER) && npm run --silent types && SCREENSHOTS=$(abspath $(SCREENSHOTS)) npm run --silent test

# The HTTP API by requests that schemathesis (PyPI) makes of its own description, valid ones and others.
test-api: $(VENV)/ready
	$(VENV)/bin/pip install --quiet schemathesis==4.32.5
	cargo build --locked --package gatecast-cli
	crates/gatecast-web/api/check.sh target/debug/gatecast $(abspath $(VENV))/bin/schemathesis

# The same jobs on local clusters of Ray and Spark (Java 17 or newer), which are installed first.
test-cluster: $(VENV)/cluster-ready
	VIRTUAL_ENV=$(abspath $(VENV)) $(VENV)/bin/maturin develop --quiet
	$(VENV)/bin/python -m pytest python/tests/cluster

$(VENV)/cluster-ready: $(VENV)/ready python/requirements-cluster.txt
	$(VENV)/bin/pip install --quiet --requirement python/requirements-cluster.txt
	touch $@

# A wheel for every Linux with glibc 2.17, in dist/: checked, and tried where nothing else is installed.
wheel: $(VENV)/ready
	$(VENV)/bin/pip install --quiet ziglang twine
	PATH="$(abspath $(VENV))/bin:$$PATH" $(VENV)/bin/maturin build --release --zig --compatibility manylinux2014 --out dist
	$(VENV)/bin/twine check dist/gatecast-*.whl
	rm -rf dist/.venv && python3 -m venv dist/.venv
	dist/.venv/bin/pip install --quiet dist/gatecast-*.whl
	cd dist && .venv/bin/python -c "import gatecast; print(gatecast.__version__, gatecast.Forecaster(method='drift').fit([1, 2, 3]).forecast().values)"
	ls -l dist/gatecast-*.whl

# The reference of the Python package, in dist/reference.
python-docs: $(VENV)/ready
	$(VENV)/bin/pip install --quiet pdoc==16.0.0
	VIRTUAL_ENV=$(abspath $(VENV)) $(VENV)/bin/maturin develop --quiet
	$(VENV)/bin/pdoc --docformat google --output-directory dist/reference \
		gatecast gatecast.distributed gatecast.nn gatecast.nn.layers gatecast.nn.models gatecast.nn.optimizers \
		gatecast.nn.callbacks gatecast.nn.utils gatecast.sktime

# Everything a change must pass.
check:
	cargo fmt --all --check
	cargo fmt --manifest-path fuzz/Cargo.toml --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --locked --workspace --no-deps
	$(MAKE) test

# Damaged files for every reader, one target after the other, found by libFuzzer with the coverage
# that stable Rust can measure; see fuzz/README.md. SECONDS is for each target.
SECONDS = 600
TARGETS = $(notdir $(wildcard fuzz/seeds/*))
HOST = $(shell rustc -vV | sed -n 's/^host: //p')
COVERAGE = --cfg fuzzing -Cpasses=sancov-module -Ccodegen-units=1 \
	-Cllvm-args=-sanitizer-coverage-level=4 \
	-Cllvm-args=-sanitizer-coverage-inline-8bit-counters \
	-Cllvm-args=-sanitizer-coverage-pc-table \
	-Cllvm-args=-sanitizer-coverage-trace-compares
fuzz:
	cd fuzz && RUSTFLAGS="$(COVERAGE)" cargo build --locked --release --target $(HOST)
	cd fuzz && for target in $(TARGETS); do \
		echo "$$target for $(SECONDS) s"; \
		mkdir -p corpus/$$target artifacts/$$target; \
		case $$target in recognised) seeds=$$(echo seeds/*);; *) seeds=seeds/$$target;; esac; \
		case $$target in model) program=model;; *) program=series;; esac; \
		FUZZ_TARGET=$$target target/$(HOST)/release/$$program corpus/$$target $$seeds -max_total_time=$(SECONDS) \
			-timeout=10 -max_len=65536 -rss_limit_mb=1024 -malloc_limit_mb=1024 \
			-artifact_prefix=artifacts/$$target/ -print_final_stats=1 -verbosity=1 || exit 1; \
	done

# How fast we are: kernels, one prediction, training, independent fits.
bench:
	cargo bench --locked --package gatecast-kernels --bench kernels
	cargo bench --locked --package gatecast --bench inference
	cargo bench --locked --package gatecast --bench jobs
	cargo bench --locked --package gatecast --bench fits

# The same jobs beside PyTorch and Keras, alternately. Installs both from PyPI (several GB) into
# benches/peers/.venv. PEERS="J1 lstm" picks a job and a cell; the job "window" is one prediction.
peers: benches/peers/.venv
	cargo bench --locked --package gatecast --bench jobs --bench inference --no-run
	benches/peers/.venv/bin/python benches/peers/peers.py $(PEERS)

benches/peers/.venv: benches/peers/requirements.txt
	python3 -m venv $@
	$@/bin/pip install --quiet --requirement $<
	touch $@
