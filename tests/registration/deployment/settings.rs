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

/// The settings of a function whose environment has one variable beside the table's name.
fn read(variable: &str, value: &Value) -> Settings {
    let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Settings::read(|name| match name {
        "TABLE_NAME" => Some("clients".to_owned()),
        name => (name == variable && !value.is_empty()).then(|| value.clone()),
    })
    .unwrap()
}

#[test]
fn every_value_a_setting_may_have_in_the_template_starts_the_function() {
    let parameters = template()["Parameters"].take();
    let unset = read("", &json!(""));
    for (variable, parameter) in [
        ("CLIENT_TTL_DAYS", "ClientTtlDays"),
        ("UNSUPPORTED_METADATA", "UnsupportedMetadata"),
        ("ALLOWED_REDIRECT_ORIGINS", "AllowedRedirectOrigins"),
    ] {
        assert_eq!(read(variable, &parameters[parameter]["Default"]), unset, "{parameter}'s default is the code's");
    }

    // .ci/translated.py compares the patterns with these two sentences.
    assert_eq!(
        parameters["ClientTtlDays"]["ConstraintDescription"],
        format!("must be a whole number of days from 0 to {MAX_CLIENT_TTL_DAYS}"),
    );
    read("CLIENT_TTL_DAYS", &json!(MAX_CLIENT_TTL_DAYS));
    let origins = parameters["AllowedRedirectOrigins"]["ConstraintDescription"].as_str().unwrap();
    let (_, origins) = origins.split_once(" such as ").unwrap();
    read("ALLOWED_REDIRECT_ORIGINS", &json!(origins));

    let words = parameters["UnsupportedMetadata"]["AllowedValues"].as_array().unwrap();
    let allowed: Vec<_> =
        words.iter().map(|word| read("UNSUPPORTED_METADATA", word).policy.unsupported_metadata).collect();
    assert_eq!(allowed, [UnsupportedMetadata::Reject, UnsupportedMetadata::Replace]);
}

/// Lambda takes 4 KB for names and values together.
#[test]
fn the_longest_values_fit_into_a_functions_environment() {
    let parameters = template()["Parameters"].take();
    let longest = |parameter: &str| usize::try_from(parameters[parameter]["MaxLength"].as_u64().unwrap()).unwrap();
    let names: usize =
        properties("RegisterFunction")["Environment"]["Variables"].as_object().unwrap().keys().map(String::len).sum();
    let table = 255;
    let rest = "36500".len() + "replace".len();
    let together = names + table + longest("AllowedRedirectOrigins") + longest("CertificateFile") + rest;
    assert!(together <= 4096, "{together}");
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
