"""Deploys to the emulator as docs/deploy.md says, and asks the deployment for what the documents promise. .ci/emulated starts it.

Arguments: a folder with samconfig.toml and what `sam build` makes, and the command that deploys.
"""

import concurrent.futures
import http.client
import json
import os
import pathlib
import subprocess
import sys
import time
import tomllib

import boto3
import botocore
from botocore.exceptions import ClientError

FOLDER = pathlib.Path(sys.argv[1])
COMMAND = sys.argv[2]
SAMCONFIG = tomllib.loads((FOLDER / "samconfig.toml").read_text())
HOME, AWAY = "eu-west-1", "us-east-1"
STACK = SAMCONFIG["default"]["global"]["parameters"]["stack_name"]
PATH = "/api/v2/oauth2/register"
EXAMPLE = {"client_name": "Example MCP Client", "redirect_uris": ["https://example.com/oauth/callback"]}
OPEN = {"access-control-allow-origin": "*", "content-type": "application/json"}
UNCACHED = {"cache-control": "no-store", "pragma": "no-cache"}
EXPOSED = {"access-control-expose-headers": "Retry-After, X-RateLimit-Reset"}

checks, failures = 0, []


def same(what, found, meant):
    global checks
    checks += 1
    if found != meant:
        failures.append(what)
        print(f"emulated: FAILED: {what}: {found!r} and not {meant!r}")


# --- Deploying, calling, asking ----------------------------------------------------------------------------------------------------


def run(command, region=HOME):
    environment = {**os.environ, "AWS_DEFAULT_REGION": region}
    return subprocess.run(command, shell=True, cwd=FOLDER, env=environment, text=True, capture_output=True, check=False)


def configure(stack, parameters):
    """Writes parameters into samconfig.toml, as an operator would."""
    everywhere = SAMCONFIG["default"]["global"]["parameters"]
    lines = ["version = 0.1"]
    for section, values in {
        "default.global.parameters": {**everywhere, "stack_name": stack},
        "default.global.parameters.parameter_overrides": {**everywhere["parameter_overrides"], **parameters},
        "default.deploy.parameters": SAMCONFIG["default"]["deploy"]["parameters"],
    }.items():
        lines += [f"[{section}]", *(f"{name} = {json.dumps(value)}" for name, value in values.items() if not isinstance(value, dict))]
    (FOLDER / "samconfig.toml").write_text("\n".join(lines))


def deploy(stack=STACK, region=HOME, **parameters):
    """Deploys, and returns the stack's outputs."""
    if parameters:  # without any, the file is the repository's own
        configure(stack, parameters)
    started = time.monotonic()
    done = run(COMMAND, region)
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "Uploading to" not in line]
        sys.exit("\n".join([f"emulated: {COMMAND} failed:", done.stdout[-3000:], *errors]))
    print(f"emulated: {COMMAND}, {stack} in {region}: {time.monotonic() - started:.0f} s")
    return outputs(stack, region)


def outputs(stack, region=HOME):
    described = client("cloudformation", region).describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def resource(name, stack=STACK, region=HOME):
    """The physical name of a stack's resource."""
    return client("cloudformation", region).describe_stack_resource(StackName=stack, LogicalResourceId=name)["StackResourceDetail"]["PhysicalResourceId"]


def client(service, region=HOME, credentials=None):
    keys = {}
    if credentials:
        keys = {"aws_access_key_id": credentials["AccessKeyId"], "aws_secret_access_key": credentials["SecretAccessKey"]}
        keys["aws_session_token"] = credentials["SessionToken"]
    return boto3.client(service, region_name=region, config=botocore.config.Config(retries={"total_max_attempts": 1}), **keys)


def call(url, method="POST", body=EXAMPLE, headers=None):
    """Status, headers by their names in lower case, and text of an answer. The emulator is every host there is."""
    host, path = url.removeprefix("https://").split("/", 1)
    connection = http.client.HTTPConnection(os.environ["AWS_ENDPOINT_URL"].removeprefix("http://"), timeout=40)
    document = body if isinstance(body, str) else json.dumps(body)
    connection.request(method, f"/{path}", document, {"Content-Type": "application/json", "Host": host, **(headers or {})})
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()


