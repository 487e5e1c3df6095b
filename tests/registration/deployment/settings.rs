//! The parameters, and the environment that they become.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use dev::runtime_api::Function;
use dynamic_client_registration::allowed_origins::AllowedOrigins;
use dynamic_client_registration::settings::MAX_CLIENT_TTL_DAYS;
use dynamic_client_registration::{Policy, Settings};
use fancy_regex::Regex;
use serde_json::{Value, json};

use super::{properties, table_name, template};
use crate::support::BINARY;

/// The variables that the function is given, each with the parameter it comes from.
pub fn variables() -> BTreeMap<String, String> {
    let function = properties("RegisterFunction");
    let mut variables = function["Environment"]["Variables"].as_object().unwrap().clone();
    let level = function["LoggingConfig"]["ApplicationLogLevel"].clone();
    variables.insert("AWS_LAMBDA_LOG_LEVEL".to_owned(), level);
    // `sam local` sets only variables that the template declares; an empty one is as good as none.
    assert_eq!(variables.remove("AWS_ENDPOINT_URL_DYNAMODB"), Some(json!("")));
    assert_eq!(variables.insert("TABLE_NAME".to_owned(), json!({ "Ref": "ExistingTableName" })), Some(table_name()));
    variables.into_iter().map(|(name, value)| (name, value["Ref"].as_str().unwrap().to_owned())).collect()
}

pub fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn default(parameter: &str) -> String {
    text(&template()["Parameters"][parameter]["Default"])
}

/// What a parameter takes, by its pattern. CloudFormation's regular expressions are Java's; of ASCII they take the same.
pub fn pattern(parameter: &str) -> Regex {
    Regex::new(&text(&template()["Parameters"][parameter]["AllowedPattern"])).unwrap()
}

#[test]
fn the_function_is_given_the_settings_it_reads() {
    let asked = RefCell::new(BTreeSet::new());
    Settings::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        (name == "TABLE_NAME").then(|| "clients".to_owned())
    })
    .unwrap();
    let mut given = variables();
    assert!(given.remove("AWS_LAMBDA_LOG_LEVEL").is_some(), "read by src/log.rs");
    assert_eq!(given.into_keys().collect::<BTreeSet<_>>(), asked.into_inner(), "given to the function, and read by it");
}

#[test]
fn sam_local_is_given_variables_that_the_template_declares() {
    let given: Value = serde_json::from_str(include_str!("../../../examples/sam-local.json")).unwrap();
    let declared = properties("RegisterFunction")["Environment"]["Variables"].take();
    for name in given["RegisterFunction"].as_object().unwrap().keys() {
        assert!(declared.get(name).is_some(), "SAM would leave out {name}");
    }
}

/// So that a function that is deployed otherwise, and `cargo lambda watch`, do what the page says.
#[test]
fn the_functions_defaults_are_the_templates() {
    let variables = variables();
    let in_the_template = |name: &str| match name {
        "TABLE_NAME" => Some("clients".to_owned()),
        name => Some(default(&variables[name])).filter(|value| !value.is_empty()),
    };
    let none = |name: &str| (name == "TABLE_NAME").then(|| "clients".to_owned());
    assert_eq!(Settings::read(in_the_template), Settings::read(none));
    assert_eq!(Settings::read(none).unwrap().policy, Policy::default(), "which the other tests have");
}

/// By the real binary, one parameter after the other: its default and all that it allows, the least and the greatest.
#[tokio::test]
async fn every_value_that_a_parameter_may_have_starts_the_function() {
    let parameters = template()["Parameters"].take();
    let longest = usize::try_from(parameters["AllowedRedirectOrigins"]["MaxLength"].as_u64().unwrap()).unwrap();
    let mut rows = vec![
        ("AllowedRedirectOrigins", "aa: ".repeat(longest / 4)),
        ("ClientTtlDays", MAX_CLIENT_TTL_DAYS.to_string()),
        ("ExistingTableName", "a-1".to_owned()),
        ("ExistingTableName", "a_.".repeat(85)),
    ];
    for (parameter, value) in &rows {
        assert!(pattern(parameter).is_match(value).unwrap(), "{parameter}: {value}");
    }
    let variables = variables();
    for parameter in variables.values() {
        rows.push((parameter, default(parameter)));
        let allowed = parameters[parameter]["AllowedValues"].as_array().into_iter().flatten();
        rows.extend(allowed.map(|value| (parameter.as_str(), text(value))));
    }
    for (parameter, value) in rows {
        let environment: Vec<(&str, String)> = variables
            .iter()
            .map(|(name, each)| match if each == parameter { value.clone() } else { default(each) } {
                // Without a name of the operator's it is that of the stack's own table.
                none if name == "TABLE_NAME" && none.is_empty() => (name.as_str(), "clients".to_owned()),
                value => (name.as_str(), value),
            })
            .chain([("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1".to_owned())])
            .collect();
        let environment: Vec<_> = environment.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let function = Function::start(BINARY, &environment).await;
        function.asked().await;
        function.stop().await;
    }
}

