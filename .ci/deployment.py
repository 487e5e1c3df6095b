"""What emulated.py and runbook.py share. Arguments: a folder with the unpacked archive and `settings`, and the archive's name."""

import functools
import http.client
import json
import os
import pathlib
import subprocess
import sys

import boto3
import botocore

ARCHIVE = pathlib.Path(sys.argv[1]) / sys.argv[2]
SETTINGS = pathlib.Path(sys.argv[1]) / "settings"
SAMCONFIG = (SETTINGS / "samconfig.toml").read_text()
HOME, AWAY = "eu-west-1", "us-east-1"
STACK = "client-registration"
EXAMPLE = {"client_name": "Example MCP Client", "redirect_uris": ["https://example.com/oauth/callback"]}

checks, failures = 0, []


def same(what, found, meant):
    global checks
    checks += 1
    if found != meant:
        failures.append(what)
        print(f"FAILED: {what}: {found!r} and not {meant!r}")


def run(command, region=HOME, folder=SETTINGS, **variables):
    environment = {**os.environ, "AWS_DEFAULT_REGION": region, **variables}
    return subprocess.run(["bash", "-c", command], cwd=folder, env=environment, text=True, capture_output=True, check=False)


def must(command, region=HOME, folder=SETTINGS, **variables):
    """What a command prints that has to work."""
    done = run(command, region, folder, **variables)
    if done.returncode:
        sys.exit("\n".join([f"emulated: {command} failed:", done.stdout[-3000:], done.stderr[-3000:]]))
    return done.stdout


def operate(*commands, stack=STACK):
    """These commands after operate.sh was sourced, for as long as they work."""
    return "\n".join([f". ../{ARCHIVE.name}/operate.sh {stack}", "set -e", *commands])


def configure(stack, parameters):
    """Writes parameters into samconfig.toml, as an operator would."""
    lines = SAMCONFIG.replace(f'"{STACK}"', f'"{stack}"').splitlines()
    lines = [line for line in lines if line.split(" = ")[0] not in parameters]
    at = lines.index("[default.deploy.parameters]")
    lines[at:at] = [f"{name} = {json.dumps(value)}" for name, value in parameters.items()]
    (SETTINGS / "samconfig.toml").write_text("\n".join(lines))


def stack(name=STACK, region=HOME):
    return boto3.resource("cloudformation", region_name=region).Stack(name)


def outputs(name=STACK, region=HOME):
    return {output["OutputKey"]: output["OutputValue"] for output in stack(name, region).outputs}


@functools.cache
def client(service, region=HOME, keys=()):
    once = botocore.config.Config(retries={"total_max_attempts": 1})
    return boto3.Session(*keys, region_name=region).client(service, config=once)


def call(url, method="POST", body=EXAMPLE, headers=None):
    """Status, headers by their names in lower case, and text of an answer. The emulator is every host there is."""
    host, path = url.removeprefix("https://").split("/", 1)
    connection = http.client.HTTPConnection(os.environ["AWS_ENDPOINT_URL"].removeprefix("http://"), timeout=40)
    document = body if isinstance(body, str) else json.dumps(body)
    headers = {"Content-Type": "application/json", "Host": host, **(headers or {})}
    connection.request(method, f"/{path}", document, headers)
    answer = connection.getresponse()
    return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read().decode()


def register(url, **members):
    """The status of a registration, and its client_id."""
    status, _, text = call(url, body={**EXAMPLE, **members})
    return status, json.loads(text or "{}").get("client_id")


def role(name, policy):
    """Keys of a new role that has one policy."""
    iam, root = client("iam"), client("sts").get_caller_identity()["Arn"]
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": root}}]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    iam.attach_role_policy(RoleName=name, PolicyArn=policy)
    credentials = client("sts").assume_role(RoleArn=arn, RoleSessionName="check")["Credentials"]
    return tuple(credentials[each] for each in ("AccessKeyId", "SecretAccessKey", "SessionToken"))


def end(what):
    print(f"{what}: {checks - len(failures)} passed, {len(failures)} failed")
    sys.exit(bool(failures))