def answers(what, answer, status, body, *headers):
    """Compares an answer; of its headers, those that are meant."""
    found, all_headers, text = answer
    same(f"{what}: status", found, status)
    meant = {name: value for each in headers for name, value in each.items()}
    same(f"{what}: headers", {name: all_headers.get(name) for name in meant}, meant)
    same(f"{what}: body", text and json.loads(text), body)


def refused(what, act, code="AccessDeniedException"):
    """That DynamoDB refuses to do something."""
    try:
        act()
        same(what, "done", code)
    except ClientError as error:
        same(what, error.response["Error"]["Code"], code)


def key_of(client_id):
    return {"client_id": {"S": client_id}}


def register(url, **members):
    status, _, text = call(url, body={**EXAMPLE, **members})
    same(f"registration at {url}", status, 201)
    return json.loads(text).get("client_id", "none")


def role(name, policy):
    """Credentials of a new role that has one policy."""
    iam, root = client("iam"), client("sts").get_caller_identity()["Arn"]
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": root}}]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    return client("sts").assume_role(RoleArn=arn, RoleSessionName="check")["Credentials"]


# --- What is promised --------------------------------------------------------------------------------------------------------------


def callers_are_answered(out):
    url, table = out["RegistrationEndpoint"], out["TableName"]
    answer = call(url)
    client_id = json.loads(answer[2]).get("client_id", "none")
    registered = {
        "client_id": client_id,
        **EXAMPLE,
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
    }
    answers("registered", answer, 201, registered, OPEN, UNCACHED)
    item = client("dynamodb").get_item(TableName=table, Key=key_of(client_id)).get("Item", {})
    same("the item", item.get("redirect_uris"), {"L": [{"S": EXAMPLE["redirect_uris"][0]}]})
    same("an item's end without ClientTtlDays", item.get("expires_at"), None)

    for error, description, body in [
        ("invalid_request", "the request body is not valid JSON", "{"),
        (
            "invalid_client_metadata",
            "grant_types may include only authorization_code and refresh_token",
            {**EXAMPLE, "grant_types": ["authorization_code", "client_credentials"]},
        ),
        (
            "invalid_redirect_uri",
            "redirect_uris[0]: the scheme of a redirect URI must not be one that browsers handle themselves; "
            "use https, http on loopback, or your application's own scheme such as com.example.app",
            {**EXAMPLE, "redirect_uris": ["javascript:alert(1)"]},
        ),
    ]:
        answers(error, call(url, body=body), 400, {"error": error, "error_description": description}, OPEN, UNCACHED)

    methods = {"access-control-allow-methods": "POST, OPTIONS", "access-control-max-age": "86400"}
    allowed = {"access-control-allow-headers": "Content-Type, Accept, Authorization, MCP-Protocol-Version, *"}
    preflight = {"Origin": "https://example.com", "Access-Control-Request-Method": "POST"}
    origin = {"access-control-allow-origin": "*"}
    answers("preflight", call(url, "OPTIONS", "", preflight), 204, "", origin, methods, allowed)
    answers("another method", call(url, "DELETE"), 405, {"errors": ["Method Not Allowed"]}, OPEN, {"allow": "POST, OPTIONS"})
    answers("another path", call(url + "/other"), 404, {"errors": ["Not Found"]}, OPEN)
    same("items", client("dynamodb").scan(TableName=table, Select="COUNT")["Count"], 1)

    api = client("apigateway").get_gateway_response(restApiId=resource("RegistrationApi"), responseType="DEFAULT_4XX")
    sentence = json.loads(api["responseTemplates"]["application/json"])
    same("the gateway's own 400", (api["statusCode"], sentence["error"]), ("400", "invalid_request"))
    return client_id


