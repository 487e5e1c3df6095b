//! The template and the code say the same: names, rights, route, table, time-outs, and every answer somebody else gives in our
//! name.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io;
use std::time::Duration;

use dynamic_client_registration::attempts::{self, Effort, StoreError};
use dynamic_client_registration::metadata::UnsupportedMetadata;
use dynamic_client_registration::outcome::{ErrorCode, Outcome};
use dynamic_client_registration::request::MAX_BODY_BYTES;
use dynamic_client_registration::settings::MAX_CLIENT_TTL_DAYS;
use dynamic_client_registration::{Settings, log, response};
use lambda_http::http::Method;
use serde_json::{Value, json};

use crate::support::{Endpoint, Reply, expiring_after, minimal, minimal_with, post};

/// The template, its tags in the long form of JSON: `!Ref X` is `{"Ref": "X"}`, `!Sub X` is `{"Fn::Sub": "X"}`.
fn template() -> Value {
    fn long_form(value: yaml_serde::Value) -> Value {
        match value {
            yaml_serde::Value::Tagged(tagged) => {
                let name = tagged.tag.to_string();
                let name = match name.trim_start_matches('!') {
                    "Ref" => "Ref".to_owned(),
                    function => format!("Fn::{function}"),
                };
                json!({ name: long_form(tagged.value) })
            }
            yaml_serde::Value::Mapping(members) => {
                members.into_iter().map(|(name, value)| (name.as_str().unwrap().to_owned(), long_form(value))).collect()
            }
            yaml_serde::Value::Sequence(values) => values.into_iter().map(long_form).collect(),
            scalar => serde_json::to_value(scalar).unwrap(),
        }
    }
    long_form(yaml_serde::from_str(include_str!("../../template.yaml")).unwrap())
}

/// The properties of the resource called `name`.
#[track_caller]
fn properties(name: &str) -> Value {
    let properties = template()["Resources"][name]["Properties"].take();
    assert!(properties.is_object(), "the template has no {name}");
    properties
}

#[test]
fn the_function_is_given_the_settings_it_reads() {
    let variables = properties("RegisterFunction")["Environment"]["Variables"].take();
    assert_eq!(
        variables,
        json!({
            "TABLE_NAME": { "Ref": "ClientsTable" },
            "CLIENT_TTL_DAYS": { "Ref": "ClientTtlDays" },
            "UNSUPPORTED_METADATA": { "Ref": "UnsupportedMetadata" },
            "ALLOWED_REDIRECT_ORIGINS": { "Ref": "AllowedRedirectOrigins" },
        })
    );

    let asked = RefCell::new(BTreeSet::new());
    Settings::read(|name| {
        asked.borrow_mut().insert(name.to_owned());
        (name == "TABLE_NAME").then(|| "clients".to_owned())
    })
    .unwrap();
    let given: BTreeSet<String> = variables.as_object().unwrap().keys().cloned().collect();
    assert_eq!(given, asked.into_inner(), "given to the function, and read by it");
}

#[test]
fn every_value_a_setting_may_have_in_the_template_starts_the_function() {
    let parameters = template()["Parameters"].take();
    let read = |ttl_days: &Value, unsupported: &Value| {
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        Settings::read(|name| match name {
            "CLIENT_TTL_DAYS" => Some(text(ttl_days)),
            "UNSUPPORTED_METADATA" => Some(text(unsupported)),
            name => (name == "TABLE_NAME").then(|| name.to_owned()),
        })
    };
    let (days, unsupported) = (&parameters["ClientTtlDays"], &parameters["UnsupportedMetadata"]);

    let defaults = read(&days["Default"], &unsupported["Default"]).unwrap();
    let unset = Settings::read(|name| (name == "TABLE_NAME").then(|| name.to_owned())).unwrap();
    assert_eq!(defaults, unset, "the template's defaults are the code's");
    assert_eq!(
        days["ConstraintDescription"],
        format!("must be a whole number of days from 0 to {MAX_CLIENT_TTL_DAYS}"),
        "what .ci/translated.py holds the pattern against"
    );
    read(&json!(MAX_CLIENT_TTL_DAYS), &unsupported["Default"]).unwrap();
    let allowed: Vec<_> = unsupported["AllowedValues"]
        .as_array()
        .unwrap()
        .iter()
        .map(|value| read(&days["Default"], value).unwrap().policy.unsupported_metadata)
        .collect();
    assert_eq!(allowed, [UnsupportedMetadata::Reject, UnsupportedMetadata::Replace]);
}

