//! `proposals show --json`.

use serde_json::{Value, json};

use crate::face::report::json;
use crate::merge::patch::{FilePatch, Patch};
use crate::ops::Session;
use crate::ops::verbs::proposals::{Fit, ProposalPreview, ReviewedProposal};
use crate::proposal::effect::Effect;
use crate::proposal::sources::SourceClash;
use crate::proposal::version_bump::Next;

pub fn value(session: &Session, shown: &ProposalPreview) -> Value {
    json!({
        "root": json::root(session),
        "registry": json::registry(&shown.registry),
        "ok": shown.proposals.iter().all(ReviewedProposal::is_sound),
        "proposals": json::list(&shown.proposals, offer),
    })
}

fn offer(offer: &ReviewedProposal) -> Value {
    let proposal = offer.proposal();
    let (fit, clashes) = fit(&offer.fit);
    json!({
        "file": offer.file.display().to_string(),
        "id": proposal.id.to_string(),
        "template": proposal.template,
        "directory": offer.folder,
        "version": offer.version,
        "base": { "version": proposal.base.version, "tree": proposal.base.tree },
        "author": {
            "name": proposal.author.name,
            "email": proposal.author.email,
            "date": proposal.date(),
        },
        "sender": offer.mail.sender,
        "subject": proposal.subject(),
        "body": proposal.body(),
        "fit": fit,
        "conflicts": json::list(clashes, clash),
        "changes": json::list(&offer.changes.files, change),
        "capabilities": json::list(offer.effects.iter().flatten(), effect),
        "capabilities_error": offer.effects.as_ref().err().map(|error| error.message()),
        "findings": json::list(&offer.findings, json::lint_finding),
        "next": offer.next.as_ref().map(|next| version_bump(offer, next)),
    })
}

fn fit(fit: &Fit) -> (&'static str, &[SourceClash]) {
    match fit {
        Fit::Clean { moved: false } => ("clean", &[]),
        Fit::Clean { moved: true } => ("merged", &[]),
        Fit::Same => ("same", &[]),
        Fit::Already => ("already", &[]),
        Fit::Contested(clashes) => ("conflict", clashes),
    }
}

fn clash(clash: &SourceClash) -> Value {
    json!({
        "path": clash.path,
        "line": clash.line,
        "what": clash.describe("the template", "the proposal"),
    })
}

fn change(file: &FilePatch) -> Value {
    json!({ "path": file.path, "diff": Patch::from(file.clone()).to_text(None) })
}

fn effect(effect: &Effect) -> Value {
    let mut value = json!({ "fate": effect.fate.as_str(), "widens": effect.widens() });
    json::append(&mut value, json::capability(&effect.capability));
    value["diffs"] = json!(effect.diffs);
    value
}

fn version_bump(offer: &ReviewedProposal, next: &Next) -> Value {
    json!({
        "version": next.version,
        "step": next.step.as_str(),
        "why": next.why,
        "newest": next.newest,
        "is_set": offer.becomes >= next.version,
    })
}
