//! What arrays and objects mean in documents, declared as data by whoever knows the documents.

use std::collections::{BTreeMap, BTreeSet};

use foldhash::HashSet;
use serde_json::Value;

use crate::model::path::RelPath;

/// How the elements of an array are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArrayPolicy {
    /// Elements whose order carries no meaning.
    Set,
    /// Groups of hook handlers; a handler is identified by the managed script in its command.
    Handlers,
    /// Not declared, and scalars that no side repeats: a set, as long as nobody changed the order
    /// of its elements in a way that could mean something.
    Scalars,
    /// Order means something. One value to `json::decide`; `json::whole` merges it element by
    /// element.
    Sequence,
}

/// What the arrays and objects of some documents mean. For an array that isn't declared, its key
/// and its elements decide; see [`Policies::of`].
#[derive(Debug, PartialEq, Eq)]
pub struct Policies {
    /// Declared policies by path from the root; `*` is any one key.
    pub arrays: &'static [(&'static [&'static str], ArrayPolicy)],
    /// Objects that an agent skips where a property is missing, by the same kind of path. They are
    /// merged property by property like others; but where one side dropped a property that the
    /// other changed, the whole object is the conflict.
    pub units: &'static [&'static [&'static str]],
    /// The folders whose scripts tell hook handlers apart, each with its final slash.
    pub scripts: &'static [&'static str],
    /// The script in such a folder that runs another one there, and what is to be added to its third
    /// argument for the name of that.
    pub runner: Option<(&'static str, &'static str)>,
}

/// Keys whose arrays are the words of a command, where order and repetition mean something.
const WORDS_OF_A_COMMAND: [&str; 3] = ["args", "argv", "command"];

/// Keys that tell the objects of an array apart, where each of them has one of its own.
pub const IDENTIFYING: [&str; 4] = ["id", "name", "key", "slug"];

/// Returns the first of [`IDENTIFYING`] that each element has, on each side with values of its own.
pub fn identifying(sides: &[&[Value]]) -> Option<&'static str> {
    let is_name = |value: &Value| value.is_string() || value.is_number();
    let tells_apart = |key: &str, elements: &[Value]| {
        let mut seen = HashSet::default();
        elements.iter().all(|element| {
            element
                .get(key)
                .is_some_and(|name| is_name(name) && seen.insert(name))
        })
    };
    IDENTIFYING
        .into_iter()
        .find(|key| sides.iter().all(|side| tells_apart(key, side)))
}

impl Policies {
    /// Nothing is declared: for other files than JSON, and documents of which nothing is known.
    pub const NONE: &Self = &Self {
        arrays: &[],
        units: &[],
        scripts: &["/"],
        runner: None,
    };

    /// Returns how the elements of the array at `path` are told apart; `sides` are its versions.
    ///
    /// An array that isn't declared is [`Scalars`](ArrayPolicy::Scalars) where every version has
    /// only scalars and repeats none, unless its key says that it is a command.
    pub fn of(&self, path: &[String], sides: &[&[Value]]) -> ArrayPolicy {
        for (pattern, policy) in self.arrays {
            if is_at(pattern, path) {
                return *policy;
            }
        }
        match path.last() {
            Some(key) if WORDS_OF_A_COMMAND.contains(&key.as_str()) => ArrayPolicy::Sequence,
            _ if sides.iter().all(|side| distinct_scalars(side)) => ArrayPolicy::Scalars,
            _ => ArrayPolicy::Sequence,
        }
    }

    /// Returns whether the object at `path` is declared as one of [`Self::units`].
    pub fn is_unit(&self, path: &[String]) -> bool {
        self.units.iter().any(|pattern| is_at(pattern, path))
    }

    /// Returns the first script of the declared folders that a command names.
    pub fn script_in(&self, command: &str) -> Option<RelPath> {
        self.scripts_in(command).next()
    }

