//! The real binary's log: one line of JSON a request, enough to say why a client was refused, and nothing of what was
//! sent.

use std::time::Duration;

use dev::dynamodb::Table;
use dev::runtime_api::Function;
use dev::wire::{ANOTHER_CLIENT, Fault, Wire, always};
use serde_json::{Map, Value, json};

use crate::events;
use crate::support::{LOGS_JSON, minimal, minimal_with, start};

/// What every line has, whatever it is about.
const COMMON: [&str; 3] = ["level", "message", "timestamp"];

fn event(body: impl Into<Value>) -> Value {
    let mut event = events::all()["register-minimal"].clone();
    event["body"] = body.into();
    event
}

/// Stops the function; its log, parsed, each line of it an object without another inside.
pub async fn lines(function: Function) -> Vec<Map<String, Value>> {
    let logged = function.stop().await;
    logged
        .lines()
        .map(|line| {
            let line: Map<String, Value> =
                serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?} is no JSON"));
            assert!(line.values().all(|value| value.is_string() || value.is_number()), "flat: {line:?}");
            line
        })
        .collect()
}

/// A line without the members whose values no test can know; they must be there all the same.
#[track_caller]
fn known(mut line: Map<String, Value>, unknown: &[&str]) -> Value {
    for member in COMMON.iter().chain(unknown) {
        assert!(line.remove(*member).is_some(), "{member} in {line:?}");
    }
    line.into()
}

#[tokio::test]
async fn a_request_leaves_one_line_that_says_what_came_of_it_and_why() {
    let table = Table::start().await;
    let function = start(&table.url, &[LOGS_JSON]).await;
    let mut preflight = event(Value::Null);
    preflight["httpMethod"] = "OPTIONS".into();
    let mut get = event(Value::Null);
    get["httpMethod"] = "GET".into();
    let rows = [
        (event(minimal().to_string()), json!({ "outcome": "registered", "status": 201, "attempts": 1 })),
        (
            event(minimal_with("redirect_uris", json!(["https://e.example/#"])).to_string()),
            json!({ "outcome": "refused", "status": 400, "error": "invalid_redirect_uri", "member": "redirect_uris", "reason": "a redirect URI must not have a fragment" }),
        ),
        (preflight, json!({ "outcome": "preflight", "status": 204 })),
        (get, json!({ "outcome": "method_not_allowed", "status": 405 })),
    ];
    let mut results = Vec::new();
    for (number, (event, _)) in rows.iter().enumerate() {
        function.invoke(&format!("request-{number}"), event);
        results.push(function.result().await.1);
    }

    let lines = lines(function).await;

    assert_eq!(lines.len(), rows.len(), "one line a request: {lines:?}");
    for (number, (line, (_, expected))) in lines.into_iter().zip(rows).enumerate() {
        let mut expected = expected;
        expected["request_id"] = format!("request-{number}").into();
        let registered = expected["outcome"] == "registered";
        if registered {
            let answer: Value = serde_json::from_str(results[number]["body"].as_str().unwrap()).unwrap();
            expected["client_id"] = answer["client_id"].clone();
            assert!(line["dynamodb_ms"].as_f64().unwrap() > 0.0, "{line:?}");
        }
        assert_eq!(line["level"], "INFO");
        let unknown: &[&str] = if registered { &["dynamodb_ms"] } else { &[] };
        assert_eq!(known(line, unknown), expected);
    }
}

