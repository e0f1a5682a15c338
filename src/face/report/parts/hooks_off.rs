//! One line at the end of what installs and shows, where files show that hooks don't run.

use crate::face::report::Report;
use crate::hint::Hint;
use crate::ops::Session;
use crate::ops::steps::command_line::CommandLine;
use crate::ops::steps::gate::HooksOff;
use crate::words;

/// Names the agents that don't run hooks, and the command that says why.
pub fn show(report: &mut Report, session: &Session, off: &[HooksOff]) {
    let Some(said) = said(off) else {
        return;
    };
    let doctor = CommandLine::new(session, "doctor");
    report.gap();
    report.next_hint("hooks off", Hint::text_then_command(said, doctor));
}

fn said(off: &[HooksOff]) -> Option<String> {
    Some(match off {
        [] => return None,
        [HooksOff { agent, count, all }] if count == all => {
            let hooks = words::count(*count, "hook");
            format!("{} doesn't run {hooks}", agent.title())
        }
        [HooksOff { agent, count, all }] => {
            format!("{} doesn't run {count} of {all} hooks", agent.title())
        }
        many => {
            let titles: Vec<&str> = many.iter().map(|one| one.agent.title()).collect();
            format!("{} don't run all hooks", titles.join(", "))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::agent::Agent;

    #[test]
    fn one_line_says_which_agents_do_not_run_hooks() {
        let off = |agent, count| HooksOff {
            agent,
            count,
            all: 2,
        };
        let (codex, gemini) = (off(Agent::Codex, 2), off(Agent::Gemini, 1));
        assert_eq!(said(&[]), None);
        assert_eq!(said(&[codex]).unwrap(), "Codex doesn't run 2 hooks");
        assert_eq!(
            said(&[gemini]).unwrap(),
            "Gemini CLI doesn't run 1 of 2 hooks"
        );
        let both = [off(Agent::Codex, 2), off(Agent::Gemini, 1)];
        assert_eq!(
            said(&both).unwrap(),
            "Codex, Gemini CLI don't run all hooks"
        );
    }
}
