"""Deploys to the emulator as docs/deploy.md says, and asks the deployment for what the documents promise. .ci/emulated starts it.

That a promise is only written into the emulator and read back is no reason to check it here; what is to the letter, the tests of the
code compare, and .ci/template.
"""

import concurrent.futures
import functools
import io
import json
import zipfile

from deployment import ARCHIVE, AWAY, EXAMPLE, HOME, INLINE, OPEN, STACK, UNCACHED, answers, call, client
from deployment import configure, end, item, must, outputs, register, resource, role, run, same


def check(stack, works=True, says="", region=HOME, **variables):
    """What docs/deploy.md has operators run after every deployment."""
    dynamodb = client("dynamodb", region)
    count = lambda: [dynamodb.scan(TableName=each, Select="COUNT")["Count"] for each in dynamodb.list_tables()["TableNames"]]  # fmt: skip # noqa: E731
    before = count()
    done = run(f"sh ../{ARCHIVE.name}/check-deployment {stack} {region}", region, **variables)
    same(f"whether {stack} works, by the check: {done.stdout}{done.stderr}", done.returncode == 0, works)
    same(f"what the check says of {stack}: {done.stderr}", says in done.stderr, True)
    same("items after the check", count(), before)


# --- What is promised --------------------------------------------------------------------------------------------------------------


