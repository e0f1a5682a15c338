//! What was meant by an address where no registry is.

use std::path::Path;

use super::REGISTRY_JSON;
use super::address::{Address, Target};
use crate::hint::Hint;
use crate::model::index;
use crate::model::path::RelPath;
use crate::store::fs;
use crate::store::git::{self, EntryKind};
use crate::words;

/// Returns what to type instead of an address where there is no registry: the first row that fits.
///
/// | what was written | what is meant |
/// |---|---|
/// | `C:\…` | a folder as this system names it |
/// | `HOST:PORT` | a web server |
/// | a folder above a registry | that registry |
/// | a submodule that isn't initialised | what it would bring |
/// | a web server | a git repository there |
/// | `HOST/OWNER/NAME`, `OWNER/NAME`, and there is no such folder | a git repository |
pub fn suggest(address: &Address) -> Option<Hint> {
    let folder = match address.target() {
        Target::Folder(folder) => folder,
        Target::Web(address) => {
            let repository = address.to_string();
            let repository = repository.trim_end_matches('/');
            let repository = words::shell_quoted(&format!("git+{repository}"));
            return Some(Hint::text_then_command(
                "check its address; if it is a git repository",
                format!("--registry {repository}"),
            ));
        }
        Target::Embedded | Target::Git(_) | Target::Unknown(_) => return None,
    };
    let written = address.to_string();
    from_windows(&written)
        .or_else(|| server(folder, &written))
        .or_else(|| below(folder, &written))
        .or_else(|| submodule(folder))
        .or_else(|| repository(folder, &written))
}

/// Returns what to type instead where a page for people came.
pub fn suggest_for_page(address: &Address, bytes: &[u8]) -> Option<Hint> {
    let Target::Web(address) = address.target() else {
        return None;
    };
    let repository = address.to_string();
    let repository = repository.trim_end_matches('/');
    let repository = words::shell_quoted(&format!("git+{repository}"));
    index::is_page(bytes).then(|| {
        Hint::text_then_command(
            "if it is a git repository",
            format!("--registry {repository}"),
        )
    })
}

fn from_windows(written: &str) -> Option<Hint> {
    let (drive, path) = written.split_once(':')?;
    let is_drive = drive.len() == 1 && drive.chars().all(|letter| letter.is_ascii_alphabetic());
    let path = path.replace('\\', "/");
    let drive = drive.to_ascii_lowercase();
    (is_drive && path.starts_with('/')).then(|| {
        Hint::text_then_command(
            "this is a path of Windows; under WSL it is",
            format!("--registry /mnt/{drive}{path}"),
        )
    })
}

/// A server that was named as a shell's tools take it: `HOST:PORT`.
fn server(folder: &Path, written: &str) -> Option<Hint> {
    let (host, port) = written.trim_end_matches('/').split_once(':')?;
    let port = port.split('/').next()?;
    let is_server = !host.contains('/') && port.parse::<u16>().is_ok() && !fs::exists(folder);
    let scheme = match host {
        "localhost" | "127.0.0.1" => "http",
        _ => "https",
    };
    let place = words::shell_quoted(&format!("{scheme}://{written}"));
    is_server.then(|| Hint::text_then_command("a web server", format!("--registry {place}")))
}

fn below(folder: &Path, written: &str) -> Option<Hint> {
    let entries = fs::list(folder).ok()?;
    let mut registries = entries
        .iter()
        .filter(|path| fs::exists(&path.join(REGISTRY_JSON)));
    let name = registries.next()?.file_name()?.to_str()?;
    let place = format!("{}/{name}", written.trim_end_matches('/'));
    let place = words::path_quoted(&place);
    Some(Hint::text_then_command(
        "there is one below it",
        format!("--registry {place}"),
    ))
}

fn submodule(folder: &Path) -> Option<Hint> {
    let folder = fs::canonical(folder).ok()?;
    let (parent, name) = (folder.parent()?, folder.file_name()?.to_str()?);
    let path: RelPath = name.parse().ok()?;
    let index = git::index(parent, [&path]).ok()?;
    let entry = index.get(&path)?;
    (entry.kind == EntryKind::Submodule).then(|| {
        let parent = words::path_quoted(&parent.display().to_string());
        let name = words::path_quoted(name);
        Hint::command(format!("git -C {parent} submodule update --init {name}"))
    })
}

fn repository(folder: &Path, written: &str) -> Option<Hint> {
    let parts: Vec<&str> = written.split('/').collect();
    if fs::exists(folder) || !parts.iter().all(|part| is_plain(part)) {
        return None;
    }
    match parts.as_slice() {
        [host, _, _, ..] if host.contains('.') => Some(Hint::text_then_command(
            "a git repository",
            format!("--registry git+https://{written}"),
        )),
        [_, _] => Some(Hint::text_then_command(
            "a git repository, HOST being where it is",
            format!("--registry git+https://HOST/{written}.git"),
        )),
        _ => None,
    }
}

fn is_plain(part: &str) -> bool {
    !part.is_empty()
        && !part.starts_with('.')
        && part
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || "._-".contains(letter))
}
