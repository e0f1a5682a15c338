//! Reading a proposal's mail, from a stranger or as git exported its commit again.
//!
//! **The record in the mail is the proposal; the mail's own patch has to do what it says.**

use super::accepted::unix_lines;
use super::message::PROPOSAL;
use super::{CHANGELOG, Proposal, ProposalId, clean, do_the_same, encoding, read_accepted};
use crate::error::{Error, Result};
use crate::merge::patch::{FilePatch, LIMIT, Patch, PatchChange};
use crate::model::path::RelPath;

/// How many bytes a mail may have: a patch, encoded, and what is said around it.
pub const MAIL: usize = 2 * LIMIT;

/// How many characters of a field are read.
const FIELD: usize = 4_000;

/// What a mail says.
///
/// Of the mail's own patch only the lines that it adds and removes were compared with the
/// proposal's edit, since git may have made it anew: what is accepted is what [`Proposal::patch`]
/// returns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadMail {
    pub proposal: Proposal,
    /// Where the mail has the template's source; `None` at the root of the repository.
    pub directory: Option<RelPath>,
    /// Who sent the mail, in its own words; the proposal's author is who wrote the edit.
    pub sender: String,
    /// What the mail has for a subject.
    pub subject: String,
}

/// Reads a mail as `git format-patch` writes it.
///
/// # Errors
/// When it is no mail, no proposal, more than one, or not what its record says.
pub fn read_mail(text: &str) -> Result<ReadMail> {
    if text.len() > MAIL {
        return Err(Error::user(format!(
            "the mail is larger than {} MiB",
            MAIL >> 20
        )));
    }
    let text = unix_lines(text.trim_start_matches('\u{feff}'));
    let mail = Mail::of(&text)?;
    let content = mail.content()?;
    let (message, patch, before) = divided(&content)?;
    let id = proposal_of(&message)?;
    let patch = parsed(patch, mail.lines + before)?;
    let record = record(&patch, &id)?;
    let PatchChange::Addition { text: accepted, .. } = &record.change else {
        return Err(Error::user(format!(
            "the mail doesn't add the record of `{id}` as a new file"
        ))
        .command("export the commit with `git format-patch --no-renames`"));
    };
    let directory = record.path.parent().and_then(|accepted| accepted.parent());
    let inside = match &directory {
        None => patch.clone(),
        Some(directory) => patch.below(directory).map_err(|outside| {
            Error::user("the mail changes more than its template").cause(outside.to_string())
        })?,
    };
    let proposal = read_accepted(&id.accepted_path(), accepted)?;
    if !proposal
        .trailers()
        .lines()
        .all(|line| message.contains(&line))
    {
        return Err(Error::user(format!(
            "the mail's trailers are not what `{id}` says"
        )));
    }
    let is_edit =
        |file: &FilePatch| file.path != id.accepted_path() && file.path.as_str() != CHANGELOG;
    let edit = Patch {
        files: inside.files.into_iter().filter(is_edit).collect(),
    };
    if !do_the_same(&edit, &proposal.edit) {
        return Err(
            Error::user(format!("the mail's patch is not what `{id}` says"))
                .hint("ask its author to send it again with `agentpkg contribute`"),
        );
    }
    let (sender, subject) = (mail.field("From"), mail.field("Subject"));
    Ok(ReadMail {
        proposal,
        directory,
        sender,
        subject,
    })
}

/// A mail's fields, and what follows them.
struct Mail<'a> {
    fields: Vec<(&'a str, String)>,
    content: &'a str,
    /// How many lines are before the content.
    lines: usize,
}

impl<'a> Mail<'a> {
    fn of(text: &'a str) -> Result<Self> {
        let mut fields: Vec<(&str, String)> = Vec::new();
        let (mut offset, mut lines) = (0, 0);
        for line in text.split_inclusive('\n') {
            offset += line.len();
            lines += 1;
            let line = line.trim_end_matches('\n');
            if lines == 1 && line.starts_with("From ") {
                continue;
            }
            if line.is_empty() {
                break;
            }
            if let (true, Some((_, value))) = (line.starts_with([' ', '\t']), fields.last_mut()) {
                value.push(' ');
                value.push_str(line.trim());
                continue;
            }
            let is_name =
                |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
            let Some((name, value)) = line.split_once(':').filter(|(name, _)| is_name(name)) else {
                return Err(not_a_mail(&format!(
                    "line {lines} is no field of a mail's head"
                )));
            };
            fields.push((name, value.trim().to_owned()));
        }
        let mail = Self {
            fields,
            content: &text[offset..],
            lines,
        };
        for name in ["From", "Subject"] {
            match mail.all(name).count() {
                0 => return Err(not_a_mail(&format!("it has no field `{name}`"))),
                1 => {}
                _ => return Err(Error::user(format!("the mail has several fields `{name}`"))),
            }
        }
        Ok(mail)
    }

