//! Facts about texts, computed once for a merge and all merges that are made to check it.

use std::cell::RefCell;
use std::rc::Rc;

use elsa::FrozenVec;
use foldhash::HashSet;

use super::cache::Cache;
use super::checks::Check;
use super::json::{self, Document, Numbered, Numbers, Policies};
use super::kind::FileKind;
use super::line_places::{self, LinePlaces};
use super::outline::Outline;
use super::pieces::{Merge, Sides};
use super::text::Comparer;
use super::text::gates::words;
use super::text::lines::Text;
use super::values::Value;

/// Owns the texts and documents that merges make, for as long as facts about them are kept.
#[derive(Default)]
pub struct Arena<'a> {
    texts: FrozenVec<Vec<u8>>,
    documents: FrozenVec<Box<Document<'a>>>,
}

/// What is known of the texts of one merge, and of all merges that are made to check it.
pub struct TextFacts<'a> {
    pub kind: FileKind,
    /// What the arrays of JSON documents mean.
    pub policies: &'static Policies,
    pub lines: Comparer<'a>,
    made: &'a Arena<'a>,
    checks: Cache<(Check, &'a [u8]), bool>,
    words: Cache<&'a [u8], Rc<HashSet<&'a [u8]>>>,
    numbers: RefCell<Numbers<'a>>,
    documents: Cache<&'a [u8], Option<Rc<Numbered<'a>>>>,
    by_value: Cache<[&'a [u8]; 3], Option<Merge>>,
    values: Cache<&'a [u8], Option<Rc<Value>>>,
    places: Cache<&'a [u8], Option<Rc<LinePlaces<'a>>>>,
    outlines: Cache<&'a [u8], Option<Rc<Outline>>>,
}

impl<'a> TextFacts<'a> {
    pub fn new(kind: FileKind, policies: &'static Policies, made: &'a Arena<'a>) -> Self {
        Self {
            kind,
            policies,
            lines: Comparer::new(kind),
            made,
            checks: Cache::default(),
            words: Cache::default(),
            numbers: RefCell::default(),
            documents: Cache::default(),
            by_value: Cache::default(),
            values: Cache::default(),
            places: Cache::default(),
            outlines: Cache::default(),
        }
    }

    /// Keeps a text that a merge made, so that facts about it can be kept.
    pub fn keep(&self, text: Vec<u8>) -> &'a [u8] {
        self.made.texts.push_get(text)
    }

    pub fn passes(&self, check: Check, text: &'a [u8]) -> bool {
        // A text that has a value parses, and its value is needed anyway.
        let has_value = matches!(check, Check::Toml | Check::Yaml) && self.value(text).is_some();
        has_value || self.checks.get((check, text), || check.passes(text))
    }

    pub fn words(&self, text: &'a [u8]) -> Rc<HashSet<&'a [u8]>> {
        self.words.get(text, || Rc::new(words(text).collect()))
    }

    /// Returns the merge of three JSON documents by their values, if all are strict JSON and the
    /// result parses to the merged value.
    pub fn by_value(&self, sides: &Sides<'a>) -> Option<Merge> {
        let all = [sides.base, sides.ours, sides.theirs];
        self.by_value.get(all, || {
            let [base, ours, theirs] = all.map(|side| self.document(side));
            json::merge_documents([&*base?, &*ours?, &*theirs?], self.policies)
        })
    }

    /// Returns the value of a text, if it parses and its kind has values.
    pub fn value(&self, text: &'a [u8]) -> Option<Rc<Value>> {
        self.values
            .get(text, || Value::read(self.kind, text).map(Rc::new))
    }

    /// Returns where the lines of a text stand, if its kind has places.
    pub fn places(&self, text: &'a [u8]) -> Option<Rc<LinePlaces<'a>>> {
        self.places
            .get(text, || line_places::places(self.kind, text).map(Rc::new))
    }

    /// Returns the entries of a text, if it is made of entries.
    pub fn outline(&self, text: &Text<'a>) -> Option<Rc<Outline>> {
        self.outlines
            .get(text.bytes(), || Outline::of(self.kind, text).map(Rc::new))
    }

    fn document(&self, text: &'a [u8]) -> Option<Rc<Numbered<'a>>> {
        self.documents.get(text, || {
            let document = Box::new(Document::read(text)?);
            let document = self.made.documents.push_get(document);
            Some(Rc::new(self.numbers.borrow_mut().read(document)))
        })
    }
}