#[tokio::test]
async fn our_own_trouble_is_logged_with_its_cause_and_at_its_level() {
    let rows = [
        (
            Fault::Exception(400, "ThrottlingException"),
            json!({ "outcome": "throttled", "status": 429, "attempts": 3 }),
            ("WARN", "HTTP 400: service error: ThrottlingException: as scripted"),
        ),
        (
            Fault::Exception(503, "ServiceUnavailable"),
            json!({ "outcome": "unavailable", "status": 503, "attempts": 3 }),
            ("ERROR", "ServiceUnavailable"),
        ),
        (
            Fault::Exception(400, "AccessDeniedException"),
            json!({ "outcome": "failed", "status": 500, "attempts": 1 }),
            ("ERROR", "AccessDeniedException"),
        ),
        (
            Fault::Collide,
            json!({ "outcome": "failed", "status": 500, "attempts": 1 }),
            ("ERROR", "the client_id is taken"),
        ),
        (Fault::Garbage(200), json!({ "outcome": "failed", "status": 500, "attempts": 3 }), ("ERROR", "HTTP 200: ")),
    ];
    for (fault, mut expected, (level, cause)) in rows {
        let table = Table::start().await;
        let wire = Wire::to(&table.url, always(fault)).await;
        let function = start(&wire.url, &[LOGS_JSON]).await;
        function.invoke("unlucky", &event(minimal().to_string()));
        assert_eq!(function.result().await.1["statusCode"], expected["status"]);

        let line = lines(function).await.pop().unwrap();

        assert_eq!(line["level"], level);
        let told = line["cause"].as_str().unwrap();
        assert!(told.contains(cause), "{line:?}");
        if matches!(fault, Fault::Exception(..)) {
            assert_eq!(told.matches("as scripted").count(), 1, "the SDK's errors say it twice: {line:?}");
        }
        // What answered is not repeated, as it may repeat the client.
        assert!(!told.contains("It works"), "{line:?}");
        assert!(line["dynamodb_ms"].as_f64().unwrap() > 0.0, "{line:?}");
        expected["request_id"] = "unlucky".into();
        assert_eq!(known(line, &["cause", "dynamodb_ms"]), expected);
    }
}

#[tokio::test]
async fn the_time_of_the_table_is_in_milliseconds() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, always(Fault::Delay(Duration::from_millis(300)))).await;
    let function = start(&wire.url, &[LOGS_JSON]).await;
    function.invoke("slow", &event(minimal().to_string()));
    function.result().await;
    let took = lines(function).await.pop().unwrap()["dynamodb_ms"].as_f64().unwrap();
    assert!((300.0..6000.0).contains(&took), "{took}");
}

#[tokio::test]
async fn a_line_of_text_quotes_what_has_spaces_and_no_identifier() {
    let table = Table::start().await;
    let wire = Wire::to(&table.url, |nth| if nth < 2 { Fault::Pass } else { Fault::Collide }).await; // the warm-up is the first
    let function = start(&wire.url, &[]).await;
    let mut answers = Vec::new();
    for request_id in ["lucky", "unlucky"] {
        function.invoke(request_id, &event(minimal().to_string()));
        answers.push(function.result().await.1);
    }
    let answer: Value = serde_json::from_str(answers[0]["body"].as_str().unwrap()).unwrap();

    let logged = function.stop().await;

    let lines: Vec<&str> =
        logged.lines().map(|line| line.split_once(" dynamodb_ms=").unwrap().0.trim_start()).collect();
    assert_eq!(
        lines,
        [
            format!(
                r#"INFO registration request_id="lucky" outcome="registered" status=201 client_id={}"#,
                answer["client_id"].as_str().unwrap()
            ),
            r#"ERROR registration request_id="unlucky" outcome="failed" status=500 cause="the client_id is taken""#
                .to_owned(),
        ]
    );
}

#[tokio::test]
async fn the_log_level_is_lambdas_and_fatal_is_error() {
    let rows: [(Option<&str>, &[&str]); 7] = [
        (None, &["INFO", "WARN", "ERROR"]),
        (Some("no level"), &["INFO", "WARN", "ERROR"]),
        (Some("INFO"), &["INFO", "WARN", "ERROR"]),
        (Some("WARN"), &["WARN", "ERROR"]),
        (Some("ERROR"), &["ERROR"]),
        (Some("FATAL"), &["ERROR"]),
        (Some("fatal"), &["ERROR"]),
    ];
    for (level, expected) in rows {
        let table = Table::start().await;
        let wire = Wire::to(&table.url, |nth| match nth {
            0 | 1 => Fault::Pass, // the warm-up and the first registration
            2..5 => Fault::Exception(400, "ThrottlingException"),
            _ => Fault::Collide,
        })
        .await;
        let level_variable = level.map(|level| ("AWS_LAMBDA_LOG_LEVEL", level));
        let function = start(&wire.url, &[level_variable.as_slice(), &[LOGS_JSON]].concat()).await;
        for status in [201, 429, 500] {
            function.invoke("leveled", &event(minimal().to_string()));
            assert_eq!(function.result().await.1["statusCode"], status, "{level:?}");
        }
        let lines = lines(function).await;
        let levels: Vec<&Value> = lines.iter().map(|line| &line["level"]).collect();
        assert_eq!(levels, expected, "{level:?}");
    }
}

