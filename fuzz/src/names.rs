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
    (|name| ROW.is_match(name) || hides_text(&FLAG.replace_all(name, "flag")), "hidden text"),
    (|name| BROKEN.is_match(name), "U+FFFD or noncharacters"),
];

/// What has no ink, as a regular expression's class.
const NO_INK: &str = r"\p{White_Space}\p{Default_Ignorable_Code_Point}\x{2800}\x{13441}\x{13442}\x{16FE4}";

static VISIBLE: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("[^{NO_INK}]")).unwrap());
static CONTROL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"\p{Cc}").unwrap());
static REORDERING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\x{2028}\x{2029}\x{202A}-\x{202E}\x{2066}-\x{2069}\x{206A}-\x{206F}\x{FFF9}-\x{FFFB}]").unwrap()
});
/// Nine in a row without ink or extending a character.
static ROW: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!(r"[{NO_INK}\p{{Grapheme_Extend}}]{{9}}")).unwrap());
static NO_INK_BUT_SPACES: LazyLock<Regex> = LazyLock::new(|| Regex::new(&format!("[{NO_INK}--\x20]")).unwrap());
/// Invisible characters that nobody needs.
static NEEDLESS: LazyLock<Regex> = LazyLock::new(|| {
    let needed = r"\xAD\x{34F}\x{61C}\x{115F}\x{1160}\x{17B4}\x{17B5}\x{180B}-\x{180F}\x{200B}-\x{200F}\x{2060}\x{3164}\p{Variation_Selector}\x{FEFF}\x{FFA0}";
    Regex::new(&format!(r"[\p{{Default_Ignorable_Code_Point}}--[{needed}]]")).unwrap()
});
/// The three emoji tag sequences that Unicode recommends (UTS 51, Annex C): a black flag, `gbeng`, `gbsct` or `gbwls` in
/// tag letters, the cancel tag.
static FLAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\x{1F3F4}\x{E0067}\x{E0062}(\x{E0065}\x{E006E}\x{E0067}|\x{E0073}\x{E0063}\x{E0074}|\x{E0077}\x{E006C}\x{E0073})\x{E007F}",
    )
    .unwrap()
});
static BROKEN: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[\x{FFFD}\p{Noncharacter_Code_Point}]").unwrap());
static UNKNOWN: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\p{Cn}--\p{Default_Ignorable_Code_Point}--\p{Noncharacter_Code_Point}]").unwrap());

/// Whether a name without its flags has an invisible character that nobody needs, or 17 without ink.
fn hides_text(name: &str) -> bool {
    NEEDLESS.is_match(name) || NO_INK_BUT_SPACES.find_iter(name).count() > 16
}

/// What must be wrong with a name, in words of its sentence; `None` for a name that can be shown.
#[must_use]
pub fn fault(name: &str) -> Option<&'static str> {
    FAULTS.into_iter().find(|(has, _)| has(name)).map(|(_, words)| words)
}

/// The product and this file say the same of a name, but for characters that are too new for this file's tables.
pub fn check(name: &str) {
    if UNKNOWN.is_match(name) {
        return;
    }
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
