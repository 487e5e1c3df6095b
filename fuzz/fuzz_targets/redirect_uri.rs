//! A text as a redirection URI, and as the host of one.

#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let Ok(sent) = std::str::from_utf8(bytes) else {
        return Corpus::Reject;
    };
    fuzz::uris::check(sent);
    fuzz::uris::check_host(sent);
    Corpus::Keep
});
