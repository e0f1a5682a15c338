//! Asking a person at a terminal.

use std::io::IsTerminal as _;

use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Input, MultiSelect, Select};

use crate::error::{Error, Result};
use crate::model::answers::Answer;
use crate::model::conflict::{ConflictPlace, Open};
use crate::model::name::TemplateName;
use crate::model::path::RelPath;
use crate::model::template::{Question, QuestionKind};
use crate::ops::steps::change::Outcome;
use crate::ops::verbs::contribute::{Destination, FileEdit, Offer};
use crate::ops::verbs::merge_driver;
use crate::ops::verbs::undo::Foreign;
use crate::ops::{Ask, Choice, RecordDecision};
use crate::render::reverse::{EditHunk, Reading};
use crate::store::registry::Address;

use super::report::parts::can_run;
use super::report::terminal::{say_to_person, show_to_person};
use super::report::{Detail, Report, printable};
use super::verbs::{contribute, merge_file, undo};

/// A person at a terminal.
pub struct Person {
    /// The program that they read long texts with, as a shell reads it.
    pager: Option<String>,
}

impl Person {
    /// Returns the person, if there is one: a terminal on both sides, and no CI. `pager` is what
    /// they read long texts with.
    pub fn present(pager: Option<String>) -> Option<Self> {
        let ci = std::env::var_os("CI").is_some_and(|value| !value.is_empty() && value != "false");
        (!ci && std::io::stdin().is_terminal() && std::io::stderr().is_terminal())
            .then_some(Self { pager })
    }
}

impl Ask for Person {
    fn use_unsigned(&self, registries: &[Address]) -> Result<bool> {
        let mut report = Report::new(Detail::Brief);
        for registry in registries {
            report.warn_title(format!("{registry} is an unsigned registry:"));
            report.text("whoever can write to that server decides what is installed.");
        }
        show_to_person(&report);
        confirm("Use it? agentpkg.toml will say `unsigned = true`")
    }

    fn ask(
        &self,
        template: &TemplateName,
        question: &Question,
        first: Option<&Answer>,
    ) -> Result<Answer> {
        let prompt = format!("{} ({template})", printable(&question.ask));
        let theme = ColorfulTheme::default();
        let answered = match question.kind {
            QuestionKind::Bool => {
                let first = matches!(first, Some(Answer::Bool(true)));
                Confirm::with_theme(&theme)
                    .with_prompt(prompt)
                    .default(first)
                    .wait_for_newline(true)
                    .interact()
                    .map(Answer::Bool)
            }
            QuestionKind::Choice => {
                let choices = question.choices.as_deref().unwrap_or_default();
                let shown: Vec<String> = choices.iter().map(|choice| printable(choice)).collect();
                let first = choices
                    .iter()
                    .position(|choice| first == Some(&Answer::Text(choice.clone())));
                let select = Select::with_theme(&theme)
                    .with_prompt(prompt)
                    .items(&shown)
                    .default(first.unwrap_or(0));
                select
                    .interact()
                    .map(|index| Answer::Text(choices[index].clone()))
            }
            QuestionKind::Text | QuestionKind::List => {
                let mut input = Input::<String>::with_theme(&theme).with_prompt(prompt);
                if let Some(first) = first {
                    input = input.default(first.to_set());
                }
                let checked = input.validate_with(|text: &String| question.parse(text).map(drop));
                let text = checked.interact_text();
                text.map(|text| question.parse(&text).unwrap_or(Answer::Text(text)))
            }
        };
        answered.map_err(unanswered)
    }

    fn approve(&self, outcome: &Outcome) -> Result<bool> {
        loop {
            let mut report = Report::new(Detail::Brief);
            can_run::question(&mut report, outcome);
            show_to_person(&report);
            say_to_person("[v]iew the text, [a]pprove, [N]o: ");
            let mut answer = String::new();
            let read = std::io::stdin()
                .read_line(&mut answer)
                .map_err(|error| unanswered(error.into()))?;
            if read == 0 {
                say_to_person("\n");
            }
            match answer.trim().to_ascii_lowercase().as_str() {
                "v" | "view" => can_run::page(&outcome.approval, self.pager.as_deref())?,
                "a" | "approve" => return Ok(true),
                "" | "n" | "no" => return Ok(false),
                _ => say_to_person("type v, a or n, then Enter\n"),
            }
        }
    }

    fn pick(&self, files: &[FileEdit]) -> Result<Vec<bool>> {
        let mut items: Vec<String> = Vec::new();
        for file in files {
            if let Some(what) = file.what {
                items.push(format!("{}: {what}", printable(file.path.as_str())));
            }
            for (hunk, _) in &file.hunks {
                let changed = hunk
                    .new
                    .lines()
                    .chain(hunk.old.lines())
                    .find(|line| !line.trim().is_empty());
                let (sign, line) = (
                    if hunk.new.is_empty() { '-' } else { '+' },
                    changed.unwrap_or_default(),
                );
                let line: String = printable(line).chars().take(60).collect();
                items.push(format!(
                    "{} line {}: {sign}{line}",
                    printable(file.path.as_str()),
                    hunk.base.start + 1
                ));
            }
        }
        let theme = ColorfulTheme::default();
        let select = MultiSelect::with_theme(&theme)
            .with_prompt("What is to be proposed? (space: in or out, enter: go on)");
        let picked = select
            .items(&items)
            .defaults(&vec![true; items.len()])
            .interact()
            .map_err(unanswered)?;
        Ok((0..items.len())
            .map(|index| picked.contains(&index))
            .collect())
    }

