//! Metrics, alarms and the dashboard: that they count what the function and the gateway log.

use std::cell::RefCell;
use std::io;

use dynamic_client_registration::allowed_origins::AllowedOrigins;
use dynamic_client_registration::metadata::Policy;
use dynamic_client_registration::outcome::{ErrorCode, Outcome};
use dynamic_client_registration::store::StoreError;
use dynamic_client_registration::{log, response};
use lambda_http::http::Method;
use serde_json::{Value, json};

use super::{NO_EFFORT, properties, table_name, template};
use crate::support::{Endpoint, minimal, minimal_with, post};

thread_local! {
    /// What was logged on this thread, so by this test.
    static LOG: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Appends to [`LOG`].
struct Log;

impl io::Write for Log {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        LOG.with_borrow_mut(|log| log.write(line))
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// One log line for every outcome, and every error code, there is; written as src/log.rs has them written.
async fn log_lines() -> Vec<Value> {
    // For all threads: where the only subscriber is one thread's, another that logs first turns a line off for good.
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(|| Log).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let endpoint = Endpoint::start().await;
    LOG.take();

    endpoint.register(&minimal()).await.assert_registered("registered");
    endpoint.send(post("")).await.assert_refused("invalid_request", "no body");
    endpoint.register(&minimal_with("client_name", "")).await.assert_refused("invalid_client_metadata", "no name");
    let allowed_origins = AllowedOrigins::parse("https://example.com").unwrap();
    let redirect_uris = json!(["https://app.example.com/cb"]);
    Endpoint::with_policy(Policy { allowed_origins, ..Policy::default() })
        .await
        .register(&minimal_with("redirect_uris", redirect_uris))
        .await
        .assert_refused("invalid_redirect_uri", "an origin that is not listed");
    for method in [Method::OPTIONS, Method::GET] {
        let mut request = post("");
        *request.method_mut() = method;
        endpoint.send(request).await;
    }
    for error in [
        StoreError::Throttled("cause".to_owned()),
        StoreError::Unavailable("cause".to_owned()),
        StoreError::Failed("cause".to_owned()),
    ] {
        let outcome = Outcome::NotStored(error, NO_EFFORT);
        let status = response::answer(&outcome).status();
        log::outcome("test-request", &outcome, status);
    }
    let log = String::from_utf8(LOG.take()).unwrap();
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// The value of `$.member` in a log line, and whether the line matches a filter of the form `{ $.member = "value" }`,
/// the only one the template needs.
fn member<'a>(line: &'a Value, selector: &str) -> &'a Value {
    &line[selector.strip_prefix("$.").unwrap()]
}

fn matches(pattern: &Value, line: &Value) -> bool {
    let comparison = pattern.as_str().unwrap().strip_prefix("{ ").and_then(|rest| rest.strip_suffix(" }")).unwrap();
    let (selector, value) = comparison.split_once(" = ").unwrap();
    member(line, selector).as_str() == Some(value.trim_matches('"'))
}

#[tokio::test]
async fn the_metrics_count_the_lines_a_request_leaves() {
    let lines = log_lines().await;
    let dashboard = properties("Dashboard")["DashboardBody"]["Fn::Sub"][0].as_str().unwrap().to_owned();

    let outcomes = properties("OutcomeMetric");
    let by_outcome = outcomes["MetricTransformations"][0]["Dimensions"][0]["Value"].as_str().unwrap();
    let counted: Vec<&str> = lines
        .iter()
        .filter(|line| matches(&outcomes["FilterPattern"], line))
        .map(|line| member(line, by_outcome).as_str().unwrap())
        .collect();
    assert_eq!(
        counted,
        [
            "registered",
            "refused",
            "refused",
            "refused",
            "preflight",
            "method_not_allowed",
            "throttled",
            "unavailable",
            "failed"
        ]
    );
    for outcome in ["registered", "refused", "throttled", "unavailable", "failed"] {
        assert!(dashboard.contains(&format!("\"{outcome}\"")), "the dashboard should draw {outcome}");
    }

    let refusals = properties("RefusalMetric");
    let by_error = refusals["MetricTransformations"][0]["Dimensions"][0]["Value"].as_str().unwrap();
    let counted: Vec<&str> = lines
        .iter()
        .filter(|line| matches(&refusals["FilterPattern"], line))
        .map(|line| member(line, by_error).as_str().unwrap())
        .collect();
    let codes = [ErrorCode::InvalidRequest, ErrorCode::InvalidClientMetadata, ErrorCode::InvalidRedirectUri];
    assert_eq!(counted, codes.map(ErrorCode::as_str));
    for code in counted {
        assert!(dashboard.contains(&format!("\"{code}\"")), "the dashboard should draw {code}");
    }
    assert_eq!((by_outcome, by_error), ("$.outcome", "$.error"));
    let (_, by) = dashboard.split_once("stats count(*) as requests by ").unwrap();
    let (by, _) = by.split_once(" | ").unwrap();
    let by: Vec<&str> = by.split(", ").collect();
    assert_eq!(by, ["outcome", "error", "member", "reason", "origin"], "what the dashboard's last table groups by");
    for name in by {
        assert!(lines.iter().any(|line| line.get(name).is_some()), "no line has {name}");
    }

    let throttled = properties("ThrottledMetric");
    let api = properties("RegistrationApi");
    let line = api["AccessLogSetting"]["Format"].as_str().unwrap().replace("$context.status", "429");
    let line: Value = serde_json::from_str(&line).unwrap();
    assert!(matches(&throttled["FilterPattern"], &line), "{line}");
}

#[test]
fn the_dashboard_is_json_and_shows_every_alarm() {
    let body = properties("Dashboard")["DashboardBody"]["Fn::Sub"][0].as_str().unwrap().to_owned();
    let body: Value = serde_json::from_str(&body).unwrap();

    let mut shown: Vec<Value> = body["widgets"][0]["properties"]["alarms"].as_array().unwrap().clone();
    shown.sort_unstable_by_key(Value::to_string);
    let template = template();
    let mut alarms: Vec<Value> = template["Resources"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm")
        .map(|(name, resource)| {
            assert!(resource["Properties"]["AlarmDescription"].is_string(), "{name} should say what to do");
            let notified = json!([
                { "Fn::If": ["NotifiesEmail", { "Ref": "AlarmTopic" }, { "Ref": "AWS::NoValue" }] },
                { "Fn::If": ["NotifiesTopic", { "Ref": "AlarmTopicArn" }, { "Ref": "AWS::NoValue" }] },
            ]);
            assert_eq!(resource["Properties"]["AlarmActions"], notified, "{name}");
            assert_eq!(resource["Properties"]["OKActions"], notified, "{name}");
            format!("${{{name}.Arn}}").into()
        })
        .collect();
    alarms.sort_unstable_by_key(Value::to_string);
    assert_eq!(shown, alarms);
    assert_eq!(alarms.len(), 4);
}

/// A metric of an alarm on an expression.
fn metric<'a>(alarm: &'a Value, id: &str) -> &'a Value {
    let metrics = alarm["Metrics"].as_array().unwrap();
    &metrics.iter().find(|metric| metric["Id"] == id).unwrap()["MetricStat"]["Metric"]
}

