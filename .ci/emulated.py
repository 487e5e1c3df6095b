"""Deploys to the emulator as docs/deploy.md says, and asks the deployment for what the documents promise. .ci/emulated starts it.

That a promise is only written into the emulator and read back is no reason to check it here; what is to the letter, the tests of the
code compare, and .ci/template.
"""

import concurrent.futures
import json

from deployment import ARCHIVE, AWAY, EXAMPLE, HOME, STACK, call, client, configure, end, must, operate, outputs, register
from deployment import role, run, same, stack

OPEN = {"access-control-allow-origin": "*", "content-type": "application/json"}
UNCACHED = {"cache-control": "no-store", "pragma": "no-cache"}
INLINE = 51_200  # bytes of a template that CloudFormation takes as text, without a bucket


def counts(region):
    """How many items each table has."""
    dynamodb = client("dynamodb", region)
    return {each: dynamodb.scan(TableName=each, Select="COUNT")["Count"] for each in dynamodb.list_tables()["TableNames"]}


def check(name, works=True, says="", region=HOME, **variables):
    """What docs/deploy.md has operators run after every deployment."""
    before = counts(region)
    done = run(f"sh ../{ARCHIVE.name}/check-deployment {name} {region}", region, **variables)
    found = done.returncode == 0, says in done.stderr, counts(region)
    same(f"the check of {name}: {done.stdout}{done.stderr}", found, (works, True, before))


def answers(what, answer, status, body, headers):
    """Compares an answer; of its headers, those that are meant."""
    found, all_headers, text = answer
    found = found, {name: all_headers.get(name) for name in headers}, text and json.loads(text)
    same(what, found, (status, headers, body))


def item(table, client_id, region=HOME, keys=()):
    return client("dynamodb", region, keys).get_item(TableName=table, Key={"client_id": {"S": client_id}}).get("Item", {})


# --- What is promised --------------------------------------------------------------------------------------------------------------


