//! `~/.netrc`: who one is at which machine, as curl and git read it.
//!
//! A `default` is no machine's: a clone could name any, so it is not read.

/// A name and a password.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Login {
    pub name: String,
    pub password: String,
}

/// Returns who one is at a machine: the first entry for it that has a password. `host` may have a
/// port behind a colon, and an entry with that port comes before one without any.
pub(super) fn login(text: &str, host: &str) -> Option<Login> {
    let entries = entries(text);
    let bare = host.split(':').next().unwrap_or(host);
    for machine in [host, bare] {
        let mut entries = entries.iter();
        if let Some((_, login)) = entries.find(|(name, _)| name.eq_ignore_ascii_case(machine)) {
            return Some(login.clone());
        }
    }
    None
}

/// Returns the entries of a file that have a password.
fn entries(text: &str) -> Vec<(String, Login)> {
    let mut entries: Vec<(String, Login)> = Vec::new();
    // Whether what comes next belongs to a machine.
    let mut is_machine = false;
    let mut words = words(text).into_iter();
    while let Some(word) = words.next() {
        match word.as_str() {
            "machine" => {
                let name = words.next().unwrap_or_default();
                let login = Login {
                    name: String::new(),
                    password: String::new(),
                };
                entries.push((name, login));
                is_machine = true;
            }
            "default" => is_machine = false,
            "login" | "password" | "account" => {
                let value = words.next().unwrap_or_default();
                let entry = entries.last_mut().filter(|_| is_machine);
                match (entry, word.as_str()) {
                    (Some((_, login)), "login") => login.name = value,
                    (Some((_, login)), "password") => login.password = value,
                    _ => {}
                }
            }
            _ => {}
        }
    }
    entries.retain(|(_, login)| !login.password.is_empty());
    entries
}

/// Returns the words of a file: comments and macros are none, and quotes hold one together.
fn words(text: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut is_macro = false;
    for line in text.lines() {
        if is_macro {
            // A macro ends with an empty line.
            is_macro = !line.trim().is_empty();
            continue;
        }
        let mut rest = line.trim_start();
        while !rest.is_empty() && !rest.starts_with('#') {
            let (word, behind) = word(rest);
            if word == "macdef" {
                is_macro = true;
                break;
            }
            words.push(word);
            rest = behind.trim_start();
        }
    }
    words
}

/// Returns the first word of a text, and what is behind it.
fn word(text: &str) -> (String, &str) {
    let Some(quoted) = text.strip_prefix('"') else {
        let end = text.find(char::is_whitespace).unwrap_or(text.len());
        return (text[..end].to_owned(), &text[end..]);
    };
    let mut word = String::new();
    let mut letters = quoted.char_indices();
    while let Some((place, letter)) = letters.next() {
        match letter {
            '"' => return (word, &quoted[place + 1..]),
            '\\' => word.extend(letters.next().map(|(_, next)| next)),
            letter => word.push(letter),
        }
    }
    (word, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, host: &str, expected: Option<(&str, &str)>) {
        let found = login(text, host);
        let found = found.as_ref();
        let found = found.map(|login| (login.name.as_str(), login.password.as_str()));
        assert_eq!(found, expected);
    }

    #[test]
    fn a_machine_has_a_name_and_a_password() {
        let text = "# ours\nmachine a.example.org login me password one\n\
                    machine b.example.org\n  login \"the team\"\n  account x\n  password \"t\\\"w o\"\n\
                    machine c.example.org:8443 password three\n\
                    machine c.example.org password four\n\
                    machine d.example.org login me\n";
        check(text, "a.example.org", Some(("me", "one")));
        check(text, "A.example.ORG:444", Some(("me", "one")));
        check(text, "b.example.org", Some(("the team", "t\"w o")));
        check(text, "c.example.org:8443", Some(("", "three")));
        check(text, "c.example.org:8444", Some(("", "four")));
        check(text, "d.example.org", None);
        check(text, "example.org", None);
        check(text, "xa.example.org", None);
    }

    #[test]
    fn a_default_and_a_macro_are_nobodys() {
        let text = "macdef init\nmachine a.example.org login x password y\n\n\
                    default login me password one\n";
        check(text, "a.example.org", None);
        check("machine", "", None);
        check("machine a password", "a", None);
        check("machine a password \"un", "a", Some(("", "un")));
    }
}
