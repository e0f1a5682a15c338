//! Turns a plan into pieces of the original bytes, in the document's own layout.

use std::borrow::Cow;
use std::ops::Range;

use super::document::{Document, Node, NodeKind, is_blank};
use super::layout::{Layout, indent_after_newline};
use super::plan::{Key, Roles, Slot, ValueConflict, ValueItem, ValueOrigin, ValuePlan};
use crate::merge::pieces::{Conflict, Location, Piece, Side};

/// What is around a document's value.
#[derive(Clone, Copy, Debug)]
pub struct DocumentEnvelope {
    /// What every line end of the result is written as; `None` where line ends are copied.
    pub newline: Option<&'static str>,
    /// The side whose bytes before the value are taken: its byte order mark.
    pub before: Side,
    /// The side whose bytes after the value are taken: its final newline.
    pub after: Side,
}

impl DocumentEnvelope {
    /// Returns the envelope of one side.
    pub fn of(side: Side) -> Self {
        Self {
            newline: None,
            before: side,
            after: side,
        }
    }
}

/// Splices a plan into `here`.
pub fn splice(
    here: &Document,
    other: &Document,
    roles: Roles,
    plan: &ValuePlan,
    envelope: DocumentEnvelope,
) -> Vec<Piece> {
    // A restored root is a whole file that was blank: nothing stood around it.
    if let ValuePlan::Restore(bytes) = plan
        && is_blank(bytes)
    {
        return vec![Piece::Restored(bytes.clone())];
    }
    let of = |side| if side == roles.here { here } else { other };
    let mut splicer = Splicer {
        here: here.text(),
        other: other.text(),
        roles,
        layout: here.layout(),
        from: other.layout(),
        newline: envelope.newline.unwrap_or(here.layout().newline),
        rewritten: envelope.newline.is_some(),
        out: vec![],
    };
    splicer.take(envelope.before, 0..of(envelope.before).root().span.start);
    splicer.plan(here.root(), plan);
    let after = of(envelope.after);
    splicer.take(envelope.after, after.root().span.end..after.text().len());
    splicer.out
}

struct Splicer<'a> {
    here: &'a str,
    other: &'a str,
    roles: Roles,
    layout: &'a Layout<'a>,
    /// The layout of the other document.
    from: &'a Layout<'a>,
    newline: &'static str,
    /// Whether line ends of copied bytes are rewritten.
    rewritten: bool,
    out: Vec<Piece>,
}

impl<'a> Splicer<'a> {
    fn plan(&mut self, node: &Node, plan: &ValuePlan) {
        match plan {
            ValuePlan::Keep => self.keep(node.span.clone()),
            ValuePlan::Restore(bytes) => self.out.push(Piece::Restored(bytes.clone())),
            ValuePlan::Replace(source) => {
                let indent = self.layout.indent(node.span.start);
                let indent = (!self.layout.flat).then_some(indent);
                self.fresh(source, indent);
            }
            ValuePlan::Contest(ValueConflict { dispute, other }) => {
                let (ours, theirs) =
                    self.ordered(Some(node.span.clone()), Some(other.node.span.clone()));
                self.out.push(Piece::Conflict(Conflict {
                    place: Location::Value(dispute.pointer.clone()),
                    base: dispute.base.clone(),
                    ours,
                    theirs,
                    lead: String::new(),
                    trail: String::new(),
                }));
            }
            ValuePlan::Children(slots) => self.container(node, slots),
        }
    }

    /// Returns this document's and the other's as ours and theirs.
    fn ordered<T>(&self, here: T, other: T) -> (T, T) {
        if self.roles.here == Side::Theirs {
            (other, here)
        } else {
            (here, other)
        }
    }

