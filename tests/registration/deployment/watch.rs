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
    for error in [StoreError::Throttled, StoreError::Unavailable, StoreError::Failed] {
        let outcome = Outcome::NotStored(error("cause".to_owned()), NO_EFFORT);
        let status = response::answer(&outcome).status();
        log::outcome("test-request", &outcome, status);
    }
    let log = String::from_utf8(LOG.take()).unwrap();
    log.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Whether a log line matches a filter of the form `{ $.member = "value" }`, the only one the template needs.
fn matches(pattern: &Value, line: &Value) -> bool {
    let comparison = pattern.as_str().unwrap().strip_prefix("{ ").and_then(|rest| rest.strip_suffix(" }")).unwrap();
    let (member, value) = comparison.strip_prefix("$.").unwrap().split_once(" = ").unwrap();
    line[member].as_str() == Some(value.trim_matches('"'))
}

/// What a metric filter counts of these lines, by the member of its dimension.
fn counted(filter: &str, member: &str, lines: &[Value]) -> Vec<String> {
    let filter = properties(filter);
    let dimensions = &filter["MetricTransformations"][0]["Dimensions"];
    assert_eq!(dimensions[0]["Value"], format!("$.{member}"));
    let lines = lines.iter().filter(|line| matches(&filter["FilterPattern"], line));
    lines.map(|line| line[member].as_str().unwrap().to_owned()).collect()
}

/// What CloudWatch draws, where every condition of the template is true.
fn dashboard() -> Value {
    let substitute = properties("Dashboard")["DashboardBody"]["Fn::Sub"].take();
    let registrations = substitute[1]["Registrations"]["Fn::If"][1]["Fn::Sub"].as_str().unwrap();
    let body = substitute[0].as_str().unwrap().replace("${Registrations}", registrations);
    assert_eq!(substitute[1]["Table"], table_name());
    serde_json::from_str(&body).unwrap()
}

#[tokio::test]
async fn the_metrics_count_the_lines_a_request_leaves() {
    let lines = log_lines().await;
    let dashboard = dashboard().to_string();

    let outcomes = counted("OutcomeMetric", "outcome", &lines);
    let refused = ["refused"; 3];
    let not_stored = ["throttled", "unavailable", "failed"];
    assert_eq!(outcomes, [&["registered"], &refused[..], &["preflight", "method_not_allowed"], &not_stored].concat());
    let errors = counted("RefusalMetric", "error", &lines);
    let codes = [ErrorCode::InvalidRequest, ErrorCode::InvalidClientMetadata, ErrorCode::InvalidRedirectUri];
    assert_eq!(errors, codes.map(ErrorCode::as_str));
    for drawn in [&["registered", "refused"], &not_stored[..], &codes.map(ErrorCode::as_str)].concat() {
        assert!(dashboard.contains(&format!("\"{drawn}\"")), "the dashboard should draw {drawn}");
    }
    let (_, by) = dashboard.split_once("stats count(*) as requests by ").unwrap();
    for name in by.split_once(" | ").unwrap().0.split(", ") {
        assert!(lines.iter().any(|line| line.get(name).is_some()), "no line has {name}");
    }

    let format = properties("RegistrationApi")["AccessLogSetting"]["Format"].take();
    let line = serde_json::from_str(&format.as_str().unwrap().replace("$context.status", "429")).unwrap();
    assert!(matches(&properties("ThrottledMetric")["FilterPattern"], &line), "{line}");
}

#[test]
fn the_dashboard_shows_every_alarm_and_every_alarm_notifies() {
    let shown = dashboard()["widgets"][0]["properties"]["alarms"].take();
    let mut shown: Vec<&str> = shown.as_array().unwrap().iter().map(|alarm| alarm.as_str().unwrap()).collect();
    shown.sort_unstable();
    let template = template();
    let resources = template["Resources"].as_object().unwrap();
    let alarms = resources.iter().filter(|(_, resource)| resource["Type"] == "AWS::CloudWatch::Alarm");
    let mut names = Vec::new();
    for (name, alarm) in alarms {
        let notified = json!([
            { "Fn::If": ["NotifiesEmail", { "Ref": "AlarmTopic" }, { "Ref": "AWS::NoValue" }] },
            { "Fn::If": ["NotifiesTopic", { "Ref": "AlarmTopicArn" }, { "Ref": "AWS::NoValue" }] },
        ]);
        assert_eq!(alarm["Properties"]["AlarmActions"], notified, "{name}");
        assert_eq!(alarm["Properties"]["OKActions"], notified, "{name}");
        assert_eq!(alarm["Properties"]["TreatMissingData"], "notBreaching", "{name}");
        assert!(alarm["Properties"]["AlarmDescription"].is_string(), "{name} should say what to do");
        names.push(format!("${{{name}.Arn}}"));
    }
    names.sort_unstable();
    assert_eq!(shown, names);
}

