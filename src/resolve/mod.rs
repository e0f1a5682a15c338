//! Requirements and indexes become releases, or sentences that say why not.

use crate::error::Error;
use crate::model::name::TemplateName;
use crate::words;

/// Returns the error for a template that a registry doesn't have; `names` are those it has.
pub fn no_template<'a>(
    name: &TemplateName,
    registry: &str,
    names: impl IntoIterator<Item = &'a TemplateName>,
) -> Error {
    let error = Error::user(format!("no template named `{name}` in `{registry}`"));
    match words::nearest(name.as_str(), names.into_iter().map(TemplateName::as_str)) {
        Some(near) => error.hint(format!("a template with a similar name exists: `{near}`")),
        None => error.hint("`agentpkg search` lists the templates there are"),
    }
}