    fn all<'b>(&'b self, name: &str) -> impl Iterator<Item = &'b str> {
        self.fields
            .iter()
            .filter(move |(field, _)| field.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Returns a field for people.
    fn field(&self, name: &str) -> String {
        let value: String = self
            .all(name)
            .next()
            .unwrap_or_default()
            .chars()
            .take(FIELD)
            .collect();
        clean::line(&encoding::decode_words(&value))
    }

    /// Returns the content, decoded.
    fn content(&self) -> Result<String> {
        let kind = self
            .all("Content-Type")
            .next()
            .unwrap_or("text/plain")
            .to_ascii_lowercase();
        if !kind.starts_with("text/plain") {
            return Err(refused("the mail is not plain text"));
        }
        let charset = kind
            .split(';')
            .find_map(|field| field.trim().strip_prefix("charset="));
        if charset.is_some_and(|charset| !encoding::is_utf8(charset.trim_matches('"'))) {
            return Err(refused("the mail is not in UTF-8"));
        }
        let transfer = self
            .all("Content-Transfer-Encoding")
            .next()
            .unwrap_or("8bit")
            .to_ascii_lowercase();
        let bytes = match transfer.as_str() {
            "7bit" | "8bit" | "binary" => return Ok(self.content.to_owned()),
            "quoted-printable" => encoding::quoted_printable(self.content),
            "base64" => encoding::base64(self.content),
            _ => None,
        };
        let text = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
        text.map(|text| unix_lines(&text))
            .ok_or_else(|| refused("the mail's encoding can't be read"))
    }
}

fn not_a_mail(why: &str) -> Error {
    Error::user("this is not a mail")
        .cause(why)
        .hint("save the whole mail as it came, or its attachment")
}

fn refused(what: &str) -> Error {
    Error::user(what)
        .hint("ask for the file that `git format-patch` or `agentpkg contribute` wrote")
}

/// Returns the lines of the message, the patch, and how many lines are before that.
fn divided(content: &str) -> Result<(Vec<&str>, &str, usize)> {
    let (mut message, mut offset, mut lines, mut ended) = (Vec::new(), 0, 0, false);
    for line in content.split_inclusive('\n') {
        let text = line.trim_end();
        if text.starts_with("diff --git ") {
            return Ok((message, &content[offset..], lines));
        }
        if is_separator(text) {
            return Err(several());
        }
        ended |= text == "---";
        if !ended {
            message.push(text);
        }
        offset += line.len();
        lines += 1;
    }
    let id = proposal_of(&message)?;
    Err(Error::user(format!("the mail of `{id}` has no patch")))
}

/// Returns whether a line begins a mail, as git writes it: `From <commit> …`.
fn is_separator(line: &str) -> bool {
    let commit = line
        .strip_prefix("From ")
        .and_then(|rest| rest.split(' ').next())
        .unwrap_or_default();
    commit.len() >= 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit())
}

fn several() -> Error {
    Error::user("the file has several mails")
        .hint("save each mail as a file of its own: `git mailsplit -oDIR FILE`")
}

/// Returns the proposal that the trailers name.
fn proposal_of(message: &[&str]) -> Result<ProposalId> {
    let mut named = Vec::new();
    for line in message {
        if let Some((name, id)) = line.split_once(": ")
            && name.eq_ignore_ascii_case(PROPOSAL)
        {
            named.push(id);
        }
    }
    match named.as_slice() {
        [] => Err(Error::user("the mail is no proposal")
            .cause(format!("it has no line `{PROPOSAL}: p-…`"))
            .hint("to apply any patch, run `git am FILE`")),
        [id] => id.trim().parse(),
        _ => Err(Error::user("the mail names several proposals")),
    }
}

fn parsed(text: &str, before: usize) -> Result<Patch> {
    let (patch, end) = Patch::parse_front(text).map_err(|malformed| {
        Error::user("the mail's patch can't be read").cause(format!(
            "line {}: {}",
            malformed.line + before,
            malformed.what
        ))
    })?;
    let mut rest = text.lines().skip(end);
    match rest.find(|line| is_separator(line) || line.starts_with("diff --git ")) {
        Some(_) => Err(several()),
        None => Ok(patch),
    }
}

