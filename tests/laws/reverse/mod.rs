//! Undoing a rendering: its laws, and what becomes of real changes of real files.

mod laws;

use std::collections::BTreeMap;

use support::real_changes::{Alone, CHANGED};

#[test]
#[ignore = "needs AGENTPKG_CORPUS"]
fn real_changes_are_mapped_and_none_is_mapped_wrongly() {
    let mut counts: BTreeMap<Alone, usize> = BTreeMap::new();
    CHANGED
        .iter()
        .flat_map(|file| &file.alone)
        .for_each(|alone| *counts.entry(*alone).or_default() += 1);
    println!("{counts:?}");
    let of = |what| counts.get(&what).copied().unwrap_or_default();
    assert_eq!(of(Alone::Wrong), 0, "{counts:?}");
    let all = of(Alone::Mapped) + of(Alone::Asked) + of(Alone::LeftOut);
    assert!(all >= 400, "{counts:?}");
    assert!(of(Alone::Mapped) * 100 >= all * 95, "{counts:?}");
}
