//! Schemes that cannot be an application's own, which `schemes.txt` lists.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Why a scheme cannot be an application's own. Its `Display` completes "the scheme of a redirect URI must not be".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reserved {
    /// Any program that speaks the public protocol of that name may handle it.
    #[error("that of a public protocol")]
    PublicProtocol,
    /// The browser itself handles it.
    #[error("one that browsers handle themselves")]
    Browser,
    /// A part of the operating system handles it.
    #[error("one that operating systems handle themselves")]
    OperatingSystem,
    /// To Windows, one letter is a drive: `c:/Windows` is a file, and never an application's scheme.
    #[error("a single letter, which Windows takes for a drive")]
    Drive,
    /// Somebody meant `http` or `https` (or `file`), or wrote a host and a port alone.
    #[error("a misspelling of http, https or file, or a host whose https:// is missing")]
    Misspelt,
}

/// Why `scheme`, in lower case, cannot be an application's own, if it cannot.
pub fn reserved(scheme: &str) -> Option<Reserved> {
    if scheme.len() == 1 {
        return Some(Reserved::Drive);
    }
    let family = || SCHEMES.families.iter().find(|(start, _)| scheme.starts_with(start)).map(|(_, reserved)| reserved);
    SCHEMES.names.get(scheme).or_else(family).copied().flatten()
}

/// The lists, parsed when the first private-use scheme arrives.
static SCHEMES: LazyLock<Schemes> = LazyLock::new(|| Schemes::read(include_str!("schemes.txt")));

#[derive(Default)]
struct Schemes {
    names: HashMap<&'static str, Option<Reserved>>,
    families: Vec<(&'static str, Option<Reserved>)>,
}

impl Schemes {
    fn read(lists: &'static str) -> Self {
        let mut schemes = Self::default();
        for list in lists.split("\n= ").skip(1) {
            let mut lines = list.lines();
            let reserved = match lines.next().and_then(|head| head.split(' ').next()) {
                Some("public_protocol") => Some(Reserved::PublicProtocol),
                Some("browser_scheme") => Some(Reserved::Browser),
                Some("system_scheme") => Some(Reserved::OperatingSystem),
                Some("misspelt") => Some(Reserved::Misspelt),
                Some("allowed") => None,
                #[expect(clippy::unreachable, reason = "the file is part of the program")]
                rule => unreachable!("schemes.txt has a list of {rule:?}"),
            };
            for name in lines.flat_map(str::split_ascii_whitespace) {
                match name.strip_suffix('*') {
                    Some(start) => schemes.families.push((start, reserved)),
                    None => _ = schemes.names.entry(name).or_insert(reserved),
                }
            }
        }
        schemes
    }
}
