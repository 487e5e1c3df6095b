//! Every kind of event that a gateway or a load balancer hands out, on the real binary: the files in `events/`, and
//! what a stranger can make of them.

use std::cell::Cell;
use std::collections::BTreeMap;

use dev::dynamodb::Table;
use dev::runtime_api::Function;
use serde_json::{Map, Value, json};

use crate::support::{minimal, start};

/// Name of the event, status, and `error` of the answer.
const EXPECTATIONS: [(&str, u16, Option<&str>); 8] = [
    ("preflight", 204, None),
    ("refuse-control-character", 400, Some("invalid_client_metadata")),
    ("refuse-forbidden-redirect-uri", 400, Some("invalid_redirect_uri")),
    ("refuse-malformed-json", 400, Some("invalid_request")),
    ("refuse-malformed-redirect-uri", 400, Some("invalid_client_metadata")),
    ("register-base64", 201, None),
    ("register-full", 201, None),
    ("register-minimal", 201, None),
];

/// Every event under `events/`, by its file's name without the ending.
pub fn all() -> BTreeMap<String, Value> {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/events");
    std::fs::read_dir(directory)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let event = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
            (path.file_stem().unwrap().to_str().unwrap().to_owned(), event)
        })
        .collect()
}

/// The function over a table of its own.
struct Instance {
    function: Function,
    table: Table,
    /// How often it has said that it registered a client.
    registered: Cell<usize>,
}

impl Instance {
    async fn start() -> Self {
        let table = Table::start().await;
        Self { function: start(&table.url, &[]).await, table, registered: Cell::new(0) }
    }

    /// The function's result for an event, which is never a function error.
    async fn run(&self, event: &impl ToString) -> Value {
        self.run_bytes(event.to_string().into_bytes()).await
    }

    async fn run_bytes(&self, event: Vec<u8>) -> Value {
        let sent = event.escape_ascii().to_string();
        self.function.invoke_bytes("event", event);
        let result = self.function.report().await.1;
        assert!(result.get("errorMessage").is_none(), "{result}: {sent}");
        self.registered.update(|count| count + usize::from(result["statusCode"] == 201));
        result
    }

    /// It has stored as many clients as it has said.
    async fn stop(self) {
        self.function.stop().await;
        assert_eq!(self.table.items().len(), self.registered.get());
    }
}

/// The three kinds of events that there are.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sender {
    /// Payload format 1.0.
    RestApi,
    /// Payload format 2.0; function URLs and `cargo lambda watch` send it too.
    HttpApi,
    LoadBalancer,
}

impl Sender {
    const ALL: [Self; 3] = [Self::RestApi, Self::HttpApi, Self::LoadBalancer];

    /// The event of a request as this sender makes it, with `headers` that may come several times.
    fn event(self, method: &str, headers: &[(&str, &str)], body: impl Into<Value>) -> Value {
        const PATH: &str = "/api/v2/oauth2/register";
        let body = body.into();
        let mut joined = Map::new();
        let mut last = Map::new();
        let mut every: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for (name, value) in headers {
            every.entry(name).or_default().push(value);
            last.insert((*name).to_owned(), (*value).into());
            joined.insert(name.to_lowercase(), every[name].join(",").into());
        }
        match self {
            Self::RestApi => json!({
                "resource": PATH, "path": PATH, "httpMethod": method, "headers": last, "multiValueHeaders": every,
                "queryStringParameters": null, "multiValueQueryStringParameters": null, "pathParameters": null, "stageVariables": null,
                "requestContext": {
                    "resourcePath": PATH, "httpMethod": method, "path": PATH, "stage": "api", "requestId": "rest",
                    "identity": { "sourceIp": "192.0.2.1" },
                },
                "body": body, "isBase64Encoded": false,
            }),
            Self::HttpApi => json!({
                "version": "2.0", "routeKey": "$default", "rawPath": PATH, "rawQueryString": "", "headers": joined,
                // Some send it, and it means nothing.
                "httpMethod": "PUT",
                "requestContext": {
                    "http": { "method": method, "path": PATH, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1", "userAgent": "" },
                    "stage": "$default", "requestId": "http", "timeEpoch": 1_800_000_000_000_u64,
                },
                "body": body, "isBase64Encoded": false,
            }),
            Self::LoadBalancer => json!({
                "requestContext": { "elb": { "targetGroupArn": "arn:aws:elasticloadbalancing:us-east-1:123456789012:targetgroup/register/1" } },
                "httpMethod": method, "path": PATH, "queryStringParameters": {}, "headers": last,
                "body": body, "isBase64Encoded": false,
            }),
        }
    }

    fn registration(self) -> Value {
        self.event("POST", &[("Content-Type", "application/json")], minimal().to_string())
    }

    /// The member or members in which this sender looks for the answer's headers, and whether each is a list.
    const fn headers(self) -> &'static [(&'static str, bool)] {
        match self {
            // It reads either; this is the one that `lambda_http` fills.
            Self::RestApi => &[("multiValueHeaders", true)],
            Self::HttpApi => &[("headers", false)],
            // Which one it reads is a setting of the target group.
            Self::LoadBalancer => &[("headers", false), ("multiValueHeaders", true)],
        }
    }
}

