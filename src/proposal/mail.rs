//! A proposal as the mail that `git format-patch` would write of its commit.

use super::message::{PROPOSAL, guarded, without_scissors};
use super::{Proposal, date, encoding};
use crate::error::{Error, Result};
use crate::merge::patch::{LIMIT, Patch};
use crate::model::digest::Digest;
use crate::model::path::RelPath;
use crate::model::tree::FileTree;
use crate::words::count;

impl Proposal {
    /// Returns the mail that `git am` applies in the repository that has the template's source at
    /// `directory`.
    ///
    /// `source` is the template's source that the edit is for, and `version` this program's.
    ///
    /// # Errors
    /// When the edit doesn't fit, or is too large.
    pub fn to_mail(
        &self,
        directory: Option<&RelPath>,
        source: &FileTree,
        version: &str,
    ) -> Result<String> {
        let patch = self.patch(source)?;
        let text = patch.to_text(directory);
        if text.len() > LIMIT {
            return Err(
                Error::user(format!("the proposal is larger than {} MiB", LIMIT >> 20))
                    .hint("propose fewer files at once: `agentpkg contribute PATH…`"),
            );
        }
        let content = format!(
            "{}---\n{}\n\n{text}-- \nagentpkg {version}\n\n",
            self.message(),
            summary(&patch)
        );
        let commit = &Digest::of(format!("{}\n{content}", self.id).as_bytes()).hex()[..40];
        let author = &self.author;
        let mut head = format!(
            "From {commit} Mon Sep 17 00:00:00 2001\n{}\nDate: {}\n{}\n",
            // Git takes the first address that it finds.
            encoding::sender(&author.name.replace('@', " at "), &author.email),
            date::write(author.seconds, author.zone),
            encoding::subject(&self.commit_subject()),
        );
        // Git's own reader drops carriage returns from what isn't encoded.
        let transfer = if content.contains('\r') {
            Some("quoted-printable")
        } else {
            None
        };
        let transfer = transfer.or((!content.is_ascii() || !head.is_ascii()).then_some("8bit"));
        if let Some(transfer) = transfer {
            head.push_str("MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n");
            head.push_str(&format!("Content-Transfer-Encoding: {transfer}\n"));
        }
        let content = if content.contains('\r') {
            encoding::to_quoted_printable(&content)
        } else {
            content
        };
        Ok(format!("{head}\n{content}"))
    }

    /// Returns the message of the commit that accepts the proposal, as `git am` makes it of the
    /// mail.
    pub fn commit_message(&self) -> String {
        format!("{}\n\n{}", self.commit_subject(), self.message())
    }

    /// Returns the body of the message, with its trailers.
    fn message(&self) -> String {
        let body = without_scissors(&guarded(self.body()));
        let gap = if body.is_empty() { "" } else { "\n" };
        format!("{body}{gap}{PROPOSAL}: {}\n{}", self.id, self.trailers())
    }

    /// Returns the subject of the commit: git takes off what looks like a mark of a mail, unless
    /// something stands before it.
    fn commit_subject(&self) -> String {
        let subject = self.subject();
        let is_reply = subject
            .get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("re:"));
        if subject.starts_with(['[', ':']) || is_reply {
            return format!("{}: {subject}", self.template);
        }
        subject.to_owned()
    }
}

/// Returns what git says below a diffstat.
fn summary(patch: &Patch) -> String {
    let added: usize = patch
        .files
        .iter()
        .map(|file| file.added_lines().len())
        .sum();
    let removed: usize = patch
        .files
        .iter()
        .map(|file| file.removed_lines().len())
        .sum();
    let mut summary = format!(" {} changed", count(patch.files.len(), "file"));
    for (number, what, sign) in [(added, "insertion", '+'), (removed, "deletion", '-')] {
        if number > 0 {
            summary.push_str(&format!(", {}({sign})", count(number, what)));
        }
    }
    summary
}
