//! What is installed and can execute or widen: as the lock has it, and as it is here.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::Value;

use crate::agent::definition::words_at;
use crate::agent::readers::may_run;
use crate::agent::translate::Form;
use crate::error::Result;
use crate::model::digest::Digest;
use crate::model::lock::{Lock, Record, WholeRecord};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::template::rendered_path;
use crate::model::tree::FileTree;
use crate::render::capability::{self, Capability, CapabilityTree, TreeFile};
use crate::store::git;

use crate::ops::Session;

/// Returns what the lock says is installed, can execute or widen, and was approved by nobody.
pub fn missing(session: &Session, lock: &Lock) -> Result<Vec<Capability>> {
    let texts = orders(session, lock)?;
    let review = capability::review(
        &lock.approvals,
        &[],
        &capability::capabilities(&tree(lock, &texts)),
    );
    Ok(review
        .items
        .into_iter()
        .map(|item| item.capability)
        .collect())
}

/// Returns what of the installed templates can execute as it is here, and isn't what somebody
/// approved: it was edited, or approved by nobody.
pub fn otherwise_here(session: &Session, lock: &Lock) -> Result<Vec<Capability>> {
    let mut here = FileTree::new();
    for (path, record) in &lock.files {
        if record.as_whole().is_some() {
            let file = session.workspace.file(path)?;
            here.extend(file.map(|file| (path.clone(), file)));
        }
    }
    let texts = BTreeMap::new();
    let mut tree = tree(lock, &texts);
    tree.files.retain(|path, _| here.contains_key(*path));
    for (path, file) in &mut tree.files {
        let here = &here[*path];
        file.digest = Digest::of(&here.bytes);
        file.executable = here.executable;
        file.bytes = Some(&here.bytes);
    }
    let mut all = capability::capabilities(&tree);
    all.retain(|one| !one.is_approved(&lock.approvals));
    Ok(all)
}

/// Returns the bytes of what is installed and says what an agent runs, as far as the repo or its
/// git still has them.
pub(super) fn orders(session: &Session, lock: &Lock) -> Result<BTreeMap<RelPath, Bytes>> {
    as_installed(
        session,
        lock,
        lock.files.keys().filter(|path| may_run(path)),
    )
}

/// Returns the bytes that files had when they were installed, as far as the repo or its git still
/// has them.
pub(super) fn as_installed<'a>(
    session: &Session,
    lock: &Lock,
    paths: impl IntoIterator<Item = &'a RelPath>,
) -> Result<BTreeMap<RelPath, Bytes>> {
    let mut needed: BTreeMap<RelPath, WholeRecord> = BTreeMap::new();
    for path in paths {
        let whole = lock.files.get(path).and_then(Record::as_whole);
        needed.extend(whole.map(|whole| (path.clone(), whole.clone())));
    }
    let (mut found, mut absent) = (BTreeMap::new(), Vec::new());
    for (path, record) in &needed {
        match session
            .workspace
            .file(path)?
            .filter(|file| Digest::of(&file.bytes) == record.digest)
        {
            Some(file) => _ = found.insert(path.clone(), file.bytes),
            None => absent.push(path),
        }
    }
    let blobs = git::blobs(
        session.workspace.root(),
        absent.iter().map(|path| needed[*path].blob.as_str()),
    )?;
    for path in absent {
        let bytes = blobs
            .get(&needed[path].blob)
            .filter(|bytes| Digest::of(bytes) == needed[path].digest);
        found.extend(bytes.map(|bytes| (path.clone(), bytes.clone())));
    }
    Ok(found)
}

/// Returns what the lock says of what is installed. `texts` are those files whose bytes are at
/// hand.
pub(super) fn tree<'a>(lock: &'a Lock, texts: &'a BTreeMap<RelPath, Bytes>) -> CapabilityTree<'a> {
    let mut tree = CapabilityTree {
        scripts: capability::scripts(lock.hooks.values()),
        ..CapabilityTree::default()
    };
    for (path, record) in &lock.files {
        match record {
            Record::Whole(whole) => {
                let WholeRecord {
                    origin,
                    digest,
                    executable,
                    ..
                } = whole;
                // What agentpkg wrote there has nothing but words, whatever they are.
                let source = rendered_path(&origin.source);
                let is_translated = matches!(
                    Form::of(&source, path, lock.inputs.renderer),
                    Form::Translated(_)
                );
                let is_text = is_translated && words_at(path).is_some();
                let bytes = texts.get(path).map(AsRef::as_ref);
                let file = TreeFile {
                    digest: *digest,
                    executable: *executable,
                    bytes: bytes.or(is_text.then_some(b"")),
                    template: Some(&origin.template),
                };
                tree.files.insert(path, file);
            }
            Record::Keys(keys) => {
                let parts = keys
                    .parts
                    .iter()
                    .map(|(owner, part): (&TemplateName, &Value)| (path, part, Some(owner)));
                tree.documents.extend(parts);
            }
            Record::Blocks(_) => {}
        }
    }
    tree
}
