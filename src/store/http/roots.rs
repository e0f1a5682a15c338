//! Whose certificates are trusted: the machine's, or where it has none, those of the program.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_native_certs::load_native_certs;
use webpki_root_certs::TLS_SERVER_ROOT_CERTS;

use crate::error::{Error, Result};

/// The variables that name other roots than the machine's.
const NAMED: [&str; 2] = ["SSL_CERT_FILE", "SSL_CERT_DIR"];

/// Returns how servers are trusted that are reached encrypted.
///
/// # Errors
/// When roots are named by a variable, and there are none.
pub(super) fn trusted() -> Result<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let found = load_native_certs();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        if let Some(named) = NAMED.iter().find(|name| std::env::var_os(name).is_some()) {
            let error = Error::user(format!("`{named}` names no root certificate"));
            let error = found
                .errors
                .iter()
                .fold(error, |error, why| error.cause(why.to_string()));
            return Err(error.hint_command(
                "name a file in PEM format, or unset it",
                format!("unset {named}"),
            ));
        }
        roots.add_parsable_certificates(TLS_SERVER_ROOT_CERTS.iter().cloned());
    }
    Ok(config(roots))
}

/// Returns how servers are trusted that are reached unencrypted: not at all.
pub(super) fn none() -> ClientConfig {
    config(RootCertStore::empty())
}

fn config(roots: RootCertStore) -> ClientConfig {
    // One provider for the whole program, named here and nowhere else.
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has what its own versions need")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_programs_own_roots_are_certificates() {
        let mut roots = RootCertStore::empty();
        let (added, ignored) =
            roots.add_parsable_certificates(TLS_SERVER_ROOT_CERTS.iter().cloned());
        assert!(added > 100, "{added}");
        assert_eq!(ignored, 0);
    }
}