#[test]
fn alarms_count_what_they_say() {
    // Either kind of refusal has a metric of its own: of a table that scales, and of one at its maximum.
    let refused_writes = properties("TableThrottlesAlarm");
    assert_eq!(refused_writes["Metrics"][0]["Expression"], "SUM(FILL(METRICS(), 0))");
    assert_eq!(refused_writes["Metrics"].as_array().unwrap().len(), 3, "the expression, and what it sums up");
    for (id, name) in [("scaling", "WriteThrottleEvents"), ("maximum", "WriteMaxOnDemandThroughputThrottleEvents")] {
        let metric = metric(&refused_writes, id);
        assert_eq!(metric["Namespace"], "AWS/DynamoDB");
        assert_eq!(metric["MetricName"], name);
        assert_eq!(metric["Dimensions"], json!([{ "Name": "TableName", "Value": table_name() }]));
    }

    // Lambda's Duration leaves cold starts out; what the gateway waits for the function doesn't.
    let slow = properties("SlowAlarm");
    assert_eq!((&slow["Namespace"], &slow["MetricName"]), (&json!("AWS/ApiGateway"), &json!("IntegrationLatency")));

    // The same API as the gateway's other metrics, by the name and the stage it has.
    let api = properties("RegistrationApi");
    assert_eq!(api["Name"], json!({ "Ref": "AWS::StackName" }));
    let of_the_api = json!([
        { "Name": "ApiName", "Value": { "Ref": "AWS::StackName" } },
        { "Name": "Stage", "Value": api["StageName"] },
    ]);
    let share = properties("ThrottledShareAlarm");
    assert_eq!(slow["Dimensions"], of_the_api);
    assert_eq!(properties("ServerErrorsAlarm")["Dimensions"], of_the_api);
    assert_eq!(metric(&share, "requests")["Dimensions"], of_the_api);
    let throttled = &properties("ThrottledMetric")["MetricTransformations"][0];
    assert_eq!(metric(&share, "throttled")["MetricName"], throttled["MetricName"]);
    assert_eq!(metric(&share, "throttled")["Namespace"], throttled["MetricNamespace"]);
}

/// Whether the gateway logs what the firewall blocks is not documented; the firewall's own metrics don't depend on it.
#[test]
fn the_dashboard_shows_the_firewalls_own_count_of_each_rule() {
    let acl = properties("WebAcl");
    assert_eq!(acl["VisibilityConfig"]["MetricName"], json!({ "Ref": "AWS::StackName" }));
    let dashboard = properties("Dashboard")["DashboardBody"]["Fn::Sub"][0].as_str().unwrap().to_owned();
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    let widgets = dashboard["widgets"].as_array().unwrap();
    let metrics = &widgets.iter().find(|widget| widget["properties"]["title"] == "Blocked by the firewall").unwrap()["properties"]
        ["metrics"];
    let names: Vec<&Value> =
        acl["Rules"].as_array().unwrap().iter().map(|rule| &rule["VisibilityConfig"]["MetricName"]).collect();
    assert_eq!(
        *metrics,
        json!([
            [
                "AWS/WAFV2",
                "BlockedRequests",
                "WebACL",
                "${AWS::StackName}",
                "Region",
                "${AWS::Region}",
                "Rule",
                names[0]
            ],
            ["...", names[1]],
        ])
    );
}
