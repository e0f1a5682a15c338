//! A local change offered upstream: what it is, the mail that carries it, and the credit that it
//! leaves.
//!
//! **A proposal says the same on every way that it takes**: `accepted/<id>.diff` holds it whole,
//! and what a mail or a commit says around that is only its envelope.

pub mod absorber;
mod accept;
mod accepted;
mod clean;
mod credit;
pub mod date;
pub mod effect;
mod encoding;
mod mail;
mod message;
mod read;
pub mod sources;
pub mod version_bump;

use std::collections::{BTreeMap, BTreeSet};

use crate::error::{Error, Result};
use crate::merge::patch::{FilePatch, Misfit, NotText, Patch, PatchChange};
use crate::model::author::Author;
use crate::model::digest::Digest;
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::tree::{File, FileTree};
use crate::model::version::Version;

pub use crate::model::changelog::CHANGELOG;
pub use crate::model::proposal::{ACCEPTED, ProposalId};
pub use accept::Accepted;
pub use accepted::read_accepted;
pub use read::{MAIL, ReadMail, read_mail};

/// How many bytes the reasons may have.
const WHY: usize = 64 << 10;

/// A change of a template's source, offered by somebody who uses it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// What names it everywhere.
    pub id: ProposalId,
    pub template: TemplateName,
    /// The release that it changes.
    pub base: BaseRelease,
    /// Who offers it.
    pub author: Author,
    /// Why: a first line, and behind an empty one what else there is to say.
    pub why: String,
    /// The change of the source, from the template's root.
    pub edit: Patch,
}

/// A release by its contents.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseRelease {
    pub version: Version,
    /// The digest of its source tree.
    pub tree: Digest,
}

impl Proposal {
    /// Returns the proposal to change `base` of `template` as `edit` does.
    ///
    /// The author's name and the reasons lose what a mail can't carry or a reader can't see:
    /// control and direction characters, and spaces that git would drop.
    ///
    /// # Errors
    /// When there is no reason, no author that git could credit, no change, or one of the files
    /// that acceptance writes.
    pub fn new(
        template: TemplateName,
        base: BaseRelease,
        author: &Author,
        why: &str,
        edit: Patch,
    ) -> Result<Self> {
        let author = clean::author(author)?;
        if why.len() > WHY {
            return Err(Error::user(format!(
                "the reasons of a proposal are longer than {} KiB",
                WHY >> 10
            )));
        }
        let why = clean::paragraphs(why);
        if why.is_empty() {
            return Err(Error::user("a proposal has to say why").hint("-m \"WHY\""));
        }
        check(&edit)?;
        let id = name(&template, &author, &edit);
        Ok(Self {
            id,
            template,
            base,
            author,
            why,
            edit,
        })
    }

    /// Returns the first line of the reasons.
    pub fn subject(&self) -> &str {
        self.why.lines().next().unwrap_or_default()
    }

    /// Returns the reasons behind their first line.
    pub fn body(&self) -> &str {
        self.why
            .split_once('\n')
            .map_or("", |(_, body)| body.trim_start_matches('\n'))
    }

    /// Returns when it was offered, as a mail says it.
    pub fn date(&self) -> String {
        date::write(self.author.seconds, self.author.zone)
    }

    /// Returns where the template keeps the proposal once it is accepted.
    pub fn accepted_path(&self) -> RelPath {
        self.id.accepted_path()
    }

    /// Returns all that accepting does to the template's source: the edit, the record of it, and
    /// the credit.
    ///
    /// # Errors
    /// When the edit doesn't fit, or was accepted already.
    pub fn patch(&self, source: &FileTree) -> Result<Patch> {
        let record = self.accepted_path();
        if source.contains_key(&record) {
            return Err(Error::user(format!(
                "`{}` is already accepted in `{}`",
                self.id, self.template
            )));
        }
        let edited = self
            .edit
            .apply(source)
            .map_err(|misfit| self.misfit(&misfit))?;
        Patch::between(source, &self.recorded(edited)?).map_err(|file| not_text(&file))
    }

