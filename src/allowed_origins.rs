//! The operator's list of the origins that redirection URIs may have.

use crate::origin::Origin;
use crate::redirect_uri::RedirectUri;

/// The origins that redirection URIs may have. The default is every origin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedOrigins(Option<Vec<Entry>>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Entry {
    AnyHttps,
    One(Origin),
}

impl Entry {
    /// The origin of a URI that may be registered, without any other part of a URI; or one of two words.
    fn parse(entry: &str) -> Option<Self> {
        let entry = entry.to_ascii_lowercase();
        match entry.as_str() {
            "https:" => Some(Self::AnyHttps),
            "loopback" => Some(Self::One(Origin::Loopback)),
            "loopback:" => None, // nobody uses this scheme; the word above is meant
            _ => {
                let origin = RedirectUri::try_from(entry.clone()).ok()?.origin().clone();
                let is_bare = match entry.strip_prefix("https://") {
                    Some(authority) => !authority.contains(['/', '?']),
                    None => entry == origin.to_string(),
                };
                is_bare.then_some(Self::One(origin))
            }
        }
    }
}

impl AllowedOrigins {
    /// Parses a list of origins, separated by white space.
    ///
    /// # Errors
    ///
    /// A [`NotAnOrigin`] that names the first entry that is not an origin, or the whole list if it has no entry.
    pub fn parse(list: &str) -> Result<Self, NotAnOrigin> {
        let parse = |entry: &str| Entry::parse(entry).ok_or_else(|| NotAnOrigin(entry.to_owned()));
        let entries = list.split_ascii_whitespace().map(parse).collect::<Result<Vec<_>, _>>()?;
        if entries.is_empty() {
            // A blank list is a mistake; it must not let everybody in.
            return Err(NotAnOrigin(list.to_owned()));
        }
        Ok(Self(Some(entries)))
    }

    /// Whether a redirection URI may have this origin.
    pub fn include(&self, origin: &Origin) -> bool {
        let includes = |entry: &Entry| match entry {
            Entry::AnyHttps => matches!(origin, Origin::Https(..)),
            Entry::One(listed) => listed == origin,
        };
        self.0.as_ref().is_none_or(|entries| entries.iter().any(includes))
    }
}

/// An entry that is not an origin. Its `Display` says what an entry looks like.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is not an origin: write https://app.example.com without a path or a slash at the end, https: for every https \
     origin, a private-use scheme without // such as com.example.app:, or loopback for http on the user's own computer; \
     separate entries by white space"
)]
pub struct NotAnOrigin(String);
