//! A page, as its parts: prose, hidden set-up, sessions and scripts.
//!
//! | in the page | what becomes of it |
//! |---|---|
//! | `` ```console `` | typed, line by line: `$ ` begins a command, `> ` goes on with it, and the rest is what is printed |
//! | `` ```console types: a `` | the same in a terminal; `a` is the answer to the first question. `·` separates answers |
//! | `` ```sh `` | run, and has to succeed |
//! | `` ```sh not-run: WHY `` | not run; any block can say so |
//! | `<!-- run` … `-->` | run, and has to succeed; GitHub doesn't show it |

/// The mark of a block that isn't run, before the reason.
pub const NOT_RUN: &str = "not-run: ";

const TYPES: &str = "types:";
const SETUP: &str = "<!-- run";

/// A part of a page.
#[derive(Debug)]
pub enum Part {
    /// What is only read, and fences and comments around what is run.
    Lines(Vec<String>),
    /// What is run and has to succeed.
    Script { line: usize, text: String },
    /// What is typed, and what is printed.
    Session {
        indent: String,
        answers: Option<Vec<String>>,
        commands: Vec<Command>,
    },
}

/// A command of a session.
#[derive(Debug)]
pub struct Command {
    /// The number of its line in the page.
    pub line: usize,
    /// What is typed, without the prompts.
    pub typed: String,
    /// What is printed, by the page.
    pub printed: String,
}

/// A fenced block.
#[derive(Debug)]
pub struct Block {
    /// The number of its first line, the fence.
    pub line: usize,
    /// What stands behind the fence.
    pub info: String,
    /// The lines between the fences.
    pub body: Vec<String>,
    indent: String,
    open: String,
    close: String,
}

impl Block {
    /// Returns the first word of the info string.
    pub fn language(&self) -> &str {
        self.info.split(' ').next().unwrap_or_default()
    }

    /// Returns why it isn't run, where it says so.
    pub fn not_run(&self) -> Option<&str> {
        let (_, why) = self.info.split_once(NOT_RUN)?;
        Some(why)
    }

    /// Returns whether the runner runs it.
    pub fn is_run(&self) -> bool {
        matches!(self.language(), "console" | "sh") && self.not_run().is_none()
    }

    /// Returns the lines that have a command of the program in them, where a shell or a forge reads
    /// the block.
    pub fn commands(&self) -> Vec<&str> {
        if !["", "console", "sh", "bash", "yaml", "Dockerfile"].contains(&self.language()) {
            return Vec::new();
        }
        let lines = self.body.iter().map(|line| line.as_str());
        lines.filter(|line| has_command(line)).collect()
    }
}

/// Returns whether a line runs the program: `agentpkg` where a shell reads a command.
fn has_command(line: &str) -> bool {
    let before_comment = line.split(" #").next().unwrap_or_default();
    if before_comment.trim_start().starts_with('#') {
        return false;
    }
    before_comment.match_indices("agentpkg").any(|(at, word)| {
        let before = before_comment[..at].trim_end();
        let after = &before_comment[at + word.len()..];
        let ends = after.is_empty() || after.starts_with([' ', ';', ')']);
        let begins = before.is_empty()
            || before.ends_with(['$', '>', '&', '|', ';', '(', '-', '=', ':', '\'', '"'])
            || before.ends_with("do")
            || before.ends_with("then");
        ends && begins
    })
}

/// A page's lines, fenced blocks told from the rest.
enum Piece {
    Line(usize, String),
    Block(Block),
}

fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((index, line)) = lines.next() {
        let indent = &line[..line.len() - line.trim_start().len()];
        let Some(info) = line.trim_start().strip_prefix("```") else {
            pieces.push(Piece::Line(index + 1, line.to_owned()));
            continue;
        };
        let mut block = Block {
            line: index + 1,
            info: info.to_owned(),
            body: Vec::new(),
            indent: indent.to_owned(),
            open: line.to_owned(),
            close: String::new(),
        };
        for (_, line) in lines.by_ref() {
            if line.trim_start() == "```" {
                block.close = line.to_owned();
                break;
            }
            let line = line.strip_prefix(indent).unwrap_or(line);
            block.body.push(line.to_owned());
        }
        assert!(!block.close.is_empty(), "line {}: no end", block.line);
        pieces.push(Piece::Block(block));
    }
    pieces
}

