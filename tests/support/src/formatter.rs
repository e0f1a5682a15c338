//! A Markdown formatter as teams run one: bullets are `-`, what is stressed has `_` around it, headings
//! have blank lines around them, tables are padded.

/// Formats a text; frontmatter and code stay as they are.
pub fn format(text: &str) -> String {
    let mut formatted: Vec<String> = Vec::new();
    let mut table: Vec<Vec<String>> = Vec::new();
    let (mut fence, mut frontmatter, mut heading_before) = (None, text.starts_with("---\n"), false);
    for (number, line) in text.lines().enumerate() {
        let trimmed = line.trim_start();
        let opens = ["```", "~~~"]
            .into_iter()
            .find(|mark| trimmed.starts_with(mark));
        let literal = frontmatter || fence.is_some() || opens.is_some();
        if trimmed.starts_with('|') && !literal {
            table.push(cells(trimmed));
            continue;
        }
        formatted.extend(padded(&std::mem::take(&mut table)));
        let heading =
            !literal && line.starts_with('#') && line.trim_start_matches('#').starts_with(' ');
        let blank_is_due = (heading && number > 0) || (heading_before && !line.is_empty());
        if blank_is_due && formatted.last().is_some_and(|last| !last.is_empty()) {
            formatted.push(String::new());
        }
        formatted.push(if literal {
            line.to_owned()
        } else {
            stressed(&bullet(line))
        });
        heading_before = heading;
        match (frontmatter, fence) {
            (true, _) => frontmatter = number == 0 || line != "---",
            (false, None) => fence = opens,
            (false, Some(open)) if trimmed.starts_with(open) => fence = None,
            (false, Some(_)) => {}
        }
    }
    formatted.extend(padded(&table));
    formatted.join("\n") + "\n"
}

fn bullet(line: &str) -> String {
    let (indent, rest) = line.split_at(line.len() - line.trim_start().len());
    match rest.strip_prefix("* ").or_else(|| rest.strip_prefix("+ ")) {
        Some(item) => format!("{indent}- {item}"),
        None => line.to_owned(),
    }
}

/// Returns what a text says, a line a line: of two texts that differ in what a formatter changes, the
/// same.
pub fn plain(text: &str) -> String {
    let row = |line: &str| {
        let cells = cells(line).into_iter().map(|cell| match is_rule(&cell) {
            true => "-".to_owned(),
            false => cell,
        });
        cells.collect::<Vec<_>>().join(" | ")
    };
    let mut plain = String::new();
    for line in format(text).lines().filter(|line| !line.trim().is_empty()) {
        match line.starts_with('|') {
            true => plain.push_str(&row(line)),
            false => plain.push_str(line),
        }
        plain.push('\n');
    }
    plain
}

fn is_rule(cell: &str) -> bool {
    !cell.is_empty() && cell.chars().all(|letter| "-:".contains(letter))
}

/// Returns a line whose single words between stars have underscores there.
fn stressed(line: &str) -> String {
    let word = |word: &str| {
        let inner = word
            .strip_prefix('*')
            .and_then(|rest| rest.strip_suffix('*'));
        match inner.filter(|inner| !inner.is_empty() && inner.chars().all(char::is_alphanumeric)) {
            Some(inner) => format!("_{inner}_"),
            None => word.to_owned(),
        }
    };
    let words: Vec<String> = line.split(' ').map(word).collect();
    words.join(" ")
}

/// Returns the cells of a row; a bar that is escaped or in code parts none.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_start_matches('|');
    let mut cells = vec![String::new()];
    let (mut code, mut escaped) = (false, false);
    for letter in row.strip_suffix('|').unwrap_or(row).chars() {
        match letter {
            '|' if !code && !escaped => cells.push(String::new()),
            letter => cells
                .last_mut()
                .expect("there is a first cell")
                .push(letter),
        }
        code ^= letter == '`';
        escaped = letter == '\\';
    }
    cells
        .into_iter()
        .map(|cell| cell.trim().to_owned())
        .collect()
}

fn padded(table: &[Vec<String>]) -> Vec<String> {
    let columns = table.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = table
            .iter()
            .filter_map(|row| row.get(column))
            .filter(|cell| !is_rule(cell));
        cells
            .map(|cell| cell.chars().count())
            .max()
            .unwrap_or(0)
            .max(3)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let row = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, &width)| match is_rule(cell) {
                true => {
                    let end = |colon: bool| if colon { ":" } else { "-" };
                    format!(
                        "{}{}{}",
                        end(cell.starts_with(':')),
                        "-".repeat(width - 2),
                        end(cell.ends_with(':'))
                    )
                }
                false => format!("{cell}{}", " ".repeat(width - cell.chars().count())),
            });
        format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
    };
    table.iter().map(row).collect()
}
