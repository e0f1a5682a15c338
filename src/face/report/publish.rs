//! What `publish` and `yank` did.

use semver::Version;

use crate::face::ui::Ui;
use crate::lint::Finding;
use crate::model::name::TemplateName;
use crate::ops::publish::Outcome;
use crate::store::registry::{Address, Published};
use crate::words;

/// Shows what was published; the last line is for the teams.
pub fn show(ui: &mut Ui, outcome: &Outcome, dry_run: bool) {
    let about = &outcome.source.manifest.template;
    let registry = outcome.registry.to_string();
    let (name, version) = (&about.name, &about.version);
    let release = match &outcome.published {
        Published::New { release, created } => {
            match dry_run {
                true => ui.title(&format!(
                    "would publish {name} {version} (nothing was changed)"
                )),
                false => ui.title(&format!("published {name} {version}")),
            }
            let made = if *created { ", a new registry" } else { "" };
            ui.row("registry", &format!("{registry}{made}"));
            release
        }
        Published::Already { release } => {
            ui.title(&format!(
                "nothing to do: {name} {version} is published with these contents"
            ));
            ui.row("registry", &registry);
            release
        }
    };
    ui.row(
        "files",
        &format!(
            "{}, packed to {}",
            words::count(outcome.source.tree.len(), "file"),
            size(release.size)
        ),
    );
    ui.row("tree", &release.tree.to_string());
    if let Some(changes) = outcome
        .source
        .changelog_section(version)
        .filter(|_| ui.verbose())
    {
        ui.gap();
        ui.document(&changes);
    }
    warnings(ui, &outcome.warnings);
    ui.gap();
    ui.next(
        "for teams",
        &format!(
            "agentpkg install {name} --registry {}",
            words::path_quoted(&registry)
        ),
    );
}

/// Shows what a linter warns of, as `lint` does.
fn warnings(ui: &mut Ui, findings: &[Finding]) {
    if !findings.is_empty() {
        ui.row("warnings", &super::lint::summary(findings));
        super::lint::findings(ui, findings);
    }
}

/// Shows what became of a release.
pub fn show_yank(
    ui: &mut Ui,
    name: &TemplateName,
    version: &Version,
    why: Option<&str>,
    registry: &Address,
) {
    match why {
        Some(why) => {
            ui.title(&format!("yanked {name} {version}"));
            ui.row("reason", why);
            ui.row(
                "effect",
                "nobody gets it any more who doesn't have it; who has it is told why",
            );
        }
        None => ui.title(&format!("{name} {version} is offered again")),
    }
    ui.row("registry", &registry.to_string());
}

fn size(bytes: u64) -> String {
    match bytes {
        0..1024 => format!("{bytes} bytes"),
        _ => format!("{} KiB", bytes.div_ceil(1024)),
    }
}
