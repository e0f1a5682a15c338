//! JSON pointers (RFC 6901): `/hooks/Stop/0`, with `~` and `/` in a key written as `~0` and `~1`.

/// Returns a key as a pointer has it.
pub fn escaped(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

/// Returns the keys of a pointer, outermost first.
pub fn keys(pointer: &str) -> impl Iterator<Item = String> {
    pointer
        .split('/')
        .skip(1)
        .map(|step| step.replace("~1", "/").replace("~0", "~"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_comes_back_whatever_is_in_it() {
        for key in ["a", "a/b", "~", "~1", "a~0/", ""] {
            let pointer = format!("/x/{}", escaped(key));
            assert_eq!(keys(&pointer).collect::<Vec<_>>(), ["x", key]);
        }
        assert_eq!(keys("").count(), 0);
    }
}
