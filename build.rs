//! What Cargo has to know beyond the manifest.

fn main() {
    // The registry is part of the program; `include_dir` alone doesn't notice files that are added.
    println!("cargo::rerun-if-changed=registry");
    // Symbols are looked up when they are first called, not all of them at every start: a git merge driver starts for each
    // file. What that takes away, a table of functions that can't be written, guards programs that corrupt their memory.
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "linux") {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,lazy");
    }
}
