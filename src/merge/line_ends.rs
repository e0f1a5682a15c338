//! How the lines of a text end.

/// Returns a text whose lines end in `\n`.
pub fn unix(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// Returns a text whose lines end in `\r\n`.
pub fn windows(text: &str) -> String {
    unix(text).replace('\n', "\r\n")
}
