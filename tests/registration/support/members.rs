//! The members of the client metadata (RFC 7591 §2) that the endpoint knows: the tests' own copy, written from the
//! contract and not from the code, and the only one the tests have.

/// Name, and whether the value is a list, in the order in which faults are reported.
pub const MEMBERS: [(&str, bool); 11] = [
    ("client_name", false),
    ("redirect_uris", true),
    ("grant_types", true),
    ("response_types", true),
    ("token_endpoint_auth_method", false),
    ("scope", false),
    ("client_uri", false),
    ("logo_uri", false),
    ("policy_uri", false),
    ("tos_uri", false),
    ("jwks_uri", false),
];

/// The two that no registration can do without.
pub const REQUIRED: [&str; 2] = ["client_name", "redirect_uris"];
