//! Reads what decides whether an agent runs hooks: where it is started, and the texts of files, the
//! person's and the machine's among them. **Nothing is written, and no program is started.**

use std::path::{Path, PathBuf};

use crate::agent::gate::{FactPath, FactTexts, Gate, Start};
use crate::error::Result;

use super::config::Environment;
use super::{fs, git};

/// Returns where an agent is started: in a folder of a repository, in this process's environment.
///
/// # Errors
/// When the repository's folder can't be found.
pub fn start(environment: &Environment, root: &Path, folder: &Path) -> Result<Start> {
    let root = fs::canonical(root)?;
    let folder = fs::without_detours(folder);
    let cwd = match folder.starts_with(&root) {
        true => folder,
        false => root.clone(),
    };
    let top = git::nearest_repository(&cwd);
    Ok(Start {
        main: top.as_deref().and_then(git::main_checkout),
        home: environment.home.clone().unwrap_or_else(|| "/".into()),
        managed: environment.managed.clone(),
        variables: environment.agent_variables.clone(),
        cwd,
        root,
        top,
    })
}

/// Returns the texts that decide for an agent, and those of some documents.
pub fn texts(gate: &Gate, start: &Start, documents: &[PathBuf]) -> FactTexts {
    let mut texts = FactTexts::default();
    for path in documents {
        add(&mut texts, path);
    }
    for path in (gate.reads)(start) {
        match path {
            FactPath::File(path) => add(&mut texts, &path),
            FactPath::Folder(folder) => add_folder(&mut texts, &folder),
        }
    }
    for path in (gate.names)(start, &texts) {
        let real = fs::without_detours(&path);
        texts.lead(path, real);
    }
    texts
}

fn add(texts: &mut FactTexts, path: &Path) {
    match fs::read(path) {
        Ok(None) => {}
        Ok(Some(bytes)) => {
            let text = String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned());
            texts.add(path.to_path_buf(), text);
        }
        Err(error) => texts.add(path.to_path_buf(), Err(error.message().to_owned())),
    }
}

fn add_folder(texts: &mut FactTexts, folder: &Path) {
    // A folder that can't be listed is one that the agent can't list either.
    for path in fs::list(folder).unwrap_or_default() {
        if path
            .extension()
            .is_some_and(|extension| extension == "json")
        {
            add(texts, &path);
        }
    }
}
