"""Translates template.yaml into the CloudFormation that SAM makes of it, and holds that against what is meant.

Where the template says it in CloudFormation's own words, tests/registration/deployment.rs reads it there. This is for what
SAM adds: the stage, the route's permission, and no rights. Writes one translation per case below into the directory given.
"""

import json
import logging
import pathlib
import re
import sys

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

PATH = "/api/v2/oauth2/register"
GATEWAY_RESPONSES = {
    "ACCESS_DENIED", "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE", "BAD_REQUEST_BODY",
    "BAD_REQUEST_PARAMETERS", "DEFAULT_4XX", "DEFAULT_5XX", "EXPIRED_TOKEN", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT",
    "INVALID_API_KEY", "INVALID_SIGNATURE", "MISSING_AUTHENTICATION_TOKEN", "QUOTA_EXCEEDED", "REQUEST_TOO_LARGE",
    "RESOURCE_NOT_FOUND", "THROTTLED", "UNAUTHORIZED", "UNSUPPORTED_MEDIA_TYPE", "WAF_FILTERED",
}  # fmt: skip

# Nothing set, and everything set to the other value: between them they take every branch of every condition.
CASES = {
    "defaults": {},
    "all-set": {
        "ClientTtlDays": "90",
        "UnsupportedMetadata": "replace",
        "DomainName": "auth.example.com",
        "HostedZoneId": "Z0123456789ABCDEFGHIJ",
        "Firewall": "disabled",
        "ReservedConcurrency": "0",
        "MaxWritesPerSecond": "0",
        "Architecture": "x86_64",
        "Tracing": "Active",
        "AlarmTopicArn": "arn:aws:sns:eu-west-1:123456789012:alarms",
        "GatewayLogRole": "existing",
    },
}


class NoManagedPolicies:
    """The template names no managed policy that SAM would have to look up."""

    def load(self):
        return {}


def translate(source, parameters):
    template = yaml_parse(source)
    template["Resources"]["RegisterFunction"]["Properties"]["CodeUri"] = "s3://bucket/key"  # as `sam deploy` does
    defaults = {name: spec["Default"] for name, spec in template["Parameters"].items()}
    return transform(template, {**defaults, **parameters, "AWS::Region": "eu-west-1"}, NoManagedPolicies())


def same(what, found, meant):
    if found != meant:
        raise SystemExit(f"template.yaml, translated: {what} is {json.dumps(found)}, not {json.dumps(meant)}")


def only(resources, kind):
    """The one resource of a kind, with its name."""
    found = {name: each for name, each in resources.items() if each["Type"] == kind}
    same(f"the number of {kind}", len(found), 1)
    return next(iter(found.items()))


