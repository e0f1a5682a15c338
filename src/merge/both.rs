//! One text that both sides changed.

use super::pieces::{Conflict, Merge, Piece, Place, Sides};

/// Merges a text that both sides changed; `None` where one of the three is no text. `name` says what kind it is of.
pub fn text(name: &str, sides: &Sides<'_>) -> Option<Merge> {
    let _ = name;
    [sides.base, sides.ours, sides.theirs].into_iter().all(is_text).then(|| unsettled(sides))
}

/// Returns the merge in which all of the file is contested.
pub fn unsettled(sides: &Sides<'_>) -> Merge {
    let conflict = Conflict {
        place: Place::File,
        base: Some(0..sides.base.len()),
        ours: Some(0..sides.ours.len()),
        theirs: Some(0..sides.theirs.len()),
        lead: String::new(),
    };
    Merge { pieces: vec![Piece::Conflict(conflict)], ..Merge::default() }
}

/// UTF-8 without NUL, as git sees it too.
fn is_text(bytes: &[u8]) -> bool {
    !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok()
}