    fn read(&self, path: &RelPath, hunk: &EditHunk, readings: &[Reading]) -> Result<Option<usize>> {
        let mut report = Report::new(Detail::Brief);
        report.heading(
            path.as_str(),
            format!(
                "line {}: the template can say this in more ways than one",
                hunk.base.start + 1
            ),
        );
        report.diff(format!(
            "{}{}",
            signed('-', &hunk.old),
            signed('+', &hunk.new)
        ));
        for (number, reading) in readings.iter().enumerate() {
            report.gap();
            report.heading(format!("{}", number + 1), format!("it {}", reading.meaning));
            report.diff(&reading.source);
        }
        report.gap();
        show_to_person(&report);
        let mut items: Vec<String> = readings
            .iter()
            .map(|reading| format!("it {}", printable(&reading.meaning)))
            .collect();
        items.push("leave it out".to_owned());
        let theme = ColorfulTheme::default();
        let select = Select::with_theme(&theme)
            .with_prompt("What is meant?")
            .items(&items)
            .default(readings.len());
        select
            .interact()
            .map(|index| (index < readings.len()).then_some(index))
            .map_err(unanswered)
    }

    fn send(&self, offer: &Offer, destination: &Destination) -> Result<bool> {
        let mut report = Report::new(Detail::Brief);
        contribute::add_offer(&mut report, offer, destination);
        report.gap();
        show_to_person(&report);
        let verb = match destination {
            Destination::Repository { .. } => "Send",
            _ => "Write",
        };
        let destination = printable(&destination.to_string());
        confirm(&format!("{verb} this to {destination}?"))
    }

    fn set_up_driver(&self, outcome: &merge_driver::Outcome) -> Result<bool> {
        let mut report = Report::new(Detail::Brief);
        merge_file::add_change(&mut report, outcome);
        report.gap();
        show_to_person(&report);
        confirm("Write this?")
    }

    fn decide_record(&self, foreign: &Foreign) -> Result<RecordDecision> {
        let mut report = Report::new(Detail::Brief);
        undo::add_record(&mut report, foreign);
        report.gap();
        show_to_person(&report);
        let mut choices = vec![
            ("leave it as it is", RecordDecision::Leave),
            ("set it aside", RecordDecision::Discard),
        ];
        if foreign.only_discard.is_none() {
            choices.push(("do what it says", RecordDecision::CarryOut));
        }
        let theme = ColorfulTheme::default();
        let select = Select::with_theme(&theme)
            .with_prompt("What becomes of it?")
            .items(choices.iter().map(|(text, _)| text));
        select
            .default(0)
            .interact()
            .map(|index| choices[index].1)
            .map_err(unanswered)
    }

    fn choose(&self, path: &RelPath, open: &Open) -> Result<Choice> {
        const CHOICES: [(&str, Choice); 3] = [
            ("keep yours", Choice::Local),
            ("take the release's", Choice::Upstream),
            ("leave it for later", Choice::Later),
        ];
        let mut report = Report::new(Detail::Brief);
        report.heading(path.as_str(), open.place());
        for (label, side) in [
            ("before", &open.base),
            ("yours", &open.ours),
            ("theirs", &open.theirs),
        ] {
            if !matches!(open.at, ConflictPlace::File(_)) {
                report.row(label, if side.is_none() { "nothing" } else { "" });
                report.document(side.as_deref().unwrap_or_default());
            }
        }
        show_to_person(&report);
        let theme = ColorfulTheme::default();
        let select = Select::with_theme(&theme)
            .with_prompt("Which side?")
            .items(CHOICES.map(|(text, _)| text));
        select
            .default(2)
            .interact()
            .map(|index| CHOICES[index].1)
            .map_err(unanswered)
    }
}

/// Asks a question that is answered with yes or no.
fn confirm(prompt: &str) -> Result<bool> {
    let theme = ColorfulTheme::default();
    let confirm = Confirm::with_theme(&theme)
        .with_prompt(prompt)
        .default(false)
        .wait_for_newline(true);
    confirm.interact().map_err(unanswered)
}

/// Returns the lines of a text as a diff has them.
fn signed(sign: char, text: &str) -> String {
    text.lines().map(|line| format!("{sign}{line}\n")).collect()
}

fn unanswered(error: dialoguer::Error) -> Error {
    Error::user("the question was not answered")
        .cause(error.to_string())
        .note("nothing was changed")
}