/// The function's whole role: what it may do besides is its own log and, if asked for, its traces.
#[test]
fn the_function_may_put_items_into_one_table_and_nothing_else() {
    assert_eq!(
        properties("FunctionRole"),
        json!({
            "AssumeRolePolicyDocument": {
                "Version": "2012-10-17",
                "Statement": [{
                    "Effect": "Allow",
                    "Action": "sts:AssumeRole",
                    "Principal": { "Service": "lambda.amazonaws.com" },
                }],
            },
            "Policies": [
                {
                    "PolicyName": "Register",
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Sid": "RegisterClient",
                                "Effect": "Allow",
                                "Action": "dynamodb:PutItem",
                                "Resource": { "Fn::GetAtt": "ClientsTable.Arn" },
                            },
                            {
                                "Sid": "WriteLog",
                                "Effect": "Allow",
                                "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
                                "Resource": { "Fn::GetAtt": "FunctionLog.Arn" },
                            },
                        ],
                    },
                },
                { "Fn::If": [
                    "Traces",
                    {
                        "PolicyName": "Trace",
                        "PolicyDocument": {
                            "Version": "2012-10-17",
                            "Statement": [{
                                "Sid": "WriteTraces",
                                "Effect": "Allow",
                                "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
                                "Resource": "*",
                            }],
                        },
                    },
                    { "Ref": "AWS::NoValue" },
                ] },
            ],
        })
    );
    let function = properties("RegisterFunction");
    assert_eq!(function["Role"], json!({ "Fn::GetAtt": "FunctionRole.Arn" }));
    assert_eq!(
        function["LoggingConfig"]["LogGroup"],
        json!({ "Ref": "FunctionLog" }),
        "the log it writes is the one it may write"
    );
}

#[test]
fn the_authorization_server_may_read_clients_and_put_off_their_expiry_and_nothing_else() {
    let table = properties("ClientsTable");
    let key = &table["KeySchema"][0]["AttributeName"];
    let expiry = &table["TimeToLiveSpecification"]["AttributeName"];
    let arn = json!({ "Fn::GetAtt": "ClientsTable.Arn" });
    assert_eq!(
        properties("ReadClientsPolicy")["PolicyDocument"],
        json!({
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "ReadClient",
                    "Effect": "Allow",
                    "Action": "dynamodb:GetItem",
                    "Resource": arn,
                },
                {
                    "Sid": "RenewClient",
                    "Effect": "Allow",
                    "Action": "dynamodb:UpdateItem",
                    "Resource": arn,
                    "Condition": {
                        "Null": { "dynamodb:Attributes": "false" },
                        "ForAllValues:StringEquals": { "dynamodb:Attributes": [key, expiry] },
                        "StringEqualsIfExists": { "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"] },
                    },
                },
            ],
        })
    );
}

#[test]
fn the_domain_takes_no_tls_older_than_1_2() {
    assert_eq!(properties("CustomDomain")["SecurityPolicy"], "TLS_1_2");
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
    assert_eq!(post("").uri().path(), "/api/v2/oauth2/register", "the path the tests post to");
    let outputs = template()["Outputs"].take();
    let endpoints = outputs["RegistrationEndpoint"]["Value"]["Fn::If"].as_array().unwrap();
    assert_eq!(endpoints[1]["Fn::Sub"], "https://${DomainName}/api/v2/oauth2/register");
    let stage = properties("RegistrationApi")["StageName"].take();
    let default = endpoints[2]["Fn::Sub"].as_str().unwrap();
    assert!(default.ends_with(&format!("/{}/api/v2/oauth2/register", stage.as_str().unwrap())), "{default}");
}

