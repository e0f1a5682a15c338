//! Which lines of a shell script are inside a quote or a here-document, where neighbouring lines
//! are one value.

use std::collections::VecDeque;

/// Returns for each line whether a quote or a here-document reaches into it or out of it.
///
/// It is a scanner, not a parser. A line that it wrongly takes for quoted is merged more carefully,
/// and nothing else.
pub fn quoted<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Vec<bool> {
    let mut inside = None;
    let mut documents: VecDeque<Document> = VecDeque::new();
    lines
        .map(|line| {
            if let Some(document) = documents.front() {
                let is_end = document.ends_with(line);
                if is_end {
                    documents.pop_front();
                }
                return true;
            }
            let before = inside;
            inside = scan(line, inside, &mut documents);
            before.is_some() || inside.is_some() || !documents.is_empty()
        })
        .collect()
}

/// A here-document that is open.
struct Document {
    end: Vec<u8>,
    /// Whether the end may be indented with tabs: `<<-`.
    indented: bool,
}

impl Document {
    fn ends_with(&self, line: &[u8]) -> bool {
        let start = if self.indented {
            line.iter().take_while(|byte| **byte == b'\t').count()
        } else {
            0
        };
        line[start..] == self.end
    }
}

/// Reads a line that starts inside the quote `inside`, and returns which one it ends in.
fn scan(line: &[u8], mut inside: Option<u8>, documents: &mut VecDeque<Document>) -> Option<u8> {
    let mut at = 0;
    while let Some(&byte) = line.get(at) {
        match (inside, byte) {
            (Some(b'\''), b'\'') | (Some(b'"'), b'"') | (Some(b'`'), b'`') => inside = None,
            (Some(b'\''), _) => {}
            (_, b'\\') => at += 1,
            (Some(_), _) => {}
            (None, b'\'' | b'"' | b'`') => inside = Some(byte),
            (None, b'#') if at == 0 || line[at - 1].is_ascii_whitespace() => return None,
            (None, b'<') if line[at..].starts_with(b"<<") && !line[at..].starts_with(b"<<<") => {
                let (document, length) = here_document(&line[at + 2..]);
                documents.extend(document);
                at += 1 + length;
            }
            (None, b'<') if line[at..].starts_with(b"<<<") => at += 2,
            (None, _) => {}
        }
        at += 1;
    }
    inside
}

/// Reads the delimiter of a here-document after its `<<`. Returns the document and how many bytes
/// the delimiter takes.
fn here_document(rest: &[u8]) -> (Option<Document>, usize) {
    let indented = rest.first() == Some(&b'-');
    let start = usize::from(indented);
    let blanks = rest[start..]
        .iter()
        .take_while(|byte| matches!(byte, b' ' | b'\t'))
        .count();
    let word = &rest[start + blanks..];
    let is_part = |byte: &&u8| {
        !byte.is_ascii_whitespace() && !matches!(**byte, b';' | b'&' | b'|' | b'<' | b'>' | b')')
    };
    let length = word.iter().take_while(is_part).count();
    let end: Vec<u8> = word[..length]
        .iter()
        .copied()
        .filter(|byte| !matches!(byte, b'\'' | b'"' | b'\\'))
        .collect();
    let is_number = end.first().is_some_and(u8::is_ascii_digit);
    (
        (!end.is_empty() && !is_number).then_some(Document { end, indented }),
        start + blanks + length,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(script: &str, expected: &str) {
        let lines = quoted(script.lines().map(str::as_bytes));
        let shown: String = lines
            .iter()
            .map(|quoted| if *quoted { 'q' } else { '.' })
            .collect();
        assert_eq!(shown, expected, "{script}");
    }

    #[test]
    fn quotes_and_here_documents_reach_over_lines() {
        check("a\nb 'c'\n", "..");
        check("a 'b\nc\nd' e\nf\n", "qqq.");
        check("a \"b\nc \\\" ' d\ne\"\nf\n", "qqq.");
        check("# it's\na\n", "..");
        check("a=x#y'\nb'\n", "qq");
        check("cat <<EOF\nit's\nEOF\nb\n", "qqq.");
        check("cat <<-'END' | sort\n\tx\n\tEND\nb\n", "qqq.");
        check("cat <<A <<B\n1\nA\n2\nB\nb\n", "qqqqq.");
        check("cat <<<word\n(( x = 1 << 2 ))\nb\n", "...");
        check("a \\'\nb\n", "..");
    }
}
