"""Holds template.yaml against SAM and CloudFormation: what its patterns and rules let through, and what SAM makes of it.

Where the template repeats the code, tests/registration/deployment/ compares the two; what the parameters do, .ci/emulated tries.
Writes the translation into the file given.
"""

import functools
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

# Parameters that contradict each other, by the rule that says so; and some that a rule could take for such.
CONTRADICTIONS = {
    "DomainNameNeedsItsZone": {"DomainName": "register.example.com"},
    "HostedZoneIdNeedsAName": {"HostedZoneId": "Z0123456789ABCDEFGHIJ"},
    "LatencyRoutingNeedsAName": {"DomainRouting": "latency"},
    "WebAclNeedsTheFirewall": {"WebAclArn": ACL, "Firewall": "disabled"},
}
NAME = {"DomainName": "register.example.com", "HostedZoneId": "Z0123456789ABCDEFGHIJ"}
AGREEING = [{}, {"WebAclArn": ACL}, {"Firewall": "disabled"}, NAME, {**NAME, "DomainRouting": "latency"}]

NO_POLICIES = types.SimpleNamespace(load=dict)  # AWS's managed policies, which SAM would have to look up

# The conditions that are true by default; and what changes them, which ones.
BY_DEFAULT = "CreatesFirewall CreatesGatewayLogRole CreatesTable HasFirewall LimitsWrites WatchesRegistrations".split()
SWITCHES = {
    "DomainName": ("register.example.com", "HasDomainName"),
    "DomainRouting": ("latency", "RoutesByLatency"),
    "Firewall": ("disabled", "HasFirewall", "CreatesFirewall"),
    "WebAclArn": (ACL, "BringsWebAcl", "CreatesFirewall"),
    "ExemptAddresses": ("160.79.104.0/21", "ExemptsAddresses"),
    "ReservedConcurrency": (50, "ReservesConcurrency"),
    "MaxWritesPerSecond": (0, "LimitsWrites"),
    "ExistingTableName": ("oauth2-clients", "CreatesTable"),
    "PermissionsBoundary": ("arn:aws:iam::aws:policy/PowerUserAccess", "HasPermissionsBoundary"),
    "AlarmEmail": ("operator@example.com", "NotifiesEmail"),
    "AlarmTopicArn": ("arn:aws:sns:eu-west-1:123456789012:alarms", "NotifiesTopic"),
    "UsualRegistrationsPerHour": (0, "WatchesRegistrations"),
    "GatewayLogRole": ("existing", "CreatesGatewayLogRole"),
}