    /// Writes a container. Between children that were neighbours, the original bytes stay.
    fn container(&mut self, node: &Node, slots: &[Slot]) {
        let children = node.children();
        let list = List::of(self, node, &children, slots);
        self.keep_or_write(&list.open);
        let firm = slots.iter().position(is_firm);
        for (index, slot) in slots.iter().enumerate() {
            // A separator beside a contested child belongs to that child, and comes and goes with
            // it.
            let before = (index > 0).then(|| list.before(slot));
            match slot {
                Slot::Kept(..) | Slot::New(..) => {
                    if let Some(before) = before.filter(|_| firm.is_some_and(|firm| firm < index)) {
                        self.keep_or_write(&before);
                    }
                    self.firm(&children, node, slot, list.indent.as_deref());
                }
                Slot::Dropped(..) | Slot::Missed(..) => {
                    let (lead, trail) = match firm {
                        Some(firm) if index < firm => (None, Some(list.before(&slots[index + 1]))),
                        Some(_) => (before, None),
                        None => (before.filter(|_| has_earlier(slots, index)), None),
                    };
                    let text = |bytes: Option<Bytes>| {
                        bytes.map(|bytes| self.text_of(&bytes)).unwrap_or_default()
                    };
                    let (lead, trail) = (text(lead), text(trail));
                    self.contested(node, slot, lead, trail);
                }
            }
        }
        self.keep_or_write(&list.close);
    }

    fn firm(&mut self, children: &[Range<usize>], node: &Node, slot: &Slot, indent: Option<&str>) {
        match slot {
            Slot::Kept(index, plan) => {
                let Some(child) = child_of(node, *index) else {
                    return;
                };
                // With the key of a property.
                self.keep(children[*index].start..child.span.start);
                self.plan(child, plan);
            }
            Slot::New(_, ValueOrigin::Whole(item)) => self.whole(item, indent),
            Slot::New(key, source) => {
                key.iter().for_each(|key| self.key(key));
                self.fresh(source, indent);
            }
            Slot::Dropped(..) | Slot::Missed(..) => {}
        }
    }

    fn contested(&mut self, node: &Node, slot: &Slot, lead: String, trail: String) {
        let (dispute, here, other, key) = match slot {
            Slot::Dropped(index, dispute) => {
                let Some(child) = child_of(node, *index) else {
                    return;
                };
                let key = &self.here[node.children()[*index].start..child.span.start];
                (dispute, Some(child.span.clone()), None, key.to_owned())
            }
            Slot::Missed(item, dispute) => {
                let key = item
                    .key
                    .map(|key| format!("{}: ", &self.other[key.span.clone()]));
                (
                    dispute,
                    None,
                    Some(item.node.span.clone()),
                    key.unwrap_or_default(),
                )
            }
            Slot::Kept(..) | Slot::New(..) => return,
        };
        let (ours, theirs) = self.ordered(here, other);
        self.out.push(Piece::Conflict(Conflict {
            place: Location::Value(dispute.pointer.clone()),
            base: dispute.base.clone(),
            ours,
            theirs,
            lead: lead + &key,
            trail,
        }));
    }

    fn key(&mut self, key: &Key) {
        self.take(self.roles.other, key.span.clone());
        self.separator(": ");
    }

    /// Writes a value that is new here: each child on a line below `indent`, or all on one line.
    fn fresh(&mut self, source: &ValueOrigin, indent: Option<&str>) {
        match source {
            ValueOrigin::Whole(item) => self.whole(&ValueItem { key: None, ..*item }, indent),
            ValueOrigin::Object(properties) => self.bracketed(
                '{',
                '}',
                properties,
                indent,
                |this, (key, source), indent| {
                    this.key(key);
                    this.fresh(source, indent);
                },
            ),
            ValueOrigin::Array(elements) => {
                self.bracketed('[', ']', elements, indent, |this, element, indent| {
                    this.fresh(element, indent)
                });
            }
        }
    }

    /// Writes a whole value of the other document, byte for byte where its layout fits in.
    fn whole(&mut self, item: &ValueItem, indent: Option<&str>) {
        let start = item.key.map_or(item.node.span.start, |key| key.span.start);
        let span = start..item.node.span.end;
        let text = &self.other[span.clone()];
        let newline = if text.contains("\r\n") { "\r\n" } else { "\n" };
        let fits = |indent| {
            indent == self.from.indent_of(&span)
                && self.layout.unit == self.from.unit
                && (self.rewritten || newline == self.newline)
        };
        match indent {
            _ if !text.contains('\n') => self.take(self.roles.other, span),
            Some(indent) if fits(indent) => self.take(self.roles.other, span),
            Some(indent) => self.indented(span, indent),
            None => {
                item.key.iter().for_each(|key| self.key(key));
                self.on_one_line(item.node);
            }
        }
    }

