//! The templates that many scenes publish.

use support::{Files, Scene};

/// One rule, and nothing that has to be answered.
pub const REVIEWER: Files = &[(
    "rules/review.md",
    "Look at the tests first.\nThen at the names.\n",
)];

/// The same with a line more.
pub const REVIEWER_LATER: Files = &[(
    "rules/review.md",
    "Look at the tests first.\nThen at the names.\nThen at the errors.\n",
)];

/// Something of everything: a question, root instructions, a scoped rule, a hook, permissions, a
/// server, a seed.
pub const GUARDS: Files = &[
    (
        "template.toml",
        r##"license = "MIT"
keywords = ["security"]
contact = "#agent-platform"
recommended = true

[questions.team]
ask = "Which team owns this repository?"
kind = "text"
detect = "codeowners-team"
pattern = "^[a-z][a-z0-9-]*$"

[questions.level]
ask = "How strict should the guards be?"
kind = "choice"
choices = ["low", "high"]
default = "low"

[[hooks]]
id = "guard"
event = "before-tool"
matches = "Bash"
run = "hooks/guard.sh"
timeout = 10

[permissions]
deny = ["Read(.env)"]
ask = ["Bash(git push *)"]

[mcp.docs]
command = "docs-mcp"
"##,
    ),
    ("root.md.jinja", "This repository belongs to {{ team }}.\n"),
    ("gitignore", ".env\n"),
    ("hooks/guard.sh", "#!/bin/sh\nexit 0\n"),
    (
        "rules/tests.md",
        "---\npaths: [\"tests/**\"]\n---\nA test is a sentence.\n",
    ),
    ("rules/general.md.jinja", "Guards are {{ level }}.\n"),
    ("memory/notes.md", "What {{ we }} learned\n"),
];

/// Published as `reviewer` 1.0.0.
pub fn reviewer() -> Scene {
    Scene::new().published("reviewer", "1.0.0", REVIEWER)
}

/// Published as `guards` 1.0.0, for a repo that belongs to `payments`.
pub fn guards() -> Scene {
    Scene::new()
        .published("guards", "1.0.0", GUARDS)
        .edited(".github/CODEOWNERS", "* @example/payments\n")
}
