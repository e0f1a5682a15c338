//! Items that are added to an array or an inline table, and removed from it: with their commas, in
//! the list's own layout. **Removing what was added last gives the bytes from before.**

use std::ops::Range;

use super::document::skip_trivia;
use super::edits::Edits;

/// The inside of an array or an inline table.
pub struct List<'a> {
    pub text: &'a str,
    /// What is between the brackets.
    pub inside: Range<usize>,
    /// In the order of the text.
    pub items: Vec<Range<usize>>,
    /// Whether the brackets keep a space from what is between them.
    pub is_spaced: bool,
}

impl List<'_> {
    /// Removes the items of these indexes, which are in order. `emptied` is what the list is
    /// between its brackets when none is left.
    pub fn remove(&self, removed: &[usize], emptied: &str, edits: &mut Edits) {
        let is_emptied = removed.len() == self.items.len();
        if is_emptied && !self.text[self.inside.clone()].contains('#') {
            edits.replace(self.inside.clone(), emptied);
            return;
        }
        for &index in removed {
            edits.delete(self.place_of(index));
        }
        // The last one has no comma; so the one that becomes the last has none.
        let mut left = self.items.len();
        for &index in removed.iter().rev() {
            if index + 1 == left {
                left = index;
            }
        }
        let has_lost_last = left > 0 && left < self.items.len();
        if has_lost_last && self.comma_behind(self.items.len() - 1).is_none() {
            let comma = self.comma_behind(left - 1);
            edits.delete(comma.map_or(0..0, |comma| comma..comma + 1));
        }
    }

    /// Returns the place of an item with its comma, the white space before it and the comment
    /// behind it on its line.
    fn place_of(&self, index: usize) -> Range<usize> {
        let item = &self.items[index];
        let comma = self.comma_behind(index);
        let end = self.behind_comment(comma.map_or(item.end, |comma| comma + 1));
        if let Some(newline) = self.newline_before(item.start) {
            return newline..end;
        }
        if index > 0 {
            let start = self
                .comma_behind(index - 1)
                .map_or(item.start, |comma| comma + 1);
            return start..end;
        }
        let rest = &self.text[end..self.inside.end];
        item.start..end + rest.len() - rest.trim_start_matches([' ', '\t']).len()
    }

    /// Adds items at the end.
    pub fn append(&self, added: &[String], edits: &mut Edits) {
        let Some(last) = self.items.last() else {
            self.fill(added, edits);
            return;
        };
        let comma = self.comma_behind(self.items.len() - 1);
        let newline = self.newline_before(last.start);
        let gap = match newline {
            Some(newline) => &self.text[newline..last.start],
            None => " ",
        };
        let behind = comma.map_or(last.end, |comma| comma + 1);
        let behind = match newline {
            Some(_) => self.behind_comment(behind),
            None => behind,
        };
        let mut text = String::new();
        for (index, item) in added.iter().enumerate() {
            let is_last = index + 1 == added.len();
            text.push_str(gap);
            text.push_str(item);
            text.push_str(if is_last && comma.is_none() { "" } else { "," });
        }
        if comma.is_none() {
            edits.insert(last.end, ",");
        }
        edits.insert(behind, text);
    }

    /// Adds the first items.
    fn fill(&self, added: &[String], edits: &mut Edits) {
        let inside = &self.text[self.inside.clone()];
        let items = added.join(", ");
        let end = self.inside.start + inside.trim_end().len();
        if !inside.trim().is_empty() {
            // Nothing but comments.
            let line = self.newline_before(self.inside.start + inside.rfind('#').unwrap_or(0));
            let gap = line.map_or("\n", |line| {
                let rest = &self.text[line..end];
                &rest[..rest.len() - rest.trim_start().len()]
            });
            edits.insert(end, format!("{gap}{items}"));
        } else if self.is_spaced {
            edits.replace(self.inside.clone(), format!(" {items} "));
        } else {
            edits.replace(self.inside.clone(), items);
        }
    }

    fn comma_behind(&self, index: usize) -> Option<usize> {
        let at = skip_trivia(self.text, self.items[index].end);
        self.text[at..].starts_with(',').then_some(at)
    }

    /// Returns where the comment ends that starts on the line of `at`, if there is one.
    fn behind_comment(&self, at: usize) -> usize {
        let rest = &self.text[at..];
        let comment = rest.trim_start_matches([' ', '\t']);
        if !comment.starts_with('#') {
            return at;
        }
        let line = comment.lines().next().unwrap_or_default();
        at + rest.len() - comment.len() + line.len()
    }

    /// Returns where the newline starts that is before `at`, with white space alone between.
    fn newline_before(&self, at: usize) -> Option<usize> {
        let before = self.text[self.inside.start..at].trim_end_matches([' ', '\t']);
        let line = before.strip_suffix('\n')?;
        let line = line.strip_suffix('\r').unwrap_or(line);
        Some(self.inside.start + line.len())
    }
}
