//! What commands fetch that isn't pinned to one content: it may be something else tomorrow.

use super::command::{self, bare, inner_command, interprets, is_operator, without_wrappers, words};

/// How many bytes of a command are read to see what it fetches.
const LONGEST: usize = 1 << 14;

/// How deep commands in commands are followed: `bash -c "env sh -c '…'"`.
const DEEPEST: usize = 8;

/// Returns why a command may run something else tomorrow: it fetches what isn't pinned to one
/// content.
pub fn unpinned(command: &str) -> Option<String> {
    if command.len() > LONGEST {
        return Some("it is too long to be read".to_owned());
    }
    unpinned_words(&words(command), 0).or_else(|| fetched_into_a_shell(command))
}

/// As [`unpinned`], of a program and its arguments.
pub fn unpinned_call(program: &str, arguments: &[String]) -> Option<String> {
    let words: Vec<String> = std::iter::once(program.to_owned())
        .chain(arguments.iter().cloned())
        .collect();
    unpinned_simple(&words, 0).or_else(|| {
        arguments
            .iter()
            .filter(|argument| argument.len() <= LONGEST)
            .find_map(|one| fetched_into_a_shell(one))
    })
}

fn unpinned_words(words: &[String], depth: usize) -> Option<String> {
    let parts: Vec<&[String]> = words
        .split(|word| is_operator(word))
        .filter(|part| !part.is_empty())
        .collect();
    let is_piped = words.iter().any(|word| word == "|");
    if is_piped
        && parts
            .windows(2)
            .any(|pair| fetches(program_of(pair[0])) && interprets(program_of(pair[1])))
    {
        return Some("what it downloads is run unseen".to_owned());
    }
    parts
        .into_iter()
        .find_map(|part| unpinned_simple(part, depth))
}

fn program_of(words: &[String]) -> &str {
    bare(without_wrappers(words).first().map_or("", String::as_str))
}

/// Reads one program with its arguments.
fn unpinned_simple(words: &[String], depth: usize) -> Option<String> {
    if depth > DEEPEST {
        return Some("it is nested too deep to be read".to_owned());
    }
    let (first, rest) = without_wrappers(words).split_first()?;
    let program = bare(first);
    if let Some(inner) = inner_command(program, rest) {
        return unpinned_words(&command::words(&inner), depth + 1)
            .or_else(|| fetched_into_a_shell(&inner));
    }
    let loose = launched(program, rest)?;
    Some(format!("`{loose}` is whatever is newest when it runs"))
}

/// `bash <(curl …)`, `sh -c "$(curl …)"`, `eval "$(wget …)"`: a download in a substitution.
fn fetched_into_a_shell(command: &str) -> Option<String> {
    let is_run = words(command)
        .iter()
        .any(|word| interprets(bare(word)) || matches!(word.as_str(), "eval" | "source" | "."));
    if !is_run {
        return None;
    }
    for open in ["$(", "<(", "`"] {
        for (at, _) in command.match_indices(open) {
            match first_word(&command[at + open.len()..]) {
                Some(word) if fetches(bare(&word)) => {
                    return Some("what it downloads is run unseen".to_owned());
                }
                Some(_) => {}
                None => return Some("it is too long to be read".to_owned()),
            }
        }
    }
    None
}

/// Returns the first word of a command, empty if there is none; nothing where it is longer than any
/// program's name. Looks at so much alone, however much follows.
fn first_word(command: &str) -> Option<String> {
    const LONGEST_NAME: usize = 256;
    let command = command.trim_start();
    let start = command
        .char_indices()
        .map(|(at, _)| at)
        .take_while(|at| *at <= LONGEST_NAME)
        .last()
        .unwrap_or(0);
    let start = if command.len() <= LONGEST_NAME {
        command.len()
    } else {
        start
    };
    let words = words(&command[..start]);
    match words.len() {
        0 | 1 if start < command.len() => None,
        _ => Some(words.into_iter().next().unwrap_or_default()),
    }
}

fn fetches(program: &str) -> bool {
    matches!(
        program,
        "curl"
            | "wget"
            | "fetch"
            | "aria2c"
            | "http"
            | "https"
            | "iwr"
            | "irm"
            | "Invoke-WebRequest"
            | "Invoke-RestMethod"
    )
}

/// Returns the package that a launcher fetches, where its version isn't fixed.
fn launched(program: &str, arguments: &[String]) -> Option<String> {
    let first = arguments.first().map(String::as_str);
    let behind = arguments.get(1..).unwrap_or_default();
    let second = behind.first().map(String::as_str);
    match (program, first) {
        ("npx" | "pnpx" | "bunx", _) => node_package(arguments),
        ("npm", Some("exec" | "x"))
        | ("pnpm", Some("dlx"))
        | ("yarn", Some("dlx"))
        | ("bun", Some("x")) => node_package(behind),
        ("npm" | "pnpm" | "yarn" | "bun", Some("install" | "i" | "add")) => node_package(behind),
        ("uvx", _) => python_package(arguments),
        ("uv", Some("tool")) if second == Some("run") => {
            python_package(behind.get(1..).unwrap_or_default())
        }
        ("uv", Some("run")) => {
            value_of(behind, &["--with"]).filter(|package| !is_pinned_python(package))
        }
        ("pipx", Some("run")) => python_package(behind),
        ("pip" | "pip3", Some("install")) => python_package(behind),
        ("python" | "python3", Some("-m")) if second == Some("pip") => {
            python_package(behind.get(2..).unwrap_or_default())
        }
        ("go", Some("run" | "install")) => operands(behind, &[])
            .find(|module| module.contains('.') && !module.starts_with('.'))
            .filter(|module| !has_exact_version(module, '@')),
        ("cargo", Some("install" | "binstall")) => {
            let is_fixed = value_of(arguments, &["--version", "--rev"]).is_some()
                || arguments.iter().any(|word| word == "--path");
            operands(
                behind,
                &["--version", "--git", "--rev", "--branch", "--tag", "--root"],
            )
            .chain(value_of(arguments, &["--git"]))
            .find(|package| !is_fixed && !has_exact_version(package, '@'))
        }
        ("docker" | "podman" | "nerdctl", Some("run")) => image(behind),
        ("docker" | "podman", Some("compose")) => None,
        ("deno", Some("run")) => deno(behind),
        ("nix", Some("run" | "shell")) => operands(behind, &[])
            .next()
            .filter(|flake| !is_commit_in(flake) && !flake.starts_with('.')),
        ("gem", Some("exec")) => operands(behind, &["-v", "--version"])
            .next()
            .filter(|_| value_of(arguments, &["-v", "--version"]).is_none()),
        ("dotnet", Some("tool")) | ("dnx", _) => operands(arguments, &["--version"])
            .last()
            .filter(|_| value_of(arguments, &["--version"]).is_none()),
        _ => None,
    }
}