#[tokio::test]
async fn every_event_has_an_expectation_and_meets_it() {
    let events = all();
    let expected: Vec<&str> = EXPECTATIONS.iter().map(|(name, ..)| *name).collect();
    assert_eq!(events.keys().collect::<Vec<_>>(), expected, "events/ and EXPECTATIONS should name the same");

    let instance = Instance::start().await;
    for (name, status, error) in EXPECTATIONS {
        let result = instance.run(&events[name]).await;
        assert_eq!(result["statusCode"], status, "{name}: {result}");
        assert_eq!(result["multiValueHeaders"]["access-control-allow-origin"], json!(["*"]), "{name}");
        assert_eq!(result["isBase64Encoded"], false, "{name}");
        if let Some(error) = error {
            let body: Value = serde_json::from_str(result["body"].as_str().unwrap()).unwrap();
            assert_eq!(body["error"], error, "{name}");
        }
    }
    instance.stop().await;
}

#[tokio::test]
async fn every_sender_is_answered_in_its_own_format() {
    let instance = Instance::start().await;
    for sender in Sender::ALL {
        for (method, status, header, value) in [
            ("POST", 201, "cache-control", "no-store"),
            ("OPTIONS", 204, "access-control-allow-methods", "POST, OPTIONS"),
            ("GET", 405, "allow", "POST, OPTIONS"),
        ] {
            let event = sender.event(method, &[("Content-Type", "application/json")], minimal().to_string());
            let result = instance.run(&event).await;
            assert_eq!(result["statusCode"], status, "{sender:?} {method}: {result}");
            assert_eq!(result["isBase64Encoded"], false, "{sender:?} {method}: {result}");
            for (headers, is_list) in sender.headers() {
                let expected = if *is_list { json!([value]) } else { json!(value) };
                assert_eq!(result[headers][header], expected, "{sender:?} {method}: {result}");
            }
            // What tells a result of format 2.0 from others; a REST API refuses members that it does not know.
            assert_eq!(result.get("cookies").is_some(), sender == Sender::HttpApi, "{sender:?}: {result}");
            assert_eq!(
                result.get("statusDescription").is_some(),
                sender == Sender::LoadBalancer,
                "{sender:?}: {result}"
            );
        }
    }
    instance.stop().await;
}

#[tokio::test]
async fn where_several_content_types_are_sent_each_must_be_json() {
    const JSON: &str = "application/json";
    let instance = Instance::start().await;
    let rows: [(&[&str], u16); 11] = [
        (&[], 201),
        (&[JSON], 201),
        (&["APPLICATION/Json ; charset=\"utf-8, or so\""], 201),
        (&[JSON, JSON], 201),
        (&[JSON, "application/json;charset=utf-8", JSON], 201),
        (&["application/json,application/json"], 201),
        (&[JSON, "text/plain"], 400),
        (&["text/plain", JSON], 400),
        (&["application/json,text/plain"], 400),
        (&["application/json\n"], 400),
        (&["application/jsön"], 400),
    ];
    for sender in Sender::ALL {
        for (content_types, status) in rows {
            let headers: Vec<_> = content_types.iter().map(|value| ("Content-Type", *value)).collect();
            let mut event = sender.event("POST", &headers, minimal().to_string());
            if sender == Sender::LoadBalancer {
                // As where its target group has multi-value headers, without which only the last one arrives.
                event["multiValueHeaders"] = json!({ "content-type": content_types });
                event.as_object_mut().unwrap().remove("headers");
            }
            let result = instance.run(&event).await;
            assert_eq!(result["statusCode"], status, "{content_types:?}: {event}");
        }
    }
    // A REST API passes names on as they were sent, so one name may come in two spellings.
    for (other, status) in [(JSON, 201), ("text/plain", 400)] {
        let headers = [("Content-Type", JSON), ("content-TYPE", other)];
        let event = Sender::RestApi.event("POST", &headers, minimal().to_string());
        assert_eq!(instance.run(&event).await["statusCode"], status, "{event}");
    }
    for member in ["headers", "multiValueHeaders"] {
        let mut event = Sender::RestApi.registration();
        event[member] = Value::Null;
        assert_eq!(instance.run(&event).await["statusCode"], 201, "{event}");
        event["headers"] = json!({ "Content-Type": "text/plain" });
        for every in [Value::Null, json!({}), json!({ "Content-Type": [JSON] })] {
            event["multiValueHeaders"] = every;
            assert_eq!(instance.run(&event).await["statusCode"], 400, "{event}");
        }
    }
    instance.stop().await;
}

