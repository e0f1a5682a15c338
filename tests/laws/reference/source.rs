//! The types that a file is read into, as their source says: keys, and what they mean.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use agentpkg::model::agent::Agent;
use syn::{Attribute, Expr, Fields, GenericArgument, Item, Lit, Meta, PathArguments, Type};

/// The types of some source files, by name.
pub struct Types {
    structs: BTreeMap<String, Table>,
    enums: BTreeMap<String, Vec<Word>>,
}

/// A table of the file: a struct.
#[derive(Clone)]
pub struct Table {
    pub about: String,
    pub keys: Vec<Key>,
}

/// A key of a table.
#[derive(Clone)]
pub struct Key {
    pub name: String,
    pub about: String,
    pub is_needed: bool,
    pub shape: Shape,
}

/// One of the words that a value may be.
#[derive(Clone)]
pub struct Word {
    pub spelling: String,
    pub about: String,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// A value of a type with this name.
    One(String),
    /// A list of such values.
    List(Box<Shape>),
    /// A table with keys of a type, and values.
    Map(String, Box<Shape>),
}

impl Shape {
    /// Returns the name of the type that lists and tables of it hold.
    pub fn innermost(&self) -> &str {
        match self {
            Self::One(name) => name,
            Self::List(inner) | Self::Map(_, inner) => inner.innermost(),
        }
    }
}

impl Types {
    /// Reads source files of the project.
    pub fn read(files: &[&str]) -> Self {
        let mut types = Self {
            structs: BTreeMap::new(),
            enums: BTreeMap::new(),
        };
        for file in files {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
            let text = fs::read_to_string(path).unwrap();
            let source = syn::parse_file(&text).unwrap();
            for item in source.items {
                types.add(item);
            }
        }
        // A macro makes this one of its rows.
        let agents = Agent::ALL.into_iter().map(|agent| Word {
            spelling: agent.to_string(),
            about: format!("{}.", agent.title()),
        });
        types.enums.insert("Agent".to_owned(), agents.collect());
        types
    }

    fn add(&mut self, item: Item) {
        match item {
            Item::Struct(item) => {
                let Fields::Named(fields) = &item.fields else {
                    return;
                };
                let kebab = is_kebab(&item.attrs);
                let keys = fields.named.iter().map(|field| {
                    let written = field.ident.as_ref().expect("it is named").to_string();
                    let (shape, is_optional) = shape(&field.ty);
                    Key {
                        name: serde(&field.attrs, "rename")
                            .unwrap_or_else(|| spelled(&written, kebab)),
                        about: documentation(&field.attrs),
                        is_needed: !is_optional && !has_default(&field.attrs),
                        shape,
                    }
                });
                let table = Table {
                    about: documentation(&item.attrs),
                    keys: keys.collect(),
                };
                self.structs.insert(item.ident.to_string(), table);
            }
            Item::Enum(item) => {
                let kebab = is_kebab(&item.attrs);
                let words = item.variants.iter().map(|variant| Word {
                    spelling: match kebab {
                        true => kebab_of(&variant.ident.to_string()),
                        false => variant.ident.to_string(),
                    },
                    about: documentation(&variant.attrs),
                });
                self.enums.insert(item.ident.to_string(), words.collect());
            }
            _ => {}
        }
    }

    /// Returns a struct.
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.structs.get(name)
    }

    /// Returns the words of an enum.
    pub fn words(&self, name: &str) -> Option<&[Word]> {
        self.enums.get(name).map(Vec::as_slice)
    }
}

/// Returns the shape of a field's type, and whether it is an `Option`.
fn shape(of: &Type) -> (Shape, bool) {
    let Type::Path(path) = of else {
        panic!("a field is of a type with a name");
    };
    let last = path.path.segments.last().expect("a path has a name");
    let name = last.ident.to_string();
    let inner: Vec<&Type> = match &last.arguments {
        PathArguments::AngleBracketed(arguments) => arguments
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(inner) => Some(inner),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    };
    match (name.as_str(), inner.as_slice()) {
        ("Option", [inner]) => (shape(inner).0, true),
        ("Vec", [inner]) => (Shape::List(Box::new(shape(inner).0)), false),
        ("BTreeMap" | "IndexMap", [key, value]) => match shape(key).0 {
            Shape::One(key) => (Shape::Map(key, Box::new(shape(value).0)), false),
            _ => panic!("a key is one value"),
        },
        // `pub type Answers = BTreeMap<String, Answer>`.
        ("Answers", []) => (
            Shape::Map("String".into(), Box::new(Shape::One("Answer".into()))),
            false,
        ),
        _ => (Shape::One(name), false),
    }
}

/// Returns a doc comment, its paragraphs as lines.
fn documentation(attributes: &[Attribute]) -> String {
    let mut text = String::new();
    for attribute in attributes {
        let Meta::NameValue(pair) = &attribute.meta else {
            continue;
        };
        if !pair.path.is_ident("doc") {
            continue;
        }
        if let Expr::Lit(literal) = &pair.value
            && let Lit::Str(line) = &literal.lit
        {
            let line = line.value();
            match line.trim() {
                "" => text.push('\n'),
                line if text.is_empty() || text.ends_with('\n') => text.push_str(line),
                line => text += &format!(" {line}"),
            }
        }
    }
    text.trim().to_owned()
}

/// Returns what `#[serde(NAME = "…")]` says.
fn serde(attributes: &[Attribute], name: &str) -> Option<String> {
    let mut found = None;
    for attribute in attributes {
        if !attribute.path().is_ident("serde") {
            continue;
        }
        let read = attribute.parse_nested_meta(|meta| {
            let is_it = meta.path.is_ident(name);
            if let Ok(value) = meta.value() {
                let value: Lit = value.parse()?;
                if let (true, Lit::Str(text)) = (is_it, value) {
                    found = Some(text.value());
                }
            } else if is_it {
                found = Some(String::new());
            }
            Ok(())
        });
        read.unwrap();
    }
    found
}

fn has_default(attributes: &[Attribute]) -> bool {
    serde(attributes, "default").is_some()
}

fn is_kebab(attributes: &[Attribute]) -> bool {
    match serde(attributes, "rename_all") {
        Some(case) => {
            assert_eq!(case, "kebab-case", "the one case that is known here");
            true
        }
        None => false,
    }
}

fn spelled(field: &str, kebab: bool) -> String {
    match kebab {
        true => field.replace('_', "-"),
        false => field.to_owned(),
    }
}

/// Returns `codeowners-team` of `CodeownersTeam`.
fn kebab_of(variant: &str) -> String {
    let mut spelled = String::new();
    for letter in variant.chars() {
        if letter.is_ascii_uppercase() && !spelled.is_empty() {
            spelled.push('-');
        }
        spelled.push(letter.to_ascii_lowercase());
    }
    spelled
}
