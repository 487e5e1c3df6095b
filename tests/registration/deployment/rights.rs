//! Who may do what: the roles, and what the authorization server is given. That nothing else gives rights, .ci/template says.

use serde_json::{Value, json};

use super::{properties, table_arn, template};

/// Statements as a policy.
fn policy(statements: &[Value]) -> Value {
    json!({ "Version": "2012-10-17", "Statement": statements })
}

/// A role for one service of AWS's and nobody else, within the boundary that an organisation sets.
fn role(service: &str, rights: &str, given: &Value) -> Value {
    let assume = json!({ "Effect": "Allow", "Action": "sts:AssumeRole", "Principal": { "Service": service } });
    json!({
        "AssumeRolePolicyDocument": policy(&[assume]),
        "PermissionsBoundary":
            { "Fn::If": ["HasPermissionsBoundary", { "Ref": "PermissionsBoundary" }, { "Ref": "AWS::NoValue" }] },
        rights: given,
    })
}

/// The only other thing that it may do is write its own log.
#[test]
fn the_function_may_put_items_into_one_table_and_nothing_else() {
    let allow = |sid: &str, actions: Value, resource: Value| json!({ "Sid": sid, "Effect": "Allow", "Action": actions, "Resource": resource });
    let log = json!({ "Fn::GetAtt": "FunctionLog.Arn" });
    let register = policy(&[
        allow("RegisterClient", json!("dynamodb:PutItem"), table_arn()),
        allow("WriteLog", json!(["logs:CreateLogStream", "logs:PutLogEvents"]), log),
    ]);
    let policies = json!([{ "PolicyName": "Register", "PolicyDocument": register }]);
    assert_eq!(properties("FunctionRole"), role("lambda.amazonaws.com", "Policies", &policies));
    let function = properties("RegisterFunction");
    assert_eq!(function["Role"], json!({ "Fn::GetAtt": "FunctionRole.Arn" }));
    // The log that it may write; Lambda's own lines would be most of its cost.
    let logging = json!({
        "LogGroup": { "Ref": "FunctionLog" }, "LogFormat": "JSON",
        "ApplicationLogLevel": { "Ref": "LogLevel" }, "SystemLogLevel": "WARN",
    });
    assert_eq!(function["LoggingConfig"], logging);
}

/// The role is the account's, and other APIs may have come to log through it.
#[test]
fn only_api_gateway_may_be_the_role_that_writes_its_log_and_the_role_stays() {
    let managed = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs";
    let rights = json!([{ "Fn::Sub": managed }]);
    assert_eq!(properties("GatewayLogWriter"), role("apigateway.amazonaws.com", "ManagedPolicyArns", &rights));
    let arn = json!({ "Fn::GetAtt": "GatewayLogWriter.Arn" });
    assert_eq!(properties("GatewayAccount"), json!({ "CloudWatchRoleArn": arn }));
    for name in ["GatewayLogWriter", "GatewayAccount"] {
        let resource = template()["Resources"][name].take();
        let found = ["Condition", "DeletionPolicy", "UpdateReplacePolicy"].map(|member| resource[member].clone());
        assert_eq!(found, ["CreatesGatewayLogRole", "Retain", "Retain"], "{name}");
    }
}

#[test]
fn the_authorization_server_may_read_clients_and_put_off_their_expiry_and_nothing_else() {
    let table = properties("ClientsTable");
    let key = &table["KeySchema"][0]["AttributeName"];
    let expiry = &table["TimeToLiveSpecification"]["AttributeName"];
    let read = json!({ "Sid": "ReadClient", "Effect": "Allow", "Action": "dynamodb:GetItem", "Resource": table_arn() });
    let renew = json!({
        "Sid": "RenewClient",
        "Effect": "Allow",
        "Action": "dynamodb:UpdateItem",
        "Resource": table_arn(),
        "Condition": {
            "Null": { "dynamodb:Attributes": "false" },
            "ForAllValues:StringEquals": { "dynamodb:Attributes": [key, expiry] },
            "StringEqualsIfExists": { "dynamodb:ReturnValues": ["NONE", "UPDATED_OLD", "UPDATED_NEW"] },
        },
    });
    assert_eq!(properties("ReadClientsPolicy")["PolicyDocument"], policy(&[read, renew]));
}
