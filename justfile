# What CI runs, step by step. `just` lists it.

default:
    @just --list

# Everything that has to hold before a change lands.
check: fmt lint test docs

# The formatting.
fmt:
    cargo fmt --all --check
    rustfmt --check --edition 2024 fuzz/fuzz_targets/*.rs

# Clippy, warnings denied.
lint:
    cargo clippy --workspace --all-targets --locked -- -D warnings

# The fast tests.
test:
    cargo test --locked

# The slower tests too: crashes at every system call, disks that are full, a corpus of real files.
test-all:
    cargo test --release --locked -- --include-ignored

# The laws of a target (`merge`) over whatever a fuzzer thinks of, for so many seconds.
fuzz target seconds="60":
    command -v cargo-fuzz >/dev/null || cargo install cargo-fuzz --locked
    cargo +nightly fuzz run {{target}} -- -max_total_time={{seconds}} -max_len=4096 -timeout=10

# The documentation, warnings denied.
docs:
    RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --locked

# Take what is printed as it is now, in scenes and in docs/; read the diff before you commit it.
bless:
    SNAPSHOTS=overwrite cargo test --test cli -- scenes pages
    SNAPSHOTS=overwrite cargo test --test laws reference

# Run the commands of docs/.
pages:
    cargo test --test cli pages
    cargo test --test laws reference

# Licences, bans and sources of dependencies.
deny:
    cargo deny check licenses bans sources

# Speed, side by side with other tools in one run.
bench:
    cargo build --profile dist --locked
    benches/install.sh target/dist/agentpkg
    benches/many.sh target/dist/agentpkg
    benches/registry.sh target/dist/agentpkg
    benches/web.sh target/dist/agentpkg
    benches/contribute.sh target/dist/agentpkg
    benches/hooks.py
    benches/merge_file.py target/dist/agentpkg ${AGENTPKG_CORPUS:+"$AGENTPKG_CORPUS/merge"}
    cargo bench --locked

# What an update does to a team's edits, and what it costs, beside copier, cruft and git.
bench-peers:
    cargo build --profile dist --locked
    benches/peers/run.py target/dist/agentpkg

# What is released, for Linux on x86-64, into target/packages: wheel, npm packages, archive, install.sh.
dist base_url="":
    packaging/dist {{quote(base_url)}}

# Publish the templates of this repository into the registry inside the binary.
publish:
    for template in templates/*/; do cargo run -q -- publish "$template" --registry registry; done
