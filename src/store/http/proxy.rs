//! The proxy on the way to a server, by the name of the variable that says so.

use std::env;

use hyper_util::client::proxy::matcher::Matcher;
use reqwest::Url;

use super::failure::shown;

/// The proxies that the environment names, as the client takes them from there itself.
pub(super) struct Proxies {
    matcher: Matcher,
}

impl Proxies {
    /// Reads the environment: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, in capital
    /// or small letters.
    pub fn of_environment() -> Self {
        Self {
            matcher: Matcher::from_system(),
        }
    }

    /// Returns the proxy on the way to an address, and who named it: "`http://proxy:3128`, which
    /// `HTTPS_PROXY` names".
    pub fn for_url(&self, url: &Url) -> Option<String> {
        let proxy = self.matcher.intercept(&url.as_str().parse().ok()?)?;
        let proxy = Url::parse(&proxy.uri().to_string()).ok()?;
        let variable = variable(url.scheme());
        Some(format!("`{}`, which `{variable}` names", shown(&proxy)))
    }
}

/// Returns the variable that names the proxy of a scheme: the first that is there.
fn variable(scheme: &str) -> String {
    let own = format!("{scheme}_proxy");
    let names = [&*own.to_ascii_uppercase(), &*own, "ALL_PROXY", "all_proxy"].map(str::to_owned);
    let found = names
        .iter()
        .find(|name| env::var_os(name).is_some_and(|value| !value.is_empty()));
    found.unwrap_or(&names[0]).clone()
}