def nothing_goes_wrong_silently(out, client_id):
    url, function = out["RegistrationEndpoint"], resource("RegisterFunction")
    client("lambda").put_function_concurrency(FunctionName=function, ReservedConcurrentExecutions=0)
    answer = call(url)
    answers("no instance free", answer, 503, {"errors": ["Service Unavailable"]}, OPEN, EXPOSED)
    same("no instance free: when to come back", answer[1].get("retry-after", "").isdigit(), True)
    client("lambda").delete_function_concurrency(FunctionName=function)

    events = client("logs").filter_log_events(logGroupName=out["FunctionLogGroup"])["events"]
    lines = [json.loads(event["message"]) for event in events if event["message"].startswith("{")]
    of_client = [line for line in lines if line.get("client_id") == client_id]
    shown = {name: of_client[0].get(name) for name in ("level", "message", "outcome", "status", "attempts")} if of_client else None
    same("its line in the log", shown, {"level": "INFO", "message": "registration", "outcome": "registered", "status": 201, "attempts": 1})
    same("the members at fault in the log", [line["member"] for line in lines if line.get("member")], ["grant_types", "redirect_uris"])
    alarms = client("cloudwatch").describe_alarms()["MetricAlarms"]
    same("alarms, and whom they notify", [alarm["AlarmActions"] + alarm["OKActions"] for alarm in alarms], [[]] * 4)


def the_function_may_insert_and_nothing_else(out, client_id):
    iam, name = client("iam"), resource("FunctionRole")
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    same("who may take the function's role", [s["Principal"] for s in trust["Statement"]], [{"Service": "lambda.amazonaws.com"}])
    trust["Statement"][0]["Principal"] = {"AWS": client("sts").get_caller_identity()["Arn"]}  # lent to this check
    iam.update_assume_role_policy(RoleName=name, PolicyDocument=json.dumps(trust))
    keys = client("sts").assume_role(RoleArn=iam.get_role(RoleName=name)["Role"]["Arn"], RoleSessionName="check")["Credentials"]
    function, table = client("dynamodb", credentials=keys), out["TableName"]
    function.put_item(TableName=table, Item=key_of("inserted"))
    client("dynamodb").delete_item(TableName=table, Key=key_of("inserted"))
    refused("the function reads", lambda: function.get_item(TableName=table, Key=key_of(client_id)))
    refused("the function scans", lambda: function.scan(TableName=table))
    refused("the function deletes", lambda: function.delete_item(TableName=table, Key=key_of(client_id)))
    refused("the function changes", lambda: function.update_item(TableName=table, Key=key_of(client_id), UpdateExpression="REMOVE client_name"))
    refused("the function inserts elsewhere", lambda: function.put_item(TableName="other", Item=key_of("inserted")))
    refused("the function makes a log group", lambda: client("logs", credentials=keys).create_log_group(logGroupName="other"))


def the_authorization_server_reads_and_renews_and_nothing_else(out, client_id):
    server, table = client("dynamodb", credentials=role("authorization-server", out["ReadClientsPolicyArn"])), out["TableName"]
    item = server.get_item(TableName=table, Key=key_of(client_id), ConsistentRead=True).get("Item", {})
    same("what it reads", item.get("client_id"), {"S": client_id})

    def update(expression, values=None, **more):
        named = {"ExpressionAttributeValues": {name: {"N": str(value)} for name, value in values.items()}} if values else {}
        return server.update_item(TableName=table, Key=key_of(client_id), UpdateExpression=expression, **named, **more)

    later = {":later": int(time.time()) + 90 * 86400}
    renewal = {"expression": "SET expires_at = :later", "values": later, "ConditionExpression": "expires_at < :later"}
    refused("it renews a client that doesn't end", lambda: update(**renewal), "ConditionalCheckFailedException")
    update("SET expires_at = :soon", {":soon": later[":later"] - 86400}, ReturnValues="UPDATED_NEW")
    update(**renewal)
    update("REMOVE expires_at")
    refused("it changes redirect URIs", lambda: update("REMOVE redirect_uris"))
    refused("it changes redirect URIs beside the end", lambda: update("SET expires_at = :n, redirect_uris = :n", {":n": 1}))
    refused("it changes them under another name", lambda: update("REMOVE #r", ExpressionAttributeNames={"#r": "redirect_uris"}))
    refused("it gets the whole item back", lambda: update("REMOVE expires_at", ReturnValues="ALL_OLD"))
    refused("it scans", lambda: server.scan(TableName=table))
    refused("it inserts", lambda: server.put_item(TableName=table, Item=key_of("inserted")))
    refused("it deletes", lambda: server.delete_item(TableName=table, Key=key_of(client_id)))
    refused("it reads elsewhere", lambda: server.get_item(TableName="other", Key=key_of(client_id)))


