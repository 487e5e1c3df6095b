//! Metrics, alarms and the dashboard: that they count what the function and the gateway log.

use std::collections::BTreeSet;

use dev::dynamodb::{TABLE_NAME, Table};
use dev::runtime_api::Function;
use dev::wire::{Fault, Wire, always};
use dynamic_client_registration::outcome::ErrorCode;
use serde_json::{Value, json};

use super::{properties, table_name, template};
use crate::support::{BINARY, minimal_with};
use crate::{events, logs};

/// The real binary's log lines of requests that come to every outcome, and every error code, there is.
pub(super) async fn log_lines() -> Vec<Value> {
    let registration = &events::all()["register-minimal"];
    let mut wrong_method = registration.clone();
    wrong_method["httpMethod"] = "GET".into();
    let mut unlisted = registration.clone();
    unlisted["body"] = minimal_with("redirect_uris", json!(["https://other.example/cb"])).to_string().into();
    let table = Table::start().await;
    let mut lines = Vec::new();
    for fault in [
        Fault::Pass,
        Fault::Exception(400, "ThrottlingException"),
        Fault::Exception(503, "InternalServerError"),
        Fault::Exception(400, "AccessDeniedException"),
    ] {
        let wire = Wire::to(&table.url, always(fault)).await;
        let list = ("ALLOWED_REDIRECT_ORIGINS", "https://example.com");
        let table = [("TABLE_NAME", TABLE_NAME), ("AWS_ENDPOINT_URL_DYNAMODB", &wire.url)];
        let function =
            Function::start(BINARY, &[&table[..], &[list, ("AWS_LAMBDA_LOG_FORMAT", "JSON")]].concat()).await;
        for event in events::all().values().chain([&wrong_method, &unlisted]) {
            function.invoke("test", event);
            function.result().await;
        }
        lines.extend(logs::lines(function).await.into_iter().map(Value::from));
    }
    lines
}

/// Whether a log line matches a filter of the form `{ $.member = "value" }`, the only one the template needs.
fn matches(pattern: &Value, line: &Value) -> bool {
    let comparison = pattern.as_str().unwrap().strip_prefix("{ ").and_then(|rest| rest.strip_suffix(" }")).unwrap();
    let (member, value) = comparison.strip_prefix("$.").unwrap().split_once(" = ").unwrap();
    line[member].as_str() == Some(value.trim_matches('"'))
}

/// What a metric filter tells apart in these lines, by the member of its dimension.
fn counted<'a>(filter: &str, member: &str, lines: &'a [Value]) -> BTreeSet<&'a str> {
    let filter = properties(filter);
    assert_eq!(filter["MetricTransformations"][0]["Dimensions"][0]["Value"], format!("$.{member}"));
    let lines = lines.iter().filter(|line| matches(&filter["FilterPattern"], line));
    lines.map(|line| line[member].as_str().unwrap()).collect()
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

    let drawn = BTreeSet::from(["registered", "refused", "throttled", "unavailable", "failed"]);
    let outcomes = counted("OutcomeMetric", "outcome", &lines);
    assert_eq!(outcomes, &drawn | &BTreeSet::from(["preflight", "method_not_allowed"]));
    let codes = [ErrorCode::InvalidRequest, ErrorCode::InvalidClientMetadata, ErrorCode::InvalidRedirectUri];
    let codes = BTreeSet::from(codes.map(ErrorCode::as_str));
    assert_eq!(counted("RefusalMetric", "error", &lines), codes);
    for drawn in &drawn | &codes {
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

/// What every alarm has besides what it counts.
const COMMON: [&str; 4] = ["AlarmDescription", "AlarmActions", "OKActions", "TreatMissingData"];

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
        let common = COMMON.map(|member| alarm["Properties"][member].clone());
        assert!(common[0].is_string(), "{name} should say what to do");
        assert_eq!(common[1..], [notified.clone(), notified, json!("notBreaching")], "{name}");
        names.push(format!("${{{name}.Arn}}"));
    }
    names.sort_unstable();
    assert_eq!(shown, names);
    assert_eq!(resources["AlarmTopic"]["Condition"], "NotifiesEmail");
    let mails = json!({ "Subscription": [{ "Protocol": "email", "Endpoint": { "Ref": "AlarmEmail" } }] });
    assert_eq!(resources["AlarmTopic"]["Properties"], mails);
}

