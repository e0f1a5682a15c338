//! A person's own configuration.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::write;

/// A home, and the registries whose templates are shown and not asked about.
pub struct Home {
    folder: PathBuf,
    trusted: RefCell<BTreeMap<String, String>>,
}

impl Home {
    /// Makes a home that trusts nobody.
    pub fn new(folder: PathBuf) -> Self {
        fs::create_dir(&folder).unwrap();
        Self {
            folder,
            trusted: RefCell::default(),
        }
    }

    /// Trusts a registry, which gets this name in the configuration.
    pub fn trust(&self, name: &str, url: String) {
        self.trusted.borrow_mut().insert(name.to_owned(), url);
        let mut config = String::new();
        for (name, url) in self.trusted.borrow().iter() {
            config += &format!("[registries.{name}]\nurl = \"{url}\"\ntrust = \"all\"\n");
        }
        write(
            &self.folder.join("config/agentpkg/config.toml"),
            config.as_bytes(),
        );
    }

    /// Trusts no registry: what executes has to be approved.
    pub fn trust_nobody(&self) {
        self.trusted.borrow_mut().clear();
        let config = self.folder.join("config");
        if config.exists() {
            fs::remove_dir_all(config).unwrap();
        }
    }

    /// Makes this the home of whoever runs a command.
    pub fn of<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        command
            .env("HOME", &self.folder)
            .env("XDG_CONFIG_HOME", self.folder.join("config"))
    }
}
