//! The ends of every range that a setting has, from both sides.

use std::time::Duration;

use dynamic_client_registration::Settings;
use dynamic_client_registration::policy::UnsupportedMetadata;
use dynamic_client_registration::settings::SettingsError;

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

#[test]
fn what_is_not_supported_is_refused_unless_the_operator_has_it_replaced() {
    let read = |value: Option<&str>| {
        Settings::read(|name| {
            if name == "TABLE_NAME" {
                Some("clients".to_owned())
            } else {
                value.filter(|_| name == "UNSUPPORTED_METADATA").map(str::to_owned)
            }
        })
        .map(|settings| settings.policy.unsupported_metadata)
    };
    let meant = [
        (None, UnsupportedMetadata::Reject),
        (Some("reject"), UnsupportedMetadata::Reject),
        (Some("replace"), UnsupportedMetadata::Replace),
    ];
    for (value, meant) in meant {
        assert_eq!(read(value), Ok(meant), "{value:?}");
    }
}
