//! The origin of a redirection URI.

use url::Host;

/// Where a redirection URI leads, without the parts that differ between clients: `https://example.com`,
/// `https://example.com:8443`, `cursor:` for a private-use scheme, or `loopback` for a program on the user's own
/// computer, on any port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// The origin of `https` URIs with this host and port, without the default port.
    pub(crate) fn https(host: &Host, port: Option<u16>) -> Self {
        Self(match port {
            None | Some(443) => format!("https://{host}"),
            Some(port) => format!("https://{host}:{port}"),
        })
    }

    /// The origin of `http` URIs on loopback, whatever their port.
    pub(crate) fn loopback() -> Self {
        Self("loopback".to_owned())
    }

    /// The origin of URIs of a private-use scheme, given in lower case.
    pub(crate) fn private_use(scheme: &str) -> Self {
        Self(format!("{scheme}:"))
    }

    /// The origin as an entry of the operator's list names it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
