//! Metrics, alarms and the dashboard: that they count what the function and the gateway log.

use std::collections::BTreeSet;

use dev::dynamodb::Table;
use dev::wire::{Fault, Wire, always};
use serde_json::{Value, json};

use super::{properties, table_name, template};
use crate::support::{LOGS_JSON, minimal_with, start};
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
        let function = start(&wire.url, &[LOGS_JSON, list]).await;
        for event in events::all().values().chain([&wrong_method, &unlisted]) {
            function.invoke("test", event);
            function.result().await;
        }
        lines.extend(logs::lines(function).await.into_iter().map(Value::from));
    }
    lines
}

/// Whether a log line matches a filter of comparisons of members with texts, all the template needs.
fn matches(pattern: &Value, line: &Value) -> bool {
    let comparisons = pattern.as_str().unwrap().strip_prefix("{ ").and_then(|rest| rest.strip_suffix(" }")).unwrap();
    comparisons.split(" && ").all(|comparison| {
        let [member, operator, value] = comparison.split(' ').collect::<Vec<_>>().try_into().unwrap();
        let is_equal = line[member.strip_prefix("$.").unwrap()].as_str() == Some(value.trim_matches('"'));
        match operator {
            "=" => is_equal,
            "!=" => !is_equal,
            _ => panic!("{operator} is for somebody to add"),
        }
    })
}

/// What CloudWatch draws, where every condition of the template is true.
fn dashboard() -> Value {
    let substitute = properties("Dashboard")["DashboardBody"]["Fn::Sub"].take();
    let registrations = substitute[1]["Registrations"]["Fn::If"][1]["Fn::Sub"].as_str().unwrap();
    let body = substitute[0].as_str().unwrap().replace("${Registrations}", registrations);
    assert_eq!(substitute[1]["Table"], table_name());
    serde_json::from_str(&body.replace("${Why}", substitute[1]["Why"].as_str().unwrap())).unwrap()
}

#[tokio::test]
async fn the_metrics_count_the_lines_a_request_leaves() {
    let lines = log_lines().await;
    let dashboard = dashboard().to_string();

    let filter = properties("OutcomeMetric");
    let metric = json!([{
        "MetricNamespace": { "Ref": "AWS::StackName" }, "MetricName": "Outcomes", "MetricValue": "1", "Unit": "Count",
        "Dimensions": [{ "Key": "Outcome", "Value": "$.outcome" }],
    }]);
    assert_eq!(filter["MetricTransformations"], metric);
    let counted = lines.iter().filter(|line| matches(&filter["FilterPattern"], line));
    let counted: BTreeSet<&str> = counted.map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(counted, BTreeSet::from(["registered", "refused", "throttled", "unavailable", "failed"]));
    for outcome in counted {
        assert!(dashboard.contains(&format!("\"{outcome}\"")), "the dashboard should draw {outcome}");
    }
    // A registration from which a redirect URI was left out also has `origin`.
    assert!(
        dashboard.contains("filter message = 'registration' and (outcome != 'registered' or ispresent(origin)) | ")
    );
    let (_, by) = dashboard.split_once("stats count(*) as requests by ").unwrap();
    for name in by.split_once(" | ").unwrap().0.split(", ") {
        assert!(lines.iter().any(|line| line.get(name).is_some()), "no line has {name}");
    }

    let format = properties("RegistrationApi")["AccessLogSetting"]["Format"].take();
    let line = serde_json::from_str(&format.as_str().unwrap().replace("$context.status", "429")).unwrap();
    assert!(matches(&properties("ThrottledMetric")["FilterPattern"], &line), "{line}");
}

