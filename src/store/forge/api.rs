//! A forge's interface, by the program that the person is signed in with.

use serde::de::DeserializeOwned;
use serde_json::Value;

use super::checkout::Checkout;
use crate::store::surroundings::{Reasons, plain};

/// A forge's REST interface: `gh api` and `glab api` take the same arguments.
///
/// What they call is documented by the forge and kept stable, and the answers are whole: `gh pr
/// create` and the like print for people, differ between versions, and don't say what a fork is
/// called.
pub(super) struct Api<'a> {
    program: &'static str,
    host: String,
    checkout: &'a Checkout,
}

impl<'a> Api<'a> {
    /// Returns the interface of the host that a repository is on; nothing for a file.
    pub(super) fn at_host_of(program: &'static str, checkout: &'a Checkout) -> Option<Self> {
        Some(Self {
            program,
            host: checkout.address().host()?,
            checkout,
        })
    }

    /// Returns what the forge says of something.
    pub(super) fn get<T: DeserializeOwned>(&self, endpoint: &str) -> Result<T, Reasons> {
        self.call("GET", endpoint, None)
    }

    /// Makes something, or changes it. The text goes by the program's input: what it is called with
    /// anybody can see.
    pub(super) fn send<T: DeserializeOwned>(
        &self,
        method: &str,
        endpoint: &str,
        body: &Value,
    ) -> Result<T, Reasons> {
        self.call(method, endpoint, Some(body))
    }

    fn call<T: DeserializeOwned>(
        &self,
        method: &str,
        endpoint: &str,
        body: Option<&Value>,
    ) -> Result<T, Reasons> {
        let surroundings = self.checkout.surroundings();
        let mut command = surroundings.command(self.program);
        command.args(["api", "--hostname", &self.host, "--method", method]);
        if body.is_some() {
            command.args(["--header", "Content-Type: application/json", "--input", "-"]);
        }
        let input = body.map(Value::to_string).unwrap_or_default();
        let ended = surroundings.ask(command.arg(endpoint), input.as_bytes())?;
        serde_json::from_slice(&ended.output).map_err(|error| {
            let error = plain(&error.to_string());
            let program = self.program;
            vec![format!("`{program}` answered with something else: {error}")]
        })
    }

    /// Returns the page of a request, where it leads to the host.
    pub(super) fn link(&self, link: String) -> Result<String, Reasons> {
        match self.checkout.address().has(&link) {
            true => Ok(link),
            false => Err(vec![format!(
                "`{}` named a page that isn't on `{}`",
                self.program, self.host
            )]),
        }
    }
}

/// Returns a text as one component of an endpoint, or one value behind it.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"._-~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}
