"""Holds template.yaml against SAM and CloudFormation: what its patterns and rules let through, and what SAM makes of it.

Where the template repeats the code, tests/registration/deployment/ compares the two; what the parameters do, .ci/emulated tries.
Writes the translation into the file given.
"""

import json
import logging
import pathlib
import re
import sys
import types

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

PATH = "/api/v2/oauth2/register"
ACL = "arn:aws:wafv2:eu-west-1:123456789012:regional/webacl/own/12345678-1234-1234-1234-123456789012"

NO_POLICIES = types.SimpleNamespace(load=dict)  # AWS's managed policies, which SAM would have to look up

# The conditions that are true by default. Then, by parameters that differ from their default, which conditions that
# changes and which rules it breaks.
BY_DEFAULT = "CreatesFirewall CreatesGatewayLogRole CreatesTable HasFirewall LimitsWrites WatchesRegistrations".split()
NAME = {"DomainName": "register.example.com", "HostedZoneId": "Z0123456789ABCDEFGHIJ"}
CASES = [
    ({"DomainName": "register.example.com"}, "HasDomainName DomainNameNeedsItsZone"),
    ({"HostedZoneId": "Z0123456789ABCDEFGHIJ"}, "HostedZoneIdNeedsAName"),
    ({"DomainRouting": "latency"}, "RoutesByLatency LatencyRoutingNeedsAName"),
    (NAME, "HasDomainName"),
    ({**NAME, "DomainRouting": "latency"}, "HasDomainName RoutesByLatency"),
    ({"Firewall": "disabled"}, "HasFirewall CreatesFirewall"),
    ({"WebAclArn": ACL}, "BringsWebAcl CreatesFirewall"),
    ({"WebAclArn": ACL, "Firewall": "disabled"}, "BringsWebAcl HasFirewall CreatesFirewall WebAclNeedsTheFirewall"),
    ({"ExemptAddresses": "160.79.104.0/21"}, "ExemptsAddresses"),
    ({"ExemptAddresses": "192.0.2.1/32 198.51.100.0/24 255.255.255.255/1"}, "ExemptsAddresses"),
    ({"ReservedConcurrency": 50}, "ReservesConcurrency"),
    ({"MaxWritesPerSecond": 0}, "LimitsWrites"),
    ({"ExistingTableName": "oauth2-clients"}, "CreatesTable"),
    ({"PermissionsBoundary": "arn:aws:iam::aws:policy/PowerUserAccess"}, "HasPermissionsBoundary"),
    ({"AlarmEmail": "operator@example.com"}, "NotifiesEmail"),
    ({"AlarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms"}, "NotifiesTopic"),
    ({"UsualRegistrationsPerHour": 0}, "WatchesRegistrations"),
    ({"GatewayLogRole": "existing"}, "CreatesGatewayLogRole"),
]

