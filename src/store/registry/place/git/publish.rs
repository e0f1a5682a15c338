//! A change of a registry in a git repository: a commit on top of what was read, and its push.

use std::collections::BTreeSet;
use std::process::Command;
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use super::Git;
use super::mirror::Mirror;
use super::remote::says;
use crate::error::{Error, Result};
use crate::store::registry::place::{Decide, Place as _};
use crate::store::registry::write::Write;
use crate::store::surroundings::{Reasons, plain};

/// How often a change is decided anew, because somebody else was faster.
const TRIES: u32 = 30;

impl Git {
    /// Decides a change, commits and pushes it; anew, where somebody else was faster.
    pub(super) fn publish(&self, what: &str, decide: Decide<'_>) -> Result<()> {
        for attempt in 0..TRIES {
            let before = self.read_again()?;
            self.is_registry()?;
            let writes = decide()?;
            if writes.is_empty() {
                return Ok(());
            }
            let commit = self.commit(before.as_deref(), &writes, what)?;
            let Err(why) = self.push(&commit)? else {
                let mut state = self.state();
                state.read.clear();
                state.tip = Some(Some(commit));
                return Ok(());
            };
            if self.read_again()? == before {
                // Nobody was faster, and it was not the other side that refused: the mirror has a
                // commit of the same name without what is before it.
                if attempt == 0 && !says(&why, "[remote rejected]") {
                    self.mirror()?.fetch_anew()?;
                    continue;
                }
                return Err(self
                    .remote
                    .failed("publish to", why)
                    .note("nothing was published"));
            }
            thread::sleep(pause(attempt));
        }
        Err(Error::user(format!(
            "others published to `{}` {TRIES} times in the meantime",
            self.remote.shown()
        ))
        .note("nothing was published")
        .hint("run the same command again"))
    }

    /// Makes a commit with some files on top of another one, or the first.
    fn commit(&self, before: Option<&str>, writes: &[Write], what: &str) -> Result<String> {
        let mirror = self.mirror()?;
        let index = tempfile::Builder::new().prefix("agentpkg-index-").tempdir();
        let index = index.map_err(|error| Error::io("create", "a folder for git", &error))?;
        if let Some(before) = before {
            let mut command = git_with_index(&mirror, &index);
            self.remote.ask(command.args(["read-tree", before]), b"")?;
        }
        let mut lines = String::new();
        for write in writes {
            let mut command = git_with_index(&mirror, &index);
            let name = self
                .remote
                .ask(command.args(["hash-object", "-w", "--stdin"]), &write.bytes)?;
            let name = String::from_utf8_lossy(&name).trim().to_owned();
            lines.push_str(&format!("100644 {name}\t{}\0", self.below(&write.path)));
        }
        let mut command = git_with_index(&mirror, &index);
        command.args(["update-index", "--add", "-z", "--index-info"]);
        self.remote.ask(&mut command, lines.as_bytes())?;
        let mut command = git_with_index(&mirror, &index);
        command.args(["write-tree", "--missing-ok"]);
        let tree = self.remote.ask(&mut command, b"")?;
        let tree = String::from_utf8_lossy(&tree).trim().to_owned();
        if let Some(before) = before {
            self.refuse_more(&mirror, before, &tree, writes)?;
        }
        let mut command = git_with_index(&mirror, &index);
        command.args(["commit-tree", &tree, "-F", "-"]);
        command.args(before.iter().flat_map(|before| ["-p", before]));
        let message = message(what);
        let made = self
            .remote
            .reach
            .surroundings
            .ask(&mut command, message.as_bytes());
        let made = made.map_err(|why| {
            self.remote
                .failed_here("make a commit for", why)
                .note("nothing was published")
                .command("git config --global user.name \"NAME\"")
                .command("git config --global user.email ADDRESS")
        })?;
        Ok(String::from_utf8_lossy(&made.output).trim().to_owned())
    }

