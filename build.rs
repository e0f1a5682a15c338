//! What Cargo has to know beyond the manifest.

fn main() {
    // The registry is part of the program; `include_dir` alone doesn't notice files that are added.
    println!("cargo::rerun-if-changed=registry");
    // A git merge driver starts for each file, so what happens before `main` counts.
    let target = |part: &str| std::env::var(format!("CARGO_CFG_TARGET_{part}")).unwrap_or_default();
    if target("OS") == "linux" {
        // Symbols are looked up when they are first called, not all of them at every start. What
        // that takes away, a table of functions that can't be written, guards programs that
        // corrupt their memory.
        println!("cargo::rustc-link-arg-bins=-Wl,-z,lazy");
    }
    if target("OS") == "linux" && target("ENV") == "gnu" {
        // The unwinder from the archive beside gcc. As a shared library it is loaded at every
        // start, and asks the processor for its features, which a virtual machine answers
        // slowly: an eighth of a start.
        println!("cargo::rustc-link-lib=gcc_eh");
        // The program stands at a fixed address, and its 9,000 pointers to itself are in the file:
        // to put them in at every start takes a quarter of its pages and a tenth of its time.
        // What that takes away, its place in memory being unknown, guards programs that corrupt
        // it, too; libraries, stack and heap keep it.
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
