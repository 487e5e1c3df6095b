"""Translates template.yaml into the CloudFormation that SAM makes of it, decides every condition as CloudFormation would, and compares
the result with what is meant.

Where the template says it in CloudFormation's own words, tests/registration/deployment/ reads it there. This is for what parameters
change, and for what SAM adds: the stage, the route's permission, and no rights. Writes one translation per case below into the
directory given.
"""

import json
import logging
import pathlib
import re
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

PATH = "/api/v2/oauth2/register"
REGION = "eu-west-1"
GATEWAY_RESPONSES = {
    "ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE", "BAD_REQUEST_BODY",
    "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX", "DEFAULT_5XX", "EXPIRED_TOKEN", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT",
    "INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED", "RESOURCE_NOT_FOUND", "THROTTLED",
    "UNAUTHORIZED", "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
}  # fmt: skip; without REQUEST_TOO_LARGE, whose response API Gateway doesn't let anybody change

# The stack as it comes, with every parameter set, and what lies between. check_cases requires that together they take every branch.
CASES = {
    "defaults": {},
    "all-set": {
        "UnsupportedMetadata": "replace",
        "AllowedRedirectOrigins": "https://app.example.com loopback",
        "ClientTtlDays": "90",
        "DomainName": "register.example.com",
        "HostedZoneId": "Z0123456789ABCDEFGHIJ",
        "DomainRouting": "latency",
        "RequestsPerSecond": 1000,
        "RequestBurst": 2000,
        "WebAclArn": "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/own/12345678-1234-1234-1234-123456789012",
        "RequestsPerAddress": 500,
        "ReservedConcurrency": 50,
        "MaxWritesPerSecond": 0,
        "ExistingTableName": "oauth2-clients",
        "Architecture": "x86_64",
        "MemorySize": 512,
        "LogLevel": "WARN",
        "Tracing": "Active",
        "CertificateFile": "/etc/pki/tls/certs/ca-bundle.crt",
        "PermissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
        "AlarmEmail": "operator@example.com",
        "AlarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms",
        "LogRetentionDays": 7,
        "GatewayLogRole": "existing",
    },
    "between": {
        "DomainName": "register.example.com",
        "HostedZoneId": "Z0123456789ABCDEFGHIJ",
        "Firewall": "disabled",
        "PermissionsBoundary": "arn:aws:iam::123456789012:policy/boundary",
        "AlarmEmail": "operator@example.com",
    },
}

# The resources that have a condition, and the cases in which they are made.
CONDITIONAL = {
    "Certificate": {"all-set", "between"},
    "CustomDomain": {"all-set", "between"},
    "CustomDomainMapping": {"all-set", "between"},
    "CustomDomainRecord": {"all-set", "between"},
    "WebAcl": {"defaults"},
    "WebAclAssociation": {"defaults", "all-set"},
    "ClientsTable": {"defaults", "between"},
    "GatewayLogWriter": {"defaults", "between"},
    "GatewayAccount": {"defaults", "between"},
    "AlarmTopic": {"all-set", "between"},
}

# Parameters that contradict each other, by the rule that says so.
CONTRADICTIONS = {
    "DomainNameNeedsItsZone": {"DomainName": "register.example.com"},
    "HostedZoneIdNeedsAName": {"HostedZoneId": "Z0123456789ABCDEFGHIJ"},
    "LatencyRoutingNeedsAName": {"DomainRouting": "latency"},
    "WebAclNeedsTheFirewall": {"WebAclArn": CASES["all-set"]["WebAclArn"], "Firewall": "disabled"},
}

