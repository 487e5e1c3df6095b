//! The rule for names once more, by the Unicode tables of `regex`, which are not those that the product reads.

use std::sync::LazyLock;

use dynamic_client_registration::ClientName;
use regex::Regex;

/// A fault a name can have, and words of the sentence that must then say so.
type Fault = (fn(&str) -> bool, &'static str);

/// All of them, in the order in which they are reported.
const FAULTS: [Fault; 6] = [
    (|name| !VISIBLE.is_match(name), "visible character"),
    (|name| name.chars().count() > 1000, "at most 1000 characters"),
    (|name| CONTROL.is_match(name), "control characters"),
    (|name| REORDERING.is_match(name), "reorder or break"),
    (|name| SELECTORS.is_match(name) || TAG.is_match(&FLAG.replace_all(name, " ")), "hidden text"),
    (|name| BROKEN.is_match(name), "U+FFFD or noncharacters"),
];

static VISIBLE: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[^\p{White_Space}\p{Default_Ignorable_Code_Point}\x{2800}]").unwrap());
static CONTROL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\p{Cc}").unwrap());
static REORDERING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\x{2028}\x{2029}\x{202A}-\x{202E}\x{2066}-\x{2069}\x{206A}-\x{206F}\x{FFF9}-\x{FFFB}]").unwrap()
});
static SELECTORS: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\p{Variation_Selector}{2}").unwrap());
static TAG: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\x{E0020}-\x{E007F}]").unwrap());
/// An emoji tag sequence (UTS 51, ED-14a) of the only kind in use: the black flag, a region's code, the cancel tag.
static FLAG: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"\x{1F3F4}[\x{E0030}-\x{E0039}\x{E0061}-\x{E007A}]{3,7}\x{E007F}").unwrap());
static BROKEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\x{FFFD}\p{Noncharacter_Code_Point}]").unwrap());

/// What must be wrong with a name, in words of its sentence; `None` for a name that can be shown.
#[must_use]
pub fn fault(name: &str) -> Option<&'static str> {
    FAULTS.into_iter().find(|(has, _)| has(name)).map(|(_, words)| words)
}

/// The product and this file say the same of a name.
pub fn check(name: &str) {
    match (ClientName::try_from(name.to_owned()), fault(name)) {
        (Ok(_), None) => {}
        (Err(error), Some(words)) => {
            let sentence = error.to_string();
            crate::check_description(&sentence);
            assert!(sentence.contains(words), "{name:?} is refused with {sentence:?}, not for its {words:?}");
        }
        (product, fault) => panic!("{name:?}: {product:?}, and {fault:?}"),
    }
}