    /// Returns a template that has the edit with the record of the proposal, and with the credit.
    fn recorded(&self, mut edited: FileTree) -> Result<FileTree> {
        let changelog: RelPath = CHANGELOG.parse()?;
        let old = edited.get(&changelog);
        let text = old.map_or(Some(""), File::text).ok_or_else(|| {
            not_text(&NotText {
                path: changelog.clone(),
            })
        })?;
        let bytes = credit::add(text, self.subject(), &self.author.name, &self.id).into_bytes();
        let executable = old.is_some_and(|file| file.executable);
        edited.insert(
            changelog,
            File {
                bytes: bytes.into(),
                executable,
            },
        );
        edited.insert(self.accepted_path(), File::plain(self.accepted()));
        Ok(edited)
    }

    fn misfit(&self, misfit: &Misfit) -> Error {
        Error::user(format!(
            "`{}` doesn't fit `{}` as it is",
            self.id, self.template
        ))
        .cause(misfit.to_string())
    }
}

fn not_text(file: &NotText) -> Error {
    Error::user("a proposal changes text only").cause(file.to_string())
}

/// Returns what names an edit: it says what is changed, of what, and by whom, but not why, when, or
/// of which release, so that the same edit is the same proposal however often it is sent.
fn name(template: &TemplateName, author: &Author, edit: &Patch) -> ProposalId {
    let mut text = format!("{template}\n{author}\n");
    for line in edit.to_text(None).split_inclusive('\n') {
        let is_place = line.starts_with('@') || line.starts_with("index ");
        if !is_place {
            text.push_str(line);
        }
    }
    ProposalId::of(&text)
}

/// Checks that a patch may be proposed.
fn check(edit: &Patch) -> Result<()> {
    if edit.is_empty() {
        return Err(Error::user("a proposal has to change something"));
    }
    let mut paths: Vec<&RelPath> = Vec::new();
    for file in &edit.files {
        paths.extend(file.renamed_from.iter().chain([&file.path]));
    }
    if let Some(path) = paths.iter().find(|path| has_unseen_character(path)) {
        let path = path.as_str().escape_default();
        return Err(Error::user(format!(
            "`{path}` has a character that can't be seen, and can't be proposed"
        )));
    }
    match paths.iter().find(|path| is_written_by_accepting(path)) {
        Some(path) => Err(Error::user(format!(
            "a proposal can't change `{path}`: accepting it does"
        ))),
        None => Ok(()),
    }
}

fn has_unseen_character(path: &RelPath) -> bool {
    path.as_str()
        .chars()
        .any(|c| c.is_control() || clean::goes_from_mails(c))
}

fn is_written_by_accepting(path: &RelPath) -> bool {
    let folded = path.folded();
    folded == CHANGELOG.to_lowercase() || folded.split('/').next() == Some(ACCEPTED)
}

/// Returns whether two patches do the same, as far as that shows without the tree that they are
/// for.
///
/// They may have been made by other algorithms, with names of blobs or without, and one may have
/// renamed what the other deletes and adds. What stays equal is which files they touch, which
/// become executable, and how often each line is there more or less than before.
fn do_the_same(one: &Patch, other: &Patch) -> bool {
    let (paths, lines, modes) = footprint(one);
    let (other_paths, other_lines, other_modes) = footprint(other);
    if paths != other_paths || lines != other_lines {
        return false;
    }
    paths
        .iter()
        .all(|path| match (modes.get(path), other_modes.get(path)) {
            (Some(Some(mode)), Some(Some(other))) => mode == other,
            (None, None) => true,
            // Of a file that only moves git doesn't say it.
            (Some(None), _) | (_, Some(None)) => true,
            _ => false,
        })
}

type Footprint<'a> = (
    BTreeSet<&'a RelPath>,
    BTreeMap<&'a str, isize>,
    BTreeMap<&'a RelPath, Option<bool>>,
);

fn footprint(patch: &Patch) -> Footprint<'_> {
    let (mut paths, mut lines, mut modes) = (
        BTreeSet::new(),
        BTreeMap::<&str, isize>::new(),
        BTreeMap::new(),
    );
    for file in &patch.files {
        paths.extend(file.renamed_from.iter().chain([&file.path]));
        file.added_lines()
            .into_iter()
            .for_each(|line| *lines.entry(line).or_default() += 1);
        file.removed_lines()
            .into_iter()
            .for_each(|line| *lines.entry(line).or_default() -= 1);
        modes.extend(becomes(file).map(|mode| (&file.path, mode)));
    }
    lines.retain(|_, number| *number != 0);
    (paths, lines, modes)
}

