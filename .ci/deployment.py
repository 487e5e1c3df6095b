"""What emulated.py and runbook.py share. Arguments: a folder with the unpacked archive and `settings`, and the archive's name."""

import http.client
import json
import os
import pathlib
import subprocess
import sys
import time

import boto3
import botocore

ARCHIVE = pathlib.Path(sys.argv[1]) / sys.argv[2]
SETTINGS = pathlib.Path(sys.argv[1]) / "settings"
SAMCONFIG = (SETTINGS / "samconfig.toml").read_text()
HOME, AWAY = "eu-west-1", "us-east-1"
STACK = "client-registration"
EXAMPLE = {"client_name": "Example MCP Client", "redirect_uris": ["https://example.com/oauth/callback"]}
OPEN = {"access-control-allow-origin": "*", "content-type": "application/json"}
UNCACHED = {"cache-control": "no-store", "pragma": "no-cache"}
INLINE = 51_200  # bytes of a template that CloudFormation takes as text, without a bucket

checks, failures = 0, []


def same(what, found, meant):
    global checks
    checks += 1
    if found != meant:
        failures.append(what)
        print(f"FAILED: {what}: {found!r} and not {meant!r}")


# --- Deploying, calling, asking ----------------------------------------------------------------------------------------------------


def run(command, region=HOME, folder=SETTINGS, **variables):
    environment = {**os.environ, "AWS_DEFAULT_REGION": region, **variables}
    return subprocess.run(command, shell=True, cwd=folder, env=environment, text=True, capture_output=True, check=False)


def must(command, region=HOME, folder=SETTINGS, **variables):
    started = time.monotonic()
    done = run(command, region, folder, **variables)
    if done.returncode:
        sys.exit("\n".join([f"emulated: {command} failed:", done.stdout[-3000:], done.stderr[-3000:]]))
    print(f"emulated: {command}, in {region}: {time.monotonic() - started:.0f} s")


def configure(stack, parameters):
    """Writes parameters into samconfig.toml, as an operator would."""
    lines = SAMCONFIG.replace(f'"{STACK}"', f'"{stack}"').splitlines()
    lines = [line for line in lines if line.split(" = ")[0] not in parameters]
    at = lines.index("[default.deploy.parameters]")
    lines[at:at] = [f"{name} = {json.dumps(value)}" for name, value in parameters.items()]
    (SETTINGS / "samconfig.toml").write_text("\n".join(lines))


def outputs(stack, region=HOME):
    described = client("cloudformation", region).describe_stacks(StackName=stack)["Stacks"][0]
    return {output["OutputKey"]: output["OutputValue"] for output in described["Outputs"]}


def resource(name, stack=STACK, region=HOME):
    """The physical name of a stack's resource."""
    formation = client("cloudformation", region)
    found = formation.describe_stack_resource(StackName=stack, LogicalResourceId=name)
    return found["StackResourceDetail"]["PhysicalResourceId"]


def client(service, region=HOME, credentials=None):
    names = {
        "AccessKeyId": "aws_access_key_id",
        "SecretAccessKey": "aws_secret_access_key",
        "SessionToken": "aws_session_token",
    }
    keys = {name: credentials[each] for each, name in names.items()} if credentials else {}
    once = botocore.config.Config(retries={"total_max_attempts": 1})
    return boto3.client(service, region_name=region, config=once, **keys)


def call(url, method="POST", body=EXAMPLE, headers=None):
    """Status, headers by their names in lower case, and text of an answer. The emulator is every host there is."""
    host, path = url.removeprefix("https://").split("/", 1)
    connection = http.client.HTTPConnection(os.environ["AWS_ENDPOINT_URL"].removeprefix("http://"), timeout=40)
    document = body if isinstance(body, str) else json.dumps(body)
    headers = {"Content-Type": "application/json", "Host": host, **(headers or {})}
    connection.request(method, f"/{path}", document, headers)
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()


def answers(what, answer, status, body, *headers):
    """Compares an answer; of its headers, those that are meant."""
    found, all_headers, text = answer
    same(f"{what}: status", found, status)
    meant = {name: value for each in headers for name, value in each.items()}
    same(f"{what}: headers", {name: all_headers.get(name) for name in meant}, meant)
    same(f"{what}: body", text and json.loads(text), body)


def item(table, client_id, region=HOME, credentials=None):
    asked = client("dynamodb", region, credentials).get_item(TableName=table, Key={"client_id": {"S": client_id}})
    return asked.get("Item", {})


def register(url, **members):
    status, _, text = call(url, body={**EXAMPLE, **members})
    same(f"registration at {url}", status, 201)
    return json.loads(text).get("client_id", "none")


def role(name, policy):
    """Credentials of a new role that has one policy."""
    iam, root = client("iam"), client("sts").get_caller_identity()["Arn"]
    trust = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": root}}]
    trust = {"Version": "2012-10-17", "Statement": trust}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    return client("sts").assume_role(RoleArn=arn, RoleSessionName="check")["Credentials"]


def end(what):
    print(f"{what}: {checks - len(failures)} passed, {len(failures)} failed")
    sys.exit(bool(failures))
