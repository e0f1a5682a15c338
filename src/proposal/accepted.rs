//! The record of a proposal, `accepted/<id>.diff`: who, when, why, of what, and the edit.

use super::message::{BASE, TEMPLATE, guarded, read_base, unguarded};
use super::{BaseRelease, Proposal, ProposalId, date};
use crate::error::{Error, Result};
use crate::merge::patch::Patch;
use crate::model::author::Author;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;

/// The line between a message and its patch.
const END: &str = "---";

impl Proposal {
    /// Returns the record that a template keeps of the proposal.
    pub fn accepted(&self) -> String {
        let (author, subject) = (&self.author, self.subject());
        let date = date::write(author.seconds, author.zone);
        let body = if self.body().is_empty() {
            String::new()
        } else {
            format!("{}\n", guarded(self.body()))
        };
        let (trailers, edit) = (self.trailers(), self.edit.to_text(None));
        format!("From: {author}\nDate: {date}\nSubject: {subject}\n\n{body}{trailers}{END}\n{edit}")
    }
}

/// Reads the record of a proposal.
///
/// # Errors
/// When it is none, when its patch is broken, and when it isn't the proposal that its name says.
pub fn read_accepted(path: &RelPath, text: &str) -> Result<Proposal> {
    let id = ProposalId::kept_at(path)
        .ok_or_else(|| not_a_proposal(path, "its name is not `accepted/p-….diff`"))?;
    let text = unix_lines(text);
    let lines: Vec<&str> = text.lines().collect();
    let end = lines
        .iter()
        .position(|line| *line == END)
        .ok_or_else(|| not_a_proposal(path, "it has no line `---`"))?;
    let head = read_head(&lines[..end]).ok_or_else(|| {
        not_a_proposal(
            path,
            "its head has other lines than the template's tool writes",
        )
    })?;
    let patch: String = text.split_inclusive('\n').skip(end + 1).collect();
    let edit = Patch::parse(&patch).map_err(|malformed| {
        not_a_proposal(path, "its patch can't be read").cause(format!(
            "line {}: {}",
            malformed.line + end + 1,
            malformed.what
        ))
    })?;
    let proposal = Proposal::new(head.template, head.base, &head.author, &head.why, edit)?;
    if proposal.id != id {
        return Err(
            not_a_proposal(path, &format!("what it holds is `{}`", proposal.id))
                .hint("ask its author to send it again with `agentpkg contribute`"),
        );
    }
    Ok(proposal)
}

pub(super) fn not_a_proposal(path: &RelPath, why: &str) -> Error {
    Error::about_file(
        path.as_str().escape_debug(),
        format!("is no proposal: {why}"),
    )
}

/// What stands above the patch.
struct Head {
    author: Author,
    why: String,
    template: TemplateName,
    base: BaseRelease,
}

fn read_head(lines: &[&str]) -> Option<Head> {
    let [from, date, subject, "", body @ .., template, base] = lines else {
        return None;
    };
    let (name, email) = from
        .strip_prefix("From: ")?
        .strip_suffix('>')?
        .rsplit_once(" <")?;
    let (seconds, zone) = date::read(date.strip_prefix("Date: ")?)?;
    let template: TemplateName = template
        .strip_prefix(TEMPLATE)?
        .strip_prefix(": ")?
        .parse()
        .ok()?;
    let (named, base) = read_base(base.strip_prefix(BASE)?.strip_prefix(": ")?)?;
    let author = Author {
        name: name.to_owned(),
        email: email.to_owned(),
        seconds,
        zone,
    };
    let why = format!(
        "{}\n\n{}",
        subject.strip_prefix("Subject: ")?,
        unguarded(body.iter().copied())
    );
    (named == template).then_some(Head {
        author,
        why,
        template,
        base,
    })
}

/// Returns a text with line feeds alone, where a program on the way gave every line a carriage
/// return.
///
/// Where only some lines have one, they are the text's own.
pub(super) fn unix_lines(text: &str) -> String {
    let all = text.contains('\n')
        && text
            .split_inclusive('\n')
            .filter(|line| line.ends_with('\n'))
            .all(|line| line.ends_with("\r\n"));
    if all {
        text.replace("\r\n", "\n")
    } else {
        text.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::proposal::samples::proposal;

    #[test]
    fn a_record_reads_back_whatever_the_reasons() {
        for why in [
            "why",
            "why\n\nbecause\n---\n --- x\nFrom me\n\nAgentpkg-Base: x\n8< ---",
            "[x] Re: y\n\nSigned-off-by: Z",
        ] {
            let proposal = proposal("Ä. \"d\" O'X", why);
            let (path, text) = (proposal.accepted_path(), proposal.accepted());
            assert_eq!(read_accepted(&path, &text).unwrap(), proposal, "{text}");
            assert_eq!(
                read_accepted(&path, &text.replace('\n', "\r\n")).unwrap(),
                proposal
            );
        }
    }

    #[test]
    fn a_record_is_what_its_name_says() {
        let proposal = proposal("A developer", "why");
        let (path, text) = (proposal.accepted_path(), proposal.accepted());
        let refused = |from: &str, to: &str| {
            assert!(text.contains(from), "{text}");
            read_accepted(&path, &text.replace(from, to)).unwrap_err()
        };
        for (from, to) in [
            ("+TWO", "+SIX"),
            ("A developer", "A reviewer"),
            ("sha256:", "sha256:0"),
            ("\n---\n", "\n"),
        ] {
            let error = refused(from, to);
            assert!(error.message().contains("is no proposal"), "{error:?}");
        }
        let error = refused("-two", "-two\n-three\n-four");
        assert!(error.causes()[0].starts_with("line 1"), "{error:?}");
        assert!(read_accepted(&"accepted/x.diff".parse().unwrap(), &text).is_err());
    }
}