# What each pattern stops; it lets through what the cases have. The tests of the code hold those of two settings against it.
STOPPED = {
    "DomainName": "https://register.example.com register register.example.com. Register.example.com".split(),
    "HostedZoneId": ["/hostedzone/Z0123456789ABCDEFGHIJ", "example.com"],
    "WebAclArn": ["own", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/own/1"],
    "ExemptAddresses": [" ", "192.0.2.1/32 ", "192.0.2.1/32  192.0.2.2/32", "192.0.2.1/32,192.0.2.2/32"]
    + "192.0.2.1 192.0.2.1/0 192.0.2.1/33 192.0.2.256/32 256.0.2.1/32 2001:db8::/32".split(),
    "ExistingTableName": ["ab", "arn:aws:dynamodb:eu-west-1:123456789012:table/oauth2-clients"],
    "PermissionsBoundary": ["boundary", "arn:aws:iam::123456789012:role/boundary"],
    "AlarmEmail": ["operator", "operator@example.com, second@example.com"],
    "AlarmTopicArn": ["alarms", "arn:aws:sqs:eu-west-1:123456789012:alarms"],
}


def same(what, found, meant):
    if found != meant:
        raise SystemExit(f"template.yaml: {what} is {json.dumps(found)}, not {json.dumps(meant)}")


def decide(expression, template, values):
    """Whether a condition or a part of a rule is true."""
    ((function, arguments),) = expression.items()
    if function == "Condition":
        return decide(template["Conditions"][arguments], template, values)
    if function == "Fn::Equals":
        first, second = (values[each["Ref"]] if isinstance(each, dict) else each for each in arguments)
        return str(first) == str(second)
    every = [decide(each, template, values) for each in arguments]
    return {"Fn::Not": not every[0], "Fn::And": all(every)}[function]


def true_or_broken(template, values):
    """The conditions that are true and the rules that are broken."""
    broken = {
        name: {"Fn::And": [rule["RuleCondition"], {"Fn::Not": [{"Fn::And": [each["Assert"] for each in rule["Assertions"]]}]}]}
        for name, rule in template["Rules"].items()
    }
    return {name for name, each in (template["Conditions"] | broken).items() if decide(each, template, values)}


def check_parameters(template, defaults):
    parameters = template["Parameters"]
    patterns = {name: spec["AllowedPattern"] for name, spec in parameters.items() if "AllowedPattern" in spec}
    same("the list of patterns", sorted(patterns), sorted([*STOPPED, "AllowedRedirectOrigins", "ClientTtlDays"]))
    silent = [name for name in patterns if "ConstraintDescription" not in parameters[name]]
    same("the list of parameters that refuse without saying what they want", silent, [])
    for name, texts in STOPPED.items():
        same(f"what {name} takes", [text for text in texts if re.search(patterns[name], text)], [])

    by_default = true_or_broken(template, defaults)
    same("the list of what is true by default", sorted(by_default), BY_DEFAULT)
    for values, meant in CASES:
        same(f"what stops {values}", [name for name in patterns.keys() & values if not re.search(patterns[name], values[name])], [])
        changed = true_or_broken(template, {**defaults, **values}) ^ by_default
        same(f"the list of what {values} changes", sorted(changed), sorted(meant.split()))
    cases = {name for _, names in CASES for name in names.split()}
    same("the list of conditions and rules", sorted([*template["Conditions"], *template["Rules"]]), sorted(cases))

    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    same("the list of parameters in groups", sorted(name for group in groups for name in group["Parameters"]), sorted(defaults))


def only(resources, kind):
    """The name and the properties of the one resource of a kind."""
    found = [(name, each["Properties"]) for name, each in resources.items() if each["Type"] == kind]
    same(f"the number of {kind}", len(found), 1)
    return found[0]


def check_translation(resources):
    # The rights stand in the template; SAM must neither add to them nor need a capability beyond CAPABILITY_IAM.
    rights = {name: each["Properties"] for name, each in resources.items() if each["Type"].startswith("AWS::IAM::")}
    same("what gives rights", sorted(rights), ["FunctionRole", "GatewayLogWriter", "ReadClientsPolicy"])
    named = [name for name, each in rights.items() if {"RoleName", "ManagedPolicyName"} & each.keys()]
    same("what has a name of its own", named, [])

    api, rest = only(resources, "AWS::ApiGateway::RestApi")
    same("the endpoint", rest["EndpointConfiguration"], {"Types": ["REGIONAL"]})
    tls = [rest.get("SecurityPolicy"), rest.get("EndpointAccessMode"), resources["CustomDomain"]["Properties"]["SecurityPolicy"]]
    same("TLS of the endpoint's two names", tls, ["SecurityPolicy_TLS13_1_2_2021_06", "BASIC", "TLS_1_2"])
    # OpenAPI 3 has the switch here; API Gateway overlooks it anywhere else.
    off = {"disableExecuteApiEndpoint": {"Fn::If": ["HasDomainName", True, False]}}
    servers = [{"x-amazon-apigateway-endpoint-configuration": off}]
    same("whether the name that API Gateway gives is disabled", rest["Body"].get("servers"), servers)
    methods = {path: list(methods) for path, methods in rest["Body"]["paths"].items()}
    same("the list of paths and methods", methods, {PATH: ["x-amazon-apigateway-any-method"]})
    method = rest["Body"]["paths"][PATH]["x-amazon-apigateway-any-method"]
    same("who may call", method.get("security", "everybody"), "everybody")
    integration = method["x-amazon-apigateway-integration"]
    same("the integration", [integration["type"], integration["timeoutInMillis"]], ["aws_proxy", 29000])
    # The gateway responses travel in the API's body, where no linter looks.
    for name, answer in rest["Body"]["x-amazon-apigateway-gateway-responses"].items():
        same(f"{name}'s members", sorted(answer), ["responseParameters", "responseTemplates", "statusCode"])
        places = {header.rpartition(".")[0] for header in answer["responseParameters"]}
        same(f"{name}'s headers' place", list(places), ["gatewayresponse.header"])

    stage, properties = only(resources, "AWS::ApiGateway::Stage")
    same("the stage", properties["StageName"], "live")
    same("another stage", only(resources, "AWS::ApiGateway::Deployment")[1].get("StageName"), None)
    same("the stage's log", properties["AccessLogSetting"]["DestinationArn"], {"Fn::GetAtt": ["GatewayLog", "Arn"]})
    # The stage must come after the role it logs by, and the role after the account's first API.
    waits = [{"Fn::If": ["CreatesGatewayLogRole", {"Ref": "GatewayAccount"}, "existing"]}]
    same("what the stage waits for", [tag["Value"] for tag in properties["Tags"] if tag["Key"] == "log-role"], waits)
    same("what the account's role waits for", resources["GatewayAccount"]["DependsOn"], api)
    # What names the stage by SAM's `Api.Stage` must have come out as the stage that is there.
    same("the domain's stage", resources["CustomDomainMapping"]["Properties"]["Stage"], {"Ref": stage})
    firewall = resources["WebAclAssociation"]["Properties"]["ResourceArn"]["Fn::Sub"]
    same("the firewall's stage", firewall.rpartition(":")[2], f"/restapis/${{{api}}}/stages/${{{stage}}}")

    function, _ = only(resources, "AWS::Lambda::Function")
    _, permission = only(resources, "AWS::Lambda::Permission")
    same("who may call", [permission["Principal"], permission["FunctionName"]], ["apigateway.amazonaws.com", {"Ref": function}])
    source, variables = permission["SourceArn"]["Fn::Sub"]
    route = [source.rpartition(":")[2], variables["__ApiId__"]]
    same("by which route", route, ["${__ApiId__}/${__Stage__}/*" + PATH, {"Ref": api}])


def main():
    template = yaml_parse(pathlib.Path("template.yaml").read_text())
    defaults = {name: spec["Default"] for name, spec in template["Parameters"].items()}
    check_parameters(template, defaults)
    always = template["Resources"]["RegistrationApi"]["Properties"].get("AlwaysDeploy")
    same("a deployment whatever changes", always, True)
    template["Resources"]["RegisterFunction"]["Properties"]["CodeUri"] = "s3://bucket/key"  # as `sam deploy` does
    translated = transform(template, {**defaults, "AWS::Region": "eu-west-1"}, NO_POLICIES)
    pathlib.Path(sys.argv[1]).write_text(json.dumps(translated, indent=1))
    check_translation(translated["Resources"])


logging.disable(logging.WARNING)  # SAM talks about feature toggles of its own
main()