def contradictions_are_refused(acl, zone):
    """By the rules and patterns of the template, before anything is changed."""
    formation = client("cloudformation")
    names = [each["ParameterKey"] for each in formation.describe_stacks(StackName=STACK)["Stacks"][0]["Parameters"]]
    for sentence, parameters in {
        "DomainName needs HostedZoneId": {"DomainName": "register.example.com"},
        "HostedZoneId does nothing": {"HostedZoneId": zone},
        "DomainRouting latency": {"DomainRouting": "latency"},
        "WebAclArn names a firewall": {"WebAclArn": acl, "Firewall": "disabled"},
        "without the /hostedzone/": {"DomainName": "register.example.com", "HostedZoneId": f"/hostedzone/{zone}"},
        "origins separated by spaces": {"AllowedRedirectOrigins": "app.example.com"},
        "MaxWritesPerSecond": {"MaxWritesPerSecond": "40000"},
    }.items():
        given = [{"ParameterKey": name, **({"ParameterValue": parameters[name]} if name in parameters else {"UsePreviousValue": True})} for name in names]
        try:
            formation.create_change_set(StackName=STACK, ChangeSetName="check", UsePreviousTemplate=True, Parameters=given, Capabilities=["CAPABILITY_IAM"])
            same(f"what refuses {parameters}", "nothing", sentence)
        except ClientError as error:
            same(f"what refuses {parameters}", sentence in str(error), True)


