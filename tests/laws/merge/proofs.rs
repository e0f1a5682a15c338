//! The laws over generated documents of each kind.
//!
//! `PROPTEST_CASES=20000 cargo test --release --test laws merge::proofs` looks longer. What is
//! found becomes a case in `found`.

use agentpkg::merge::kind::FileKind;
use proptest::prelude::*;
use support::Skips;

use super::{documents, settings, templates};

/// How often an edit of text is one of line ends, of the final newline or of the byte order mark.
const SELDOM: u32 = 1;
const OFTEN: u32 = 12;

/// Returns how long is looked, and how the smallest case is found.
pub fn config() -> ProptestConfig {
    ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 20_000,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn prose(case in documents::case(FileKind::Markdown, SELDOM)) {
        case.check()?;
    }

    #[test]
    fn prose_that_was_formatted(case in documents::formatted(SELDOM)) {
        case.check()?;
    }

    #[test]
    fn plain_text(case in documents::case(FileKind::Text, SELDOM)) {
        case.check()?;
    }

    #[test]
    fn ignore_files(case in documents::case(FileKind::Ignore, SELDOM)) {
        case.check()?;
    }

    #[test]
    fn scripts(case in documents::case(FileKind::Shell, SELDOM)) {
        case.check()?;
    }

    #[test]
    fn lines_that_repeat(case in documents::case(FileKind::Other, SELDOM)) {
        case.check()?;
    }

    #[test]
    fn envelopes(case in documents::case(FileKind::Other, OFTEN)) {
        case.check()?;
    }

    #[test]
    fn envelopes_of_prose(case in documents::case(FileKind::Markdown, OFTEN)) {
        case.check()?;
    }

    #[test]
    fn json(case in settings::case()) {
        case.check()?;
    }

    #[test]
    fn tables(case in documents::case(FileKind::Toml, SELDOM)) {
        case.check()?;
    }

    #[test]
    fn mappings(case in documents::case(FileKind::Yaml, SELDOM)) {
        case.check()?;
    }

    #[test]
    fn templates(case in documents::case(FileKind::Template, SELDOM)) {
        case.check()?;
    }

    #[test]
    fn edits_of_different_places_are_both_made(
        (case, expected) in prop_oneof![
            documents::apart(FileKind::Markdown),
            documents::apart(FileKind::Shell),
            documents::apart(FileKind::Ignore),
            documents::apart(FileKind::Toml),
            documents::apart(FileKind::Yaml),
            documents::apart(FileKind::Template),
            documents::apart(FileKind::Other),
        ],
    ) {
        case.check_gives(&expected)?;
    }

    #[test]
    fn bytes(
        kind in prop::sample::select(&[FileKind::Json, FileKind::Markdown, FileKind::Ignore, FileKind::Shell, FileKind::Template, FileKind::Other][..]),
        texts in prop::array::uniform3(prop::collection::vec(prop::sample::select(&b"a\n\r\0\xff{}[]\",:`<=!#%"[..]), 0..24)),
    ) {
        let [base, ours, theirs] = texts;
        documents::Case { kind, base, ours, theirs }.check()?;
    }
}

#[test]
fn what_a_team_made_of_a_rendering_is_what_the_merged_template_renders_to() {
    // Two in three are conflicts.
    let clean = Skips::at_most(80, "templates that merge cleanly");
    proptest!(config(), |(case in templates::case())| {
        clean.uses(case.check()?);
    });
    clean.check();
}

#[test]
fn a_section_that_one_side_moved_and_the_other_edited_is_moved_and_edited_or_a_conflict() {
    // 69 of 3,000 were conflicts.
    let clean = Skips::at_most(10, "sections that merge cleanly");
    proptest!(config(), |((case, expected) in documents::moved())| {
        case.check()?;
        let merge = agentpkg::agent::merge(case.kind, &case.sides());
        if clean.uses(merge.is_clean()) {
            let [result, expected] = [merge.bytes(&case.sides()), expected].map(|text| String::from_utf8(text).unwrap());
            prop_assert_eq!(result, expected);
        }
    });
    clean.check();
}