/// Returns what an option is given, as its own word or behind `=`.
fn value_of(arguments: &[String], names: &[&str]) -> Option<String> {
    for (index, argument) in arguments.iter().enumerate() {
        for name in names {
            let value = match argument.strip_prefix(name) {
                Some("") => arguments.get(index + 1).map(String::as_str),
                Some(rest) => rest.strip_prefix('='),
                None => None,
            };
            if let Some(value) = value {
                return Some(value.to_owned());
            }
        }
    }
    None
}

/// Returns the arguments that are no options and no values of options.
fn operands<'w>(
    arguments: &'w [String],
    valued: &'w [&'w str],
) -> impl Iterator<Item = String> + 'w {
    let mut skip = false;
    arguments
        .iter()
        .filter(move |argument| {
            let is_value = std::mem::replace(&mut skip, valued.contains(&argument.as_str()));
            !is_value && !argument.starts_with('-')
        })
        .cloned()
}

fn node_package(arguments: &[String]) -> Option<String> {
    // What is in the project already has its version in a lockfile.
    if arguments
        .iter()
        .any(|argument| matches!(argument.as_str(), "--no-install" | "--no"))
    {
        return None;
    }
    let named = value_of(arguments, &["-p", "--package"]);
    let package =
        named.or_else(|| operands(arguments, &["-p", "--package", "-c", "--call"]).next())?;
    let is_local = package.starts_with('.') || package.starts_with('/');
    let is_git = package.contains(':') || package.contains('/') && !package.starts_with('@');
    let is_pinned = if is_git {
        is_commit_in(&package)
    } else {
        has_exact_version(&package, '@')
    };
    (!is_local && !is_pinned).then_some(package)
}

fn python_package(arguments: &[String]) -> Option<String> {
    const VALUED: [&str; 8] = [
        "--from",
        "--with",
        "--python",
        "-p",
        "--index",
        "--index-url",
        "--spec",
        "-r",
    ];
    let package = value_of(arguments, &["--from", "--spec"])
        .or_else(|| operands(arguments, &VALUED).next())?;
    let with = value_of(arguments, &["--with"]).filter(|with| !is_pinned_python(with));
    let is_local = package.starts_with('.') || package.starts_with('/');
    if is_local || is_pinned_python(&package) {
        with
    } else {
        Some(package)
    }
}

fn is_pinned_python(package: &str) -> bool {
    match package.contains("://") || package.starts_with("git+") {
        true => is_commit_in(package),
        false => {
            package
                .split_once("==")
                .is_some_and(|(_, version)| !version.contains('*'))
                || has_exact_version(package, '@')
        }
    }
}

/// Returns whether a name ends in a version that is one release: `x@1.2.3`, not `x@latest`, `x@1`
/// or `x@^1.2.3`.
fn has_exact_version(package: &str, mark: char) -> bool {
    let Some((name, version)) = package.rsplit_once(mark) else {
        return false;
    };
    let version = version.trim_start_matches('v');
    !name.is_empty() && (semver::Version::parse(version).is_ok() || is_commit(version))
}

fn is_commit(text: &str) -> bool {
    text.len() == 40 && text.bytes().all(|byte| byte.is_ascii_hexdigit())
}

/// Returns whether an address ends in a commit: `…@<40 digits>`, `…#<40 digits>`, `…/<40 digits>`.
fn is_commit_in(address: &str) -> bool {
    address.split(['@', '#', '/', '=', '?', '&']).any(is_commit)
}

fn image(arguments: &[String]) -> Option<String> {
    const VALUED: [&str; 26] = [
        "-e",
        "--env",
        "-v",
        "--volume",
        "--mount",
        "-p",
        "--publish",
        "--name",
        "--network",
        "--net",
        "-w",
        "--workdir",
        "-u",
        "--user",
        "--entrypoint",
        "--platform",
        "--env-file",
        "-l",
        "--label",
        "--add-host",
        "-h",
        "--hostname",
        "--memory",
        "-m",
        "--cpus",
        "--pull",
    ];
    operands(arguments, &VALUED)
        .next()
        .filter(|image| !image.contains("@sha256:"))
}

fn deno(arguments: &[String]) -> Option<String> {
    let module = operands(arguments, &["--config", "-c", "--import-map"]).next()?;
    let is_remote = ["https://", "http://", "npm:", "jsr:"]
        .iter()
        .any(|scheme| module.starts_with(scheme));
    let is_pinned = module.rsplit('@').next().is_some_and(|rest| {
        let version = rest.split('/').next().unwrap_or(rest);
        semver::Version::parse(version.trim_start_matches('v')).is_ok()
    });
    (is_remote && !is_pinned).then_some(module)
}
