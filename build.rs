//! Rebuilds the crate when a file comes or goes in `registry/`, which `include_dir` doesn't notice on its own.

fn main() {
    println!("cargo::rerun-if-changed=registry");
}
