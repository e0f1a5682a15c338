//! Answers to templates' questions.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// One answer, of the type its question's kind asks for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Answer {
    /// `kind = "bool"`.
    Bool(bool),
    /// `kind = "text"` and `kind = "choice"`.
    Text(String),
    /// `kind = "list"`.
    List(Vec<String>),
}

/// Answers by the question's key. Templates that ask for the same key share the answer.
pub type Answers = BTreeMap<String, Answer>;

impl Answer {
    /// Returns the answer as `--set` takes it.
    pub fn to_set(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Text(text) => text.clone(),
            Self::List(items) => items.join(","),
        }
    }

    /// Returns the answer as a TOML value.
    pub fn to_toml(&self) -> toml_edit::Value {
        match self {
            Self::Bool(value) => (*value).into(),
            Self::Text(text) => text.as_str().into(),
            Self::List(items) => items.iter().map(String::as_str).collect(),
        }
    }
}

impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::List(items) => write!(f, "{items:?}"),
        }
    }
}