# What each pattern lets through and what it stops. Those of two settings are held against the code, by the tests of the code.
PATTERNS = {
    "DomainName": (
        ["register.example.com"],
        "https://register.example.com register register.example.com. Register.example.com".split(),
    ),
    "HostedZoneId": (["Z0123456789ABCDEFGHIJ"], ["/hostedzone/Z0123456789ABCDEFGHIJ", "example.com"]),
    "WebAclArn": ([ACL], ["own", "arn:aws:wafv2:us-east-1:123456789012:global/webacl/own/1"]),
    "ExemptAddresses": (
        ["160.79.104.0/21", "192.0.2.1/32 198.51.100.0/24 255.255.255.255/1"],
        [" ", "192.0.2.1/32 ", "192.0.2.1/32  192.0.2.2/32", "192.0.2.1/32,192.0.2.2/32"]
        + "192.0.2.1 192.0.2.1/0 192.0.2.1/33 192.0.2.256/32 256.0.2.1/32 2001:db8::/32".split(),
    ),
    "ExistingTableName": (["oauth2-clients"], ["ab", "arn:aws:dynamodb:eu-west-1:123456789012:table/oauth2-clients"]),
    "PermissionsBoundary": (
        ["arn:aws:iam::aws:policy/PowerUserAccess"],
        ["boundary", "arn:aws:iam::123456789012:role/boundary"],
    ),
    "AlarmEmail": (["operator@example.com"], ["operator", "operator@example.com, second@example.com"]),
    "AlarmTopicArn": (
        ["arn:aws:sns:eu-west-1:123456789012:alarms"],
        ["alarms", "arn:aws:sqs:eu-west-1:123456789012:alarms"],
    ),
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


def check_parameters(template):
    defaults = {name: spec["Default"] for name, spec in template["Parameters"].items()}
    cases = [(values, []) for values in AGREEING] + [(values, [name]) for name, values in CONTRADICTIONS.items()]
    for values, meant in cases:
        true = functools.partial(decide, template=template, values={**defaults, **values})
        broken = [
            name
            for name, rule in template["Rules"].items()
            if true(rule["RuleCondition"]) and not all(true(each["Assert"]) for each in rule["Assertions"])
        ]
        same(f"the list of rules that {values} breaks", broken, meant)
    same("the list of rules", list(template["Rules"]), list(CONTRADICTIONS))

    true = {name for name in template["Conditions"] if decide({"Condition": name}, template, defaults)}
    same("the list of what is true by default", sorted(true), sorted(BY_DEFAULT))
    for name, (value, *meant) in SWITCHES.items():
        values = {**defaults, name: value}
        changed = {each for each in template["Conditions"] if decide({"Condition": each}, template, values)} ^ true
        same(f"the list of conditions that {name} = {value!r} changes", sorted(changed), sorted(meant))

    groups = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    grouped = sorted(name for group in groups for name in group["Parameters"])
    same("the list of parameters in groups", grouped, sorted(defaults))
    patterned = {name: spec for name, spec in template["Parameters"].items() if "AllowedPattern" in spec}
    silent = [name for name, spec in patterned.items() if "ConstraintDescription" not in spec]
    same("the list of parameters that refuse without saying what they want", silent, [])
    patterns = {name: spec["AllowedPattern"] for name, spec in patterned.items()}
    same("the list of patterns", sorted(patterns), sorted([*PATTERNS, "AllowedRedirectOrigins", "ClientTtlDays"]))
    for name, (taken, stopped) in PATTERNS.items():
        same(f"what {name} stops", [text for text in ["", *taken] if not re.search(patterns[name], text)], [])
        same(f"what {name} takes", [text for text in stopped if re.search(patterns[name], text)], [])


def only(resources, kind):
    """The one resource of a kind, with its name."""
    found = {name: each for name, each in resources.items() if each["Type"] == kind}
    same(f"the number of {kind}", len(found), 1)
    return next(iter(found.items()))


def check_translation(resources):
    # The rights stand in the template; SAM must neither add to them nor need a capability beyond CAPABILITY_IAM.
    rights = {name: each["Properties"] for name, each in resources.items() if each["Type"].startswith("AWS::IAM::")}
    same("what gives rights", sorted(rights), ["FunctionRole", "GatewayLogWriter", "ReadClientsPolicy"])
    named = [name for name, each in rights.items() if {"RoleName", "ManagedPolicyName"} & each.keys()]
    same("what has a name of its own", named, [])

    api, rest = only(resources, "AWS::ApiGateway::RestApi")
    rest = rest["Properties"]
    same("the endpoint", rest["EndpointConfiguration"], {"Types": ["REGIONAL"]})
    tls = [rest.get("SecurityPolicy"), rest.get("EndpointAccessMode")]
    tls.append(resources["CustomDomain"]["Properties"]["SecurityPolicy"])
    same("TLS of the endpoint's two names", tls, ["SecurityPolicy_TLS13_1_2_2021_06", "BASIC", "TLS_1_2"])
    # OpenAPI 3 has the switch here; API Gateway overlooks it anywhere else.
    switch = {"disableExecuteApiEndpoint": {"Fn::If": ["HasDomainName", True, False]}}
    off = [{"x-amazon-apigateway-endpoint-configuration": switch}]
    same("whether the name that API Gateway gives is disabled", rest["Body"].get("servers"), off)
    same("the list of paths", list(rest["Body"]["paths"]), [PATH])
    same("the list of methods", list(rest["Body"]["paths"][PATH]), ["x-amazon-apigateway-any-method"])
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
    properties = properties["Properties"]
    same("the stage", properties["StageName"], "live")
    _, deployment = only(resources, "AWS::ApiGateway::Deployment")
    same("another stage", deployment["Properties"].get("StageName"), None)
    same("the stage's log", properties["AccessLogSetting"]["DestinationArn"], {"Fn::GetAtt": ["GatewayLog", "Arn"]})
    # The stage must come after the role it logs by, and the role after the account's first API: neither may depend on its successor.
    waits = [{"Fn::If": ["CreatesGatewayLogRole", {"Ref": "GatewayAccount"}, "existing"]}]
    same("what the stage waits for", [tag["Value"] for tag in properties["Tags"] if tag["Key"] == "log-role"], waits)
    same("what the API waits for", "GatewayAccount" in json.dumps(resources[api]), False)
    same("what the account's role waits for", resources["GatewayAccount"]["DependsOn"], api)
    # What names the stage by SAM's `Api.Stage` must have come out as the stage that is there.
    same("the domain's stage", resources["CustomDomainMapping"]["Properties"]["Stage"], {"Ref": stage})
    firewall = resources["WebAclAssociation"]["Properties"]["ResourceArn"]["Fn::Sub"]
    same("the firewall's stage", firewall.rpartition(":")[2], f"/restapis/${{{api}}}/stages/${{{stage}}}")

    name, _ = only(resources, "AWS::Lambda::Function")
    _, permission = only(resources, "AWS::Lambda::Permission")
    permission = permission["Properties"]
    same("who may call the function", permission["Principal"], "apigateway.amazonaws.com")
    same("which function", permission["FunctionName"], {"Ref": name})
    source, variables = permission["SourceArn"]["Fn::Sub"]
    same("which route", source.rpartition(":")[2], "${__ApiId__}/${__Stage__}/*" + PATH)
    same("which API", variables["__ApiId__"], {"Ref": api})


def main():
    template = yaml_parse(pathlib.Path("template.yaml").read_text())
    check_parameters(template)
    always = template["Resources"]["RegistrationApi"]["Properties"].get("AlwaysDeploy")
    same("a deployment whatever changes", always, True)
    template["Resources"]["RegisterFunction"]["Properties"]["CodeUri"] = "s3://bucket/key"  # as `sam deploy` does
    values = {name: spec["Default"] for name, spec in template["Parameters"].items()}
    translated = transform(template, {**values, "AWS::Region": "eu-west-1"}, NO_POLICIES)
    pathlib.Path(sys.argv[1]).write_text(json.dumps(translated, indent=1))
    check_translation(translated["Resources"])


logging.disable(logging.WARNING)  # SAM talks about feature toggles of its own
main()