#[test]
fn the_pattern_of_client_ttl_days_takes_the_days_that_the_function_takes() {
    let pattern = pattern("ClientTtlDays");
    let texts = ["", "00", "07", "1.5", "-1", "1e2", " 1"].map(str::to_owned);
    for days in texts.into_iter().chain((0..=40_000).map(|days| days.to_string())) {
        let read = days.parse().is_ok_and(|number: u32| number <= MAX_CLIENT_TTL_DAYS && number.to_string() == days);
        assert_eq!(pattern.is_match(&days).unwrap(), read, "{days}");
    }
    let sentence = format!("must be a whole number of days from 0 to {MAX_CLIENT_TTL_DAYS}");
    assert_eq!(template()["Parameters"]["ClientTtlDays"]["ConstraintDescription"], sentence);
}

/// Entries that the function refuses and a regular expression can; one of them stops a deployment before anything changes.
const MISTAKES: &str = "app.example.com https://app.example.com/ https://app.example.com/cb https://app.example.com? \
    https://a.example,loopback https://a.example;https://b.example https:// https:/a.example https://*.example.com \
    https://user@a.example https:a.example https://127.1 https://0x7f.0.0.1 https://1.2.3.4. https://a.example:65536 https://a.example:99999 \
    https://a.example:port http: HTTP: http://localhost:3000 http://a.example htps: hhttp: ps: localhost: localhost:3000 \
    loopback: javascript: JavaScript: data: file: ftp: mailto: ws: ms-settings: itms-services: facetime-audio: \
    x-apple.systempreferences: c: cursor cursor:// cursor://x cursor:/cb * :";

/// Entries that only the function refuses.
const MORE_MISTAKES: &str = "claude.ai //claude.ai https://* https://a.example# https://ex%61mple.com https://bücher.example \
    https:,loopback https://a..b cursor:x cursor:? 1cursor: cur_sor: web+app: localhost";

/// Entries that the function takes, near those that it refuses.
const ENTRIES: &str = "https: HTTPS: loopback LoopBack HTTPS://Claude.AI:443 https://a.example: https://a.example:00443 \
    https://a.example:65535 https://192.0.2.1:8443 https://192.0.2.1.example https://[2001:DB8:0::1]:8443 https://a_b.example. \
    https://0x7f.example cursor: com.Raycast: ms-app: ms-appx-web: x+app: localhosts: tls: files: https4:";

#[test]
fn the_pattern_of_allowed_redirect_origins_refuses_only_what_the_function_refuses() {
    let pattern = pattern("AllowedRedirectOrigins");
    for entry in MISTAKES.split(' ').chain([" ", "\t\n  \r\n", "loopback http:"]) {
        assert!(!pattern.is_match(entry).unwrap(), "{entry}");
        assert!(AllowedOrigins::parse(entry).is_err(), "{entry:?} is taken by the function");
    }
    for entry in MISTAKES.split(' ').chain(MORE_MISTAKES.split(' ')) {
        let error = AllowedOrigins::parse(&format!("https://claude.com loopback {entry} cursor:"))
            .expect_err(entry)
            .to_string();
        assert!(error.contains(entry) && !error.contains("claude.com"), "the bad one alone: {error}");
    }
    let sentence = text(&template()["Parameters"]["AllowedRedirectOrigins"]["ConstraintDescription"]);
    let (_, example) = sentence.split_once(" such as ").unwrap();
    for entry in ENTRIES.split(' ').chain([example, &format!("\t{ENTRIES}\n")]) {
        assert!(pattern.is_match(entry).unwrap(), "{entry}");
        assert!(AllowedOrigins::parse(entry).is_ok(), "{entry:?} stops the function");
    }
    assert!(pattern.is_match("").unwrap(), "every origin");
}

/// Every entry of a start and three parts that the function takes.
#[test]
fn what_the_function_takes_as_a_list_of_origins_the_pattern_takes() {
    let pattern = pattern("AllowedRedirectOrigins");
    let parts = ["", "a", "Z", "0", "99", ".", ":", ":8443", "_", "-", "[", "]", "+", "a.b"];
    let after = |texts: Vec<String>| texts.into_iter().flat_map(|text| parts.map(|part| text.clone() + part)).collect();
    let starts = ["", "https://", "HTTPS://", "https://a.b", "ab"].map(str::to_owned).into();
    let is_taken = |entry: &String| AllowedOrigins::parse(entry).is_ok();
    let taken: Vec<String> = after(after(after(starts))).into_iter().filter(is_taken).collect();
    assert!(taken.len() > 500, "{}", taken.len());
    for entry in taken {
        assert!(
            pattern.is_match(&entry).unwrap() && pattern.is_match(&format!("\t{entry}\nhttps: ")).unwrap(),
            "{entry}"
        );
    }
}

/// Lambda takes 4 KB for names and values together.
#[test]
fn the_longest_values_fit_into_a_functions_environment() {
    let parameters = template()["Parameters"].take();
    let longest = |parameter: &String| match parameter.as_str() {
        "ExistingTableName" => 255,
        "ClientTtlDays" => MAX_CLIENT_TTL_DAYS.to_string().len(),
        "UnsupportedMetadata" | "LogLevel" => "replace".len(),
        _ => usize::try_from(parameters[parameter]["MaxLength"].as_u64().unwrap()).unwrap(),
    };
    let together: usize = variables().iter().map(|(name, parameter)| name.len() + longest(parameter)).sum();
    assert!(together <= 4096, "{together}");
}
