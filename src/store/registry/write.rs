//! The files of a registry as they are written.

use serde::Serialize;
use serde_json::Value;

use super::{CATALOG_JSON, REGISTRY_JSON, Registry, index_path};
use crate::error::Result;
use crate::model::index::{Catalog, Index, RegistryInfo, to_bytes};

/// A file to write: where it goes below the registry, and what it will hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    pub path: String,
    pub bytes: Vec<u8>,
}

impl Write {
    pub fn info(info: &RegistryInfo) -> Self {
        Self {
            path: REGISTRY_JSON.to_owned(),
            bytes: to_bytes(info),
        }
    }

    pub fn catalog(registry: &Registry, catalog: &Catalog) -> Result<Self> {
        Self::over(registry, CATALOG_JSON.to_owned(), catalog)
    }

    pub fn index(registry: &Registry, index: &Index) -> Result<Self> {
        Self::over(registry, index_path(&index.name), index)
    }

    /// Returns `value` in the place of what the registry has, with the keys there that this
    /// agentpkg doesn't know.
    fn over<T: Serialize>(registry: &Registry, path: String, value: &T) -> Result<Self> {
        let mut value = serde_json::to_value(value).expect("a registry's values are JSON");
        let old = registry.read(&path)?;
        if let Some(old) = old.and_then(|old| serde_json::from_slice(&old).ok()) {
            keep_unknown(&mut value, old);
        }
        Ok(Self {
            path,
            bytes: to_bytes(&value),
        })
    }
}

/// The keys that a change may leave out; all others are a later agentpkg's, and a published entry
/// doesn't change.
const CHANGING: [&str; 8] = [
    "yanked",
    "recalled",
    "deprecated",
    "isDeprecated",
    "latest",
    "contact",
    "keywords",
    "recommended",
];

fn keep_unknown(new: &mut Value, old: Value) {
    match (new, old) {
        (Value::Object(new), Value::Object(old)) => {
            for (key, old) in old {
                match new.get_mut(&key) {
                    Some(new) => keep_unknown(new, old),
                    None if CHANGING.contains(&key.as_str()) => {}
                    None => _ = new.insert(key, old),
                }
            }
        }
        (Value::Array(new), Value::Array(old)) => {
            for old in old {
                let version = old.get("version").cloned();
                let mut releases = new.iter_mut();
                if version.is_some()
                    && let Some(new) = releases.find(|new| new.get("version") == version.as_ref())
                {
                    keep_unknown(new, old);
                }
            }
        }
        _ => {}
    }
}