/// What every alarm has, whatever it counts.
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
    let dimension = |name: &str, value: Value| json!({ "Name": name, "Value": value });
    let of_the_api =
        json!([dimension("ApiName", json!({ "Ref": "AWS::StackName" })), dimension("Stage", api["StageName"].clone())]);
    let of_the_function = json!([dimension("FunctionName", json!({ "Ref": "RegisterFunction" }))]);
    let of_the_table = json!([dimension("TableName", table_name()), dimension("Operation", json!("PutItem"))]);
    let sum = |id: &str, period: u32, metric: Value| {
        let sum = json!({ "Stat": "Sum", "Period": period, "Metric": metric });
        json!({ "Id": id, "ReturnData": false, "MetricStat": sum })
    };
    let aws = |id: &str, service: &str, name: &str, of: &Value| {
        sum(id, 300, json!({ "Namespace": format!("AWS/{service}"), "MetricName": name, "Dimensions": of }))
    };
    let outcome = |id: &str| {
        let outcomes = properties("OutcomeMetric")["MetricTransformations"][0].take();
        let of = json!([dimension(outcomes["Dimensions"][0]["Key"].as_str().unwrap(), json!(id))]);
        let (namespace, name) = (&outcomes["MetricNamespace"], &outcomes["MetricName"]);
        sum(id, 3600, json!({ "Namespace": namespace, "MetricName": name, "Dimensions": of }))
    };
    let throttled = &properties("ThrottledMetric")["MetricTransformations"][0];
    let throttled = json!({ "Namespace": throttled["MetricNamespace"], "MetricName": throttled["MetricName"] });
    let alarms = [
        (
            "ServerErrorsAlarm",
            json!({
                "Metrics": [
                    { "Id": "together", "Label": "Server errors",
                        "Expression": "SUM([FILL(answers, 0), FILL(errors, 0), FILL(throttles, 0)])" },
                    aws("answers", "ApiGateway", "5XXError", &of_the_api),
                    aws("errors", "Lambda", "Errors", &of_the_function),
                    aws("throttles", "Lambda", "Throttles", &of_the_function),
                ],
                "EvaluationPeriods": 6, "DatapointsToAlarm": 2,
                "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            }),
        ),
        (
            "RefusedShareAlarm",
            json!({
                "Metrics": [
                    { "Id": "share", "Label": "Refused in percent", "Expression": "IF(both >= 20, 100 * refused / both, 0)" },
                    { "Id": "both", "ReturnData": false, "Expression": "SUM([refused, FILL(registered, 0)])" },
                    outcome("refused"),
                    outcome("registered"),
                ],
                "EvaluationPeriods": 1, "Threshold": 50, "ComparisonOperator": "GreaterThanThreshold",
            }),
        ),
        (
            "ThrottledShareAlarm",
            json!({
                "Metrics": [
                    { "Id": "share", "Label": "Share of 429 in percent",
                        "Expression": "IF(requests >= 20, 100 * throttled / requests, 0)" },
                    sum("throttled", 300, throttled),
                    aws("requests", "ApiGateway", "Count", &of_the_api),
                ],
                "EvaluationPeriods": 3, "Threshold": 10, "ComparisonOperator": "GreaterThanThreshold",
            }),
        ),
        (
            "TableThrottlesAlarm",
            json!({
                "Namespace": "AWS/DynamoDB", "MetricName": "ThrottledRequests", "Dimensions": of_the_table,
                "Statistic": "Sum", "Period": 300, "EvaluationPeriods": 1,
                "Threshold": 1, "ComparisonOperator": "GreaterThanOrEqualToThreshold",
            }),
        ),
        // The latency of successful requests has as many samples as there were; INFO lines are not needed.
        (
            "RegistrationsAlarm",
            json!({
                "Namespace": "AWS/DynamoDB", "MetricName": "SuccessfulRequestLatency", "Dimensions": of_the_table,
                "Statistic": "SampleCount", "Period": 3600, "EvaluationPeriods": 1,
                "Threshold": { "Ref": "UsualRegistrationsPerHour" }, "ComparisonOperator": "GreaterThanThreshold",
            }),
        ),
        // Lambda's Duration leaves cold starts out; what the gateway waits for the function doesn't.
        (
            "SlowAlarm",
            json!({
                "Namespace": "AWS/ApiGateway", "MetricName": "IntegrationLatency", "Dimensions": of_the_api,
                "ExtendedStatistic": "p99", "EvaluateLowSampleCountPercentile": "ignore", "Period": 300,
                "EvaluationPeriods": 3, "Threshold": 2000, "ComparisonOperator": "GreaterThanThreshold",
            }),
        ),
    ];
    for (name, meant) in alarms {
        let mut found = properties(name);
        found.as_object_mut().unwrap().retain(|member, _| !COMMON.contains(&member.as_str()));
        assert_eq!(found, meant, "{name}");
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

/// A server that stops renewing loses every client, and nothing fails until it happens.
#[test]
fn one_widget_shows_who_registered_was_renewed_and_expired() {
    let dashboard = dashboard();
    let is_it = |widget: &&Value| widget["properties"]["title"] == "Clients per day";
    let widget = dashboard["widgets"].as_array().unwrap().iter().find(is_it).unwrap();
    let drawn = json!([
        ["AWS/DynamoDB", "SuccessfulRequestLatency", "TableName", "${Table}", "Operation", "PutItem", { "label": "registered" }],
        ["...", "UpdateItem", { "label": "renewed" }],
        [".", "TimeToLiveDeletedItemCount", ".", ".", { "stat": "Sum", "label": "expired" }],
    ]);
    assert_eq!(widget["properties"]["metrics"], drawn);
    assert_eq!(widget["properties"]["stat"], "SampleCount");
}