#[tokio::test]
async fn no_header_path_or_query_a_caller_sends_can_break_the_function() {
    let instance = Instance::start().await;
    let long = "a".repeat(70_000);
    let headers = [
        ("Host", "not a host"),
        ("Host", "ex\u{0}ample.com"),
        ("Host", &long),
        ("X-Forwarded-Proto", "1"),
        ("X-Name", "né"),
        ("X-Name", "line\r\nline"),
        ("X-Näme", "value"),
        ("", ""),
        (&long, &long),
    ];
    for sender in Sender::ALL {
        for (name, value) in headers {
            let headers = [("Content-Type", "application/json"), (name, value), (name, value)];
            let event = sender.event("POST", &headers, minimal().to_string());
            assert_eq!(instance.run(&event).await["statusCode"], 201, "{sender:?} {name:?}: {value:?}");
        }
        for (member, value) in [
            ("headers", Value::Null),
            ("headers", json!({ "X-Null": null, "X-List": ["a"], "content-type": "application/json" })),
            ("headers", json!({ "content-type": null })),
            ("multiValueHeaders", Value::Null),
            ("multiValueHeaders", json!({ "X-Null": null, "content-type": null, "X-Number": 7 })),
            ("path", json!("//[")),
            ("rawPath", json!("?#\u{0}")),
            ("rawQueryString", json!("%%%\u{0}")),
            ("resource", json!(7)),
            ("queryStringParameters", json!({ "a": "%%%\u{0}", "b": null })),
            ("stageVariables", json!("none")),
            ("isBase64Encoded", Value::Null),
            // It is not, and so it is read as it stands.
            ("isBase64Encoded", json!(true)),
        ] {
            let mut event = sender.registration();
            event[member] = value;
            let result = instance.run(&event).await;
            assert_eq!(result["statusCode"], 201, "{sender:?} {member}: {result}");
        }
        for method in ["", "A B", "POST\n", "mé", "P\u{FFFD}ST"] {
            let event = sender.event(method, &[], minimal().to_string());
            assert_eq!(instance.run(&event).await["statusCode"], 405, "{event}");
        }
        for body in [Value::Null, json!(""), json!("\u{0}"), json!("e30"), json!("====")] {
            for encoded in [false, true] {
                let mut event = sender.event("POST", &[], body.clone());
                event["isBase64Encoded"] = encoded.into();
                assert_eq!(instance.run(&event).await["statusCode"], 400, "{event}");
            }
        }
    }
    for context in [Value::Null, json!({ "identity": 7, "authorizer": [] })] {
        let mut event = Sender::RestApi.registration();
        event["requestContext"] = context;
        assert_eq!(instance.run(&event).await["statusCode"], 201, "{event}");
    }
    instance.stop().await;
}