    /// Refuses a tree in which more changed than was to be written: a folder takes the place of a
    /// file, and with it what was there.
    fn refuse_more(
        &self,
        mirror: &Mirror,
        before: &str,
        tree: &str,
        writes: &[Write],
    ) -> Result<()> {
        let mut command = mirror.git();
        command.args(["diff-tree", "-r", "-z", "--no-renames", "--name-only"]);
        let said = self.remote.ask(command.args([before, tree]), b"")?;
        let said = String::from_utf8_lossy(&said).into_owned();
        let wanted: BTreeSet<String> = writes.iter().map(|one| self.below(&one.path)).collect();
        let mut changed = said.split('\0').filter(|path| !path.is_empty());
        match changed.find(|path| !wanted.contains(*path)) {
            None => Ok(()),
            Some(path) => Err(Error::user(format!(
                "`{path}` in `{}` lies where the registry's files belong",
                self.remote.shown()
            ))
            .note("nothing was published")
            .hint_command(
                "name a branch of its own, which is made",
                format!("--registry {}", self.on_its_own_branch()),
            )),
        }
    }

    /// Pushes a commit; git's reasons where it refuses because the branch isn't what it was.
    fn push(&self, commit: &str) -> Result<std::result::Result<(), Reasons>> {
        let mirror = self.mirror()?;
        let _lock = mirror.lock()?;
        let branch = self.branch(&mirror)?;
        let mut command = mirror.command()?;
        command.args([
            "push",
            "--porcelain",
            "--no-verify",
            "--no-follow-tags",
            "--no-signed",
            "--recurse-submodules=no",
        ]);
        command
            .args(self.remote.repository.url.receive())
            .arg("origin");
        command.arg(format!("{commit}:refs/heads/{branch}"));
        match self.remote.reach.surroundings.push(&mut command) {
            Ok(_) => Ok(Ok(())),
            Err((refused, why)) if refused.is_empty() => Err(self
                .remote
                .failed("publish to", why)
                .note("nothing was published")),
            Err((refused, why)) => Ok(Err(refused.into_iter().chain(why).collect())),
        }
    }

    /// Returns the branch that is pushed to.
    fn branch(&self, mirror: &Mirror) -> Result<String> {
        if let Some(branch) = &self.remote.repository.branch {
            return Ok(branch.clone());
        }
        let mut command = mirror.command()?;
        command.args(["ls-remote", "--symref", "--quiet"]);
        command.args(self.remote.repository.url.upload());
        command.args(["origin", "HEAD"]);
        let said = self.remote.reach.surroundings.transfer(&mut command, b"");
        let said = said.map_err(|why| self.remote.failed("read", why))?.output;
        let said = String::from_utf8_lossy(&said).into_owned();
        let branch = said.lines().find_map(|line| {
            let line = line.strip_prefix("ref: refs/heads/")?;
            line.strip_suffix("\tHEAD")
        });
        branch.map(str::to_owned).ok_or_else(|| {
            let own = self.on_its_own_branch();
            Error::user(format!("`{}` has no branch yet", self.remote.shown()))
                .note("nothing was published")
                .hint_command("name one, which is made", format!("--registry {own}"))
        })
    }
}

/// Git in the mirror, with an index that goes when this is done.
fn git_with_index(mirror: &Mirror, index: &TempDir) -> Command {
    let mut command = mirror.git();
    command.env("GIT_INDEX_FILE", index.path().join("index"));
    command
}

/// Returns how long to wait before the next try: other publishers wait for other times.
fn pause(attempt: u32) -> Duration {
    let most = 50 << attempt.min(5);
    let nanos = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let random = nanos.map_or(0, |since| u64::from(since.subsec_micros()));
    Duration::from_millis(random % most)
}

/// Returns a commit's message: `publish guards 1.0.0` as a sentence.
fn message(what: &str) -> String {
    let mut letters = what.chars();
    let first = letters.next().map(|first| first.to_ascii_uppercase());
    let text: String = first.into_iter().chain(letters).collect();
    format!("{}\n", plain(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_a_sentence() {
        assert_eq!(message("publish guards 1.0.0"), "Publish guards 1.0.0\n");
    }
}