    /// Returns the scripts of the declared folders that a command names, each by its whole name. In
    /// the place of the runner there is what it is to run.
    fn scripts_in(&self, command: &str) -> impl Iterator<Item = RelPath> {
        let is_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
        let mut scripts = Vec::new();
        for folder in self.scripts {
            for (start, _) in command.match_indices(folder) {
                if command[..start].chars().next_back().is_some_and(is_word) {
                    continue;
                }
                let rest = &command[start..];
                let (script, behind) = rest.split_at(rest.find(ends_word).unwrap_or(rest.len()));
                let named = match self.runner {
                    Some((runner, ending)) if script.strip_prefix(folder) == Some(runner) => {
                        run_by_runner(behind)
                            .and_then(|hook| format!("{folder}{hook}{ending}").parse().ok())
                    }
                    _ => script.parse().ok(),
                };
                scripts.extend(named.map(|script| (start, script)));
            }
        }
        scripts.sort_by_key(|(start, _)| *start);
        scripts.into_iter().map(|(_, script)| script)
    }
}

/// Returns whether a shell ends a word at this sign.
fn ends_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&' | '|' | ')' | '>' | '<')
}

/// Returns the hook, `template/id`, in what stands behind the runner's name in a command: an agent,
/// an event and that.
fn run_by_runner(behind: &str) -> Option<&str> {
    let is_plain = |word: &&str| {
        let mut letters = word.chars();
        letters.all(|letter| letter.is_ascii_alphanumeric() || "-_/.".contains(letter))
    };
    let behind = behind.strip_prefix('"').unwrap_or(behind);
    let words: Vec<&str> = behind.split_whitespace().take(3).filter(is_plain).collect();
    match words.as_slice() {
        [_, _, hook] if hook.split('/').count() == 2 => Some(hook),
        _ => None,
    }
}

fn is_at(pattern: &[&str], path: &[String]) -> bool {
    let mut keys = pattern.iter().zip(path);
    pattern.len() == path.len() && keys.all(|(want, key)| *want == "*" || want == key)
}

fn distinct_scalars(elements: &[Value]) -> bool {
    let mut seen = HashSet::default();
    elements
        .iter()
        .all(|element| !element.is_object() && !element.is_array() && seen.insert(element))
}

/// The scripts that managed hook entries name, each with the hook it belongs to.
///
/// A hook is found by its event and its script. The old and the new place of one hook have the same
/// identity, so an edit of the entry follows a rename of the script.
#[derive(Clone, Debug)]
pub struct Identities {
    pub policies: &'static Policies,
    hooks: BTreeMap<RelPath, ManagedScript>,
}

/// A script that managed entries name.
#[derive(Clone, Debug, Default)]
struct ManagedScript {
    /// The identity of the hook by its event.
    events: BTreeMap<String, String>,
    /// The other files that it can't run without.
    needs: BTreeSet<RelPath>,
}

impl Identities {
    pub fn new(policies: &'static Policies) -> Self {
        Self {
            policies,
            hooks: BTreeMap::new(),
        }
    }

    /// Records that an entry of `event` whose command names `script` is the hook `identity`.
    pub fn insert(&mut self, event: &str, script: RelPath, identity: String) {
        let script = self.hooks.entry(script).or_default();
        script.events.insert(event.to_owned(), identity);
    }

    /// Records which other files a script can't run without, in the place of what was recorded of it
    /// before.
    pub fn set_needs<const N: usize>(&mut self, script: &RelPath, files: [RelPath; N]) {
        let script = self.hooks.entry(script.clone()).or_default();
        script.needs = BTreeSet::from(files);
    }

    /// Returns the files that a managed script can't run without.
    pub fn needs(&self, script: &RelPath) -> impl Iterator<Item = &RelPath> {
        self.hooks
            .get(script)
            .into_iter()
            .flat_map(|script| &script.needs)
    }

    /// Returns the managed script that a handler's command names, whatever its event.
    pub fn script(&self, handler: &Value) -> Option<&RelPath> {
        let command = handler.get("command")?.as_str()?;
        self.policies
            .scripts_in(command)
            .find_map(|script| self.hooks.get_key_value(&script).map(|(script, _)| script))
    }