def check(translated, written):
    """Holds a translation against what is meant, and where SAM shouldn't touch what was written, against that."""
    resources = translated["Resources"]

    # The rights stand in the template; SAM must neither add to them nor need a capability beyond CAPABILITY_IAM.
    rights = {name: each for name, each in resources.items() if each["Type"].startswith("AWS::IAM::")}
    same("what gives rights", sorted(rights), ["FunctionRole", "GatewayLogWriter", "ReadClientsPolicy"])
    for name, each in rights.items():
        same(name, each["Properties"], written[name]["Properties"])
        same(f"a name given to {name}", sorted({"RoleName", "ManagedPolicyName"} & each["Properties"].keys()), [])

    name, function = only(resources, "AWS::Lambda::Function")
    same("the role the function takes", function["Properties"]["Role"], {"Fn::GetAtt": ["FunctionRole", "Arn"]})

    api, rest = only(resources, "AWS::ApiGateway::RestApi")
    rest = rest["Properties"]
    same("the endpoint", rest["EndpointConfiguration"], {"Types": ["REGIONAL"]})
    # OpenAPI 3 has the switch here; API Gateway overlooks it anywhere else.
    off = {"disableExecuteApiEndpoint": {"Fn::If": ["HasDomainName", True, False]}}
    same("the name API Gateway gives", rest["Body"].get("servers"), [{"x-amazon-apigateway-endpoint-configuration": off}])
    domain = {"Fn::Not": [{"Fn::Equals": [{"Ref": "DomainName"}, ""]}]}
    same("when it is off", translated["Conditions"]["HasDomainName"], domain)
    same("the list of paths", list(rest["Body"]["paths"]), [PATH])
    same("the list of methods", list(rest["Body"]["paths"][PATH]), ["x-amazon-apigateway-any-method"])
    method = rest["Body"]["paths"][PATH]["x-amazon-apigateway-any-method"]
    same("who may call", method.get("security", "everybody"), "everybody")
    integration = method["x-amazon-apigateway-integration"]
    same("the integration", integration["type"], "aws_proxy")
    same("the gateway's patience", integration["timeoutInMillis"], 29000)

    stage, properties = only(resources, "AWS::ApiGateway::Stage")
    properties = properties["Properties"]
    same("the stage", properties["StageName"], "live")
    _, deployment = only(resources, "AWS::ApiGateway::Deployment")
    same("a stage beside it", deployment["Properties"].get("StageName"), None)
    same("a deployment whatever changes", written["RegistrationApi"]["Properties"].get("AlwaysDeploy"), True)
    same("the stage's log", properties["AccessLogSetting"]["DestinationArn"], {"Fn::GetAtt": ["GatewayLog", "Arn"]})
    same(
        "the throttle",
        properties["MethodSettings"],
        [
            {
                "HttpMethod": "*",
                "ResourcePath": "/*",
                "ThrottlingBurstLimit": {"Ref": "RequestBurst"},
                "ThrottlingRateLimit": {"Ref": "RequestsPerSecond"},
            }
        ],
    )

    _, permission = only(resources, "AWS::Lambda::Permission")
    permission = permission["Properties"]
    same("who may call the function", permission["Principal"], "apigateway.amazonaws.com")
    same("which function", permission["FunctionName"], {"Ref": name})
    source, variables = permission["SourceArn"]["Fn::Sub"]
    same("which route", source.rpartition(":")[2], "${__ApiId__}/${__Stage__}/*" + PATH)
    same("which API", variables["__ApiId__"], {"Ref": api})

    # What names the stage by SAM's `Api.Stage` must have come out as the stage that is there.
    same("the domain's stage", resources["CustomDomainMapping"]["Properties"]["Stage"], {"Ref": stage})
    same(
        "the firewall's stage",
        resources["WebAclAssociation"]["Properties"]["ResourceArn"]["Fn::Sub"].rpartition(":")[2],
        f"/restapis/${{{api}}}/stages/${{{stage}}}",
    )

    # The gateway responses travel in the API's body, where no linter looks.
    for name, answer in rest["Body"]["x-amazon-apigateway-gateway-responses"].items():
        same(f"{name}, known to API Gateway,", name in GATEWAY_RESPONSES, True)
        same(f"{name}'s members", sorted(answer), ["responseParameters", "responseTemplates", "statusCode"])
        places = {header.rpartition(".")[0] for header in answer["responseParameters"]}
        same(f"{name}'s headers' place", list(places), ["gatewayresponse.header"])


def check_days(parameter):
    """Holds the pattern against the words beside it; deployment.rs, which has no regular expressions, holds those against the code."""
    most = int(parameter["ConstraintDescription"].split()[-1])
    pattern = re.compile(parameter["AllowedPattern"])
    taken = [days for days in range(1_000_000) if pattern.search(str(days))]
    same("the days a client may live, first, last and how many,", [taken[0], taken[-1], len(taken)], [0, most, most + 1])
    same("what is no whole number", [text for text in ("", "00", "07", "1.5", "-1", "+1", "1e2", " 1") if pattern.search(text)], [])


def main():
    source = pathlib.Path("template.yaml").read_text()
    out = pathlib.Path(sys.argv[1])
    check_days(yaml_parse(source)["Parameters"]["ClientTtlDays"])
    for case, parameters in CASES.items():
        translated = translate(source, parameters)
        for name, value in parameters.items():
            # A linter follows every value a parameter may have; in this case it has one.
            translated["Parameters"][name] = {"Type": "String", "Default": value}
        (out / f"{case}.json").write_text(json.dumps(translated, indent=1))
        check(translated, yaml_parse(source)["Resources"])


logging.disable(logging.WARNING)  # SAM talks about feature toggles of its own
main()
