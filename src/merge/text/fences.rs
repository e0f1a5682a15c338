//! Whether the code fences of a Markdown text close: to a reader, everything after an open one is
//! code.

/// Returns whether every code fence closes.
pub fn close(text: &[u8]) -> bool {
    let has = |mark: &[u8]| memchr::memmem::find(text, mark).is_some();
    // The usual case: no code.
    if !has(b"```") && !has(b"~~~") {
        return true;
    }
    let mut fences = Fences::default();
    let mut start = 0;
    for end in memchr::memchr2_iter(b'\n', b'\r', text).chain([text.len()]) {
        fences.read(&text[start..end]);
        start = end + 1;
    }
    !fences.are_open()
}

/// The code fences of a text, line by line. They are those of CommonMark 0.31, section 4.5.
#[derive(Default)]
pub struct Fences<'a> {
    open: Option<&'a [u8]>,
}

impl<'a> Fences<'a> {
    pub fn read(&mut self, line: &'a [u8]) {
        let line = if self.open.is_none() {
            content(line)
        } else {
            line.trim_ascii()
        };
        let Some(first @ (b'`' | b'~')) = line.first() else {
            return;
        };
        let length = line.iter().take_while(|byte| *byte == first).count();
        let (fence, info) = line.split_at(length);
        match self.open {
            None if length >= 3 && !(*first == b'`' && info.contains(&b'`')) => {
                self.open = Some(fence)
            }
            Some(opening) if opening[0] == *first && length >= opening.len() && info.is_empty() => {
                self.open = None
            }
            _ => {}
        }
    }

    /// Returns whether a fence is open: the next line is code, or closes the fence.
    pub fn are_open(&self) -> bool {
        self.open.is_some()
    }
}

/// Returns a line without the marks of quotes and list items before its text.
fn content(line: &[u8]) -> &[u8] {
    let mut rest = line.trim_ascii();
    loop {
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        rest = match rest.get(digits) {
            Some(b'>' | b'-' | b'*' | b'+') if digits == 0 => rest[1..].trim_ascii_start(),
            Some(b'.' | b')') if digits > 0 => rest[digits + 1..].trim_ascii_start(),
            _ => return rest,
        };
    }
}

#[cfg(test)]
mod tests {
    use super::close;

    #[test]
    fn a_fence_closes_with_as_many_of_its_own_marks() {
        for text in [
            "",
            "a",
            "```sh\na\n```\n",
            "````\n```\n````\n",
            "  ~~~\n```\n  ~~~~\n",
            "``` a ``` b\n",
            "- ```\r\n  ```\r\n",
        ] {
            assert!(close(text.as_bytes()), "{text:?}");
        }
        for text in [
            "```\na\n",
            "````\n```\n",
            "```\n~~~\n",
            "```\n``` x\n",
            "```\n```\n```\n",
        ] {
            assert!(!close(text.as_bytes()), "{text:?}");
        }
    }
}