def every_parameter_takes_effect(before, client_id, acl, zone, topic, boundary):
    roots = botocore.__path__[0] + "/cacert.pem"
    out = deploy(
        UnsupportedMetadata="replace", AllowedRedirectOrigins="https://example.com loopback", ClientTtlDays="90",
        DomainName="register.example.com", HostedZoneId=zone, DomainRouting="latency", RequestsPerSecond=2, RequestBurst=5,
        WebAclArn=acl, ReservedConcurrency=3, MaxWritesPerSecond=0, Tracing="Active", CertificateFile=roots, PermissionsBoundary=boundary,
        AlarmEmail="operator@example.com", AlarmTopicArn=topic, LogRetentionDays=7,
    )  # fmt: skip
    url, table = out["RegistrationEndpoint"], out["TableName"]
    same("the table after an update", table, before["TableName"])
    same("the endpoint's own name", url, "https://register.example.com" + PATH)
    same("a client from before", "Item" in client("dynamodb").get_item(TableName=table, Key=key_of(client_id)), True)
    renewed = register(url, grant_types=["authorization_code", "client_credentials"])
    item = client("dynamodb").get_item(TableName=table, Key=key_of(renewed))["Item"]
    same("grant types replaced", item["grant_types"], {"L": [{"S": "authorization_code"}]})
    same("an item's end with ClientTtlDays", int(item["expires_at"]["N"]) - int(item["client_id_issued_at"]["N"]), 90 * 86400)
    same("an origin that is not listed", call(url, body={**EXAMPLE, "redirect_uris": ["https://app.example.com/cb"]})[0], 400)
    events = client("logs").filter_log_events(logGroupName=out["FunctionLogGroup"])["events"]
    origins = [json.loads(event["message"]).get("origin") for event in events if event["message"].startswith("{")]
    same("the origin in the log", [origin for origin in origins if origin], ["https://app.example.com"])

    api = resource("RegistrationApi")
    same("the host API Gateway gives", call(f"https://{api}.execute-api.{HOME}.amazonaws.com/live{PATH}")[0], 403)
    records = client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    same("the record's routing", [(r.get("SetIdentifier"), r.get("Region")) for r in records if r["Type"] == "A"], [(HOME, HOME)])
    stage = f"arn:aws:apigateway:{HOME}::/restapis/{api}/stages/live"
    same("the firewall", client("wafv2").get_web_acl_for_resource(ResourceArn=stage)["WebACL"]["ARN"], acl)
    iam = client("iam")
    limits = [iam.get_role(RoleName=resource(name))["Role"].get("PermissionsBoundary", {}) for name in ("FunctionRole", "GatewayLogWriter")]
    same("the roles' boundary", [limit.get("PermissionsBoundaryArn") for limit in limits], [boundary, boundary])
    mail = resource("AlarmTopic")
    mails = [(s["Protocol"], s["Endpoint"]) for s in client("sns").list_subscriptions_by_topic(TopicArn=mail)["Subscriptions"]]
    same("who gets mail", mails, [("email", "operator@example.com")])
    alarms = client("cloudwatch").describe_alarms()["MetricAlarms"]
    same("whom alarms notify", [alarm["AlarmActions"] for alarm in alarms], [[mail, topic]] * 4)
    function = client("lambda").get_function_configuration(FunctionName=resource("RegisterFunction"))
    same("the certificates", function["Environment"]["Variables"].get("SSL_CERT_FILE"), roots)
    same("instances set aside", client("lambda").get_function_concurrency(FunctionName=function["FunctionName"]).get("ReservedConcurrentExecutions"), 3)

    with concurrent.futures.ThreadPoolExecutor(20) as pool:
        throttled = [each for each in pool.map(lambda _: call(url, "OPTIONS", ""), range(60)) if each[0] == 429]
    same("whether a burst is throttled", bool(throttled), True)
    if throttled:
        answers("throttled", throttled[0], 429, {"errors": ["Too many requests"]}, OPEN, EXPOSED)
        waits = [throttled[0][1].get(name, "").isdigit() for name in ("retry-after", "x-ratelimit-reset")]
        same("throttled: when to come back", waits, [True, True])
    return out


def left(region=HOME):
    """What there is in the account, of the kinds that the template makes."""
    found = {
        "tables": client("dynamodb", region).list_tables()["TableNames"],
        "roles": [each["RoleName"] for each in client("iam").list_roles()["Roles"]],
        "policies": [each["PolicyName"] for each in client("iam").list_policies(Scope="Local")["Policies"]],
        "functions": [each["FunctionName"] for each in client("lambda", region).list_functions()["Functions"]],
        "APIs": [each["id"] for each in client("apigateway", region).get_rest_apis()["items"]],
        "names": [each["domainName"] for each in client("apigateway", region).get_domain_names()["items"]],
        "certificates": [each["DomainName"] for each in client("acm", region).list_certificates()["CertificateSummaryList"]],
        "web ACLs": [each["Name"] for each in client("wafv2", region).list_web_acls(Scope="REGIONAL")["WebACLs"]],
        "log groups": [each["logGroupName"] for each in client("logs", region).describe_log_groups()["logGroups"]],
        "alarms": [each["AlarmName"] for each in client("cloudwatch", region).describe_alarms()["MetricAlarms"]],
        "dashboards": [each["DashboardName"] for each in client("cloudwatch", region).list_dashboards()["DashboardEntries"]],
        "topics": [each["TopicArn"] for each in client("sns", region).list_topics()["Topics"]],
    }
    return {kind: sorted(names) for kind, names in found.items()}