/// JSON can express a lone surrogate, which is no text.
#[tokio::test]
async fn a_lone_surrogate_is_a_fault_of_what_has_it_and_not_of_the_event() {
    let instance = Instance::start().await;
    for sender in Sender::ALL {
        let event = sender.event("POST", &[("X-Name", "name"), ("Content-Type", "MARK")], "BODY").to_string();
        let body = serde_json::to_string(&minimal().to_string()).unwrap();
        let body = body.trim_matches('"');
        let valid = event.replace("MARK", "application/json").replace("BODY", body);
        assert_eq!(instance.run(&valid).await["statusCode"], 201);
        let not_json = "the Content-Type must be application/json";
        let no_text = "the request body must be UTF-8";
        for (lone, refusal) in [
            (valid.replace("X-Name", r"X-\ud800Name").replace("x-name", r"\udfff"), None),
            (valid.replace(r#""name""#, r#""\ud800""#), None),
            (valid.replace("/api/", r"/\ud800/"), None),
            (event.replace("MARK", r"application/json;\ud800").replace("BODY", body), None),
            (event.replace("MARK", r"\ud800application/json").replace("BODY", body), Some(not_json)),
            (event.replace("MARK", "application/json").replace("BODY", &format!(r"\ud800{body}")), Some(no_text)),
            (
                event.replace("MARK", "application/json").replace("BODY", &body.replace("Example", r"\udc00")),
                Some(no_text),
            ),
        ] {
            assert_ne!(lone, valid);
            let result = instance.run(&lone).await;
            assert_eq!(result["statusCode"], if refusal.is_some() { 400 } else { 201 }, "{lone}");
            let answer: Value = serde_json::from_str(result["body"].as_str().unwrap()).unwrap();
            assert_eq!(answer["error_description"].as_str(), refusal, "{lone}");
        }
    }
    instance.stop().await;
}

/// Load balancers pass on the bytes that a caller has sent in a header, and JSON cannot express them.
#[tokio::test]
async fn a_byte_that_is_no_utf8_is_read_as_the_replacement_character_wherever_it_stands() {
    // A byte that UTF-8 does not have, one that only continues, the first of two, a surrogate, and a longer form than needed.
    let no_utf8: [&[u8]; 5] = [b"\xFF", b"\x80", b"\xC3", b"\xED\xA0\x80", b"\xC0\xAF"];
    let instance = Instance::start().await;
    for sender in Sender::ALL {
        let mut event = sender.event("POST", &[("X-Name@@", "value@@"), ("Content-Type", "TYPE")], "BODY");
        event["path"] = "/@@".into();
        event["rawPath"] = "/@@".into();
        event["rawQueryString"] = "a@@=b@@".into();
        event["queryStringParameters"] = json!({ "a@@": "b@@" });
        event["requestContext"]["userAgent"] = "@@".into();
        event["@@"] = json!([{ "@@": "@@" }]);
        let body = serde_json::to_string(&minimal().to_string()).unwrap();
        let body = body.trim_matches('"');
        let named = body.replace("Example", "Example@@");
        for (content_type, body, answer) in [
            ("application/json", body, "201"),
            ("application/json; charset=@@", body, "201"),
            ("application/json@@", body, "the Content-Type must be application/json"),
            ("@@", body, "the Content-Type must be application/json"),
            (
                "application/json",
                &named,
                "client_name must be valid text: send it as UTF-8, without U+FFFD or noncharacters",
            ),
            ("application/json", "@@", "the request body is not valid JSON"),
        ] {
            let event = event.to_string().replace("TYPE", content_type).replace("BODY", body);
            let (front, rest) = event.split_once("@@").unwrap();
            for bytes in no_utf8.iter().copied().chain(["\u{FFFD}".as_bytes()]) {
                let parts = rest.split("@@").flat_map(|part| [bytes, part.as_bytes()]).collect::<Vec<_>>().concat();
                let result = instance.run_bytes([front.as_bytes(), &parts].concat()).await;
                let said: Value = serde_json::from_str(result["body"].as_str().unwrap()).unwrap();
                let said =
                    said["error_description"].as_str().map_or_else(|| result["statusCode"].to_string(), str::to_owned);
                assert_eq!(said, answer, "{sender:?} {content_type} {body} {}", bytes.escape_ascii());
            }
        }
    }
    instance.stop().await;
}

#[tokio::test]
async fn an_event_that_is_no_request_is_reported_as_an_error_and_the_function_goes_on() {
    let instance = Instance::start().await;
    let mut no_method = Sender::RestApi.registration();
    no_method.as_object_mut().unwrap().remove("httpMethod");
    let mut no_request = Sender::HttpApi.registration();
    no_request["requestContext"].as_object_mut().unwrap().remove("http");
    no_request.as_object_mut().unwrap().remove("httpMethod");
    for event in [
        no_method.to_string(),
        no_request.to_string(),
        Sender::LoadBalancer.registration().to_string().replace("\"POST\"", "7"),
        Sender::HttpApi.registration().to_string().replace("\"POST\"", "null"),
        "{}".to_owned(),
        "[]".to_owned(),
        "null".to_owned(),
        r#"{"Records":[]}"#.to_owned(),
        "no JSON".to_owned(),
        String::new(),
    ] {
        instance.function.invoke("none", &event);
        let (id, report) = instance.function.report().await;
        assert_eq!(id, "none");
        assert!(report["errorMessage"].is_string(), "{event}: {report}");
        assert_eq!(instance.run(&Sender::RestApi.registration()).await["statusCode"], 201, "after {event}");
    }
    instance.stop().await;
}
