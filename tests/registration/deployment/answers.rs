//! What gateway and firewall answer in the function's place.

use dynamic_client_registration::outcome::Outcome;
use dynamic_client_registration::request::MAX_BODY_BYTES;
use dynamic_client_registration::response;
use dynamic_client_registration::store::StoreError;
use serde_json::{Value, json};

use super::{NO_EFFORT, properties};
use crate::support::{Endpoint, Reply, minimal_with, post};

/// What the function says in a place where somebody else may have to say it.
struct Originals {
    throttled: Reply,
    unavailable: Reply,
    failed: Reply,
    too_large: Reply,
}

impl Originals {
    async fn collect() -> Self {
        let answer = |error: StoreError| Reply::from(response::answer(&Outcome::NotStored(error, NO_EFFORT)));
        let endpoint = Endpoint::start().await;
        let too_large = endpoint.send(post(document_of(MAX_BODY_BYTES + 1))).await;
        too_large.assert_refused("invalid_request", "one byte too many");
        endpoint.send(post(document_of(MAX_BODY_BYTES))).await.assert_registered("not a byte too many");
        Self {
            throttled: answer(StoreError::Throttled(String::new())),
            unavailable: answer(StoreError::Unavailable(String::new())),
            failed: answer(StoreError::Failed(String::new())),
            too_large,
        }
    }

    /// A refusal of the document that the function itself never has reason to give, in a sentence that RFC 6749 allows.
    fn refused(&self, sentence: &str) -> Reply {
        let mut body = self.too_large.json();
        body["error_description"] = sentence.into();
        let refusal = Reply { body: body.to_string(), ..self.too_large.clone() };
        refusal.assert_refused("invalid_request", sentence);
        refusal
    }

    /// An answer in the shape of the API's errors that the function itself never has reason to give.
    fn errors(&self, status: u16, error: &str) -> Reply {
        Reply {
            status: status.try_into().unwrap(),
            headers: self.failed.headers.clone(),
            body: self.failed.body.replace("Internal Server Error", error),
        }
    }
}

/// A registration of exactly so many bytes.
fn document_of(bytes: usize) -> String {
    let shorter = minimal_with("ignored", "").to_string();
    minimal_with("ignored", "x".repeat(bytes - shorter.len())).to_string()
}

/// Status, headers and body of an answer, the headers' names in lower case and in order.
type Bytes = (u16, Vec<(String, String)>, String);

fn bytes(reply: &Reply) -> Bytes {
    let mut headers: Vec<_> =
        reply.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    headers.sort_unstable();
    (reply.status.as_u16(), headers, reply.body.clone())
}

#[tokio::test]
async fn the_gateway_answers_in_the_functions_words() {
    let originals = Originals::collect().await;
    let not_found = originals.errors(404, "Not Found");
    let unreadable = originals
        .refused("the gateway could not read the request; send one JSON object with Content-Type application/json");
    let meant = [
        ("THROTTLED", &originals.throttled),
        ("QUOTA_EXCEEDED", &originals.throttled),
        ("WAF_FILTERED", &originals.errors(403, "Forbidden")),
        ("MISSING_AUTHENTICATION_TOKEN", &not_found),
        ("RESOURCE_NOT_FOUND", &not_found),
        ("INVALID_SIGNATURE", &not_found),
        ("INTEGRATION_FAILURE", &originals.unavailable),
        ("INTEGRATION_TIMEOUT", &originals.unavailable),
        ("DEFAULT_4XX", &unreadable),
        ("DEFAULT_5XX", &originals.failed),
    ];

    let responses = properties("RegistrationApi")["GatewayResponses"].take();
    for (name, original) in meant {
        assert_eq!(gateway_response(&responses[name]), bytes(original), "{name}");
    }
    assert_eq!(responses.as_object().unwrap().len(), meant.len(), "a response that nobody compares");
}

fn gateway_response(response: &Value) -> Bytes {
    let templates = response["ResponseTemplates"].as_object().unwrap();
    assert_eq!(templates.len(), 1, "{response}");
    let (content_type, body) = templates.iter().next().unwrap();
    let mut headers = vec![("content-type".to_owned(), content_type.clone())];
    for (name, value) in response["ResponseParameters"]["Headers"].as_object().unwrap() {
        // API Gateway takes a literal in single quotes; anything else would be the name of something in the request.
        let literal = value.as_str().unwrap().strip_prefix('\'').and_then(|value| value.strip_suffix('\'')).unwrap();
        headers.push((name.to_lowercase(), literal.to_owned()));
    }
    headers.sort_unstable();
    (response["StatusCode"].as_u64().unwrap().try_into().unwrap(), headers, body.as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_firewall_answers_in_the_functions_words() {
    let originals = Originals::collect().await;
    let meant = [("RequestsPerAddress", &originals.throttled), ("BodySize", &originals.too_large)];

    let acl = properties("WebAcl");
    let rules = acl["Rules"].as_array().unwrap();
    assert_eq!(rules.len(), meant.len(), "a rule that nobody compares");
    for (rule, (name, original)) in rules.iter().zip(meant) {
        assert_eq!(rule["Name"], name);
        let answer = &rule["Action"]["Block"]["CustomResponse"];
        let body = &acl["CustomResponseBodies"][answer["CustomResponseBodyKey"].as_str().unwrap()];
        assert_eq!(body["ContentType"], "APPLICATION_JSON", "{name}'s body: {body}");
        let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        for header in answer["ResponseHeaders"].as_array().unwrap() {
            let text = |member: &str| header[member].as_str().unwrap();
            headers.push((text("Name").to_lowercase(), text("Value").to_owned()));
        }
        headers.sort_unstable();
        let status = answer["ResponseCode"].as_u64().unwrap().try_into().unwrap();
        let found: Bytes = (status, headers, body["Content"].as_str().unwrap().to_owned());
        assert_eq!(found, bytes(original), "{name}");
    }
}

#[test]
fn the_firewall_stops_no_body_the_function_takes() {
    let acl = properties("WebAcl");
    assert_eq!(
        acl["Rules"][1]["Statement"]["SizeConstraintStatement"],
        json!({
            "FieldToMatch": { "Body": { "OversizeHandling": "MATCH" } },
            "ComparisonOperator": "GT",
            "Size": MAX_BODY_BYTES,
            "TextTransformations": [{ "Priority": 0, "Type": "NONE" }],
        })
    );
    let inspected =
        acl["AssociationConfig"]["RequestBody"]["API_GATEWAY"]["DefaultSizeInspectionLimit"].as_str().unwrap();
    let inspected: usize = inspected.strip_prefix("KB_").unwrap().parse().unwrap();
    assert!(inspected * 1024 >= MAX_BODY_BYTES, "a body longer than what is inspected counts as too long");
}
