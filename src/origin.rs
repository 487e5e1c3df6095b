//! The origin of a redirection URI.

use std::fmt;

use url::Host;

/// Where a redirection URI leads, without the parts that differ between clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// `https://example.com:8443`; the default port is `None`.
    Https(Host, Option<u16>),
    /// `loopback`: a program on the user's own computer, by `http` on any port.
    Loopback,
    /// `cursor:`, a private-use scheme in lower case.
    PrivateUse(String),
}

/// As an entry of the operator's list names it.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Https(host, None) => write!(f, "https://{host}"),
            Self::Https(host, Some(port)) => write!(f, "https://{host}:{port}"),
            Self::Loopback => f.write_str("loopback"),
            Self::PrivateUse(scheme) => write!(f, "{scheme}:"),
        }
    }
}