/// Returns the fenced blocks of a page.
pub fn blocks(text: &str) -> Vec<Block> {
    let pieces = pieces(text).into_iter();
    pieces
        .filter_map(|piece| match piece {
            Piece::Block(block) => Some(block),
            Piece::Line(..) => None,
        })
        .collect()
}

/// Returns whether a page has commands that are to be run.
pub fn is_run(text: &str) -> bool {
    let has_commands = |block: &Block| block.is_run() && !block.commands().is_empty();
    blocks(text).iter().any(has_commands) || text.lines().any(|line| line == SETUP)
}

/// Reads a page.
pub fn read(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut pieces = pieces(text).into_iter();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Line(line, text) if text == SETUP => {
                let mut setup = Vec::new();
                for piece in pieces.by_ref() {
                    match piece {
                        Piece::Line(_, text) if text == "-->" => break,
                        Piece::Line(_, text) => setup.push(text),
                        Piece::Block(block) => panic!("line {}: a fence in set-up", block.line),
                    }
                }
                let text = setup.join("\n");
                let mut lines = vec![SETUP.to_owned()];
                lines.extend(setup);
                lines.push("-->".to_owned());
                parts.push(Part::Script { line, text });
                parts.push(Part::Lines(lines));
            }
            Piece::Line(_, text) => parts.push(Part::Lines(vec![text])),
            Piece::Block(block) if !block.is_run() => {
                parts.push(Part::Lines(block_lines(&block)));
            }
            Piece::Block(block) if block.language() == "sh" => {
                parts.push(Part::Script {
                    line: block.line + 1,
                    text: block.body.join("\n"),
                });
                parts.push(Part::Lines(block_lines(&block)));
            }
            Piece::Block(block) => {
                parts.push(Part::Lines(vec![block.open.clone()]));
                parts.push(session(&block));
                parts.push(Part::Lines(vec![block.close.clone()]));
            }
        }
    }
    parts
}

fn block_lines(block: &Block) -> Vec<String> {
    let mut lines = vec![block.open.clone()];
    let body = block.body.iter().map(|line| indented(&block.indent, line));
    lines.extend(body);
    lines.push(block.close.clone());
    lines
}

fn indented(indent: &str, line: &str) -> String {
    match line {
        "" => String::new(),
        line => format!("{indent}{line}"),
    }
}

fn session(block: &Block) -> Part {
    let answers = block.info.split_once(TYPES);
    let answers = answers.map(|(_, answers)| match answers.trim() {
        "" => Vec::new(),
        answers => answers
            .split('·')
            .map(|answer| answer.trim().to_owned())
            .collect(),
    });
    let mut commands: Vec<Command> = Vec::new();
    for (index, line) in block.body.iter().enumerate() {
        if let Some(typed) = line.strip_prefix("$ ") {
            commands.push(Command {
                line: block.line + 1 + index,
                typed: typed.to_owned(),
                printed: String::new(),
            });
            continue;
        }
        let Some(last) = commands.last_mut() else {
            panic!("line {}: a session begins with `$ `", block.line);
        };
        match line.strip_prefix("> ").filter(|_| last.printed.is_empty()) {
            Some(more) => last.typed += &format!("\n{more}"),
            None => last.printed += &format!("{line}\n"),
        }
    }
    Part::Session {
        indent: block.indent.clone(),
        answers,
        commands,
    }
}

/// Returns a command as it stands in a page: what is typed behind prompts, then what is printed.
pub fn written(indent: &str, typed: &str, printed: &str) -> String {
    let typed = format!("$ {}", typed.replace('\n', "\n> "));
    let lines = typed.lines().chain(printed.lines());
    lines
        .map(|line| format!("{}\n", indented(indent, line)))
        .collect()
}

/// Returns whether a text is what the page says. A line `…` stands for any lines.
pub fn agrees(expected: &str, found: &str) -> bool {
    let expected: Vec<&str> = expected.lines().collect();
    let found: Vec<&str> = found.lines().collect();
    lines_agree(&expected, &found)
}

fn lines_agree(expected: &[&str], found: &[&str]) -> bool {
    match expected.split_first() {
        None => found.is_empty(),
        Some((&"…", rest)) => {
            (0..=found.len()).any(|skipped| lines_agree(rest, &found[skipped..]))
        }
        Some((first, rest)) => found.first() == Some(first) && lines_agree(rest, &found[1..]),
    }
}
