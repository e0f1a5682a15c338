//! Accepting a proposal: its edit of a release, merged onto the template as it is now, with the
//! record and the credit.

use super::Proposal;
use super::sources::{self, SourceClash};
use crate::error::{Error, Result};
use crate::model::tree::FileTree;

/// What becomes of a template.
#[derive(Clone, Debug)]
pub enum Accepted {
    /// The proposal is merged.
    Merged {
        /// The template with what the proposal changes, and nothing else.
        edited: FileTree,
        /// The template with the record of the proposal and the credit, too.
        tree: FileTree,
    },
    /// The template and the proposal changed the same places.
    Contested {
        /// What the proposal makes of its release.
        proposed: FileTree,
        /// The places.
        clashes: Vec<SourceClash>,
    },
    /// The template has it already.
    Already,
}

impl Proposal {
    /// Merges the proposal, which changes `base`, onto the template as it is now, however far it
    /// moved.
    ///
    /// # Errors
    /// When the edit doesn't fit the release that it is of.
    pub fn accept(&self, base: &FileTree, template: &FileTree) -> Result<Accepted> {
        if template.contains_key(&self.accepted_path()) {
            return Ok(Accepted::Already);
        }
        let proposed = self.edit.apply(base).map_err(|misfit| {
            let release = format!("`{}` {}", self.template, self.base.version);
            Error::user(format!(
                "`{}` doesn't fit {release}, which it is for",
                self.id
            ))
            .cause(misfit.to_string())
            .hint("ask its author to send it again with `agentpkg contribute`")
        })?;
        Ok(match sources::merge(base, template, &proposed) {
            Ok(edited) => Accepted::Merged {
                tree: self.recorded(edited.clone())?,
                edited,
            },
            Err(clashes) => Accepted::Contested { proposed, clashes },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::rel;
    use crate::model::tree::File;
    use crate::proposal::samples::{proposal, source};

    #[test]
    fn an_edit_is_merged_onto_a_template_that_moved_on() {
        let proposal = proposal("A developer", "why");
        let mut now = source();
        now.insert(rel("rules/a.md"), File::plain("zero\none\ntwo\nthree\n"));
        let Accepted::Merged { edited, tree } = proposal.accept(&source(), &now).unwrap() else {
            panic!("it merges")
        };
        assert_eq!(
            edited[&rel("rules/a.md")].text(),
            Some("zero\none\nTWO\nthree\n")
        );
        assert!(
            !edited.contains_key(&proposal.accepted_path())
                && tree.contains_key(&proposal.accepted_path())
        );
        assert!(
            tree[&rel("CHANGELOG.md")]
                .text()
                .unwrap()
                .contains(&proposal.id.short())
        );
        assert!(matches!(
            proposal.accept(&source(), &tree).unwrap(),
            Accepted::Already
        ));
        now.insert(rel("rules/a.md"), File::plain("one\n2\nthree\n"));
        assert!(matches!(
            proposal.accept(&source(), &now).unwrap(),
            Accepted::Contested { .. }
        ));
        assert!(
            proposal
                .accept(&now, &source())
                .unwrap_err()
                .message()
                .contains("doesn't fit")
        );
    }
}
