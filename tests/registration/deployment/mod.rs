//! The template against the code, and against itself: what it repeats of the code, and what it promises.

mod alarms;
mod gateway;
mod gateway_responses;
mod package;
mod rights;
mod runbook;
pub mod settings;
mod table;

use serde_json::{Value, json};

/// The template, its tags in the long form of JSON: `!Ref X` is `{"Ref": "X"}`, `!Sub X` is `{"Fn::Sub": "X"}`.
pub fn template() -> Value {
    fn long_form(value: yaml_serde::Value) -> Value {
        match value {
            yaml_serde::Value::Tagged(tagged) => {
                let name = tagged.tag.to_string();
                let name = match name.trim_start_matches('!') {
                    "Ref" => "Ref".to_owned(),
                    function => format!("Fn::{function}"),
                };
                json!({ name: long_form(tagged.value) })
            }
            yaml_serde::Value::Mapping(members) => {
                members.into_iter().map(|(name, value)| (name.as_str().unwrap().to_owned(), long_form(value))).collect()
            }
            yaml_serde::Value::Sequence(values) => values.into_iter().map(long_form).collect(),
            scalar => serde_json::to_value(scalar).unwrap(),
        }
    }
    long_form(yaml_serde::from_str(include_str!("../../../template.yaml")).unwrap())
}

/// The properties of the resource called `name`.
#[track_caller]
fn properties(name: &str) -> Value {
    let properties = template()["Resources"][name]["Properties"].take();
    assert!(properties.is_object(), "the template has no {name}");
    properties
}

/// The table's name, as rights, variables and metrics refer to it: the stack's own table, or the one it was given.
fn table_name() -> Value {
    json!({ "Fn::If": ["CreatesTable", { "Ref": "ClientsTable" }, { "Ref": "ExistingTableName" }] })
}

/// The same table's ARN.
fn table_arn() -> Value {
    json!({ "Fn::If": [
        "CreatesTable",
        { "Fn::GetAtt": "ClientsTable.Arn" },
        { "Fn::Sub": "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/${ExistingTableName}" },
    ] })
}
