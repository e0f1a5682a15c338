//! `proposals show --json`.

use serde_json::{Value, json};

use crate::face::report::json;
use crate::merge::patch::Patch;
use crate::ops::Session;
use crate::ops::verbs::proposals::{Fit, ProposalPreview, ReviewedProposal};
use crate::proposal::effect::Effect;
use crate::proposal::next::Next;
use crate::proposal::sources::SourceClash;

pub fn value(session: &Session, shown: &ProposalPreview) -> Value {
    json!({
            "root": json::root(session),
            "registry": json::registry(&shown.registry),
            "ok": shown.proposals.iter().all(ReviewedProposal::is_sound),
            "proposals": shown.proposals.iter().map(offer).collect::<Vec<_>>(),
        })
}

fn offer(offer: &ReviewedProposal) -> Value {
    let proposal = offer.proposal();
    let (fit, clashes) = match &offer.fit {
        Fit::Clean { moved: false } => ("clean", &[][..]),
        Fit::Clean { moved: true } => ("merged", &[][..]),
        Fit::Same => ("same", &[][..]),
        Fit::Already => ("already", &[][..]),
        Fit::Contested(clashes) => ("conflict", clashes.as_slice()),
    };
    let clash = |clash: &SourceClash| {
        json!({
            "path": clash.path,
            "line": clash.line,
            "what": clash.said("the template", "the proposal"),
        })
    };
    let effect = |effect: &Effect| {
        json!({
            "fate": effect.fate.as_str(),
            "widens": effect.widens(),
            "kind": effect.capability.kind.as_str(),
            "path": effect.capability.path,
            "name": effect.capability.name,
            "says": effect.capability.text,
            "runs": effect.capability.files,
            "digest": effect.capability.digest,
            "unpinned": effect.capability.unpinned,
            "diffs": effect.diffs,
        })
    };
    let next = |next: &Next| {
        json!({
            "version": next.version,
            "step": next.step.as_str(),
            "why": next.why,
            "newest": next.newest,
            "is_set": offer.becomes >= next.version,
        })
    };
    let changes =
        offer.changes.files.iter().map(
            |file| json!({ "path": file.path, "diff": Patch::from(file.clone()).to_text(None) }),
        );
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
        "conflicts": clashes.iter().map(clash).collect::<Vec<_>>(),
        "changes": changes.collect::<Vec<_>>(),
        "capabilities": offer.effects.iter().flatten().map(effect).collect::<Vec<_>>(),
        "capabilities_error": offer.effects.as_ref().err().map(|error| error.message()),
        "findings": offer.findings.iter().map(json::lint_finding).collect::<Vec<_>>(),
        "next": offer.next.as_ref().map(next),
    })
}