def callers_are_answered(out):
    url = out["RegistrationEndpoint"]
    answer = call(url)
    client_id = json.loads(answer[2]).get("client_id", "none")
    registered = {"client_id": client_id, **EXAMPLE, "token_endpoint_auth_method": "none", "response_types": ["code"]}
    registered["grant_types"] = ["authorization_code", "refresh_token"]
    answers("registered", answer, 201, registered, OPEN, UNCACHED)
    invalid = {"error": "invalid_request", "error_description": "the request body is not valid JSON"}
    answers("refused", call(url, body="{"), 400, invalid, OPEN, UNCACHED)
    preflight = {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
    open_to = {"access-control-allow-methods": "POST, OPTIONS"}
    answers("preflight", call(url, "OPTIONS", "", preflight), 204, "", open_to)
    wrong = {"errors": ["Method Not Allowed"]}
    answers("another method", call(url, "DELETE"), 405, wrong, OPEN, {"allow": "POST, OPTIONS"})
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
    out = outputs(STACK)
    url, table = out["RegistrationEndpoint"], out["TableName"]
    same("the table after an update", table, before["TableName"])
    same("the endpoint's own name", url, "https://register.example.com/api/v2/oauth2/register")
    same("a client from before", item(table, client_id) != {}, True)
    renewed = item(table, register(url, grant_types=["authorization_code", "client_credentials"]))
    same("grant types replaced", renewed["grant_types"], {"L": [{"S": "authorization_code"}]})
    lives = int(renewed["expires_at"]["N"]) - int(renewed["client_id_issued_at"]["N"])
    same("an item's life with ClientTtlDays", lives, 90 * 86400)
    unlisted = {**EXAMPLE, "redirect_uris": ["https://app.example.com/cb"]}
    same("an origin that is not listed", call(url, body=unlisted)[0], 400)
    check(STACK, **workflow)
    configure(STACK, {**parameters, "AllowedRedirectOrigin": "loopback"})
    check(STACK, works=False, says="SAM ignores: AllowedRedirectOrigin", **workflow)
    configure(STACK, parameters)
    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        statuses = {status for status, _, _ in pool.map(lambda _: call(url, "OPTIONS", ""), range(60))}
    same("what a burst is answered", statuses, {204, 429})


def change(stack, parameters):
    """Changes parameters alone, without an archive."""
    must(f"bash -c '. ../{ARCHIVE.name}/operate.sh {stack} && change {parameters}'")


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
    change("second", f"ExistingTableName={table} AllowedRedirectOrigins=ssh:")
    check("second", works=False, says="/aws/lambda/second/register")
    change("second", "AllowedRedirectOrigins=")
    check("second")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("Cargo.toml", "")
    deploy = functools.partial(
        client("lambda").update_function_code, FunctionName=resource("RegisterFunction", "second")
    )
    deploy(ZipFile=package.getvalue())
    check("second", works=False, says="missing from the package")
    deploy(ZipFile=(ARCHIVE / "bootstrap.zip").read_bytes())
    check("second")


def left():
    """What there is in the account, of the kinds that the template makes."""
    kinds = [
        ("dynamodb", "list_tables", "TableNames", {}), ("iam", "list_roles", "Roles", {}), ("iam", "list_policies", "Policies", {"Scope": "Local"}),
        ("lambda", "list_functions", "Functions", {}), ("apigateway", "get_rest_apis", "items", {}), ("apigateway", "get_domain_names", "items", {}),
        ("acm", "list_certificates", "CertificateSummaryList", {}), ("wafv2", "list_web_acls", "WebACLs", {"Scope": "REGIONAL"}),
        ("wafv2", "list_ip_sets", "IPSets", {"Scope": "REGIONAL"}), ("logs", "describe_log_groups", "logGroups", {}),
        ("cloudwatch", "describe_alarms", "MetricAlarms", {}), ("cloudwatch", "list_dashboards", "DashboardEntries", {}), ("sns", "list_topics", "Topics", {}),
    ]  # fmt: skip
    names = "RoleName PolicyName FunctionName id domainName DomainName Name logGroupName AlarmName DashboardName TopicArn".split()
    found = {call: getattr(client(service), call)(**more)[kind] for service, call, kind, more in kinds}
    name = lambda each: each if isinstance(each, str) else next(each[name] for name in names if name in each)  # noqa: E731
    return {call: sorted(map(name, all)) for call, all in found.items()}


def main():
    zone = client("route53").create_hosted_zone(Name="example.com", CallerReference="check")["HostedZone"]["Id"]
    zone = zone.removeprefix("/hostedzone/")
    shown = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "own"}
    acl = client("wafv2").create_web_acl(
        Name="own", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=shown
    )["Summary"]["ARN"]
    topic = client("sns").create_topic(Name="own")["TopicArn"]
    allowed = [{"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"}]
    boundary = json.dumps({"Version": "2012-10-17", "Statement": allowed})
    boundary = client("iam").create_policy(PolicyName="boundary", PolicyDocument=boundary)["Policy"]["Arn"]
    must(
        "aws cloudformation deploy --template-file docs/deploy-role.yaml --stack-name deployer --capabilities CAPABILITY_IAM "
        f"--parameter-overrides PermissionsBoundary={boundary} HostedZoneId={zone}",
        folder=ARCHIVE,
    )
    deployer = outputs("deployer")
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN")
    workflow = dict(zip(keys, role("workflow", deployer["DeployPolicyArn"]).values(), strict=False))
    before = left()

    must("sam deploy")
    first = outputs(STACK)
    table = first["TableName"]
    check(STACK)
    client_id = callers_are_answered(first)
    # SAM's bucket takes nothing without TLS, which the emulator doesn't speak; the first deployment was root's, whom it lets.
    client("s3").delete_bucket_policy(Bucket=outputs("aws-sam-cli-managed-default")["SourceBucket"])
    server = role("authorization-server", first["ReadClientsPolicyArn"])
    same("what an authorization server reads", item(table, client_id, credentials=server) != {}, True)
    writer = resource("GatewayLogWriter")
    every_parameter_takes_effect(first, client_id, acl, zone, topic, boundary, deployer["ExecutionRoleArn"], workflow)

    # A second stack next to the first: no name collides, and with the first's table it makes none.
    dead_deployments_are_found(table)
    second = outputs("second")
    same("the second stack's table", (second["TableName"], second["TableArn"]), (table, first["TableArn"]))
    found = register(second["RegistrationEndpoint"])
    server = role("second-server", second["ReadClientsPolicyArn"])
    same("the second stack's client, for its server", item(table, found, credentials=server) != {}, True)

    # Deleting: a policy that somebody uses comes off first, as docs/operations.md says.
    for name, out in (("authorization-server", first), ("second-server", second)):
        client("iam").detach_role_policy(RoleName=name, PolicyArn=out["ReadClientsPolicyArn"])
        client("iam").delete_role(RoleName=name)
    for stack in ("second", STACK):
        same(f"sam delete of {stack}", run(f"sam delete --no-prompts --stack-name {stack}").returncode, 0)
    remains = {**before, "list_tables": [table], "list_roles": sorted([*before["list_roles"], writer])}
    same("what deletion leaves", left(), remains)
    same("the account's role for logs", writer in client("apigateway").get_account().get("cloudwatchRoleArn", ""), True)

    # Another region: the replica by update-table, the stack by parameters alone.
    client("dynamodb").update_table(TableName=table, ReplicaUpdates=[{"Create": {"RegionName": AWAY}}])
    name = {"DomainName": "register.example.com", "HostedZoneId": zone, "DomainRouting": "latency"}
    configure(STACK, {"ExistingTableName": table, **name})
    must("sam deploy", AWAY)
    away = outputs(STACK, AWAY)
    same("tables in the other region", client("dynamodb", AWAY).list_tables()["TableNames"], [table])
    check(STACK, region=AWAY)
    found = register(away["RegistrationEndpoint"])
    read = [item(table, found, region) != {} for region in (HOME, AWAY)]
    same("the client registered there, read in both", read, [True, True])

    # A first deployment that fails, for its firewall doesn't exist: it doesn't stand in the way of the next.
    configure("failing", {"WebAclArn": acl + "0", "GatewayLogRole": "existing"})
    same("whether a deployment that can't work fails", run("sam deploy").returncode != 0, True)
    described = run("aws cloudformation describe-stacks --stack-name failing")
    same("whether it leaves a stack", described.returncode == 0, False)
    remains = [name for name in client("dynamodb").list_tables()["TableNames"] if name != table]
    same("tables it leaves, empty and protected", len(remains), 1)

    end("emulated")


main()
