//! The way to the function: name, path, TLS, time-outs, and the gateway's line of log.

use std::time::Duration;

use dynamic_client_registration::attempts;
use serde_json::json;

use super::{properties, template};

#[test]
fn no_name_of_the_endpoint_takes_tls_older_than_1_2() {
    assert_eq!(properties("CustomDomain")["SecurityPolicy"], "TLS_1_2");
    let api = properties("RegistrationApi");
    assert_eq!(api["SecurityPolicy"], "SecurityPolicy_TLS13_1_2_2021_06");
    assert_eq!(api["EndpointAccessMode"], "BASIC", "without which API Gateway refuses that policy");
}

/// Either one record per region, distinguished by the region's name, or one alone without both members.
#[test]
fn latency_routing_names_the_region_and_nothing_else_changes_the_record() {
    let region = json!({ "Fn::If": ["RoutesByLatency", { "Ref": "AWS::Region" }, { "Ref": "AWS::NoValue" }] });
    assert_eq!(
        properties("CustomDomainRecord"),
        json!({
            "HostedZoneId": { "Ref": "HostedZoneId" },
            "Name": { "Ref": "DomainName" },
            "Type": "A",
            "SetIdentifier": region,
            "Region": region,
            "AliasTarget": {
                "DNSName": { "Fn::GetAtt": "CustomDomain.RegionalDomainName" },
                "HostedZoneId": { "Fn::GetAtt": "CustomDomain.RegionalHostedZoneId" },
            },
        })
    );
}

/// API Gateway does not escape what it logs. A caller can choose the request ID, but only among UUIDs.
#[test]
fn the_gateways_log_line_has_nothing_that_a_caller_words() {
    let api = properties("RegistrationApi");
    let format = api["AccessLogSetting"]["Format"].as_str().unwrap();
    let members: Vec<(&str, &str)> = format
        .strip_prefix('{')
        .and_then(|members| members.strip_suffix('}'))
        .unwrap()
        .split(',')
        .map(|member| member.trim().split_once(':').unwrap())
        .map(|(name, value)| (name.trim_matches('"'), value.trim_matches('"')))
        .collect();
    assert_eq!(
        members,
        [
            ("request_id", "$context.requestId"),
            ("extended_request_id", "$context.extendedRequestId"),
            ("function_request_id", "$context.integration.requestId"),
            ("source_ip", "$context.identity.sourceIp"),
            ("method", "$context.httpMethod"),
            ("path", "$context.resourcePath"),
            ("status", "$context.status"),
            ("latency_ms", "$context.responseLatency"),
            ("gateway_error", "$context.error.responseType"),
            ("waf", "$context.wafResponseCode"),
        ]
    );
}

#[test]
fn the_gateways_role_for_logs_comes_after_the_accounts_first_api() {
    assert_eq!(template()["Resources"]["GatewayAccount"]["DependsOn"], "RegistrationApi");
}

#[test]
fn one_path_leads_to_the_function_with_every_method() {
    assert_eq!(
        properties("RegisterFunction")["Events"],
        json!({ "Register": { "Type": "Api", "Properties": {
            "RestApiId": { "Ref": "RegistrationApi" },
            "Path": "/api/v2/oauth2/register",
            "Method": "ANY",
            "TimeoutInMillis": 29000,
        } } })
    );
    assert_eq!(dev::server::PATH, "/api/v2/oauth2/register", "where the local server serves it");
    let outputs = template()["Outputs"].take();
    let endpoints = outputs["RegistrationEndpoint"]["Value"]["Fn::If"].as_array().unwrap();
    assert_eq!(endpoints[1]["Fn::Sub"], "https://${DomainName}/api/v2/oauth2/register");
    let stage = properties("RegistrationApi")["StageName"].take();
    let default = endpoints[2]["Fn::Sub"].as_str().unwrap();
    assert!(default.ends_with(&format!("/{}/api/v2/oauth2/register", stage.as_str().unwrap())), "{default}");
}

#[test]
fn every_time_out_is_longer_than_the_one_it_waits_for() {
    let function = properties("RegisterFunction");
    let lambda = function["Timeout"].as_u64().unwrap();
    let gateway = function["Events"]["Register"]["Properties"]["TimeoutInMillis"].as_u64().unwrap();
    assert_eq!(
        [
            attempts::CONNECT_TIMEOUT,
            attempts::ATTEMPT_TIMEOUT,
            attempts::OPERATION_TIMEOUT,
            Duration::from_secs(lambda),
            Duration::from_millis(gateway),
        ],
        [1, 2, 6, 10, 29].map(Duration::from_secs)
    );
}