#[tokio::test]
async fn no_text_of_a_caller_is_in_the_log_however_it_is_wrapped() {
    const MARK: &str = "from-a-caller";
    let forged = format!(
        "{MARK}\"}}\n{{\"level\":\"ERROR\",\"message\":\"{MARK}\"}}\r\n\u{1b}[31m\u{9b}31m{MARK}\u{2028}%0a{MARK}"
    );
    let table = Table::start().await;
    let function = start(&table.url, &[LOGS_JSON]).await;
    let mut events = vec![event(forged.clone()), event(format!("{{\"{MARK}"))];
    for member in ["client_name", "scope", "logo_uri", "token_endpoint_auth_method", MARK, &forged] {
        events.push(event(minimal_with(member, forged.as_str()).to_string()));
        events.push(event(minimal_with(member, json!([{ &forged: forged }])).to_string()));
    }
    for member in ["redirect_uris", "grant_types", "response_types"] {
        events.push(event(minimal_with(member, json!([forged])).to_string()));
    }
    events.push(event(minimal_with("client_name", format!("{MARK} \"}}\\n{{\" %s ${{jndi:x}}")).to_string()));
    events.push(event(
        minimal_with("redirect_uris", json!([format!("https://{MARK}.example/%0a%0d?{MARK}")])).to_string(),
    ));
    for header in ["Content-Type", "User-Agent", "X-Forwarded-For"] {
        let mut event = event(minimal().to_string());
        event["headers"][header] = forged.as_str().into();
        event["multiValueHeaders"][header] = json!([forged]);
        events.push(event);
    }
    let mut query = event(minimal().to_string());
    query["path"] = forged.as_str().into();
    query["queryStringParameters"] = json!({ &forged: forged });
    query["requestContext"]["identity"]["sourceIp"] = MARK.into();
    events.push(query);
    let mut registered = 0;
    for (number, event) in events.iter().enumerate() {
        function.invoke(&format!("request-{number}"), event);
        registered += usize::from(function.result().await.1["statusCode"] == 201);
    }

    let lines = lines(function).await;

    assert!(registered > 5 && registered < events.len(), "{registered}");
    assert_eq!(lines.len(), events.len(), "one line a request");
    for (number, line) in lines.iter().enumerate() {
        assert_eq!(line["request_id"], format!("request-{number}"));
        assert!(!Value::from(line.clone()).to_string().contains(MARK), "{line:?}");
    }
}

#[tokio::test]
async fn no_log_level_brings_a_callers_text_or_a_reply_into_the_log() {
    const MARK: &str = "FromACaller";
    let faults = [
        (Fault::Pass, 201),
        (Fault::Collide, 500), // the reply has the other client's item
        (Fault::UpdateAndLoseReply("SET reviewed_by = client_name"), 201), // the second reply has this client's
        (Fault::Garbage(200), 500),
    ];
    for (fault, status) in faults {
        let table = Table::start().await;
        // The warm-up comes first.
        let wire =
            Wire::to(&table.url, move |nth| if nth == 1 || fault == Fault::Garbage(200) { fault } else { Fault::Pass })
                .await;
        let function = start(&wire.url, &[("AWS_LAMBDA_LOG_LEVEL", "TRACE")]).await;
        let mut event = event(minimal_with("client_name", MARK).to_string());
        event["headers"]["User-Agent"] = MARK.into();
        event["multiValueHeaders"]["User-Agent"] = json!([MARK]);
        event["queryStringParameters"] = json!({ MARK: MARK });
        event["requestContext"]["identity"]["sourceIp"] = MARK.into();
        function.invoke("traced", &event);
        assert_eq!(function.result().await.1["statusCode"], status, "{fault:?}");

        let logged = function.stop().await;

        assert!(logged.contains("DEBUG"), "{fault:?}: more than usual is logged: {logged}");
        for text in [MARK, ANOTHER_CLIENT, "It works"] {
            assert!(!logged.contains(text), "{fault:?}: {logged}");
        }
    }
}
