//! Who may do what: the function's role, and what the authorization server is given.

use serde_json::{Value, json};

use super::{properties, table_arn, template};

/// What every role has as its permissions boundary.
fn boundary() -> Value {
    json!({ "Fn::If": ["HasPermissionsBoundary", { "Ref": "PermissionsBoundary" }, { "Ref": "AWS::NoValue" }] })
}

/// Who may be a role: one service of AWS's, and nobody else.
fn assumed_by(service: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": service } }],
    })
}

#[test]
fn every_role_is_within_the_boundary_an_organisation_sets() {
    let template = template();
    let roles: Vec<_> = template["Resources"]
        .as_object()
        .unwrap()
        .iter()
        .filter(|(_, resource)| resource["Type"] == "AWS::IAM::Role")
        .collect();
    assert_eq!(roles.len(), 2);
    for (name, role) in roles {
        assert_eq!(role["Properties"]["PermissionsBoundary"], boundary(), "{name}");
    }
}

/// The function's whole role: what it may do besides is its own log and, if asked for, its traces.
#[test]
fn the_function_may_put_items_into_one_table_and_nothing_else() {
    assert_eq!(
        properties("FunctionRole"),
        json!({
            "AssumeRolePolicyDocument": assumed_by("lambda.amazonaws.com"),
            "PermissionsBoundary": boundary(),
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
                                "Resource": table_arn(),
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
fn only_api_gateway_may_be_the_role_that_writes_its_log() {
    assert_eq!(
        properties("GatewayLogWriter"),
        json!({
            "AssumeRolePolicyDocument": assumed_by("apigateway.amazonaws.com"),
            "PermissionsBoundary": boundary(),
            "ManagedPolicyArns": [{
                "Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs",
            }],
        })
    );
}

#[test]
fn the_authorization_server_may_read_clients_and_put_off_their_expiry_and_nothing_else() {
    let table = properties("ClientsTable");
    let key = &table["KeySchema"][0]["AttributeName"];
    let expiry = &table["TimeToLiveSpecification"]["AttributeName"];
    let arn = table_arn();
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
