//! `docs/openapi.yaml` describes what the code does.
//!
//! It also has to describe every [`crate::support::Reply`] in every other test, and of the registrations in
//! [`crate::cases`] exactly those that are registered.

use dev::api::{self, DESCRIPTION, ENDPOINT};
use dev::server::PATH;
use dynamic_client_registration::ClientName;
use serde_json::{Value, json};

use crate::support::Endpoint;

const REQUEST: &str = "/requestBody/content/application~1json";

#[test]
fn the_document_describes_this_version_and_the_templates_route() {
    assert_eq!(DESCRIPTION["info"]["version"], env!("CARGO_PKG_VERSION"));

    let template: yaml_serde::Value = yaml_serde::from_str(include_str!("../../template.yaml")).unwrap();
    let route = &template["Resources"]["RegisterFunction"]["Properties"]["Events"]["Register"]["Properties"];
    let paths: Vec<&String> =
        DESCRIPTION["paths"].as_object().unwrap().keys().filter(|name| !name.starts_with("x-")).collect();
    assert_eq!(paths, [route["Path"].as_str().unwrap()]);
    assert_eq!(paths, [PATH]);
}

#[test]
fn every_example_is_what_its_schema_says() {
    /// Every object that has a schema and examples: media types and headers.
    fn check(pointer: &str, checked: &mut usize) {
        let value = DESCRIPTION.pointer(pointer).unwrap();
        if value["schema"].is_object() {
            let examples = value["examples"].as_object().map(|examples| examples.values().map(|named| &named["value"]));
            let examples: Vec<&Value> =
                value.get("example").into_iter().chain(examples.into_iter().flatten()).collect();
            assert!(!examples.is_empty(), "{pointer} has no example");
            for example in examples {
                let errors = api::errors(&format!("{pointer}/schema"), example);
                assert!(errors.is_empty(), "{pointer}: {errors:?}");
                *checked += 1;
            }
            return;
        }
        let keys: Vec<String> = match value {
            Value::Object(members) => members.keys().cloned().collect(),
            Value::Array(elements) => (0..elements.len()).map(|index| index.to_string()).collect(),
            _ => Vec::new(),
        };
        for key in keys {
            check(&format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1")), checked);
        }
    }

    let mut checked = 0;
    check("/paths", &mut checked);
    check("/components/responses", &mut checked);
    check("/components/headers", &mut checked);
    assert!(checked > 20, "{checked}");
}

#[tokio::test]
async fn every_request_example_is_registered_as_the_document_says() {
    let endpoint = Endpoint::start().await;
    let examples = DESCRIPTION.pointer(&format!("{ENDPOINT}/post{REQUEST}/examples")).unwrap();
    for (name, example) in examples.as_object().unwrap() {
        let client = endpoint.register(&example["value"]).await.assert_registered(name);
        let promised =
            &DESCRIPTION.pointer(&format!("{ENDPOINT}/post/responses/201/content/application~1json/examples"));
        let Some(promised) = promised.and_then(|examples| examples.get(name)) else { continue };
        let mut promised = promised["value"].clone();
        promised["client_id"] = client["client_id"].clone();
        assert_eq!(client, promised, "{name}");
    }
}

#[test]
fn a_name_may_have_the_same_characters_in_the_document_and_in_the_code() {
    let schema = api::schema("/components/schemas/ClientName");
    // Planes 2 to 13 and the private ones are all alike, but for their noncharacters.
    let is_alike = |character: &char| {
        let code = u32::from(*character);
        !matches!(code >> 16, 0 | 1 | 14) && (0x10..0xFFF0).contains(&(code & 0xFFFF))
    };
    for character in ('\0'..=char::MAX).filter(|character| !is_alike(character)) {
        for name in [character.to_string(), format!("a{character}")] {
            let accepted = ClientName::try_from(name.clone()).is_ok();
            assert_eq!(schema.is_valid(&json!(name)), accepted, "{name:?}");
        }
    }
}