    /// Writes a value of the other document line by line, with this document's indent.
    fn indented(&mut self, span: Range<usize>, indent: &str) {
        let from = self.from.indent_of(&span);
        let mut at = span.start;
        for (index, line) in self.other[span].split_inclusive('\n').enumerate() {
            let content = line.trim_end_matches(['\r', '\n']);
            let own = &content[..content.len() - content.trim_start_matches([' ', '\t']).len()];
            let skipped = if index == 0 { 0 } else { own.len() };
            if index > 0 {
                let deeper = own.strip_prefix(from).unwrap_or_default();
                let indent = format!("{}{indent}{}", self.newline, self.translated(deeper));
                self.separator(indent);
            }
            self.take(self.roles.other, at + skipped..at + content.len());
            at += line.len();
        }
    }

    /// Returns an indent of the other document as this document would indent it.
    fn translated(&self, indent: &str) -> String {
        let mut rest = indent;
        let mut translated = String::new();
        while let Some(left) = rest.strip_prefix(self.from.unit) {
            translated.push_str(self.layout.unit);
            rest = left;
        }
        translated + rest
    }

    fn on_one_line(&mut self, node: &Node) {
        match &node.kind {
            NodeKind::Scalar => self.take(self.roles.other, node.span.clone()),
            NodeKind::Object(properties) => {
                let properties: Vec<_> = properties.iter().collect();
                self.bracketed('{', '}', &properties, None, |this, (name, property), _| {
                    this.key(&Key {
                        name,
                        span: &property.key_span,
                    });
                    this.on_one_line(&property.value);
                });
            }
            NodeKind::Array(elements) => {
                self.bracketed('[', ']', elements, None, |this, element, _| {
                    this.on_one_line(element)
                });
            }
        }
    }

    fn bracketed<T>(
        &mut self,
        open: char,
        close: char,
        children: &[T],
        indent: Option<&str>,
        child: impl Fn(&mut Self, &T, Option<&str>),
    ) {
        if children.is_empty() {
            return self.separator(format!("{open}{close}"));
        }
        let newline = self.newline;
        let inner = indent.map(|indent| format!("{indent}{}", self.layout.unit));
        let line = |indent: Option<&str>| {
            indent.map_or(String::new(), |indent| format!("{newline}{indent}"))
        };
        let between = if indent.is_some() {
            format!(",{}", line(inner.as_deref()))
        } else {
            ", ".to_owned()
        };
        self.separator(format!("{open}{}", line(inner.as_deref())));
        for (index, value) in children.iter().enumerate() {
            if index > 0 {
                self.separator(between.clone());
            }
            child(self, value, inner.as_deref());
        }
        self.separator(format!("{}{close}", line(indent)));
    }

    fn keep_or_write(&mut self, bytes: &Bytes) {
        match bytes {
            Bytes::Here(span) => self.keep(span.clone()),
            Bytes::Separator(text) => self.separator(text.clone()),
        }
    }

    fn text_of(&self, bytes: &Bytes) -> String {
        match bytes {
            Bytes::Here(span) if self.rewritten => self.here[span.clone()]
                .replace("\r\n", "\n")
                .replace('\n', self.newline),
            Bytes::Here(span) => self.here[span.clone()].to_owned(),
            Bytes::Separator(text) => text.clone(),
        }
    }

    fn keep(&mut self, span: Range<usize>) {
        self.take(self.roles.here, span);
    }

    fn take(&mut self, side: Side, span: Range<usize>) {
        match self.out.last_mut() {
            _ if span.is_empty() => {}
            Some(Piece::Take(last, before)) if *last == side && before.end == span.start => {
                before.end = span.end
            }
            _ => self.out.push(Piece::Take(side, span)),
        }
    }

    fn separator(&mut self, text: impl Into<String>) {
        let text: String = text.into();
        match self.out.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Separator(before)) => before.to_mut().push_str(&text),
            _ => self.out.push(Piece::Separator(Cow::Owned(text))),
        }
    }
}

fn is_firm(slot: &Slot) -> bool {
    matches!(slot, Slot::Kept(..) | Slot::New(..))
}

/// Returns whether an earlier child comes from the same side, where all children are contested.
fn has_earlier(slots: &[Slot], index: usize) -> bool {
    let is_dropped = matches!(slots[index], Slot::Dropped(..));
    slots[..index]
        .iter()
        .any(|slot| matches!(slot, Slot::Dropped(..)) == is_dropped)
}

fn child_of(node: &Node, index: usize) -> Option<&Node> {
    match &node.kind {
        NodeKind::Scalar => None,
        NodeKind::Object(properties) => properties
            .get_index(index)
            .map(|(_, property)| &property.value),
        NodeKind::Array(elements) => elements.get(index),
    }
}