/// Returns the one file that is the record of the proposal.
fn record<'a>(patch: &'a Patch, id: &ProposalId) -> Result<&'a FilePatch> {
    let records: Vec<&FilePatch> = patch
        .files
        .iter()
        .filter(|file| ProposalId::kept_at(&file.path).is_some())
        .collect();
    match records.as_slice() {
        [record] if ProposalId::kept_at(&record.path).as_ref() == Some(id) => Ok(record),
        [record] => Err(Error::user(format!(
            "the mail says that it is `{id}`, and brings `{}`",
            record.path.file_name()
        ))),
        [] => Err(
            Error::user(format!("the mail doesn't bring `accepted/{id}.diff`"))
                .hint("ask its author to send it again with `agentpkg contribute`"),
        ),
        _ => Err(Error::user(
            "the mail brings the records of several proposals",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposal::samples::{proposal, source};
    use proptest::prelude::*;

    fn mail(proposal: &Proposal) -> String {
        proposal
            .to_mail(Some(&"templates/x".parse().unwrap()), &source(), "0.1.0")
            .unwrap()
    }

    #[track_caller]
    fn refused(text: &str, what: &str) {
        let error = read_mail(text).expect_err(text);
        let all = format!("{error:?}");
        assert!(all.contains(what), "{all}");
    }

    const NAMES: [&str; 4] = [
        "A developer",
        "Ä. Developer, \"the\" third",
        "x <y> \\",
        "a@b",
    ];
    const WHYS: [&str; 5] = [
        "why",
        "[x] Re: über =?UTF-8?q?x?=\n\nFrom 0123456789012345678901234567890123456789 Mon Sep 17 \
         00:00:00 2001\n---\n--- a/x",
        "Subject: x\n\ndiff --git a/x b/x\nAgentpkg-Proposal: p-00000000000000000000\n\n-- >8 \
         --\nIndex: x",
        "long long long long long long long long long long long long long long long long long \
         long long",
        "why\n\nSigned-off-by: A developer <dev@example.org>",
    ];

    #[test]
    fn a_mail_reads_back_whoever_writes_it_and_why() {
        for (name, why) in NAMES
            .iter()
            .flat_map(|name| WHYS.iter().map(move |why| (name, why)))
        {
            let proposal = proposal(name, why);
            let text = mail(&proposal);
            let read = read_mail(&text).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
            assert_eq!(read.proposal, proposal);
            assert_eq!(read.directory.unwrap().as_str(), "templates/x");
            assert!(read.sender.contains("dev@example.org"));
            assert_eq!(
                read_mail(&text.replace('\n', "\r\n")).unwrap().proposal,
                proposal
            );
            let at_root = proposal.to_mail(None, &source(), "0.1.0").unwrap();
            assert_eq!(read_mail(&at_root).unwrap().directory, None);
        }
    }

    #[test]
    fn what_is_no_proposal_says_what_it_is() {
        let text = mail(&proposal("A developer", "why"));
        let id = proposal("A developer", "why").id;
        refused("", "not a mail");
        refused("hello\n", "not a mail");
        refused("From: a\n\nx\n", "no field `Subject`");
        refused(&text.replace(PROPOSAL, "Other"), "is no proposal");
        refused(
            &text.replace("Subject:", "From: b\nSubject:"),
            "several fields `From`",
        );
        refused(&format!("{text}{text}"), "several mails");
        refused(
            &format!("{}{text}", &text[..text.find("diff --git").unwrap()]),
            "several mails",
        );
        refused(
            &text.replace(
                &format!("{PROPOSAL}: {id}"),
                &format!("{PROPOSAL}: p-00000000000000000000"),
            ),
            "brings",
        );
        refused(
            &text.replace(&format!("{PROPOSAL}: {id}"), &format!("{PROPOSAL}: x")),
            "names no proposal",
        );
        refused(
            &text.replace(&id.to_string(), "p-00000000000000000000"),
            "is no proposal: what it holds is",
        );
        refused(&text.replace("\n+TWO\n", "\n+SIX\n"), "is not what");
        refused(
            &text.replace("\n+TWO\n", "\n+TWO\n+MORE\n"),
            "can't be read",
        );
        refused(
            &text.replace("templates/x/rules/b.md", "templates/y/b.md"),
            "changes more than its template",
        );
        refused(
            &text.replace("templates/x/rules/b.md", "templates/x/rules/c.md"),
            "is not what",
        );
        refused(
            &text.replace("\nAgentpkg-Base: x 1", "\nAgentpkg-Base: x 2"),
            "trailers are not what",
        );
        refused(&text.replace("8bit", "x-uuencode"), "encoding");
        refused(&text.replace("UTF-8", "ISO-8859-1"), "not in UTF-8");
        refused(
            &text.replace("text/plain", "multipart/mixed"),
            "not plain text",
        );
        refused(&text[..text.find("diff --git").unwrap()], "has no patch");
        refused(&"x".repeat(MAIL + 1), "larger than 8 MiB");
    }

    #[test]
    fn a_broken_patch_is_shown_by_its_line_in_the_mail() {
        let text = mail(&proposal("A developer", "why"))
            .replace("@@ -1,3 +1,3 @@\n one", "@@ -1,4 +1,3 @@\n one");
        let line = text.lines().position(|line| line == " three").unwrap();
        let error = read_mail(&text).unwrap_err();
        assert!(
            error.causes()[0].starts_with(&format!("line {}: ", line + 2)),
            "{error:?}\n{text}"
        );
    }

    proptest! {
        #[test]
        fn no_mail_makes_the_reader_panic(
            damage in prop::collection::vec((any::<prop::sample::Index>(), ".{0,5}"), 0..4),
            cut in any::<prop::sample::Index>(),
        ) {
            let text = mail(&proposal("Ä developer", "why\n\nbecause"));
            let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
            for (at, new) in &damage {
                let at = at.index(lines.len());
                lines[at] = new;
            }
            let text = lines.concat();
            let _ = read_mail(&text);
            let cut = cut.index(text.len() + 1);
            let _ = text.get(..cut).map(read_mail);
        }
    }
}
