//! A name that a consent screen can show without misleading its reader.

use std::ops::RangeInclusive;

use icu_properties::CodePointSetData;
use icu_properties::props::{DefaultIgnorableCodePoint, GraphemeExtend, NoncharacterCodePoint};

/// The longest `client_name`, in Unicode characters.
pub const MAX_CLIENT_NAME_CHARS: usize = 1000;

/// The invisible characters (`Default_Ignorable_Code_Point`) that scripts and emoji need.
const NEEDED: [RangeInclusive<char>; 13] = [
    '\u{AD}'..='\u{AD}',     // soft hyphen
    '\u{34F}'..='\u{34F}',   // combining grapheme joiner: order of Hebrew's marks
    '\u{61C}'..='\u{61C}',   // Arabic letter mark
    '\u{115F}'..='\u{1160}', // fillers of old Korean
    '\u{17B4}'..='\u{17B5}', // inherent vowels of Khmer
    '\u{180B}'..='\u{180F}', // Mongolian's variation selectors and vowel separator
    // Zero width space: word breaks of Thai, Khmer, Burmese. Joiners: Persian, India's scripts, emoji. Direction marks.
    '\u{200B}'..='\u{200F}',
    '\u{2060}'..='\u{2060}',   // word joiner
    '\u{3164}'..='\u{3164}',   // Hangul filler
    '\u{FE00}'..='\u{FE0F}',   // variation selectors: emoji, mathematics, Chinese and Japanese
    '\u{FEFF}'..='\u{FEFF}',   // the word joiner's old form
    '\u{FFA0}'..='\u{FFA0}',   // halfwidth Hangul filler
    '\u{E0100}'..='\u{E01EF}', // ideographic variations: Japanese names
];

/// How many characters without ink, U+0020 aside, a name may have: one behind each letter would spell a message that no
/// reader sees and that a language model reading the name may obey. No text of CLDR in any language has more than 12.
const MAX_WITHOUT_INK: usize = 16;

/// How many characters in a row may be without ink or extend the one before: more would push text out of sight or
/// cover what is around it. A flag has six, and no text of CLDR more than five.
const MAX_IN_A_ROW: usize = 8;

/// The flags of England, Scotland and Wales, the only emoji with tag characters that Unicode recommends (Unicode
/// Technical Standard 51, ED-14a and Annex C): a black flag, a code in tag letters, and an end.
const FLAGS: [&str; 3] = [
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F}",
    "\u{1F3F4}\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
];

/// The name of a client (RFC 7591 §2, `client_name`): 1 to [`MAX_CLIENT_NAME_CHARS`] characters with something to see
/// and nothing that hides, reorders or breaks text. Letters of every script, emoji and direction marks are fine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientName(String);

impl ClientName {
    /// The name exactly as it was sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClientName {
    type Error = ClientNameError;

    fn try_from(sent: String) -> Result<Self, ClientNameError> {
        if sent.chars().all(has_no_ink) {
            Err(ClientNameError::Blank)
        } else if sent.chars().count() > MAX_CLIENT_NAME_CHARS {
            Err(ClientNameError::TooLong)
        } else if sent.chars().any(char::is_control) {
            Err(ClientNameError::Control)
        } else if sent.chars().any(reorders_or_breaks_text) {
            Err(ClientNameError::Reordering)
        } else if hides_text(&sent) {
            Err(ClientNameError::Hidden)
        } else if sent.chars().any(is_broken) {
            Err(ClientNameError::Broken)
        } else {
            Ok(Self(sent))
        }
    }
}

/// White space, what is invisible, and the four characters that Unicode draws without ink.
fn has_no_ink(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '\u{2800}' | '\u{13441}' | '\u{13442}' | '\u{16FE4}')
        || is_invisible(character)
}

fn is_invisible(character: char) -> bool {
    CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// Line and paragraph separators with bidirectional embeddings and overrides (Unicode Standard Annex 9); isolates with
/// the deprecated format characters; interlinear annotation. Right-to-left letters and marks are allowed.
fn reorders_or_breaks_text(character: char) -> bool {
    matches!(character, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}')
}

fn hides_text(name: &str) -> bool {
    let extends = |character| CodePointSetData::new::<GraphemeExtend>().contains(character);
    let mut rows = name.split(|character| !has_no_ink(character) && !extends(character));
    // Not removed, but replaced by a word: the remains of another sequence around it could then form a flag.
    let unflagged = FLAGS.iter().fold(name.to_owned(), |name, flag| name.replace(flag, "flag"));
    let mut without_ink = unflagged.chars().filter(|character| *character != ' ' && has_no_ink(*character));
    let is_needed = |character| NEEDED.iter().any(|range| range.contains(&character));
    rows.any(|row| row.chars().count() > MAX_IN_A_ROW)
        || without_ink.clone().count() > MAX_WITHOUT_INK
        || without_ink.any(|character| is_invisible(character) && !is_needed(character))
}

/// U+FFFD replaces bytes that are not text, as gateways do with a body that is not UTF-8; noncharacters are never text.
fn is_broken(character: char) -> bool {
    character == char::REPLACEMENT_CHARACTER || CodePointSetData::new::<NoncharacterCodePoint>().contains(character)
}

/// Why a name cannot be shown. Its `Display` is the sentence that the caller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[expect(missing_docs, reason = "the sentence says it")]
pub enum ClientNameError {
    #[error("client_name must have at least one visible character")]
    Blank,
    #[error("client_name must be at most {MAX_CLIENT_NAME_CHARS} characters")]
    TooLong,
    #[error("client_name must not contain control characters")]
    Control,
    #[error(
        "client_name must not contain characters that reorder or break text: \
         U+202A-202E, U+2066-206F, U+2028, U+2029, U+FFF9-FFFB"
    )]
    Reordering,
    #[error(
        "client_name must not contain hidden text; send the name as it is displayed, with no invisible characters but \
         those that its script or emoji need, at most {MAX_WITHOUT_INK} characters without ink other than spaces, and \
         at most {MAX_IN_A_ROW} spaces, invisible characters or combining marks in a row"
    )]
    Hidden,
    #[error("client_name must be valid text: send it as UTF-8, without U+FFFD or noncharacters")]
    Broken,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_is_invisible_so_each_entry_has_an_effect() {
        assert!(NEEDED.into_iter().flatten().all(is_invisible));
    }
}
