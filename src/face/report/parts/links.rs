//! Links that come or go.

use crate::face::report::Report;
use crate::model::plan::LinkChange;
use crate::model::tree::FileOrLink;

/// Shows each link that a plan makes or removes.
pub fn show(report: &mut Report, links: &[LinkChange]) {
    for LinkChange { path, old, new } in links {
        match (old, new) {
            (_, Some(FileOrLink::Link(target))) => {
                report.row("linked", format!("{path} to {target}: both are one file"));
            }
            (Some(FileOrLink::Link(target)), _) => {
                report.row("deleted", format!("{path}, the link to {target}"));
            }
            _ => {}
        }
    }
}