def main():
    zone = client("route53").create_hosted_zone(Name="example.com", CallerReference="check")["HostedZone"]["Id"].removeprefix("/hostedzone/")
    shown = {"SampledRequestsEnabled": False, "CloudWatchMetricsEnabled": False, "MetricName": "own"}
    acl = client("wafv2").create_web_acl(Name="own", Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=shown)["Summary"]["ARN"]
    topic = client("sns").create_topic(Name="own")["TopicArn"]
    allowed = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["dynamodb:*", "logs:*"], "Resource": "*"}]}
    boundary = client("iam").create_policy(PolicyName="boundary", PolicyDocument=json.dumps(allowed))["Policy"]["Arn"]
    before = left()

    first = deploy()
    client_id = callers_are_answered(first)
    nothing_goes_wrong_silently(first, client_id)
    the_function_may_insert_and_nothing_else(first, client_id)
    the_authorization_server_reads_and_renews_and_nothing_else(first, client_id)
    contradictions_are_refused(acl, zone)
    writer = resource("GatewayLogWriter")
    every_parameter_takes_effect(first, client_id, acl, zone, topic, boundary)
    table = first["TableName"]

    # A second stack beside the first: no name collides, and with the first's table it makes none.
    second = deploy("second", ExistingTableName=table, GatewayLogRole="existing", LogLevel="WARN")
    same("the second stack's table", (second["TableName"], second["TableArn"]), (table, first["TableArn"]))
    same("tables beside it", client("dynamodb").list_tables()["TableNames"], [table])
    found = register(second["RegistrationEndpoint"])
    reader = client("dynamodb", credentials=role("second-server", second["ReadClientsPolicyArn"]))
    same("the second stack's client, for its server", "Item" in reader.get_item(TableName=table, Key=key_of(found)), True)

    # Deleting: a policy that somebody uses comes off first, as docs/operations.md says.
    for name, out in (("authorization-server", first), ("second-server", second)):
        client("iam").detach_role_policy(RoleName=name, PolicyArn=out["ReadClientsPolicyArn"])
        client("iam").delete_role(RoleName=name)
    for stack in ("second", STACK):
        same(f"sam delete of {stack}", run(f"sam delete --no-prompts --stack-name {stack}").returncode, 0)
    same("what deletion leaves", left(), {**before, "tables": [table], "roles": sorted([*before["roles"], writer])})
    same("the account's role for logs", writer in client("apigateway").get_account().get("cloudwatchRoleArn", ""), True)
    refused("the table's deletion", lambda: client("dynamodb").delete_table(TableName=table), "ValidationException")
    records = client("route53").list_resource_record_sets(HostedZoneId=zone)["ResourceRecordSets"]
    same("records left", [record["Type"] for record in records if record["Type"] == "A"], [])

    # Another region: the replica by update-table, the stack by parameters alone.
    same("the table's stream", client("dynamodb").describe_table(TableName=table)["Table"].get("StreamSpecification", {}).get("StreamViewType"), "NEW_AND_OLD_IMAGES")
    client("dynamodb").update_table(TableName=table, ReplicaUpdates=[{"Create": {"RegionName": AWAY}}])
    away = deploy(region=AWAY, ExistingTableName=table, DomainName="register.example.com", HostedZoneId=zone, DomainRouting="latency")
    same("tables in the other region", client("dynamodb", AWAY).list_tables()["TableNames"], [table])
    found = register(away["RegistrationEndpoint"])
    for region in (HOME, AWAY):
        same(f"the client registered there, read in {region}", "Item" in client("dynamodb", region).get_item(TableName=table, Key=key_of(found)), True)

    # A first deployment that fails, for its firewall doesn't exist: it doesn't stand in the way of the next.
    configure("failing", {"WebAclArn": acl + "0", "GatewayLogRole": "existing"})
    same("whether a deployment that can't work fails", run(COMMAND).returncode != 0, True)
    refused("what it leaves of its stack", lambda: outputs("failing"), "ValidationError")
    remains = [name for name in client("dynamodb").list_tables()["TableNames"] if name != table]
    same("tables it leaves, empty and protected", len(remains), 1)
    for name in remains:
        client("dynamodb").update_table(TableName=name, DeletionProtectionEnabled=False)
        client("dynamodb").delete_table(TableName=name)

    print(f"emulated: {checks - len(failures)} passed, {len(failures)} failed")
    sys.exit(bool(failures))


main()