/// Bytes of this document, or a new separator.
enum Bytes {
    Here(Range<usize>),
    Separator(String),
}

/// What stands before, between and behind the children of a container.
struct List<'c> {
    open: Bytes,
    close: Bytes,
    /// The comma and white space before a child that is new here.
    comma: String,
    /// The indent of a new child's line; `None` where the container is on one line.
    indent: Option<String>,
    children: &'c [Range<usize>],
}

impl<'c> List<'c> {
    fn of(splicer: &Splicer, node: &Node, children: &'c [Range<usize>], slots: &[Slot]) -> Self {
        match children {
            [] => Self::filled(splicer, node, slots),
            [first, .., last] | [first @ last] => {
                let (gap, indent) = Self::gap(splicer, node, children);
                let left = if slots.is_empty() {
                    [0, 0]
                } else {
                    [first.start - node.span.start, node.span.end - last.end]
                };
                Self {
                    open: Bytes::Here(node.span.start..node.span.start + left[0].max(1)),
                    close: Bytes::Here(node.span.end - left[1].max(1)..node.span.end),
                    comma: format!(",{gap}"),
                    indent,
                    children,
                }
            }
        }
    }

    /// Returns the white space between a comma and the next child, and the indent of a child's
    /// lines.
    fn gap(splicer: &Splicer, node: &Node, children: &[Range<usize>]) -> (String, Option<String>) {
        let lead = &splicer.here[node.span.start + 1..children[0].start];
        if let Some(indent) = indent_after_newline(lead) {
            return (
                format!("{}{indent}", splicer.newline),
                Some(indent.to_owned()),
            );
        }
        let gap = match children {
            [.., before, last] => splicer.here[before.end..last.start]
                .trim_start()
                .trim_start_matches(','),
            _ => " ",
        };
        let on_one_line = !splicer.here[node.span.clone()].contains('\n');
        let indent =
            indent_after_newline(gap).unwrap_or_else(|| splicer.layout.indent(node.span.start));
        let indent = (!on_one_line).then(|| indent.to_owned());
        (
            gap.replace("\r\n", "\n").replace('\n', splicer.newline),
            indent,
        )
    }

    /// The container was empty: it opens up.
    fn filled(splicer: &Splicer, node: &Node, slots: &[Slot]) -> Self {
        let Range { start, end } = node.span;
        // A blank file has no brackets, either.
        let is_blank = is_blank(&splicer.here[start..end]);
        let (opening, closing, behind) = match is_blank {
            true => ("{", "}", splicer.newline),
            false => (
                &splicer.here[start..=start],
                &splicer.here[end - 1..end],
                "",
            ),
        };
        if is_blank && slots.is_empty() {
            let (open, close) = (Bytes::Here(start..end), Bytes::Separator(String::new()));
            return Self {
                open,
                close,
                comma: String::new(),
                indent: None,
                children: &[],
            };
        }
        if !is_blank && !slots.iter().any(is_firm) {
            let (open, close) = (Bytes::Here(start..end - 1), Bytes::Here(end - 1..end));
            return Self {
                open,
                close,
                comma: ", ".to_owned(),
                indent: None,
                children: &[],
            };
        }
        let (newline, outer) = (splicer.newline, splicer.layout.indent(start));
        let indent = (!splicer.layout.flat).then(|| format!("{outer}{}", splicer.layout.unit));
        let gap = indent
            .as_ref()
            .map_or(" ".to_owned(), |indent| format!("{newline}{indent}"));
        let (first, last) = if splicer.layout.flat {
            (String::new(), String::new())
        } else {
            (gap.clone(), format!("{newline}{outer}"))
        };
        Self {
            open: Bytes::Separator(format!("{opening}{first}")),
            close: Bytes::Separator(format!("{last}{closing}{behind}")),
            comma: format!(",{gap}"),
            indent,
            children: &[],
        }
    }

    /// Returns what stands before a child that isn't the first.
    fn before(&self, slot: &Slot) -> Bytes {
        match slot {
            Slot::Kept(index, _) | Slot::Dropped(index, _) if *index > 0 => {
                Bytes::Here(self.children[index - 1].end..self.children[*index].start)
            }
            _ => Bytes::Separator(self.comma.clone()),
        }
    }
}
