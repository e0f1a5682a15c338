//! Small words for messages: "2 files", "`a` and `b`", the nearest name.

use std::fmt::Display;

/// Returns "1 file" or "3 files".
pub fn count(number: usize, one: &str) -> String {
    match number {
        1 => format!("1 {one}"),
        _ => format!("{number} {}", plural(one)),
    }
}

fn plural(one: &str) -> String {
    match one.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o', 'u']) => format!("{stem}ies"),
        _ => format!("{one}s"),
    }
}

/// Returns "`a`", "`a` and `b`" or "`a`, `b` and `c`".
pub fn list<T: Display>(items: impl IntoIterator<Item = T>) -> String {
    let items: Vec<String> = items.into_iter().map(|item| format!("`{item}`")).collect();
    match items.as_slice() {
        [] => String::new(),
        [one] => one.clone(),
        [many @ .., last] => format!("{} and {last}", many.join(", ")),
    }
}

/// Returns " line 3", to follow a file's name, or nothing where the line isn't known.
pub fn line_suffix(line: Option<usize>) -> String {
    line.map_or(String::new(), |line| format!(" line {line}"))
}

/// Returns a path as a shell, and the program that it is for, read it back.
pub fn path_quoted(path: &str) -> String {
    shell_quoted(&if path.starts_with(['-', ':']) {
        format!("./{path}")
    } else {
        path.to_owned()
    })
}

/// Returns a word as a shell has to be told it.
pub fn shell_quoted(word: &str) -> String {
    let is_plain = word
        .chars()
        .all(|letter| letter.is_ascii_alphanumeric() || "/._-=@^:,+%".contains(letter));
    match is_plain && !word.is_empty() {
        true => word.to_owned(),
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

/// Returns the candidate that `name` was probably meant to be, if one is near enough.
///
/// Near enough is an edit distance (with transpositions) of at most a third of the name, and at
/// least one.
pub fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (name.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(name, candidate), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_lists_read_as_english() {
        assert_eq!(count(1, "file"), "1 file");
        assert_eq!(count(0, "file"), "0 files");
        assert_eq!(count(2, "entry"), "2 entries");
        assert_eq!(count(2, "key"), "2 keys");
        assert_eq!(list(["a", "b", "c"]), "`a`, `b` and `c`");
    }

    #[test]
    fn nearest_finds_a_slip_and_nothing_else() {
        assert_eq!(
            nearest("org-basline", ["org-baseline", "rust-service"]),
            Some("org-baseline")
        );
        assert_eq!(nearest("zebra", ["org-baseline"]), None);
    }
}
