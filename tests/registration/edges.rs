//! The ends of every range that a rule has, from both sides.

use std::time::Duration;

use dynamic_client_registration::redirect_uri::RedirectUriError;
use dynamic_client_registration::settings::SettingsError;
use dynamic_client_registration::uri::WebUri;
use dynamic_client_registration::{ClientName, RedirectUri, Settings};

#[test]
fn a_character_beside_those_that_are_refused_is_not_refused_with_them() {
    for neighbour in ['\u{202F}', '\u{2060}', '\u{2070}', '\u{FFFC}', '\u{E0100}', '\u{E01EF}', '\u{E1000}'] {
        assert!(ClientName::try_from(format!("a{neighbour}b")).is_ok(), "{neighbour:?}");
    }
}

#[test]
fn a_scheme_has_no_case_where_its_host_is_looked_for() {
    for uri in ["http:///cb", "HTTP:///cb", "HTTP:cb", "https:///cb", "HTTPS:///cb", "HTTPS:cb"] {
        assert_eq!(RedirectUri::try_from(uri.to_owned()), Err(RedirectUriError::NotWellFormed), "{uri}");
    }
    for link in ["http://example.com", "HTTP://example.com", "https://example.com", "HTTPS://example.com"] {
        assert!(WebUri::parse(link.to_owned()).is_some(), "{link}");
    }
}

#[test]
fn a_table_has_a_name_of_3_to_255_characters_or_an_arn_that_ends_with_one() {
    let read = |name: &str| Settings::read(|variable| (variable == "TABLE_NAME").then(|| name.to_owned()));
    for name in ["abc", &"n".repeat(255), "Clients_of-my.app9", "arn:aws:dynamodb:us-east-1:123456789012:table/clients"]
    {
        assert_eq!(read(name).unwrap().table_name, name);
    }
    for name in [
        "ab",
        &"n".repeat(256),
        "a b c",
        "a/b",
        "clients:table/clients",
        "arn:aws:dynamodb:us-east-1:123456789012:table/ab",
        "arn:aws:dynamodb:us-east-1:123456789012:clients",
    ] {
        assert_eq!(read(name), Err(SettingsError::TableName), "{name}");
    }
}

#[test]
fn a_client_lives_for_as_many_days_as_the_setting_says() {
    let read = |days: &str| {
        let read = Settings::read(|variable| match variable {
            "TABLE_NAME" => Some("clients".to_owned()),
            name => (name == "CLIENT_TTL_DAYS").then(|| days.to_owned()),
        });
        read.map(|settings| settings.policy.client_ttl)
    };
    assert_eq!(read("0"), Ok(None));
    assert_eq!(read("1"), Ok(Some(Duration::from_hours(24))));
    assert_eq!(read("36500"), Ok(Some(Duration::from_hours(36_500 * 24))));
    assert_eq!(read("36501"), Err(SettingsError::ClientTtlDays));
}
