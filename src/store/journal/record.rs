//! The file that a plan is written to before anything moves, and kept in for `undo`.
//!
//! ```text
//! agentpkg journal 2
//! hmac-sha256:<of the repository's path and all that follows the next line, or `none`>
//! sha256:<of all that follows this line>
//! {"verb":"install org-baseline","changes":[{"path":"a.md","stage":"file","old":null,"new":…}]}
//! <the old and new bytes of each change in turn>
//! ```
//!
//! A record with links has format 3: an earlier agentpkg would leave them out. They follow
//! `changes`, as `links`, and their bytes those of the changes: of a link, where it leads.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::history::Course;
use super::seal::Seal;
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::plan::{FileChange, LinkChange, Plan, Stage};
use crate::model::tree::{File, FileOrLink};

const TITLE: &str = "agentpkg journal ";
const FORMAT: u32 = 3;

/// The format of a record without links.
const WITHOUT_LINKS: u32 = 2;

/// The format that had no mark: its records are nobody's.
const WITHOUT_MARK: u32 = 1;

const MARK: &str = "hmac-sha256:";

/// A plan, written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRecord {
    pub plan: Plan,
    /// What it is to the history.
    pub course: Course,
    /// What its temps are named by: 8 hexadecimal digits, the same for the same plan.
    pub id: String,
    /// Of the plan and the bytes of its files.
    pub digest: Digest,
}

/// Why bytes are no record that is carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum UnreadableRecord {
    /// They are not what was written.
    Damaged,
    /// A later agentpkg wrote them.
    Newer,
    /// They may be anybody's: they weren't written by this user for this place.
    Foreign(Box<JournalRecord>),
}

impl JournalRecord {
    /// Writes `plan` down, in parts: the bytes of its files aren't held twice.
    pub(super) fn write(plan: &Plan, course: Course, seal: &Seal) -> (Self, Vec<Bytes>) {
        let mut parts = body(plan, course);
        let digest = Digest::of_parts(&parts);
        let mark = seal.mark(&parts);
        let format = match plan.links.is_empty() {
            true => WITHOUT_LINKS,
            false => FORMAT,
        };
        let head = format!("{TITLE}{format}\n{MARK}{mark}\n{digest}\n");
        parts.insert(0, head.into());
        let record = Self {
            plan: plan.clone(),
            course,
            id: id(&digest),
            digest,
        };
        (record, parts)
    }

    /// Reads back what [`write`](Self::write) wrote.
    ///
    /// # Errors
    /// What isn't this user's and of this place comes as [`UnreadableRecord::Foreign`].
    pub(super) fn read(bytes: &Bytes, seal: &Seal) -> Result<Self, UnreadableRecord> {
        let (title, rest) = line(bytes).ok_or(UnreadableRecord::Damaged)?;
        let format = title
            .strip_prefix(TITLE)
            .and_then(|number| number.parse().ok());
        let (mark, rest) = match format {
            Some(WITHOUT_MARK) => (None, rest),
            Some(WITHOUT_LINKS | FORMAT) => line(rest)
                .and_then(|(mark, rest)| Some((Some(mark.strip_prefix(MARK)?), rest)))
                .ok_or(UnreadableRecord::Damaged)?,
            Some(number) if number > FORMAT => return Err(UnreadableRecord::Newer),
            _ => return Err(UnreadableRecord::Damaged),
        };
        let has_links = format == Some(FORMAT);
        let record = checked(bytes, rest)
            .filter(|record| record.plan.links.is_empty() != has_links)
            .ok_or(UnreadableRecord::Damaged)?;
        let body = line(rest).map(|(_, body)| body).unwrap_or_default();
        match mark.is_some_and(|mark| seal.holds(mark, body)) {
            true => Ok(record),
            false => Err(UnreadableRecord::Foreign(Box::new(record))),
        }
    }
}

/// The line of JSON.
#[derive(Serialize, Deserialize)]
struct Header {
    verb: String,
    #[serde(default, skip_serializing_if = "Course::is_usual")]
    course: Course,
    changes: Vec<Entry>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    links: Vec<LinkEntry>,
}