/// The metric, the statistic, how many of how many periods of how many seconds, and the threshold.
#[test]
fn alarms_count_what_they_say() {
    let api = properties("RegistrationApi");
    assert_eq!(api["Name"], json!({ "Ref": "AWS::StackName" }));
    let of_the_api = json!([
        { "Name": "ApiName", "Value": { "Ref": "AWS::StackName" } },
        { "Name": "Stage", "Value": api["StageName"] },
    ]);
    let of_the_table =
        json!([{ "Name": "TableName", "Value": table_name() }, { "Name": "Operation", "Value": "PutItem" }]);
    let usual = json!({ "Ref": "UsualRegistrationsPerHour" });
    let (gateway, table) = ("AWS/ApiGateway", "AWS/DynamoDB");
    for (name, namespace, metric, dimensions, statistic, [of, periods, seconds], operator, threshold) in [
        ("ServerErrorsAlarm", gateway, "5XXError", &of_the_api, "Sum", [2, 6, 300], "OrEqualTo", &json!(1)),
        ("TableThrottlesAlarm", table, "ThrottledRequests", &of_the_table, "Sum", [1, 1, 300], "OrEqualTo", &json!(1)),
        // Lambda's Duration leaves cold starts out; what the gateway waits for the function doesn't.
        ("SlowAlarm", gateway, "IntegrationLatency", &of_the_api, "p99", [3, 3, 300], "", &json!(2000)),
        // Of the successful requests the latency has as many samples as there were; INFO lines are not needed.
        (
            "RegistrationsAlarm",
            table,
            "SuccessfulRequestLatency",
            &of_the_table,
            "SampleCount",
            [1, 1, 3600],
            "",
            &usual,
        ),
    ] {
        let alarm = properties(name);
        assert_eq!(alarm["Namespace"], namespace, "{name}");
        assert_eq!(alarm["MetricName"], metric, "{name}");
        assert_eq!(alarm["Dimensions"], *dimensions, "{name}");
        let found = [&alarm["Statistic"], &alarm["ExtendedStatistic"]];
        assert!(found.contains(&&json!(statistic)), "{name}");
        let all = alarm["EvaluationPeriods"].clone();
        assert_eq!(alarm.get("DatapointsToAlarm").unwrap_or(&all), of, "{name}");
        assert_eq!((&all, &alarm["Period"]), (&json!(periods), &json!(seconds)), "{name}");
        assert_eq!(alarm["ComparisonOperator"], format!("GreaterThan{operator}Threshold"), "{name}");
        assert_eq!(alarm["Threshold"], *threshold, "{name}");
    }

    let share = properties("ThrottledShareAlarm");
    assert_eq!(share["Metrics"][0]["Expression"], "IF(requests >= 20, 100 * throttled / requests, 0)");
    assert_eq!((&share["EvaluationPeriods"], &share["Threshold"]), (&json!(3), &json!(10)));
    assert_eq!(share["ComparisonOperator"], "GreaterThanThreshold");
    let throttled = &properties("ThrottledMetric")["MetricTransformations"][0];
    for (id, metric) in [
        ("throttled", json!({ "Namespace": throttled["MetricNamespace"], "MetricName": throttled["MetricName"] })),
        ("requests", json!({ "Namespace": gateway, "MetricName": "Count", "Dimensions": of_the_api })),
    ] {
        let found = share["Metrics"].as_array().unwrap().iter().find(|each| each["Id"] == id).unwrap();
        assert_eq!(found["MetricStat"], json!({ "Metric": metric, "Stat": "Sum", "Period": 300 }), "{id}");
    }
}

/// Whether the gateway logs what the firewall blocks is not documented; the firewall's own metrics don't depend on it.
#[test]
fn the_dashboard_shows_what_the_firewalls_rule_counts() {
    let acl = properties("WebAcl");
    assert_eq!(acl["VisibilityConfig"]["MetricName"], json!({ "Ref": "AWS::StackName" }));
    let rule = &acl["Rules"][0]["VisibilityConfig"]["MetricName"];
    let stack = ["WebACL", "${AWS::StackName}", "Region", "${AWS::Region}", "Rule"];
    let metric = json!([&["AWS/WAFV2", "BlockedRequests"], &stack[..], &[rule.as_str().unwrap()]].concat());
    let dashboard = dashboard();
    let widgets = dashboard["widgets"].as_array().unwrap();
    assert!(widgets.iter().any(|widget| widget["properties"]["metrics"] == json!([metric])), "{metric}");
}
