//! One side changed the layout alone: blank lines, trailing space, line ends. The other side's edit is taken.

use super::{Clash, Run, is_blank};
use crate::merge::pieces::Side;

/// Settles a place where one side says what base says, and the other does not.
pub fn settle(clash: &Clash<'_>) -> Option<Vec<Run>> {
    match (is_layout(clash, Side::Ours), is_layout(clash, Side::Theirs)) {
        (true, false) => Some(clash.all_of(Side::Theirs)),
        (false, true) => Some(clash.all_of(Side::Ours)),
        _ => None,
    }
}

fn is_layout(clash: &Clash<'_>, side: Side) -> bool {
    let said = |side| clash.content(side).map(<[u8]>::trim_ascii_end).filter(|line| !is_blank(line));
    said(Side::Base).eq(said(side))
}
