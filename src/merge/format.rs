//! The formats of documents in which templates own entries. **A format is told by the path of its
//! file**, and whoever merges, reads or shows such a document asks the format.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_json::Value;

use super::invalid::InvalidDocument;
use super::json::{self, Document, KeptEntry, MergeContext, MissedChange};
use super::{open_conflicts, toml};
use crate::model::conflict::Open;
use crate::model::path::RelPath;

/// A format of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Toml,
}

/// A document into which the entries of templates were merged.
#[derive(Clone, Debug)]
pub struct MergedEntries {
    /// With ours at conflicts.
    pub text: String,
    /// What the text says.
    pub value: Value,
    pub conflicts: Vec<Open>,
    /// What theirs added and ours already had, although base didn't.
    pub agreed: Value,
    /// Entries that stay although theirs dropped them.
    pub released: Vec<KeptEntry>,
    /// What theirs changed and neither the result nor a conflict has.
    pub untaken: Vec<MissedChange>,
    /// What the next merge has to know to give back the bytes from before this one, by JSON
    /// pointer.
    pub replaced: BTreeMap<String, String>,
}

impl Format {
    /// Returns the format of the file at a path.
    pub fn of(path: &RelPath) -> Self {
        match path.as_str().ends_with(".toml") {
            true => Self::Toml,
            false => Self::Json,
        }
    }

    /// Returns the text of an empty document, with which a new file starts.
    pub fn empty(self) -> &'static str {
        match self {
            Self::Json => "{}\n",
            Self::Toml => "",
        }
    }

    /// Returns the value of a file, which may be blank.
    ///
    /// # Errors
    /// With the line, where it isn't of this format.
    pub fn read(self, text: &str) -> Result<Value, InvalidDocument> {
        match self {
            Self::Json => Document::of_file(text).map(Document::into_value),
            Self::Toml => toml::read(text),
        }
    }

    /// Returns the value that a text is, as an open conflict has one; `None` where it is none.
    pub fn value_of(self, text: &str) -> Option<Value> {
        match self {
            Self::Json => serde_json::from_str(text).ok(),
            Self::Toml => toml::value_of(text),
        }
    }

    /// Returns the values of a file with their places, by JSON pointer, the outer before the inner.
    /// A table of TOML has the places of its headers.
    ///
    /// # Errors
    /// As [`Self::read`].
    pub fn places(self, text: &str) -> Result<Vec<(String, Range<usize>)>, InvalidDocument> {
        match self {
            Self::Json => Ok(Document::of_file(text)?.places()),
            Self::Toml => toml::places(text),
        }
    }

    /// Returns a fragment as the text of a new file.
    pub fn text_of(self, part: &Value) -> String {
        match self {
            Self::Json => json::to_text(part),
            Self::Toml => toml::to_text(part),
        }
    }

    /// Returns a fragment as it is when it is read from a file.
    ///
    /// # Errors
    /// Where the format can't say a value.
    pub fn as_read(self, part: &Value) -> Result<Value, toml::Inexpressible> {
        match self {
            Self::Json => Ok(part.clone()),
            Self::Toml => toml::as_read(part),
        }
    }

    /// Returns a value as a person reads it.
    pub fn shown(self, value: &Value) -> Value {
        match self {
            Self::Json => value.clone(),
            Self::Toml => toml::shown(value),
        }
    }

    /// Merges what templates manage into the repo's file: the texts of base, ours and theirs. What
    /// only ours has is the team's own.
    ///
    /// # Errors
    /// Where a text isn't of this format, or the result isn't what was decided; nothing may be
    /// written then.
    pub fn merge(
        self,
        texts: [&str; 3],
        context: &MergeContext,
    ) -> Result<MergedEntries, InvalidDocument> {
        match self {
            Self::Json => merge_json(texts, context),
            Self::Toml => toml::merge(texts, context),
        }
    }
}

fn merge_json(texts: [&str; 3], context: &MergeContext) -> Result<MergedEntries, InvalidDocument> {
    let [base, ours, theirs] = texts.map(Document::of_file);
    let (base, ours, theirs) = (base?, ours?, theirs?);
    let merged = json::merge(&base, &ours, &theirs, context)?;
    let sides = json::sides(&base, &ours, &theirs);
    let text = json::text(&merged.merge, &sides);
    let value = Document::of_file(&text)
        .map(Document::into_value)
        .unwrap_or_default();
    let conflicts = match merged.merge.is_clean() {
        true => Vec::new(),
        false => open_conflicts::of(&merged.merge, &sides, false),
    };
    Ok(MergedEntries {
        text,
        value,
        conflicts,
        agreed: merged.agreed,
        released: merged.released,
        untaken: merged.untaken,
        replaced: merged.replaced,
    })
}
