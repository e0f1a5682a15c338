//! The file that a plan is written to before anything moves, and kept in for `undo`.
//!
//! ```text
//! agentpkg journal 1
//! sha256:<of all that follows this line>
//! {"verb":"install org-baseline","changes":[{"path":"a.md","stage":"file","old":null,"new":…}]}
//! <the old and new bytes of each change in turn>
//! ```

use serde::{Deserialize, Serialize};

use super::history::Course;
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::plan::{Change, Plan, Stage};
use crate::model::tree::File;

const TITLE: &str = "agentpkg journal ";
const FORMAT: u32 = 1;

/// A plan, written down.
pub(super) struct Record {
    /// The plan.
    pub plan: Plan,
    /// What it is to the history.
    pub course: Course,
    /// What its temps are named by: 8 hexadecimal digits, the same for the same plan.
    pub id: String,
}

/// Why bytes are no record.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unreadable {
    /// They are not what was written.
    Damaged,
    /// A later agentpkg wrote them.
    Newer,
}

impl Record {
    /// Writes `plan` down.
    pub fn write(plan: &Plan, course: Course) -> (Self, Vec<u8>) {
        let body = body(plan, course);
        let digest = Digest::of(&body);
        let mut bytes = format!("{TITLE}{FORMAT}\n{digest}\n").into_bytes();
        bytes.extend(body);
        (
            Self {
                plan: plan.clone(),
                course,
                id: id(&digest),
            },
            bytes,
        )
    }

    /// Reads back what [`write`](Self::write) wrote.
    pub fn read(bytes: &[u8]) -> Result<Self, Unreadable> {
        let (title, rest) = line(bytes).ok_or(Unreadable::Damaged)?;
        match title
            .strip_prefix(TITLE)
            .and_then(|number| number.parse().ok())
        {
            Some(FORMAT) => {}
            Some(number) if number > FORMAT => return Err(Unreadable::Newer),
            _ => return Err(Unreadable::Damaged),
        }
        checked(rest).ok_or(Unreadable::Damaged)
    }
}

/// The line of JSON.
#[derive(Serialize, Deserialize)]
struct Header {
    verb: String,
    #[serde(default, skip_serializing_if = "Course::is_usual")]
    course: Course,
    changes: Vec<Entry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    path: RelPath,
    stage: Stage,
    old: Option<Content>,
    new: Option<Content>,
}

#[derive(Serialize, Deserialize)]
struct Content {
    size: usize,
    executable: bool,
}

impl Content {
    fn of(file: &File) -> Self {
        Self {
            size: file.bytes.len(),
            executable: file.executable,
        }
    }
}

fn body(plan: &Plan, course: Course) -> Vec<u8> {
    let entry = |change: &Change| Entry {
        path: change.path.clone(),
        stage: change.stage,
        old: change.old.as_ref().map(Content::of),
        new: change.new.as_ref().map(Content::of),
    };
    let header = Header {
        verb: plan.verb.clone(),
        course,
        changes: plan.changes.iter().map(entry).collect(),
    };
    let mut body = serde_json::to_vec(&header).expect("strings and numbers are JSON");
    body.push(b'\n');
    for file in plan
        .changes
        .iter()
        .flat_map(|change| [&change.old, &change.new])
        .flatten()
    {
        body.extend(&file.bytes);
    }
    body
}

fn checked(bytes: &[u8]) -> Option<Record> {
    let (digest, body) = line(bytes)?;
    let digest: Digest = digest
        .parse()
        .ok()
        .filter(|digest| *digest == Digest::of(body))?;
    let (header, mut rest) = line(body)?;
    let header: Header = serde_json::from_str(header).ok()?;
    let mut changes = vec![];
    for Entry {
        path,
        stage,
        old,
        new,
    } in header.changes
    {
        changes.push(Change {
            path,
            stage,
            old: take(&mut rest, old)?,
            new: take(&mut rest, new)?,
        });
    }
    let plan = Plan {
        verb: header.verb,
        changes,
    };
    rest.is_empty().then(|| Record {
        plan,
        course: header.course,
        id: id(&digest),
    })
}

/// Takes the next file from `bytes`; `None` if there are too few.
fn take(bytes: &mut &[u8], content: Option<Content>) -> Option<Option<File>> {
    let Some(Content { size, executable }) = content else {
        return Some(None);
    };
    let (taken, rest) = bytes.split_at_checked(size)?;
    *bytes = rest;
    Some(Some(File {
        bytes: taken.to_vec(),
        executable,
    }))
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let end = bytes.iter().position(|&byte| byte == b'\n')?;
    Some((std::str::from_utf8(&bytes[..end]).ok()?, &bytes[end + 1..]))
}

fn id(digest: &Digest) -> String {
    digest.hex()[..8].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    fn plan() -> Plan {
        let script = File {
            bytes: b"#!\n\xff\0".to_vec(),
            executable: true,
        };
        let change = |path, old, new| Change {
            path: rel(path),
            stage: Stage::File,
            old,
            new,
        };
        Plan::new(
            "install org-baseline",
            vec![
                change("a", None, Some(script.clone())),
                change("b/ü", Some(File::plain("")), Some(File::plain("b\n"))),
                change("c", Some(script), None),
            ],
        )
    }

    #[test]
    fn a_record_reads_back() {
        let (written, bytes) = Record::write(&plan(), Course::Do);
        let read = Record::read(&bytes).ok().unwrap();
        assert_eq!((read.plan, read.id), (plan(), written.id));
        assert!(bytes.starts_with(b"agentpkg journal 1\nsha256:"));
    }

    #[test]
    fn a_record_with_any_byte_missing_or_changed_is_damaged() {
        let (_, bytes) = Record::write(&plan(), Course::Do);
        for end in 0..bytes.len() {
            assert_eq!(
                Record::read(&bytes[..end]).err(),
                Some(Unreadable::Damaged),
                "cut at {end}"
            );
        }
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            assert!(Record::read(&changed).is_err(), "changed at {at}");
        }
        assert_eq!(
            Record::read(b"agentpkg journal 2\n").err(),
            Some(Unreadable::Newer)
        );
    }
}