# What each pattern lets through and what it stops. ClientTtlDays is counted through in check_days.
PATTERNS = {
    "AllowedRedirectOrigins": (
        ["", "loopback", " https://app.example.com  https://[2001:db8::1]:8443 com.example.app: loopback "],
        [" ", "app.example.com", "https://app.example.com/", "https://app.example.com,loopback", "http://app.example.com", "https://*.example.com"],
    ),
    "DomainName": (["", "register.example.com"], ["https://register.example.com", "register", "register.example.com.", "Register.example.com"]),
    "HostedZoneId": (["", "Z0123456789ABCDEFGHIJ"], ["/hostedzone/Z0123456789ABCDEFGHIJ", "example.com"]),
    "WebAclArn": (["", CASES["all-set"]["WebAclArn"]], ["own", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/own/1"]),
    "ExistingTableName": (["", "oauth2-clients"], ["ab", "arn:aws:dynamodb:eu-west-1:123456789012:table/oauth2-clients"]),
    "CertificateFile": (["", "/etc/pki/tls/certs/ca-bundle.crt"], ["ca-bundle.crt"]),
    "PermissionsBoundary": (["", "arn:aws:iam::aws:policy/PowerUserAccess"], ["boundary", "arn:aws:iam::123456789012:role/boundary"]),
    "AlarmEmail": (["", "operator@example.com"], ["operator", "operator@example.com, second@example.com"]),
    "AlarmTopicArn": (["", "arn:aws:sns:eu-west-1:123456789012:alarms"], ["alarms", "arn:aws:sqs:eu-west-1:123456789012:alarms"]),
}


class NoManagedPolicies:
    """The template names no managed policy that SAM would have to look up."""

    def load(self):
        return {}


def same(what, found, meant):
    if found != meant:
        raise SystemExit(f"template.yaml, translated: {what} is {json.dumps(found)}, not {json.dumps(meant)}")


# --- What CloudFormation does with parameters --------------------------------------------------------------------------------------


def decide(expression, template, values):
    """Whether a condition's expression is true."""
    (function, arguments), = expression.items()
    if function == "Condition":
        return decide(template["Conditions"][arguments], template, values)
    if function == "Fn::Equals":
        first, second = (str(fill(each, template, values)) for each in arguments)
        return first == second
    every = [decide(each, template, values) for each in arguments]
    return {"Fn::Not": not every[0], "Fn::And": all(every)}[function]


def fill(node, template, values):
    """A part of the template with its conditions decided and its parameters replaced by their values."""
    if isinstance(node, list):
        filled = (fill(each, template, values) for each in node)
        return [each for each in filled if each != {"Ref": "AWS::NoValue"}]
    if not isinstance(node, dict):
        return node
    if "Fn::If" in node:
        condition, then, otherwise = node["Fn::If"]
        return fill(then if decide({"Condition": condition}, template, values) else otherwise, template, values)
    if "Ref" in node:
        return values.get(node["Ref"], node)
    if isinstance(node.get("Fn::Sub"), str):
        text = node["Fn::Sub"]
        for name, value in values.items():
            text = text.replace(f"${{{name}}}", str(value))
        return {"Fn::Sub": text} if "${" in text else text
    filled = {name: fill(each, template, values) for name, each in node.items()}
    return {name: each for name, each in filled.items() if each != {"Ref": "AWS::NoValue"}}


def stack(template, values):
    """What CloudFormation makes of the template: no parameters, conditions and rules are left."""
    there = {
        name: {key: each for key, each in resource.items() if key != "Condition"}
        for name, resource in template["Resources"].items()
        if "Condition" not in resource or decide({"Condition": resource["Condition"]}, template, values)
    }
    return fill({"Resources": there, "Outputs": template["Outputs"]}, template, values)


def broken_rules(template, values):
    return {
        name
        for name, rule in template["Rules"].items()
        if decide(rule["RuleCondition"], template, values)
        and not all(decide(assertion["Assert"], template, values) for assertion in rule["Assertions"])
    }


# --- What is meant ---------------------------------------------------------------------------------------------------------------


def only(resources, kind):
    """The one resource of a kind, with its name."""
    found = {name: each for name, each in resources.items() if each["Type"] == kind}
    same(f"the number of {kind}", len(found), 1)
    return next(iter(found.items()))


def check(case, values, made, written):
    """Compares a stack with what is meant, and where SAM shouldn't touch what was written, with that."""
    resources = made["Resources"]
    same("what is there", sorted(CONDITIONAL.keys() & resources.keys()), sorted(n for n, cases in CONDITIONAL.items() if case in cases))

    # The rights stand in the template; SAM must neither add to them nor need a capability beyond CAPABILITY_IAM.
    rights = {name: each for name, each in resources.items() if each["Type"].startswith("AWS::IAM::")}
    meant = {"FunctionRole", "ReadClientsPolicy"} | ({"GatewayLogWriter"} & resources.keys())
    same("what gives rights", sorted(rights), sorted(meant))
    for name, each in rights.items():
        same(name, each["Properties"], written["Resources"][name]["Properties"])
        same(f"a name given to {name}", sorted({"RoleName", "ManagedPolicyName"} & each["Properties"].keys()), [])
        if each["Type"] == "AWS::IAM::Role":
            same(f"{name}'s boundary", each["Properties"].get("PermissionsBoundary", ""), values["PermissionsBoundary"])

    check_table(values, made)
    check_gateway(values, resources)
    check_function(values, resources)

    for name, alarm in resources.items():
        if alarm["Type"] == "AWS::CloudWatch::Alarm":
            notified = [{"Ref": "AlarmTopic"}] * bool(values["AlarmEmail"]) + [values["AlarmTopicArn"]] * bool(values["AlarmTopicArn"])
            for actions in ("AlarmActions", "OKActions"):
                same(f"{name}'s {actions}", alarm["Properties"][actions], notified)
    if values["AlarmEmail"]:
        mails = [{"Protocol": "email", "Endpoint": values["AlarmEmail"]}]
        same("who gets mail", resources["AlarmTopic"]["Properties"], {"Subscription": mails})


def check_table(values, made):
    """Every right, variable and metric is about the table that the stack makes, or else about the one that was given."""
    existing = values["ExistingTableName"]
    name = existing or {"Ref": "ClientsTable"}
    arn = {"Fn::GetAtt": ["ClientsTable", "Arn"]}
    if existing:
        arn = {"Fn::Sub": f"arn:${{AWS::Partition}}:dynamodb:${{AWS::Region}}:${{AWS::AccountId}}:table/{existing}"}
    resources = made["Resources"]
    same("TABLE_NAME", resources["RegisterFunction"]["Properties"]["Environment"]["Variables"]["TABLE_NAME"], name)
    register = resources["FunctionRole"]["Properties"]["Policies"][0]["PolicyDocument"]["Statement"][0]
    same("where clients may be put", register["Resource"], arn)
    for statement in resources["ReadClientsPolicy"]["Properties"]["PolicyDocument"]["Statement"]:
        same(f"where to {statement['Sid']}", statement["Resource"], arn)
    for metric in resources["TableThrottlesAlarm"]["Properties"]["Metrics"][1:]:
        same("the table watched", metric["MetricStat"]["Metric"]["Dimensions"], [{"Name": "TableName", "Value": name}])
    same("the table drawn", resources["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"][1], {"Table": name})
    same("the outputs", [made["Outputs"][each]["Value"] for each in ("TableName", "TableArn")], [name, arn])
    if not existing:
        limit = values["MaxWritesPerSecond"]
        found = resources["ClientsTable"]["Properties"].get("OnDemandThroughput")
        same("the table's limit", found, {"MaxWriteRequestUnits": limit} if limit else None)


def check_gateway(values, resources):
    api, rest = only(resources, "AWS::ApiGateway::RestApi")
    rest = rest["Properties"]
    same("the endpoint", rest["EndpointConfiguration"], {"Types": ["REGIONAL"]})
    tls = rest.get("SecurityPolicy"), rest.get("EndpointAccessMode")
    same("TLS of the name API Gateway gives", tls, ("SecurityPolicy_TLS13_1_2_2021_06", "BASIC"))
    # OpenAPI 3 has the switch here; API Gateway overlooks it anywhere else.
    off = [{"x-amazon-apigateway-endpoint-configuration": {"disableExecuteApiEndpoint": bool(values["DomainName"])}}]
    same("whether that name is disabled", rest["Body"].get("servers"), off)
    same("the list of paths", list(rest["Body"]["paths"]), [PATH])
    same("the list of methods", list(rest["Body"]["paths"][PATH]), ["x-amazon-apigateway-any-method"])
    method = rest["Body"]["paths"][PATH]["x-amazon-apigateway-any-method"]
    same("who may call", method.get("security", "everybody"), "everybody")
    integration = method["x-amazon-apigateway-integration"]
    same("the integration", integration["type"], "aws_proxy")
    same("how long the gateway waits", integration["timeoutInMillis"], 29000)

    # The gateway responses travel in the API's body, where no linter looks.
    for name, answer in rest["Body"]["x-amazon-apigateway-gateway-responses"].items():
        same(f"{name}, known to API Gateway,", name in GATEWAY_RESPONSES, True)
        same(f"{name}'s members", sorted(answer), ["responseParameters", "responseTemplates", "statusCode"])
        places = {header.rpartition(".")[0] for header in answer["responseParameters"]}
        same(f"{name}'s headers' place", list(places), ["gatewayresponse.header"])

    stage, properties = only(resources, "AWS::ApiGateway::Stage")
    properties = properties["Properties"]
    same("the stage", properties["StageName"], "live")
    _, deployment = only(resources, "AWS::ApiGateway::Deployment")
    same("a stage beside it", deployment["Properties"].get("StageName"), None)
    same("the stage's log", properties["AccessLogSetting"]["DestinationArn"], {"Fn::GetAtt": ["GatewayLog", "Arn"]})
    throttle = {"ThrottlingBurstLimit": values["RequestBurst"], "ThrottlingRateLimit": values["RequestsPerSecond"]}
    same("the throttle", properties["MethodSettings"], [{"HttpMethod": "*", "ResourcePath": "/*", **throttle}])
    # The stage must come after the role it logs by, and the role after the account's first API: neither may depend on its successor.
    waits = {"Ref": "GatewayAccount"} if values["GatewayLogRole"] == "create" else "existing"
    same("what the stage waits for", [tag["Value"] for tag in properties["Tags"] if tag["Key"] == "log-role"], [waits])
    same("what the API waits for", "GatewayAccount" in json.dumps(resources[api]), False)
    if "GatewayAccount" in resources:
        same("what the account's role waits for", resources["GatewayAccount"]["DependsOn"], api)

    # What names the stage by SAM's `Api.Stage` must have come out as the stage that is there.
    if values["DomainName"]:
        same("the domain's stage", resources["CustomDomainMapping"]["Properties"]["Stage"], {"Ref": stage})
        record = resources["CustomDomainRecord"]["Properties"]
        several = {"Ref": "AWS::Region"} if values["DomainRouting"] == "latency" else None
        same("the record's routing", (record.get("SetIdentifier"), record.get("Region")), (several, several))
        same("the record's weight", "Weight" in record, False)
    if values["Firewall"] == "enabled":
        firewall = resources["WebAclAssociation"]["Properties"]
        same("the firewall's stage", firewall["ResourceArn"]["Fn::Sub"].rpartition(":")[2], f"/restapis/${{{api}}}/stages/${{{stage}}}")
        same("the firewall", firewall["WebACLArn"], values["WebAclArn"] or {"Fn::GetAtt": ["WebAcl", "Arn"]})


def check_function(values, resources):
    name, function = only(resources, "AWS::Lambda::Function")
    function = function["Properties"]
    same("the role the function takes", function["Role"], {"Fn::GetAtt": ["FunctionRole", "Arn"]})
    same("instances set aside", function.get("ReservedConcurrentExecutions", 0), values["ReservedConcurrency"])
    same("the processor", function["Architectures"], [values["Architecture"]])
    variables = function["Environment"]["Variables"]
    for variable, parameter in {
        "UNSUPPORTED_METADATA": "UnsupportedMetadata",
        "ALLOWED_REDIRECT_ORIGINS": "AllowedRedirectOrigins",
        "CLIENT_TTL_DAYS": "ClientTtlDays",
        "SSL_CERT_FILE": "CertificateFile",
    }.items():
        same(variable, variables[variable], values[parameter])

    _, permission = only(resources, "AWS::Lambda::Permission")
    permission = permission["Properties"]
    same("who may call the function", permission["Principal"], "apigateway.amazonaws.com")
    same("which function", permission["FunctionName"], {"Ref": name})
    source, variables = permission["SourceArn"]["Fn::Sub"]
    same("which route", source.rpartition(":")[2], "${__ApiId__}/${__Stage__}/*" + PATH)
    same("which API", variables["__ApiId__"], {"Ref": "RegistrationApi"})


# --- The parameters themselves ---------------------------------------------------------------------------------------------------


def check_parameters(template):
    defaults = {name: spec["Default"] for name, spec in template["Parameters"].items()}
    every = [{**defaults, **case} for case in CASES.values()]
    for name in template["Conditions"]:
        taken = {decide({"Condition": name}, template, values) for values in every}
        same(f"the branches taken of {name}", sorted(taken), [False, True])
    for name, default in defaults.items():
        same(f"whether a case sets {name}", any(values[name] != default for values in every), True)
    for values in every:
        same("the rules that a case breaks", sorted(broken_rules(template, values)), [])
    same("the rules", sorted(template["Rules"]), sorted(CONTRADICTIONS))
    for name, values in CONTRADICTIONS.items():
        same(f"what breaks {name}", sorted(broken_rules(template, {**defaults, **values})), [name])

    patterns = {name: spec for name, spec in template["Parameters"].items() if "AllowedPattern" in spec}
    same("the patterns", sorted(patterns), sorted([*PATTERNS, "ClientTtlDays"]))
    for name, (taken, stopped) in PATTERNS.items():
        pattern = re.compile(patterns[name]["AllowedPattern"])
        same(f"what {name} stops", [text for text in taken if not pattern.search(text)], [])
        same(f"what {name} takes", [text for text in stopped if pattern.search(text)], [])
    # The example that the deployment tests give to the function.
    _, _, example = patterns["AllowedRedirectOrigins"]["ConstraintDescription"].partition(" such as ")
    same("whether the example passes", bool(re.search(patterns["AllowedRedirectOrigins"]["AllowedPattern"], example)), True)
    check_days(patterns["ClientTtlDays"])


def check_days(parameter):
    """Compares the pattern with the words beside it; the deployment tests, which have no regular expressions, compare those with the code."""
    most = int(parameter["ConstraintDescription"].split()[-1])
    pattern = re.compile(parameter["AllowedPattern"])
    taken = [days for days in range(1_000_000) if pattern.search(str(days))]
    same("the days a client may live, first, last and how many,", [taken[0], taken[-1], len(taken)], [0, most, most + 1])
    same("what is no whole number", [text for text in ("", "00", "07", "1.5", "-1", "+1", "1e2", " 1") if pattern.search(text)], [])


def main():
    source = pathlib.Path("template.yaml").read_text()
    out = pathlib.Path(sys.argv[1])
    check_parameters(yaml_parse(source))
    for case, parameters in CASES.items():
        written = yaml_parse(source)
        same("a deployment whatever changes", written["Resources"]["RegistrationApi"]["Properties"].get("AlwaysDeploy"), True)
        values = {name: spec["Default"] for name, spec in written["Parameters"].items()} | parameters
        template = yaml_parse(source)
        template["Resources"]["RegisterFunction"]["Properties"]["CodeUri"] = "s3://bucket/key"  # as `sam deploy` does
        translated = transform(template, {**values, "AWS::Region": REGION}, NoManagedPolicies())
        made = stack(translated, values)
        (out / f"{case}.json").write_text(json.dumps(made, indent=1))
        check(case, values, made, stack(written, values))


logging.disable(logging.WARNING)  # SAM talks about feature toggles of its own
main()
