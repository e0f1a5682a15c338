//! Who made a change, and when, as git has it.

use std::fmt;

/// Who made a change, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The name that git is configured with.
    pub name: String,
    /// The address that git is configured with.
    pub email: String,
    /// Seconds since 1970.
    pub seconds: i64,
    /// Minutes east of Greenwich.
    pub zone: i32,
}

impl Author {
    /// Reads what `git var GIT_AUTHOR_IDENT` says: `NAME <EMAIL> SECONDS ZONE`.
    pub fn parse(ident: &str) -> Option<Self> {
        let (name, rest) = ident.trim().rsplit_once(" <")?;
        let (email, rest) = rest.split_once("> ")?;
        let (seconds, zone) = rest.split_once(' ')?;
        let (sign, digits) = zone.split_at_checked(1)?;
        let digits: i32 = digits.parse().ok()?;
        let minutes = digits / 100 * 60 + digits % 100;
        let zone = if sign == "-" { -minutes } else { minutes };
        Some(Self {
            name: name.to_owned(),
            email: email.to_owned(),
            seconds: seconds.parse().ok()?,
            zone,
        })
    }

    /// Returns the time as git reads it: `SECONDS +HHMM`.
    pub fn time(&self) -> String {
        let sign = if self.zone < 0 { '-' } else { '+' };
        let zone = self.zone.abs();
        format!("{} {sign}{:02}{:02}", self.seconds, zone / 60, zone % 60)
    }
}

impl fmt::Display for Author {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} <{}>", self.name, self.email)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gits_word_for_a_person_is_read() {
        let author = Author::parse("A developer <dev@example.org> 1700000000 -0330\n").unwrap();
        assert_eq!(author.to_string(), "A developer <dev@example.org>");
        assert_eq!(author.time(), "1700000000 -0330");
        assert_eq!(Author::parse("nobody"), None);
    }
}
