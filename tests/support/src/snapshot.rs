//! Texts that bless themselves: `SNAPSHOTS=overwrite` takes them as they are now.

use snapbox::data::Inline;
use snapbox::{Data, IntoData as _};

/// Checks a text against the one that is written in the test.
#[track_caller]
pub fn check(found: &str, expected: Inline) {
    let found = Data::text(found);
    snapbox::Assert::new()
        .action_env("SNAPSHOTS")
        .eq(found, expected.raw());
}

/// A text as it is written in a test, or one that blesses itself.
pub enum Text {
    Plain(String),
    Inline(Inline),
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self::Plain(text.to_owned())
    }
}

impl From<Inline> for Text {
    fn from(inline: Inline) -> Self {
        Self::Inline(inline)
    }
}

impl Text {
    #[track_caller]
    pub fn check(self, found: &str, path: &str) {
        match self {
            Self::Plain(text) => assert_eq!(found, text, "`{path}`"),
            Self::Inline(inline) => check(found, inline),
        }
    }
}
