//! A text as a client's name.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(sent) = std::str::from_utf8(bytes) else {
        return Corpus::Reject;
    };
    fuzz::names::check(sent);
    Corpus::Keep
});
