//! The parameters, and the environment that they become.

use std::cell::RefCell;
use std::collections::BTreeSet;

use dynamic_client_registration::Settings;
use dynamic_client_registration::metadata::UnsupportedMetadata;
use dynamic_client_registration::settings::MAX_CLIENT_TTL_DAYS;
use serde_json::{Value, json};

use super::{properties, table_name, template};

#[test]
fn the_function_is_given_the_settings_it_reads() {
    let variables = properties("RegisterFunction")["Environment"]["Variables"].take();
    assert_eq!(
        variables,
        json!({
            "TABLE_NAME": table_name(),
            "UNSUPPORTED_METADATA": { "Ref": "UnsupportedMetadata" },
            "ALLOWED_REDIRECT_ORIGINS": { "Ref": "AllowedRedirectOrigins" },
            "CLIENT_TTL_DAYS": { "Ref": "ClientTtlDays" },
            "SSL_CERT_FILE": { "Ref": "CertificateFile" },
        })
    );

    let asked = RefCell::new(BTreeSet::new());
    Settings::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        (name == "TABLE_NAME").then(|| "clients".to_owned())
    })
    .unwrap();
    let mut given: BTreeSet<String> = variables.as_object().unwrap().keys().cloned().collect();
    assert!(given.remove("SSL_CERT_FILE"), "read by src/connection.rs");
    assert_eq!(given, asked.into_inner(), "given to the function, and read by it");
}

#[test]
fn every_value_a_setting_may_have_in_the_template_starts_the_function() {
    let parameters = template()["Parameters"].take();
    let read = |ttl_days: &Value, unsupported: &Value| {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Settings::read(|name| match name {
            "CLIENT_TTL_DAYS" => Some(text(ttl_days)),
            "UNSUPPORTED_METADATA" => Some(text(unsupported)),
            name => Some(name.to_owned()),
        })
    };
    let (days, unsupported) = (&parameters["ClientTtlDays"], &parameters["UnsupportedMetadata"]);

    let defaults = read(&days["Default"], &unsupported["Default"]).unwrap();
    let unset = Settings::read(|name| (name == "TABLE_NAME").then(|| name.to_owned())).unwrap();
    assert_eq!(defaults, unset, "the template's defaults are the code's");
    assert_eq!(
        days["ConstraintDescription"],
        format!("must be a whole number of days from 0 to {MAX_CLIENT_TTL_DAYS}"),
        "what .ci/translated.py holds the pattern against"
    );
    read(&json!(MAX_CLIENT_TTL_DAYS), &unsupported["Default"]).unwrap();
    let allowed: Vec<_> = unsupported["AllowedValues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| read(&days["Default"], value).unwrap().unsupported_metadata)
        .collect();
    assert_eq!(allowed, [UnsupportedMetadata::Reject, UnsupportedMetadata::Replace]);
}

#[test]
fn every_parameter_is_explained_and_has_its_place() {
    let template = template();
    let mut grouped: Vec<&str> = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["Parameters"].as_array().unwrap())
        .map(|name| name.as_str().unwrap())
        .collect();
    grouped.sort_unstable();
    let parameters = template["Parameters"].as_object().unwrap();
    let mut named: Vec<&str> = parameters.keys().map(String::as_str).collect();
    named.sort_unstable();
    assert_eq!(grouped, named);
    for (name, parameter) in parameters {
        assert!(parameter["Description"].is_string(), "{name} has no description");
        assert!(parameter.get("Default").is_some(), "{name} has no default, so it takes more than `sam deploy`");
        let explained = !parameter["AllowedPattern"].is_string() || parameter["ConstraintDescription"].is_string();
        assert!(explained, "{name} refuses values without saying what it wants");
    }
}