#[derive(Serialize, Deserialize)]
struct Entry {
    path: RelPath,
    stage: Stage,
    old: Option<Content>,
    new: Option<Content>,
}

impl Entry {
    fn of(change: &FileChange) -> Self {
        Self {
            path: change.path.clone(),
            stage: change.stage,
            old: change.old.as_ref().map(Content::of),
            new: change.new.as_ref().map(Content::of),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct LinkEntry {
    path: RelPath,
    old: Option<Content>,
    new: Option<Content>,
}

impl LinkEntry {
    fn of(change: &LinkChange) -> Self {
        Self {
            path: change.path.clone(),
            old: change.old.as_ref().map(Content::of_file_or_link),
            new: change.new.as_ref().map(Content::of_file_or_link),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Content {
    size: usize,
    executable: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    link: bool,
}

impl Content {
    fn of(file: &File) -> Self {
        Self {
            size: file.bytes.len(),
            executable: file.executable,
            link: false,
        }
    }

    fn of_file_or_link(node: &FileOrLink) -> Self {
        match node {
            FileOrLink::File(file) => Self::of(file),
            FileOrLink::Link(target) => Self {
                size: target.len(),
                executable: false,
                link: true,
            },
        }
    }
}

/// Returns the line of JSON, and the bytes of each file.
fn body(plan: &Plan, course: Course) -> Vec<Bytes> {
    let header = Header {
        verb: plan.verb.clone(),
        course,
        changes: plan.changes.iter().map(Entry::of).collect(),
        links: plan.links.iter().map(LinkEntry::of).collect(),
    };
    let mut line = serde_json::to_vec(&header).expect("strings and numbers are JSON");
    line.push(b'\n');
    let mut parts = vec![Bytes::from(line)];
    for change in &plan.changes {
        let files = [&change.old, &change.new].into_iter().flatten();
        parts.extend(files.map(|file| file.bytes.clone()));
    }
    for link in &plan.links {
        for node in [&link.old, &link.new].into_iter().flatten() {
            parts.push(match node {
                FileOrLink::File(file) => file.bytes.clone(),
                FileOrLink::Link(target) => Bytes::copy_from_slice(target.as_bytes()),
            });
        }
    }
    parts
}

/// Reads the lines of `rest`, a part of `whole`, of which the files take their parts.
fn checked(whole: &Bytes, rest: &[u8]) -> Option<JournalRecord> {
    let (digest, body) = line(rest)?;
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
        changes.push(FileChange {
            path,
            stage,
            old: take(whole, &mut rest, old)?,
            new: take(whole, &mut rest, new)?,
        });
    }
    let mut links = vec![];
    for LinkEntry { path, old, new } in header.links {
        links.push(LinkChange {
            path,
            old: take_file_or_link(whole, &mut rest, old)?,
            new: take_file_or_link(whole, &mut rest, new)?,
        });
    }
    let plan = Plan {
        verb: header.verb,
        changes,
        links,
    };
    rest.is_empty().then(|| JournalRecord {
        plan,
        course: header.course,
        id: id(&digest),
        digest,
    })
}

/// Takes the next file from `bytes`; `None` if there are too few.
fn take(whole: &Bytes, bytes: &mut &[u8], content: Option<Content>) -> Option<Option<File>> {
    let Some(Content {
        size,
        executable,
        link: false,
    }) = content
    else {
        return content.is_none().then_some(None);
    };
    let (taken, rest) = bytes.split_at_checked(size)?;
    *bytes = rest;
    Some(Some(File {
        bytes: whole.slice_ref(taken),
        executable,
    }))
}

/// Takes the next file or link from `bytes`; `None` if there are too few, or a link leads to what
/// is no text.
fn take_file_or_link(
    whole: &Bytes,
    bytes: &mut &[u8],
    content: Option<Content>,
) -> Option<Option<FileOrLink>> {
    let Some(Content {
        size, link: true, ..
    }) = content
    else {
        return Some(take(whole, bytes, content)?.map(FileOrLink::File));
    };
    let (taken, rest) = bytes.split_at_checked(size)?;
    *bytes = rest;
    Some(Some(FileOrLink::Link(
        String::from_utf8(taken.to_vec()).ok()?,
    )))
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
            bytes: Bytes::from_static(b"#!\n\xff\0"),
            executable: true,
        };
        let change = |path, old, new| FileChange {
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

    fn seal() -> Seal {
        Seal::with_key([7; 32], "/repo")
    }

    fn write(seal: &Seal) -> (JournalRecord, Vec<u8>) {
        let (record, parts) = JournalRecord::write(&plan(), Course::Do, seal);
        (record, parts.concat())
    }

    fn read(bytes: &[u8], seal: &Seal) -> Result<JournalRecord, UnreadableRecord> {
        JournalRecord::read(&Bytes::copy_from_slice(bytes), seal)
    }

    #[test]
    fn a_record_reads_back() {
        let (written, bytes) = write(&seal());
        let read = read(&bytes, &seal()).unwrap();
        assert_eq!((&read.plan, &read), (&plan(), &written));
        assert!(bytes.starts_with(b"agentpkg journal 2\nhmac-sha256:"));
    }

    #[test]
    fn a_record_with_links_reads_back() {
        let links = vec![
            LinkChange {
                path: rel("CLAUDE.md"),
                old: Some(FileOrLink::File(File::plain("a file\n"))),
                new: Some(FileOrLink::Link("AGENTS.md".to_owned())),
            },
            LinkChange {
                path: rel("d/e"),
                old: Some(FileOrLink::Link("../ü".to_owned())),
                new: None,
            },
        ];
        let plan = plan().with_links(links);
        let (written, parts) = JournalRecord::write(&plan, Course::Do, &seal());
        let bytes = parts.concat();
        let read = read(&bytes, &seal()).unwrap();
        assert_eq!((&read.plan, &read), (&plan, &written));
        assert!(bytes.starts_with(b"agentpkg journal 3\n"));
    }

    #[test]
    fn a_record_of_another_user_or_place_and_one_without_a_mark_are_foreign() {
        let (written, bytes) = write(&seal());
        for other in [
            Seal::with_key([8; 32], "/repo"),
            Seal::with_key([7; 32], "/repo/"),
            Seal::new(None, std::path::Path::new("/repo")),
        ] {
            let foreign = UnreadableRecord::Foreign(Box::new(written.clone()));
            assert_eq!(read(&bytes, &other), Err(foreign.clone()));
            let (_, bytes) = write(&other);
            assert_eq!(read(&bytes, &seal()), Err(foreign));
        }
        // As earlier versions wrote it.
        let body = body(&plan(), Course::Do).concat();
        let mut old = format!("agentpkg journal 1\n{}\n", Digest::of(&body)).into_bytes();
        old.extend(body);
        assert_eq!(
            read(&old, &seal()),
            Err(UnreadableRecord::Foreign(Box::new(written)))
        );
    }

    #[test]
    fn a_record_with_any_byte_missing_or_changed_is_not_carried_out() {
        let (written, bytes) = write(&seal());
        for end in 0..bytes.len() {
            assert_eq!(
                read(&bytes[..end], &seal()),
                Err(UnreadableRecord::Damaged),
                "cut at {end}"
            );
        }
        let mark = "agentpkg journal 2\nhmac-sha256:".len();
        for at in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let read = read(&changed, &seal());
            if (mark..mark + 64).contains(&at) {
                assert_eq!(
                    read,
                    Err(UnreadableRecord::Foreign(Box::new(written.clone())))
                );
            } else {
                assert!(read.is_err(), "changed at {at}");
            }
        }
        assert_eq!(
            read(b"agentpkg journal 4\n", &seal()),
            Err(UnreadableRecord::Newer)
        );
        for title in ["0", "-1", "two", ""] {
            let title = format!("agentpkg journal {title}\n");
            let read = read(title.as_bytes(), &seal());
            assert_eq!(read, Err(UnreadableRecord::Damaged), "{title}");
        }
    }
}