#[test]
fn alarms_count_what_they_say() {
    let api = properties("RegistrationApi");
    assert_eq!(api["Name"], json!({ "Ref": "AWS::StackName" }));
    let of_the_api = json!([{ "Name": "ApiName", "Value": { "Ref": "AWS::StackName" } }, { "Name": "Stage", "Value": api["StageName"] }]);
    let of_the_table =
        json!([{ "Name": "TableName", "Value": table_name() }, { "Name": "Operation", "Value": "PutItem" }]);
    let throttled = &properties("ThrottledMetric")["MetricTransformations"][0];
    let throttled = json!({ "Namespace": throttled["MetricNamespace"], "MetricName": throttled["MetricName"] });
    let requests = json!({ "Namespace": "AWS/ApiGateway", "MetricName": "Count", "Dimensions": of_the_api });
    let five_minutes = |metric: Value| json!({ "Metric": metric, "Stat": "Sum", "Period": 300 });
    let share = json!([
        { "Id": "share", "Label": "Share of 429 in percent", "Expression": "IF(requests >= 20, 100 * throttled / requests, 0)" },
        { "Id": "throttled", "ReturnData": false, "MetricStat": five_minutes(throttled) },
        { "Id": "requests", "ReturnData": false, "MetricStat": five_minutes(requests) },
    ]);
    let one_value = |alarm: Value| {
        let alarm = alarm.as_object().unwrap();
        let (names, values): (Vec<_>, Vec<_>) = alarm
            .iter()
            .filter(|(name, _)| !COMMON.contains(&name.as_str()) && *name != "Dimensions" && *name != "Metrics")
            .unzip();
        let of = alarm.get("Dimensions").or(alarm.get("Metrics")).unwrap();
        let of = [(&of_the_api, "the API"), (&of_the_table, "the table"), (&share, "the share")]
            .into_iter()
            .find(|(each, _)| *each == of);
        let short: String =
            names.iter().map(|name| name.chars().filter(char::is_ascii_uppercase).collect::<String>() + " ").collect();
        let values: Vec<_> = values.into_iter().map(|value| value.to_string().replace('"', "")).collect();
        format!("{}: {short}= {}", of.unwrap().1, values.join(" "))
    };
    for (name, meant) in [
        (
            "ServerErrorsAlarm",
            "the API: CO DTA EP MN N P S T = GreaterThanOrEqualToThreshold 2 6 5XXError AWS/ApiGateway 300 Sum 1",
        ),
        ("ThrottledShareAlarm", "the share: CO EP T = GreaterThanThreshold 3 10"),
        (
            "TableThrottlesAlarm",
            "the table: CO EP MN N P S T = GreaterThanOrEqualToThreshold 1 ThrottledRequests AWS/DynamoDB 300 Sum 1",
        ),
        // The latency of successful requests has as many samples as there were; INFO lines are not needed.
        (
            "RegistrationsAlarm",
            "the table: CO EP MN N P S T = GreaterThanThreshold 1 SuccessfulRequestLatency AWS/DynamoDB 3600 SampleCount {Ref:UsualRegistrationsPerHour}",
        ),
        // Lambda's Duration leaves cold starts out; what the gateway waits for the function doesn't.
        (
            "SlowAlarm",
            "the API: CO EP ES MN N P T = GreaterThanThreshold 3 p99 IntegrationLatency AWS/ApiGateway 300 2000",
        ),
    ] {
        assert_eq!(one_value(properties(name)), meant, "{name}");
    }
}

/// Whether the gateway logs what the firewall blocks is not documented; the firewall's own metrics don't depend on it.
#[test]
fn the_dashboard_shows_what_the_firewalls_rule_counts() {
    let acl = properties("WebAcl");
    assert_eq!(acl["VisibilityConfig"]["MetricName"], json!({ "Ref": "AWS::StackName" }));
    let rule = &acl["Rules"][0]["VisibilityConfig"]["MetricName"];
    let stack = r#""BlockedRequests","WebACL","${AWS::StackName}","Region","${AWS::Region}""#;
    assert!(dashboard().to_string().contains(&format!(r#"{stack},"Rule",{rule}]"#)), "{rule}");
}
