# The commands a contributor needs. Each works on a machine with Rust, make and a C compiler.

.PHONY: demo test check bench peers

# Train the article's network on the built-in series; results in gatecast-demo/.
demo:
	cargo run --release --locked --package gatecast-cli --bin gatecast -- demo

# Every test. Data beside the project are used where they are there.
# The engine's tests run under every instruction set that the machine has.
test:
	cargo test --locked --workspace
	GATECAST_ISA=avx2 cargo test --locked --package gatecast-kernels --package gatecast --lib --tests
	GATECAST_ISA=portable cargo test --locked --package gatecast-kernels --package gatecast --lib --tests

# Everything a change must pass.
check:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --locked --workspace --no-deps
	$(MAKE) test

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
