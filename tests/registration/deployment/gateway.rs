//! The way to the function: name, path, time-outs, and the gateway's line of log.

use std::time::Duration;

use dynamic_client_registration::attempts;
use serde_json::json;

use super::{properties, template};

/// Either one record per region, distinguished by the region's name, or one alone without both members.
#[test]
fn latency_routing_names_the_region_and_nothing_else_changes_the_record() {
    let region = json!({ "Fn::If": ["RoutesByLatency", { "Ref": "AWS::Region" }, { "Ref": "AWS::NoValue" }] });
    let [host, zone] =
        ["DomainName", "HostedZoneId"].map(|name| json!({ "Fn::GetAtt": format!("CustomDomain.Regional{name}") }));
    let record = json!({
        "HostedZoneId": { "Ref": "HostedZoneId" }, "Name": { "Ref": "DomainName" }, "Type": "A",
        "SetIdentifier": region, "Region": region, "AliasTarget": { "DNSName": host, "HostedZoneId": zone },
    });
    assert_eq!(properties("CustomDomainRecord"), record);
}

#[test]
fn callers_together_are_throttled_and_their_addresses_kept_as_long_as_the_operator_says() {
    let limit = json!({ "Ref": "RequestsPerSecond" });
    let settings = json!([{
        "ResourcePath": "/*", "HttpMethod": "*", "ThrottlingRateLimit": limit, "ThrottlingBurstLimit": limit,
    }]);
    assert_eq!(properties("RegistrationApi")["MethodSettings"], settings);
    for log in ["FunctionLog", "GatewayLog"] {
        assert_eq!(properties(log)["RetentionInDays"], json!({ "Ref": "LogRetentionDays" }), "{log}");
    }
}

/// API Gateway does not escape what it logs. A caller can choose the request ID, but only among UUIDs.
#[test]
fn the_gateways_log_line_has_nothing_that_a_caller_words() {
    let format = properties("RegistrationApi")["AccessLogSetting"]["Format"].take();
    let members: serde_json::Map<_, _> = serde_json::from_str(format.as_str().unwrap()).unwrap();
    assert_eq!(
        json!(members),
        json!({
            "request_id": "$context.requestId",
            "extended_request_id": "$context.extendedRequestId",
            "function_request_id": "$context.integration.requestId",
            "source_ip": "$context.identity.sourceIp",
            "method": "$context.httpMethod",
            "path": "$context.resourcePath",
            "status": "$context.status",
            "latency_ms": "$context.responseLatency",
            "gateway_error": "$context.error.responseType",
            "waf": "$context.wafResponseCode",
        })
    );
}

/// One path with every method, at the function and in the output; and every time-out longer than what it waits for.
#[test]
fn the_gateway_serves_the_path_of_the_local_server_and_waits_longest() {
    let function = properties("RegisterFunction");
    assert_eq!(
        function["Events"],
        json!({ "Register": { "Type": "Api", "Properties": {
            "RestApiId": { "Ref": "RegistrationApi" },
            "Path": dev::server::PATH,
            "Method": "ANY",
            "TimeoutInMillis": 29_000,
        } } })
    );
    let reserved =
        json!({ "Fn::If": ["ReservesConcurrency", { "Ref": "ReservedConcurrency" }, { "Ref": "AWS::NoValue" }] });
    assert_eq!(function["ReservedConcurrentExecutions"], reserved);
    let endpoint = template()["Outputs"]["RegistrationEndpoint"]["Value"].take();
    let host = "https://${RegistrationApi}.execute-api.${AWS::Region}.${AWS::URLSuffix}";
    assert_eq!(
        endpoint,
        json!({ "Fn::If": [
            "HasDomainName",
            { "Fn::Sub": format!("https://${{DomainName}}{}", dev::server::PATH) },
            { "Fn::Sub": format!("{host}/live{}", dev::server::PATH) },
        ] })
    );
    let waits = [attempts::CONNECT_TIMEOUT, attempts::ATTEMPT_TIMEOUT, attempts::OPERATION_TIMEOUT];
    assert_eq!(waits.map(|wait| wait.as_millis()), [500, 1_000, 4_000]);
    assert_eq!(Duration::from_secs(function["Timeout"].as_u64().unwrap()), Duration::from_secs(10));
}