    /// Returns what tells a handler from others of its event.
    pub fn of(&self, event: &str, matcher: Option<&Value>, handler: &Value) -> Identity {
        match self
            .script(handler)
            .and_then(|script| self.hooks[script].events.get(event))
        {
            Some(identity) => Identity::Managed(identity.clone()),
            None => Identity::Exact(matcher.cloned(), handler.clone()),
        }
    }
}

/// What tells one hook handler from another. It excludes what may be edited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// A hook of a template.
    Managed(String),
    /// Any other handler: its matcher and itself.
    Exact(Option<Value>, Value),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::merge::json::tests::SAMPLE;
    use crate::model::path::rel;
    use serde_json::json;

    #[test]
    fn a_command_names_a_script_whole() {
        let script = rel(".claude/hooks/t/guard.sh");
        for command in [
            "\"$CLAUDE_PROJECT_DIR\"/.claude/hooks/t/guard.sh",
            "sh \".claude/hooks/t/guard.sh\" --strict",
            ".claude/hooks/t/guard.sh",
        ] {
            assert_eq!(SAMPLE.script_in(command), Some(script.clone()), "{command}");
        }
        for runner in [
            "sh \"$CLAUDE_PROJECT_DIR/.claude/hooks/run\" claude before-tool t/guard || exit 2",
            "d=$PWD; until [ -f \"$d/.claude/hooks/run\" ] || [ -z \"$d\" ]; do d=${d%/*}; done; sh \
             \"$d/.claude/hooks/run\" codex before-tool t/guard || exit 2",
        ] {
            let file = rel(".claude/hooks/t/guard.hook");
            assert_eq!(SAMPLE.script_in(runner), Some(file), "{runner}");
        }
        for command in [
            ".claude/hooks/run codex before-tool",
            ".claude/hooks/run codex before-tool t/../../guard.sh",
            ".claude/hooks/t/guard.sh.bak",
            ".claude/hooks/t/guard.sh/x",
            "x.claude/hooks/t/guard.sh",
            "guard.sh",
        ] {
            assert_ne!(SAMPLE.script_in(command), Some(script.clone()), "{command}");
        }
    }

    #[test]
    fn a_hook_is_its_script_in_its_event() {
        let script = rel(".claude/hooks/t/g.sh");
        let mut identities = Identities::new(SAMPLE);
        identities.insert("PreToolUse", script.clone(), "t/a".to_owned());
        identities.insert("PostToolUse", script.clone(), "t/b".to_owned());
        let handler = json!({"command": "sh .claude/hooks/t/other.sh; .claude/hooks/t/g.sh"});
        assert_eq!(
            identities.of("PreToolUse", None, &handler),
            Identity::Managed("t/a".to_owned())
        );
        assert_eq!(
            identities.of("PostToolUse", None, &handler),
            Identity::Managed("t/b".to_owned())
        );
        assert_eq!(
            identities.of("Stop", None, &handler),
            Identity::Exact(None, handler.clone())
        );
        assert_eq!(identities.script(&handler), Some(&script));
    }

    #[test]
    fn arrays_mean_what_is_declared() {
        let path = |keys: &[&str]| keys.iter().map(|key| (*key).to_owned()).collect::<Vec<_>>();
        let words = [json!("a"), json!("b")];
        let twice = [json!("a"), json!("a")];
        assert_eq!(
            SAMPLE.of(&path(&["permissions", "deny"]), &[&twice]),
            ArrayPolicy::Set
        );
        assert_eq!(
            SAMPLE.of(&path(&["hooks", "Stop"]), &[&[]]),
            ArrayPolicy::Handlers
        );
        assert_eq!(
            SAMPLE.of(&path(&["mcpServers", "x", "args"]), &[&words]),
            ArrayPolicy::Sequence
        );
        assert_eq!(
            SAMPLE.of(&path(&["enabledMcpjsonServers"]), &[&words, &[]]),
            ArrayPolicy::Scalars
        );
        assert_eq!(
            SAMPLE.of(&path(&["enabledMcpjsonServers"]), &[&words, &twice]),
            ArrayPolicy::Sequence
        );
    }
}