#[tokio::test]
async fn what_is_stored_fits_the_tables_key_and_its_expiry() {
    let table = properties("ClientsTable");
    let endpoint = Endpoint::with_policy(expiring_after(1)).await;
    endpoint.register(&minimal()).await.assert_registered("the minimal body");
    let item = endpoint.table.only_item();

    let keys = table["KeySchema"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(table["AttributeDefinitions"].as_array().unwrap().len(), 1);
    let (key, definition) = (&keys[0], &table["AttributeDefinitions"][0]);
    assert_eq!(key["KeyType"], "HASH");
    assert_eq!(key["AttributeName"], definition["AttributeName"]);
    let stored = &item[key["AttributeName"].as_str().unwrap()];
    assert!(stored[definition["AttributeType"].as_str().unwrap()].is_string(), "{stored}");

    let expiry = &table["TimeToLiveSpecification"];
    assert_eq!(expiry["Enabled"], true);
    let stored = &item[expiry["AttributeName"].as_str().unwrap()];
    assert!(stored["N"].is_string(), "DynamoDB only expires numbers: {stored}");
}

#[test]
fn the_table_survives_the_stack_and_a_slip() {
    let table = template()["Resources"]["ClientsTable"].take();
    assert_eq!(table["DeletionPolicy"], "Retain");
    assert_eq!(table["UpdateReplacePolicy"], "Retain");
    assert_eq!(table["Properties"]["DeletionProtectionEnabled"], true);
    assert_eq!(table["Properties"]["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"], true);
    assert_eq!(table["Properties"]["SSESpecification"]["SSEEnabled"], true);
    assert_eq!(table["Properties"]["BillingMode"], "PAY_PER_REQUEST");
}

#[test]
fn every_time_out_is_longer_than_the_one_it_waits_for() {
    let function = properties("RegisterFunction");
    let lambda = Duration::from_secs(function["Timeout"].as_u64().unwrap());
    let gateway =
        Duration::from_millis(function["Events"]["Register"]["Properties"]["TimeoutInMillis"].as_u64().unwrap());
    let in_order = [
        attempts::CONNECT_TIMEOUT,
        attempts::ATTEMPT_TIMEOUT,
        attempts::OPERATION_TIMEOUT,
        lambda,
        gateway,
        Duration::from_secs(30),
    ];
    assert!(in_order.is_sorted_by(|inner, outer| inner < outer), "{in_order:?}");
}

const NO_EFFORT: Effort = Effort { attempts: 0, duration: Duration::ZERO };

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
    let meant = [
        ("THROTTLED", &originals.throttled),
        ("QUOTA_EXCEEDED", &originals.throttled),
        ("WAF_FILTERED", &originals.errors(403, "Forbidden")),
        ("REQUEST_TOO_LARGE", &originals.too_large),
        ("MISSING_AUTHENTICATION_TOKEN", &not_found),
        ("RESOURCE_NOT_FOUND", &not_found),
        ("INVALID_SIGNATURE", &not_found),
        ("INTEGRATION_FAILURE", &originals.unavailable),
        ("INTEGRATION_TIMEOUT", &originals.unavailable),
        ("DEFAULT_4XX", &originals.errors(400, "Bad Request")),
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
    // For all threads: where the only subscriber is one thread's, another thread that logs first turns a line off for good.
    let subscriber = tracing_subscriber::fmt().json().flatten_event(true).with_writer(|| Log).finish();
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let endpoint = Endpoint::start().await;
    LOG.take();

    endpoint.register(&minimal()).await.assert_registered("registered");
    endpoint.send(post("")).await.assert_refused("invalid_request", "no body");
    endpoint.register(&minimal_with("client_name", "")).await.assert_refused("invalid_client_metadata", "no name");
    let redirect_uris = json!(["javascript:alert(1)"]);
    endpoint
        .register(&minimal_with("redirect_uris", redirect_uris))
        .await
        .assert_refused("invalid_redirect_uri", "a script");
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

/// The value of `$.member` in a log line, and whether the line matches a filter of the form `{ $.member = "value" }`, the only
/// one the template needs.
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
    let dashboard = properties("Dashboard")["DashboardBody"]["Fn::Sub"].as_str().unwrap().to_owned();

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
    for (name, member) in [("outcome", by_outcome), ("error", by_error), ("member", "$.member"), ("reason", "$.reason")]
    {
        assert_eq!(member, format!("$.{name}"));
        assert!(dashboard.contains(name) && lines.iter().any(|line| line.get(name).is_some()), "no line has {name}");
    }

    let throttled = properties("ThrottledMetric");
    let api = properties("RegistrationApi");
    let line = api["AccessLogSetting"]["Format"].as_str().unwrap().replace("$context.status", "429");
    let line: Value = serde_json::from_str(&line).unwrap();
    assert!(matches(&throttled["FilterPattern"], &line), "{line}");
}

#[test]
fn the_dashboard_is_json_and_shows_every_alarm() {
    let body = properties("Dashboard")["DashboardBody"]["Fn::Sub"].as_str().unwrap().to_owned();
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
            let topic = json!({ "Fn::If": ["NotifiesTopic", [{ "Ref": "AlarmTopicArn" }], { "Ref": "AWS::NoValue" }] });
            assert_eq!(resource["Properties"]["AlarmActions"], topic, "{name}");
            format!("${{{name}.Arn}}").into()
        })
        .collect();
    alarms.sort_unstable_by_key(Value::to_string);
    assert_eq!(shown, alarms);
    assert_eq!(alarms.len(), 4);
}

#[test]
fn every_parameter_is_explained_and_has_its_place() {
    let template = template();
    let mut grouped: Vec<&str> = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|group| group["Parameters"].as_array().unwrap())
        .map(|name| name.as_str().unwrap())
        .collect();
    grouped.sort_unstable();
    let parameters = template["Parameters"].as_object().unwrap();
    let mut named: Vec<&str> = parameters.keys().map(String::as_str).collect();
    named.sort_unstable();
    assert_eq!(grouped, named);
    for (name, parameter) in parameters {
        assert!(parameter["Description"].is_string(), "{name} has no description");
        assert!(parameter.get("Default").is_some(), "{name} has no default, so it takes more than `sam deploy`");
    }
}

/// `cargo lambda` reads both from the manifest, and has other defaults.
#[test]
fn what_is_deployed_is_built_from_the_locked_dependencies_and_survives_a_panic() {
    let manifest = include_str!("../../Cargo.toml");
    assert!(manifest.contains("[package.metadata.lambda.build]\nlocked = true"));
    let (_, release) = manifest.split_once("[profile.release]").unwrap();
    let release = release.split("\n[").next().unwrap();
    assert!(release.contains("\npanic = \"unwind\"\n"));
}
