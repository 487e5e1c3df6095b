//! A name that a consent screen can show without misleading its reader.

use icu_properties::CodePointSetData;
use icu_properties::props::{DefaultIgnorableCodePoint, NoncharacterCodePoint, VariationSelector};

/// The longest `client_name`, in Unicode characters.
pub const MAX_CLIENT_NAME_CHARS: usize = 1000;

/// The emoji that tag characters may follow: WAVING BLACK FLAG (Unicode Technical Standard 51, ED-14a).
const FLAG: char = '\u{1F3F4}';
/// CANCEL TAG, which ends a flag.
const CANCEL_TAG: char = '\u{E007F}';

/// The name of a client (RFC 7591 §2, `client_name`): 1 to [`MAX_CLIENT_NAME_CHARS`] characters with something to see
/// and nothing that hides, reorders or breaks text. Letters of every script, emoji and marks of direction are fine.
///
/// ```
/// use dynamic_client_registration::ClientName;
/// use dynamic_client_registration::client_name::ClientNameError;
///
/// assert!(ClientName::try_from("Éditeur 編集者 👩‍💻".to_owned()).is_ok());
/// assert_eq!(ClientName::try_from("\u{200B}".to_owned()), Err(ClientNameError::Blank));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientName(String);

impl ClientName {
    /// The name exactly as it was sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ClientName {
    type Error = ClientNameError;

    fn try_from(sent: String) -> Result<Self, ClientNameError> {
        if sent.chars().all(is_blank) {
            return Err(ClientNameError::Blank);
        }
        if sent.chars().count() > MAX_CLIENT_NAME_CHARS {
            return Err(ClientNameError::TooLong);
        }
        if sent.chars().any(char::is_control) {
            return Err(ClientNameError::Control);
        }
        if sent.chars().any(reorders_or_breaks_text) {
            return Err(ClientNameError::Reordering);
        }
        if hides_text(&sent) {
            return Err(ClientNameError::Hidden);
        }
        if sent.chars().any(is_broken) {
            return Err(ClientNameError::Broken);
        }
        Ok(Self(sent))
    }
}

/// White space, what shows nothing (Unicode's `Default_Ignorable_Code_Point`), and the Braille pattern without dots.
fn is_blank(character: char) -> bool {
    character.is_whitespace()
        || character == '\u{2800}'
        || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(character)
}

/// Bidirectional embeddings, overrides and isolates (Unicode Standard Annex 9), line and paragraph separators, the
/// deprecated format characters, interlinear annotation. Letters and marks of right-to-left scripts are none of them.
fn reorders_or_breaks_text(character: char) -> bool {
    matches!(
        character,
        '\u{202A}'..='\u{202E}'
            | '\u{2066}'..='\u{2069}'
            | '\u{2028}'
            | '\u{2029}'
            | '\u{206A}'..='\u{206F}'
            | '\u{FFF9}'..='\u{FFFB}'
    )
}

/// Whether the text has a tag character outside a flag emoji, or two variation selectors in a row. Both can spell a
/// message that no reader sees, and that a program which reads the name may follow.
fn hides_text(text: &str) -> bool {
    let variation_selectors = CodePointSetData::new::<VariationSelector>();
    let mut after_selector = false;
    let mut rest = text.chars();
    while let Some(character) = rest.next() {
        if character == FLAG {
            // The code of a country's subdivision: 3 to 7 letters and digits, such as gbeng for England.
            let mut behind = rest.clone();
            let code =
                behind.by_ref().take_while(|tag| matches!(tag, '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}'));
            let length = code.count();
            if (3..=7).contains(&length) && rest.clone().nth(length) == Some(CANCEL_TAG) {
                rest = behind;
            }
        } else if matches!(character, '\u{E0020}'..='\u{E007F}') {
            return true;
        }
        let is_selector = variation_selectors.contains(character);
        if is_selector && after_selector {
            return true;
        }
        after_selector = is_selector;
    }
    false
}

/// U+FFFD replaces bytes that are not text, as gateways do with a body that is not UTF-8; noncharacters are never text.
fn is_broken(character: char) -> bool {
    character == char::REPLACEMENT_CHARACTER || CodePointSetData::new::<NoncharacterCodePoint>().contains(character)
}

/// Why a name cannot be shown. Its `Display` is the sentence that the caller reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ClientNameError {
    /// There is nothing to see.
    #[error("client_name must have a visible character; it has only white space and invisible characters")]
    Blank,
    /// Longer than [`MAX_CLIENT_NAME_CHARS`].
    #[error("client_name must be at most {MAX_CLIENT_NAME_CHARS} characters")]
    TooLong,
    /// It has a control character (Unicode's general category Cc).
    #[error("client_name must not contain control characters")]
    Control,
    /// It has a character that reorders or breaks the text around it.
    #[error(
        "client_name must not contain characters that reorder or break text: \
         U+202A-202E, U+2066-206F, U+2028, U+2029, U+FFF9-FFFB"
    )]
    Reordering,
    /// It has a tag character outside a flag emoji, or two variation selectors in a row.
    #[error(
        "client_name must not contain hidden text: tag characters outside a flag emoji, or two variation selectors in a row"
    )]
    Hidden,
    /// It has U+FFFD or a noncharacter.
    #[error("client_name must be valid text: send it as UTF-8, without U+FFFD or noncharacters")]
    Broken,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hidden(text: &str) -> bool {
        ClientName::try_from(text.to_owned()) == Err(ClientNameError::Hidden)
    }

    #[test]
    fn tags_are_fine_in_a_flag_and_nowhere_else() {
        let england = "\u{1F3F4}\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}";
        assert!(!hidden(england));
        assert!(!hidden(&format!("{england}{england} FC")));
        assert!(hidden(&england.replace('\u{1F3F4}', "a")), "after another character");
        assert!(hidden(&england.replace('\u{E007F}', "")), "without an end");
        assert!(hidden(&format!("{england}\u{E0067}")), "after the end");
        assert!(hidden(&england.replace('\u{E0062}', &"\u{E0062}".repeat(4))), "longer than any code");
        assert!(hidden("\u{1F3F4}\u{E007F}"), "without a code");
    }

    #[test]
    fn one_variation_selector_is_fine_and_two_in_a_row_are_not() {
        assert!(!hidden("❤\u{FE0F}❤\u{FE0F}"));
        assert!(!hidden("葛\u{E0100}城"));
        assert!(hidden("❤\u{FE0F}\u{FE0F}"));
        assert!(hidden("a\u{FE00}\u{E0101}"));
    }
}
