//! Programs of a shell that only read a text, and what they give to others all the same.

use super::Running;

/// Programs that do nothing with a text but read it, print it, look whether it is there, keep it in
/// git or move it away.
const READERS: [&str; 72] = [
    "cat",
    "head",
    "tail",
    "less",
    "more",
    "bat",
    "nl",
    "fold",
    "fmt",
    "column",
    "cut",
    "sort",
    "uniq",
    "tr",
    "wc",
    "rev",
    "paste",
    "grep",
    "egrep",
    "fgrep",
    "rg",
    "ag",
    "diff",
    "cmp",
    "comm",
    "ls",
    "stat",
    "file",
    "du",
    "test",
    "[",
    "[[",
    "echo",
    "printf",
    "jq",
    "yq",
    "basename",
    "dirname",
    "realpath",
    "readlink",
    "mkdir",
    "rmdir",
    "rm",
    "touch",
    "chown",
    "sha256sum",
    "shasum",
    "md5sum",
    "cksum",
    "true",
    "false",
    ":",
    "cd",
    "pushd",
    "popd",
    "exit",
    "return",
    "case",
    "git",
    "awk",
    "gawk",
    "mawk",
    "sed",
    "pandoc",
    "markdownlint",
    "markdownlint-cli2",
    "prettier",
    "mdformat",
    "vale",
    "codespell",
    "typos",
    "lychee",
];

pub(super) fn is_reader(program: &str) -> bool {
    READERS.contains(&program)
}

impl Running {
    /// Adds what a program that only reads gives to others all the same: what it writes to a file,
    /// what it is told by an option to run.
    pub(super) fn reader(&mut self, program: &str, arguments: &[String]) {
        const RUNS: [&str; 9] = [
            "-f",
            "--file",
            "--from-file",
            "-i",
            "--include",
            "-c",
            "config",
            "apply",
            "am",
        ];
        let is_written = (0..arguments.len()).any(|at| writes(&arguments[at..]));
        let takes_programs = matches!(program, "awk" | "gawk" | "mawk" | "sed" | "jq" | "git");
        let runs = takes_programs
            && arguments.iter().any(|word| {
                RUNS.contains(&word.as_str())
                    || word.contains("system")
                    || program == "sed"
                        && word.ends_with('e')
                        && word.contains('/')
                        && !word.contains('.')
                    || word.starts_with("--file=")
            });
        if is_written && program != "git" || runs {
            self.passed_on(program, arguments);
        }
    }
}

/// Returns whether words begin with one that writes to a file: `>x`, `2> x`.
fn writes(words: &[String]) -> bool {
    let [word, rest @ ..] = words else {
        return false;
    };
    let to = word.trim_start_matches(|letter: char| letter.is_ascii_digit());
    let is_to_device =
        word.ends_with('>') && rest.first().is_some_and(|next| next.contains("/dev/"));
    to.starts_with('>') && !to.contains("/dev/") && !to.contains(">&") && !is_to_device
}
