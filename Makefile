# Two commands matter: `make demo` and `make test`. Both do their own set-up.

DEMO_DIR ?= var/demo
LISTEN   ?= 127.0.0.1:8080

.PHONY: demo test setup web check bench fuzz clean

demo: ; @scripts/setup.sh run
	cargo build --release -p lienthong
	target/release/lienthong demo --data-dir $(DEMO_DIR) --listen $(LISTEN)

test: ; @scripts/setup.sh test
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --quiet -- -D warnings
	cargo run --quiet -p lienthong -- catalogue check catalogue
	cargo test --workspace --quiet

web: ; @scripts/setup.sh run

bench: ; @scripts/setup.sh run
	bench/run

fuzz:
	fuzz/run

clean:
	cargo clean
	rm -rf var web/node_modules e2e/clients/node_modules
