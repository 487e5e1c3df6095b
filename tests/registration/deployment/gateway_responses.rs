//! What gateway and firewall answer in the function's place.

use std::time::Duration;

use dynamic_client_registration::attempts::Effort;
use dynamic_client_registration::failure::StoreError;
use dynamic_client_registration::outcome::Outcome;
use dynamic_client_registration::response;
use lambda_http::http::StatusCode;
use serde_json::{Value, json};

use super::properties;
use crate::support::{Endpoint, Reply, post};

/// Status, headers and body of an answer, the headers' names in lower case and in order.
type Bytes = (u16, Vec<(String, String)>, String);

/// What the function answers where the store fails so.
fn original(error: fn(String) -> StoreError) -> Bytes {
    let effort = Effort { attempts: 0, duration: Duration::ZERO };
    bytes(&Reply::from(response::answer(&Outcome::NotStored(error(String::new()), effort))))
}

fn bytes(reply: &Reply) -> Bytes {
    let mut headers: Vec<_> =
        reply.headers.iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
    headers.sort_unstable();
    (reply.status.as_u16(), headers, reply.body.clone())
}

#[tokio::test]
async fn the_gateway_answers_in_the_functions_words() {
    let unavailable = original(StoreError::Unavailable);
    let failed = original(StoreError::Failed);
    // Answers that the function itself never has reason to give, in the shape of those it gives.
    let errors = |status: u16, error: &str| {
        let (_, headers, body) = failed.clone();
        (status, headers, body.replace("Internal Server Error", error))
    };
    let not_found = errors(404, "Not Found");
    let mut unreadable = Endpoint::start().await.send(post("")).await;
    let mut body = unreadable.json();
    body["error_description"] =
        "the gateway could not read the request; send one JSON object with Content-Type application/json".into();
    unreadable.body = body.to_string();
    unreadable.assert_refused("invalid_request", "the gateway's own sentence");
    let meant = [
        ("THROTTLED", original(StoreError::Throttled)),
        ("WAF_FILTERED", errors(403, "Forbidden")),
        ("MISSING_AUTHENTICATION_TOKEN", not_found.clone()),
        ("RESOURCE_NOT_FOUND", not_found.clone()),
        ("INVALID_SIGNATURE", not_found),
        ("INTEGRATION_FAILURE", unavailable.clone()),
        ("INTEGRATION_TIMEOUT", unavailable),
        ("DEFAULT_4XX", bytes(&unreadable)),
        ("DEFAULT_5XX", failed),
    ];

    let responses = properties("RegistrationApi")["GatewayResponses"].take();
    for (name, original) in &meant {
        assert_eq!(gateway_response(&responses[name]), *original, "{name}");
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
    let (status, body) = (response["StatusCode"].as_u64().unwrap().try_into().unwrap(), body.as_str().unwrap());
    let named = headers.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect();
    dev::api::check(StatusCode::from_u16(status).unwrap(), &named, body).unwrap();
    (status, headers, body.to_owned())
}

#[test]
fn the_firewall_answers_in_the_functions_words() {
    let acl = properties("WebAcl");
    let answer = &acl["Rules"][0]["Action"]["Block"]["CustomResponse"];
    let body = &acl["CustomResponseBodies"][answer["CustomResponseBodyKey"].as_str().unwrap()];
    assert_eq!(body["ContentType"], "APPLICATION_JSON");
    let mut headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    for header in answer["ResponseHeaders"].as_array().unwrap() {
        let text = |member: &str| header[member].as_str().unwrap();
        headers.push((text("Name").to_lowercase(), text("Value").to_owned()));
    }
    headers.sort_unstable();
    let status = answer["ResponseCode"].as_u64().unwrap().try_into().unwrap();
    let found: Bytes = (status, headers, body["Content"].as_str().unwrap().to_owned());
    assert_eq!(found, original(StoreError::Throttled));
}

/// By the address that the gateway sees, and not by what a caller says it is.
#[test]
fn the_firewall_lets_through_all_but_who_is_too_fast_and_not_exempt() {
    let chosen = json!({ "Fn::If": ["BringsWebAcl", { "Ref": "WebAclArn" }, { "Fn::GetAtt": "WebAcl.Arn" }] });
    assert_eq!(properties("WebAclAssociation")["WebACLArn"], chosen);
    let acl = properties("WebAcl");
    assert_eq!(acl["DefaultAction"], json!({ "Allow": {} }));
    let statements: Vec<_> = acl["Rules"].as_array().unwrap().iter().map(|rule| &rule["Statement"]).collect();
    assert_eq!(
        statements,
        [&json!({ "RateBasedStatement": {
            "AggregateKeyType": "IP",
            "Limit": { "Ref": "RequestsPerAddress" },
            "EvaluationWindowSec": 300,
            "ScopeDownStatement": { "NotStatement": { "Statement": {
                "IPSetReferenceStatement": { "Arn": { "Fn::GetAtt": "ExemptAddressSet.Arn" } },
            } } },
        } })]
    );
    assert_eq!(
        properties("ExemptAddressSet"),
        json!({
            "Scope": "REGIONAL",
            "IPAddressVersion": "IPV4",
            "Addresses": { "Fn::If": ["ExemptsAddresses", { "Fn::Split": [" ", { "Ref": "ExemptAddresses" }] }, []] },
        })
    );
}