/// Returns what the executable bit becomes: nothing where it stays, and `None` inside where nobody
/// says.
fn becomes(file: &FilePatch) -> Option<Option<bool>> {
    match &file.change {
        PatchChange::Addition { executable, .. } => Some(Some(*executable)),
        PatchChange::Deletion { .. } => None,
        PatchChange::Edit { modes, .. } if file.renamed_from.is_some() => {
            Some(modes.map(|modes| modes.new))
        }
        PatchChange::Edit { modes, .. } => modes
            .filter(|modes| modes.old != modes.new)
            .map(|modes| Some(modes.new)),
    }
}

#[cfg(test)]
mod samples {
    use super::*;
    use crate::model::path::rel;

    pub fn tree(files: &[(&'static str, &str)]) -> FileTree {
        files
            .iter()
            .map(|(path, text)| (rel(path), File::plain(*text)))
            .collect()
    }

    pub fn author(name: &str) -> Author {
        Author {
            name: name.to_owned(),
            email: "dev@example.org".to_owned(),
            seconds: 1_700_000_000,
            zone: 60,
        }
    }

    pub fn source() -> FileTree {
        tree(&[
            ("CHANGELOG.md", "# Changelog\n\n## [1.0.0]\n\n- All.\n"),
            ("rules/a.md", "one\ntwo\nthree\n"),
        ])
    }

    pub fn proposal(name: &str, why: &str) -> Proposal {
        let mut edited = source();
        edited.insert(rel("rules/a.md"), File::plain("one\nTWO\nthree\n"));
        edited.insert(rel("rules/b.md"), File::plain("neu: ü\n"));
        let edit = Patch::between(&source(), &edited).unwrap();
        let base = BaseRelease {
            version: Version::new(1, 0, 0),
            tree: crate::model::tree::tree_digest(&source()),
        };
        Proposal::new("x".parse().unwrap(), base, &author(name), why, edit).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;

    #[test]
    fn accepting_adds_the_record_and_the_credit() {
        let proposal = samples::proposal("A developer", "Say it louder\n\nNobody heard.");
        assert_eq!(
            (proposal.subject(), proposal.body()),
            ("Say it louder", "Nobody heard.")
        );
        let patch = proposal.patch(&samples::source()).unwrap();
        let result = patch.apply(&samples::source()).unwrap();
        let credit = format!(
            "- Say it louder (proposed by A developer, {})\n",
            proposal.id.short()
        );
        assert!(result[&rel(CHANGELOG)].text().unwrap().contains(&credit));
        let record = result[&proposal.accepted_path()].text().unwrap();
        assert_eq!(
            read_accepted(&proposal.accepted_path(), record).unwrap(),
            proposal
        );
        let again = proposal.patch(&result).unwrap_err();
        assert!(again.message().contains("already accepted"), "{again:?}");
    }

    #[test]
    fn an_edit_that_does_not_fit_says_where() {
        let error = samples::proposal("A developer", "why")
            .patch(&FileTree::new())
            .unwrap_err();
        assert!(
            error.causes()[0].contains("`rules/a.md` isn't there"),
            "{error:?}"
        );
    }

    #[test]
    fn what_acceptance_writes_can_not_be_proposed() {
        let sample = samples::proposal("A developer", "why");
        let refused = |path: &'static str| {
            let edit = Patch::between(&FileTree::new(), &samples::tree(&[(path, "x\n")])).unwrap();
            let author = samples::author("A developer");
            Proposal::new(
                sample.template.clone(),
                sample.base.clone(),
                &author,
                "why",
                edit,
            )
            .unwrap_err()
        };
        for path in [
            "CHANGELOG.md",
            "changelog.MD",
            "accepted/x",
            "Accepted/x",
            "a\u{202e}b",
            "a\tb",
        ] {
            let error = refused(path);
            assert!(error.message().contains("can't"), "{error:?}");
        }
        let author = samples::author("A developer");
        let new = |why, edit| {
            Proposal::new(
                sample.template.clone(),
                sample.base.clone(),
                &author,
                why,
                edit,
            )
        };
        assert_eq!(
            new(" \n", sample.edit.clone()).unwrap_err().message(),
            "a proposal has to say why"
        );
        assert_eq!(
            new("why", Patch::default()).unwrap_err().message(),
            "a proposal has to change something"
        );
    }
}