def callers_are_answered(out):
    url = out["RegistrationEndpoint"]
    answer = call(url)
    client_id = json.loads(answer[2]).get("client_id", "none")
    registered = {"client_id": client_id, **EXAMPLE, "token_endpoint_auth_method": "none", "response_types": ["code"]}
    registered["grant_types"] = ["authorization_code", "refresh_token"]
    answers("registered", answer, 201, registered, OPEN | UNCACHED)
    invalid = {"error": "invalid_request", "error_description": "the request body is not valid JSON"}
    answers("refused", call(url, body="{"), 400, invalid, OPEN | UNCACHED)
    preflight = {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
    answers("preflight", call(url, "OPTIONS", "", preflight), 204, "", {"access-control-allow-methods": "POST, OPTIONS"})
    wrong = {"errors": ["Method Not Allowed"]}
    answers("another method", call(url, "DELETE"), 405, wrong, OPEN | {"allow": "POST, OPTIONS"})
    answers("another path", call(url + "/other"), 404, {"errors": ["Not Found"]}, OPEN)
    events = client("logs").filter_log_events(logGroupName=out["FunctionLogGroup"])["events"]
    same("its lines in the log", len([event for event in events if client_id in event["message"]]), 1)
    return client_id


def every_parameter_takes_effect(before, client_id, acl, zone, topic, boundary, execution, workflow):
    """As a workflow deploys it, which may do nothing but that."""
    parameters = dict(
        UnsupportedMetadata="replace", AllowedRedirectOrigins="https://example.com loopback", ClientTtlDays="90",
        DomainName="register.example.com", HostedZoneId=zone, DomainRouting="latency", RequestsPerSecond=5,
        WebAclArn=acl, ReservedConcurrency=3, MaxWritesPerSecond=0, PermissionsBoundary=boundary,
        AlarmEmail="operator@example.com", AlarmTopicArn=topic, UsualRegistrationsPerHour=0, LogRetentionDays=7,
    )  # fmt: skip
    configure(STACK, parameters)
    must(f"sam deploy --role-arn {execution} --no-confirm-changeset --no-fail-on-empty-changeset", **workflow)
    out = outputs()
    url, table = out["RegistrationEndpoint"], out["TableName"]
    same("the table after an update", table, before["TableName"])
    same("the endpoint's own name", url, "https://register.example.com/api/v2/oauth2/register")
    same("a client from before", item(table, client_id) != {}, True)
    renewed = item(table, register(url, grant_types=["authorization_code", "client_credentials"])[1])
    same("grant types replaced", renewed["grant_types"], {"L": [{"S": "authorization_code"}]})
    lives = int(renewed["expires_at"]["N"]) - int(renewed["client_id_issued_at"]["N"])
    same("an item's life with ClientTtlDays", lives, 90 * 86400)
    same("an origin that is not listed", register(url, redirect_uris=["https://app.example.com/cb"])[0], 400)
    check(STACK, **workflow)
    configure(STACK, {**parameters, "AllowedRedirectOrigin": "loopback"})
    check(STACK, works=False, says="SAM ignores: AllowedRedirectOrigin", **workflow)
    configure(STACK, parameters)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        statuses = {status for status, _, _ in pool.map(lambda _: call(url, "OPTIONS", ""), range(60))}
    same("what a burst is answered", statuses, {204, 429})


def dead_deployments_are_found(table):
    """Each of these ends well, and answers nobody. The second stack comes by the other way in, and ends alive."""
    must("sam package --template-file template.yaml --resolve-s3 --output-template-file packaged.yaml", folder=ARCHIVE)
    same("whether CloudFormation takes it as text", (ARCHIVE / "packaged.yaml").stat().st_size < INLINE, True)
    must(
        "aws cloudformation deploy --template-file packaged.yaml --stack-name second --capabilities CAPABILITY_IAM "
        "--parameter-overrides ExistingTableName=no-such-table GatewayLogRole=existing LogLevel=WARN ExemptAddresses=160.79.104.0/21",
        folder=ARCHIVE,
    )
    check("second", works=False, says="(HTTP 500)")
    # A scheme that no application may have, and that the pattern doesn't know.
    must(operate(f"change ExistingTableName={table} AllowedRedirectOrigins=ssh:", stack="second"))
    check("second", works=False, says="/aws/lambda/second/register")
    must(operate("change AllowedRedirectOrigins=", stack="second"))
    check("second")
    deploy = 'aws lambda update-function-code --function-name "$(resource RegisterFunction)" --zip-file fileb://'
    must(operate("python3 -m zipfile --create empty.zip samconfig.toml", f"{deploy}empty.zip", stack="second"))
    check("second", works=False, says="missing from the package")
    must(operate(f"{deploy}../{ARCHIVE.name}/bootstrap.zip", stack="second"))
    check("second")


def left():
    """How much there is in the account, of the kinds that the template makes."""
    kinds = [
        ("acm", "list_certificates"), ("apigateway", "get_domain_names"), ("apigateway", "get_rest_apis"), ("cloudwatch", "describe_alarms"),
        ("cloudwatch", "list_dashboards"), ("dynamodb", "list_tables"), ("iam", "list_policies"), ("iam", "list_roles"),
        ("lambda", "list_functions"), ("logs", "describe_log_groups"), ("sns", "list_topics"), ("wafv2", "list_ip_sets"), ("wafv2", "list_web_acls"),
    ]  # fmt: skip
    scopes = {"list_policies": "Local", "list_ip_sets": "REGIONAL", "list_web_acls": "REGIONAL"}
    asked = {call: getattr(client(service), call)(**({"Scope": scopes[call]} if call in scopes else {})) for service, call in kinds}
    return {call: sum(len(each) for each in answer.values() if isinstance(each, list)) for call, answer in asked.items()}


def main():
    zone = client("route53").create_hosted_zone(Name="example.com", CallerReference="check")["HostedZone"]["Id"]
    zone = zone.removeprefix("/hostedzone/")
    shown = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "own"}
    acl = client("wafv2").create_web_acl(Name="own", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=shown)
    acl = acl["Summary"]["ARN"]
    topic = client("sns").create_topic(Name="own")["TopicArn"]
    boundary = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"}]}
    boundary = client("iam").create_policy(PolicyName="boundary", PolicyDocument=json.dumps(boundary))["Policy"]["Arn"]
    must(
        "aws cloudformation deploy --template-file docs/deploy-role.yaml --stack-name deployer --capabilities CAPABILITY_IAM "
        f"--parameter-overrides PermissionsBoundary={boundary} HostedZoneId={zone}",
        folder=ARCHIVE,
    )
    deployer = outputs("deployer")
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    workflow = dict(zip(keys, role("workflow", deployer["DeployPolicyArn"]), strict=True))
    before = left()

    must("sam deploy")
    first = outputs()
    table = first["TableName"]
    check(STACK)
    client_id = callers_are_answered(first)
    # SAM's bucket takes nothing without TLS, which the emulator doesn't speak; the first deployment was root's, whom it lets.
    client("s3").delete_bucket_policy(Bucket=outputs("aws-sam-cli-managed-default")["SourceBucket"])
    server = role("authorization-server", first["ReadClientsPolicyArn"])
    same("what an authorization server reads", item(table, client_id, keys=server) != {}, True)
    writer = stack().Resource("GatewayLogWriter").physical_resource_id
    every_parameter_takes_effect(first, client_id, acl, zone, topic, boundary, deployer["ExecutionRoleArn"], workflow)

    # A second stack next to the first: no name collides, and with the first's table it makes none.
    dead_deployments_are_found(table)
    second = outputs("second")
    same("the second stack's table", (second["TableName"], second["TableArn"]), (table, first["TableArn"]))
    found = register(second["RegistrationEndpoint"])[1]
    server = role("second-server", second["ReadClientsPolicyArn"])
    same("the second stack's client, for its server", item(table, found, keys=server) != {}, True)

    # Deleting: a policy that somebody uses comes off first, as docs/operations.md says.
    for name, out in (("authorization-server", first), ("second-server", second)):
        client("iam").detach_role_policy(RoleName=name, PolicyArn=out["ReadClientsPolicyArn"])
        client("iam").delete_role(RoleName=name)
    for name in ("second", STACK):
        same(f"sam delete of {name}", run(f"sam delete --no-prompts --stack-name {name}").returncode, 0)
    same("what deletion leaves", left(), {**before, "list_tables": 1, "list_roles": before["list_roles"] + 1})
    roles = [each["RoleName"] for each in client("iam").list_roles()["Roles"]]
    logged_by = client("apigateway").get_account().get("cloudwatchRoleArn", "")
    same("the account's role for logs", [writer in roles, writer in logged_by], [True, True])

    # Another region: the replica by update-table, the stack by parameters alone.
    client("dynamodb").update_table(TableName=table, ReplicaUpdates=[{"Create": {"RegionName": AWAY}}])
    domain = {"DomainName": "register.example.com", "HostedZoneId": zone, "DomainRouting": "latency"}
    configure(STACK, {"ExistingTableName": table, **domain})
    must("sam deploy", AWAY)
    same("tables in the other region", client("dynamodb", AWAY).list_tables()["TableNames"], [table])
    check(STACK, region=AWAY)
    found = register(outputs(region=AWAY)["RegistrationEndpoint"])[1]
    read = [item(table, found, region) != {} for region in (HOME, AWAY)]
    same("the client registered there, read in both", read, [True, True])

    # A first deployment that fails, for its firewall doesn't exist: it doesn't stand in the way of the next.
    configure("failing", {"WebAclArn": acl + "0", "GatewayLogRole": "existing"})
    succeeded = [run(each).returncode == 0 for each in ("sam deploy", "aws cloudformation describe-stacks --stack-name failing")]
    same("whether a deployment that can't work succeeds, and leaves a stack", succeeded, [False, False])
    same("tables, with the one it leaves, empty and protected", len(client("dynamodb").list_tables()["TableNames"]), 2)
    end("emulated")


main()
