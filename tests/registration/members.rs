//! A member is known everywhere or nowhere: to the code, to both schemas of `docs/openapi.yaml`, and on the pages.

use std::collections::BTreeSet;

use dev::api::DESCRIPTION;
use dynamic_client_registration::Member;
use fancy_regex::Regex;
use serde_json::Value;

use crate::support::members::{MEMBERS, REQUIRED};

fn names() -> BTreeSet<&'static str> {
    MEMBERS.into_iter().map(|(name, _)| name).collect()
}

#[test]
fn the_code_knows_each_member_by_name_type_and_place() {
    assert_eq!(Member::ALL.map(|member| (member.as_str(), member.is_list())), MEMBERS);
}

#[test]
fn both_schemas_have_each_member_with_its_type() {
    for (schema, issued) in [("ClientMetadata", None), ("ClientInformation", Some("client_id"))] {
        let schema = &DESCRIPTION["components"]["schemas"][schema];
        let properties = schema["properties"].as_object().unwrap();
        let described: BTreeSet<&str> =
            properties.keys().map(String::as_str).filter(|name| Some(*name) != issued).collect();
        assert_eq!(described, names());
        for (member, is_list) in MEMBERS {
            let property = &properties[member];
            let types = property["type"].is_null().then(|| property["$ref"].as_str()).flatten().map_or_else(
                || property["type"].clone(),
                |reference| DESCRIPTION.pointer(&format!("{}/type", &reference[1..])).unwrap().clone(),
            );
            // A constant and a choice need no type; they are texts here.
            let types = if types.is_null() { Value::from("string") } else { types };
            assert_eq!(types.to_string().contains("array"), is_list, "{member}: {property}");
        }
    }
    let required: BTreeSet<&str> = DESCRIPTION["components"]["schemas"]["ClientMetadata"]["required"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    assert_eq!(required, REQUIRED.into());
}

#[test]
fn a_table_of_each_page_has_each_member() {
    for page in [include_str!("../../docs/api.md"), include_str!("../../docs/authorization-server.md")] {
        for member in names() {
            let cell = Regex::new(&format!(r"(?m)^\|[^|]*`{member}`[^|]*\|")).unwrap();
            assert!(cell.is_match(page).unwrap(), "{member} is missing in {}", page.lines().next().unwrap());
        }
    }
}
