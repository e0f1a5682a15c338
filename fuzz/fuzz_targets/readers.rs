//! Any bytes to what reads bytes from outside: a registry, a repository, a mail. Each reader says
//! what it is or why not; none panics, hangs, or takes the memory.
//!
//! The first byte is the reader; the variable `READER`, one of the names below, is the only one to
//! try, and then all bytes are its own.

#![no_main]

use std::sync::LazyLock;

use agentpkg::agent::claude;
use agentpkg::agent::claude::faults::{faults, unknown};
use agentpkg::error::{Error, Result};
use agentpkg::merge::json::Document;
use agentpkg::model::digest::Digest;
use agentpkg::model::frontmatter;
use agentpkg::model::index::{self, Catalog, Index};
use agentpkg::model::lock::Lock;
use agentpkg::model::manifest::Manifest;
use agentpkg::model::path::{RelPath, rel};
use agentpkg::model::scenario::Scenario;
use agentpkg::model::source::Source;
use agentpkg::model::tree::{File, FileTree};
use agentpkg::proposal::read_mail;
use agentpkg::render::capability;
use agentpkg::store::archive;
use agentpkg::store::fs::{Attempt, Disk, OnDisk};
use agentpkg::store::journal::{Journal, Seal, journal};
use libfuzzer_sys::fuzz_target;

type Reader = fn(&[u8]);

const READERS: [(&str, Reader); 10] = [
    ("archive", |bytes| drop(archive::unpack(bytes))),
    ("lock", |bytes| {
        if let Ok(lock) = Lock::parse(&text(bytes)) {
            // What was read is written so that it reads back.
            assert_eq!(Lock::parse(&lock.to_text()).expect("it was written"), lock);
        }
        drop(Lock::rejoined(&text(bytes)));
    }),
    ("manifest", |bytes| drop(Manifest::parse(&text(bytes)))),
    ("template", |bytes| template("template.toml", bytes)),
    ("jinja", |bytes| template("rules/a.md.jinja", bytes)),
    ("index", |bytes| {
        drop(index::parse::<Index>("index/a.json", bytes));
        drop(index::parse::<Catalog>("catalog.json", bytes));
    }),
    ("journal", record),
    ("mail", |bytes| drop(read_mail(&text(bytes)))),
    ("settings", |bytes| {
        let text = text(bytes);
        if let Ok(document) = Document::parse(&text) {
            let value = document.into_value();
            let _ = (faults(&value), unknown(&value));
            let _ = claude::misshapen(claude::SERVERS, &value);
        }
        files(".claude/settings.json", bytes);
    }),
    ("frontmatter", |bytes| {
        drop(frontmatter::read(&text(bytes)));
        drop(Scenario::parse("tests/a.toml", &text(bytes)));
        files(".claude/skills/a/SKILL.md", bytes);
    }),
];

static ONLY: LazyLock<Option<Reader>> = LazyLock::new(|| {
    let name = std::env::var("READER").ok()?;
    let reader = READERS.iter().find(|(known, _)| *known == name);
    Some(reader.expect("it is one of the readers").1)
});

fuzz_target!(|data: &[u8]| {
    match (*ONLY, data) {
        (Some(reader), bytes) => reader(bytes),
        (None, [number, bytes @ ..]) => READERS[usize::from(*number) % READERS.len()].1(bytes),
        (None, []) => {}
    }
});

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

const MANIFEST: &str = "[template]\nname = \"t\"\nversion = \"1.0.0\"\ndescription = \"x\"\n\
     [questions.a]\nask = \"?\"\nkind = \"text\"\ndefault = \"x\"\n\
     [questions.l]\nask = \"?\"\nkind = \"list\"\ndefault = [\"x\"]\n";

/// A template in which one file is anything.
fn template(path: &'static str, bytes: &[u8]) {
    let mut tree: FileTree = [
        ("template.toml", MANIFEST),
        ("README.md", "# t\n"),
        ("CHANGELOG.md", "## [1.0.0]\n- x\n"),
        ("rules/a.md", "x\n"),
    ]
    .into_iter()
    .map(|(path, text)| (rel(path), File::plain(text)))
    .collect();
    if path.ends_with(".jinja") {
        tree.remove(&rel("rules/a.md"));
    }
    tree.insert(rel(path), File::plain(bytes));
    if let Ok(source) = Source::of("t", tree) {
        let _ = capability::test_programs(&source);
        let _ = agentpkg::render::check::check(&source);
        let _ = agentpkg::render::check::composed(&source);
    }
}

/// A repository in which one file is anything.
fn files(path: &'static str, bytes: &[u8]) {
    let tree = FileTree::from([(rel(path), File::plain(bytes))]);
    let _ = capability::of_files(&tree);
    let _ = agentpkg::lint::repo(&tree, &Default::default());
}

/// A journal of these bytes, and one whose checksum is right.
fn record(bytes: &[u8]) {
    let seal = Seal::with_key([7; 32], "/repo");
    let mark = "0".repeat(64);
    let digest = Digest::of(bytes);
    let mut whole = format!("agentpkg journal 2\nhmac-sha256:{mark}\n{digest}\n").into_bytes();
    whole.extend(bytes);
    for bytes in [bytes.to_vec(), whole] {
        let disk = Only(File::plain(bytes));
        let found = Journal {
            disk: &disk,
            seal: &seal,
        };
        let _ = (found.standing(&journal()), found.interrupted());
    }
}

/// A disk with one file, which is at every path.
struct Only(File);

fn refused<T>() -> Result<T> {
    Err(Error::user("nothing is written here"))
}

impl Disk for Only {
    fn look(&self, _: &RelPath) -> Result<OnDisk> {
        Ok(OnDisk::File(self.0.clone()))
    }
    fn create_folder(&self, _: &RelPath) -> Result<Attempt> {
        refused()
    }
    fn write_new(&self, _: &RelPath, _: &File) -> Result<()> {
        refused()
    }
    fn write_link(&self, _: &RelPath, _: &str) -> Result<()> {
        refused()
    }
    fn sync_file(&self, _: &RelPath) -> Result<()> {
        refused()
    }
    fn sync_folder_of(&self, _: &RelPath) -> Result<()> {
        refused()
    }
    fn sync_all(&self, _: &[&RelPath]) -> Result<()> {
        refused()
    }
    fn rename(&self, _: &RelPath, _: &RelPath) -> Result<()> {
        refused()
    }
    fn rename_if_absent(&self, _: &RelPath, _: &RelPath) -> Result<Attempt> {
        refused()
    }
    fn exchange(&self, _: &RelPath, _: &RelPath) -> Result<Attempt> {
        refused()
    }
    fn remove_file(&self, _: &RelPath) -> Result<()> {
        refused()
    }
    fn remove_folder(&self, _: &RelPath) -> Result<Attempt> {
        refused()
    }
}
