# The commands a contributor needs. Each works on a machine with Rust, make and a C compiler.

.PHONY: demo test check bench

# Train the article's network on the built-in series; results in gatecast-demo/.
demo:
	cargo run --release --locked --package gatecast-cli --bin gatecast -- demo

# Every test. Data beside the project are used where they are there.
test:
	cargo test --locked --workspace

# Everything a change must pass.
check:
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings
	RUSTDOCFLAGS="--deny warnings" cargo doc --locked --workspace --no-deps
	$(MAKE) test

# How fast training is, in milliseconds an epoch and GFLOP/s.
bench:
	cargo bench --locked --package gatecast --bench jobs
