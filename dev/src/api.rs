//! The description of the API, `docs/openapi.yaml`, and whether a registration and an answer are what it says.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex};

use jsonschema::Validator;
use lambda_http::http::{HeaderMap, StatusCode};
use serde_json::{Map, Value, json};

/// The document.
pub static DESCRIPTION: LazyLock<Value> =
    LazyLock::new(|| yaml_serde::from_str(include_str!("../../docs/openapi.yaml")).unwrap());

/// Where the one path is in the document.
pub const ENDPOINT: &str = "/paths/~1api~1v2~1oauth2~1register";

/// The validator of the schema at a JSON pointer into the document.
pub fn schema(pointer: &str) -> Arc<Validator> {
    static COMPILED: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

    let mut compiled = COMPILED.lock().unwrap();
    let validator = compiled.entry(pointer.to_owned()).or_insert_with(|| {
        // The whole document, so that references within it are found. To JSON Schema the rest of it means nothing.
        let mut root = DESCRIPTION.clone();
        root["$ref"] = json!(format!("#{pointer}"));
        Arc::new(jsonschema::draft202012::new(&root).unwrap())
    });
    Arc::clone(validator)
}

/// Everything in `value` that the schema at `pointer` does not allow.
pub fn errors(pointer: &str, value: &Value) -> Vec<String> {
    let describe = |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    schema(pointer).iter_errors(value).map(describe).collect()
}

/// Whether the document describes this registration.
pub fn describes(registration: &Value) -> bool {
    errors(&format!("{ENDPOINT}/post/requestBody/content/application~1json/schema"), registration).is_empty()
}

/// Where an object of the document really is: itself, or what it refers to.
pub fn resolve(pointer: &str) -> String {
    match DESCRIPTION.pointer(pointer).and_then(|object| object["$ref"].as_str()) {
        Some(reference) => reference.trim_start_matches('#').to_owned(),
        None => pointer.to_owned(),
    }
}

/// Where the document describes the answer with this status, whichever method it is to.
pub fn response(status: StatusCode) -> String {
    let pointer = match status {
        StatusCode::NOT_FOUND => "/paths/x-other-paths".to_owned(),
        StatusCode::METHOD_NOT_ALLOWED => format!("{ENDPOINT}/x-other-methods"),
        StatusCode::NO_CONTENT => format!("{ENDPOINT}/options/responses/204"),
        status => format!("{ENDPOINT}/post/responses/{}", status.as_u16()),
    };
    resolve(&pointer)
}

/// Checks an answer against the document: its status, every header and no other, and its body.
///
/// # Errors
///
/// The first thing that is not as the document says.
pub fn check(status: StatusCode, headers: &HeaderMap, body: &str) -> Result<(), String> {
    let pointer = response(status);
    let described = DESCRIPTION.pointer(&pointer).ok_or_else(|| format!("{status} is not described: {body}"))?;

    let documented: Vec<&String> = described["headers"].as_object().into_iter().flat_map(Map::keys).collect();
    for &name in &documented {
        let header = resolve(&format!("{pointer}/headers/{name}"));
        let text = headers.get(name).ok_or_else(|| format!("{status} lacks the header {name}"))?.to_str().unwrap();
        let schema = format!("{header}/schema");
        let value = match DESCRIPTION.pointer(&schema).unwrap()["type"].as_str() {
            Some("integer") => text.parse::<u64>().map_or_else(|_| json!(text), |number| json!(number)),
            _ => json!(text),
        };
        no_errors(&format!("{status}, {name}"), &errors(&schema, &value))?;
    }
    for name in headers.keys().filter(|name| *name != "content-type") {
        if !documented.iter().any(|documented| documented.eq_ignore_ascii_case(name.as_str())) {
            return Err(format!("{status} has the header {name}, which is not described"));
        }
    }

    let content_type = headers.get("content-type").map(|value| value.to_str().unwrap());
    if described["content"].is_null() {
        return if (content_type, body) == (None, "") { Ok(()) } else { Err(format!("{status} has a body: {body}")) };
    }
    if content_type != Some("application/json") {
        return Err(format!("{status} is of type {content_type:?}"));
    }
    let json = serde_json::from_str(body).map_err(|error| format!("{status}: {error}: {body}"))?;
    let errors = errors(&format!("{pointer}/content/application~1json/schema"), &json);
    no_errors(&format!("{status}, {body}"), &errors)
}

fn no_errors(what: &str, errors: &[String]) -> Result<(), String> {
    if errors.is_empty() { Ok(()) } else { Err(format!("{what}: {errors:?}")) }
}
