//! The members of the client metadata (RFC 7591 §2) that the endpoint knows: the tests' own copy, written from the
//! contract and not from the code, and the only one the tests have.

/// What a member may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Text,
    List,
    /// A text that is an `http` or `https` URL.
    Link,
}

/// Name and kind, in the order in which faults are reported.
pub const MEMBERS: [(&str, Kind); 11] = [
    ("client_name", Kind::Text),
    ("redirect_uris", Kind::List),
    ("grant_types", Kind::List),
    ("response_types", Kind::List),
    ("token_endpoint_auth_method", Kind::Text),
    ("scope", Kind::Text),
    ("client_uri", Kind::Link),
    ("logo_uri", Kind::Link),
    ("policy_uri", Kind::Link),
    ("tos_uri", Kind::Link),
    ("jwks_uri", Kind::Link),
];

/// The two that no registration can do without.
pub const REQUIRED: [&str; 2] = ["client_name", "redirect_uris"];

/// The names of all members of one kind.
pub fn of(kind: Kind) -> impl Iterator<Item = &'static str> {
    MEMBERS.into_iter().filter(move |(_, its)| *its == kind).map(|(name, _)| name)
}

/// The names of all members that may be left out.
pub fn optional() -> impl Iterator<Item = (&'static str, Kind)> {
    MEMBERS.into_iter().filter(|(name, _)| !REQUIRED.contains(name))
}
