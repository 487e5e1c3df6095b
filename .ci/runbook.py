"""Runs the commands of docs/operations.md against the emulator, as an operator on call would, and looks at what they did. .ci/emulated
starts it when another region has a stack already. What a command is comes from the page alone; only its examples of names, regions and
times are replaced.
"""

import datetime
import json
import os
import pathlib
import re
import subprocess
import sys
import time

from deployment import ARCHIVE, AWAY, HOME, SETTINGS, STACK, call, client, end, must, outputs, resource, role, same

PAGE = (pathlib.Path(__file__).parent.parent / "docs/operations.md").read_text()
BLOCKS = re.findall(r"(?:^ {4,}\S.*\n|^\n(?= {4}))+", PAGE, re.MULTILINE)
APP = "https://app.example.com"

dynamodb, formation, iam = client("dynamodb"), client("cloudformation"), client("iam")


def block(words, **examples):
    """The page's one block of commands with these words, with its examples replaced."""
    found = [each for each in BLOCKS if words in each]
    if len(found) != 1:
        sys.exit(f"runbook: docs/operations.md has {len(found)} blocks of commands with {words!r}, not one")
    text = found[0]
    for example, own in examples.items():
        text, times = re.subn(rf"\b{example}=\S+", f"{example}={own}", text)
        if not times:
            sys.exit(f"runbook: no {example}= to replace in {text}")
    indent = min(len(line) - len(line.lstrip()) for line in text.splitlines() if line)
    return "".join(line[indent:] or "\n" for line in text.splitlines(True)).strip()


def on_call(*scripts):
    """What these commands print, behind the words that the page starts with, in one shell."""
    environment = {**os.environ, "PATH": f"{pathlib.Path(sys.executable).parent}:{os.environ['PATH']}"}
    script = "\n".join(["set -eo pipefail", block("STACK=client-registration"), *scripts])
    done = subprocess.run(
        ["bash", "-c", script], cwd=SETTINGS, env=environment, text=True, capture_output=True, check=False
    )
    if done.returncode:
        sys.exit("\n".join(["runbook: failed:", script, done.stdout[-3000:], done.stderr[-3000:]]))
    return done.stdout


def enrol(*uris, name="Example"):
    """The status of a registration, and its client_id."""
    status, _, text = call(
        outputs(STACK)["RegistrationEndpoint"], body={"client_name": name, "redirect_uris": uris or [f"{APP}/cb"]}
    )
    return status, json.loads(text or "{}").get("client_id")


def clients(table):
    return {item["client_id"]["S"]: item for item in dynamodb.scan(TableName=table)["Items"]}


def listed():
    return sorted((SETTINGS / "clients.txt").read_text().split())


def parameters_change():
    before = formation.describe_stacks(StackName=STACK)["Stacks"][0]["Parameters"]
    on_call(
        block("change() {"),
        "change AllowedRedirectOrigins='https: loopback' MaxWritesPerSecond=0",
        block("MaxWriteRequestUnits=-1"),
    )
    meant = {each["ParameterKey"]: each["ParameterValue"] for each in before}
    meant |= {
        "RequestsPerSecond": "1",
        "RequestBurst": "1",
        "AllowedRedirectOrigins": "https: loopback",
        "MaxWritesPerSecond": "0",
    }
    after = formation.describe_stacks(StackName=STACK)["Stacks"][0]["Parameters"]
    same("parameters", {each["ParameterKey"]: each["ParameterValue"] for each in after}, meant)
    variables = json.loads(on_call(block("--query Environment.Variables\n")))
    same("settings in force", variables["ALLOWED_REDIRECT_ORIGINS"], "https: loopback")
    same("a scheme of an application", enrol("app:/cb")[0], 400)
    on_call(
        block("change() {").replace(
            "change RequestsPerSecond=1 RequestBurst=1",
            "change RequestsPerSecond=50 RequestBurst=100 AllowedRedirectOrigins=",
        )
    )


def an_alarm_is_tried():
    on_call(block("set-alarm-state"))
    alarms = client("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"]
    same(
        "alarms that fired",
        [re.sub(".*-(.*Alarm)-.*", r"\1", each["AlarmName"]) for each in alarms],
        ["ServerErrorsAlarm"],
    )


def everything_stops_and_goes_on():
    def reserved():
        functions = [(region, resource("RegisterFunction", region=region)) for region in (HOME, AWAY)]
        asked = [
            client("lambda", region).get_function_concurrency(FunctionName=function) for region, function in functions
        ]
        return [each.get("ReservedConcurrentExecutions") for each in asked]

    on_call(block("--reserved-concurrent-executions 0"))
    same("stopped", (reserved(), enrol()[0] == 201), ([0, 0], False))
    on_call(f'REGIONS="{HOME} {AWAY}"', block("delete-function-concurrency"))
    same("let in again", (reserved(), enrol()[0]), ([None, None], 201))


def clients_are_found_and_deleted(table):
    for client_id in clients(table):
        dynamodb.delete_item(TableName=table, Key={"client_id": {"S": client_id}})
    spellings = [f"{APP}/cb", APP, f"{APP}?x=1", "HTTPS://APP.Example.com:443/cb", f"{APP}:/", f"{APP}:0443"]
    theirs = sorted(enrol(uri)[1] for uri in spellings)
    theirs = sorted([*theirs, enrol("app:/cb", f"{APP}/")[1]])
    others = [
        f"{APP}.example.net/",
        f"{APP}:8443/",
        "https://appXexample.com/",
        f"https://example.com/?to={APP}/",
        "app:/cb",
    ]
    for uri in others:
        enrol(uri, name="Other")
    on_call(block("grep -iE"))
    same("clients by origin", listed(), theirs)
    on_call(block("contains(client_name, :name)"))
    same("clients by name", listed(), theirs)
    on_call(block("BETWEEN :from AND :to"))
    same("clients by time", listed(), sorted(clients(table)))
    on_call(block("contains(client_name, :name)"))
    shown = on_call(block("wc -l < clients.txt"))
    same("how many, of how many", shown.split()[:2], [str(len(theirs)), str(len(theirs) + len(others))])
    same("names and redirect URIs", shown.count('"Example"'), len(theirs))
    on_call(block("cat > delete.py"))
    same("clients left", sorted(item["client_name"]["S"] for item in clients(table).values()), ["Other"] * len(others))
    on_call(block("cat > delete.py"))  # which does no harm

    with_an_end = next(iter(clients(table)))
    dynamodb.update_item(
        TableName=table,
        Key={"client_id": {"S": with_an_end}},
        UpdateExpression="SET expires_at = :end",
        ExpressionAttributeValues={":end": {"N": "5"}},
    )
    on_call(block("cat > end.py"))
    ends = {client_id: int(item["expires_at"]["N"]) for client_id, item in clients(table).items()}
    same("the end that was there", ends.pop(with_an_end), 5)
    same("ends given", {round((end - time.time()) / 86400) for end in ends.values()}, {90})


def a_table_is_restored(table):
    server = "server-of-the-runbook"
    reader = client("dynamodb", credentials=role(server, outputs(STACK)["ReadClientsPolicyArn"]))

    def is_read(each, client_id):
        try:
            return "Item" in reader.get_item(TableName=each, Key={"client_id": {"S": client_id}})
        except reader.exceptions.ClientError as error:
            return error.response["Error"]["Code"]

    restored = "clients-restored"
    since = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    client_id = enrol()[1]
    names = block("restore-table-to-point-in-time", SINCE=since).split("aws ")[0]
    on_call(block("restore-table-to-point-in-time", SINCE=since))
    # The emulator restores the present; what registered later than the restored moment is taken out here.
    dynamodb.delete_item(TableName=restored, Key={"client_id": {"S": client_id}})
    on_call(names, block("update-time-to-live"))
    same(
        "time to live",
        dynamodb.describe_time_to_live(TableName=restored)["TimeToLiveDescription"]["AttributeName"],
        "expires_at",
    )
    described = dynamodb.describe_table(TableName=restored)["Table"]
    same(
        "protection and stream",
        (described["DeletionProtectionEnabled"], described["StreamSpecification"]["StreamEnabled"]),
        (True, True),
    )
    on_call(names, block("cat > copy_clients.py"))
    same("items", clients(restored), clients(table))
    same("before the policy", [is_read(each, client_id) for each in (table, restored)], [True, "AccessDeniedException"])
    own = {"ROLE": server}
    on_call(names, block("put-role-policy", **own))
    same("with both", [is_read(each, client_id) for each in (table, restored)], [True, True])
    on_call(
        names,
        block("change() {").replace(
            "change RequestsPerSecond=1 RequestBurst=1", block('change ExistingTableName="$RESTORED"')
        ),
    )
    on_call(block("put-role-policy", **own).splitlines()[0], block("delete-role-policy"))
    same("with the new one", [is_read(each, client_id) for each in (restored, table)], [True, "AccessDeniedException"])
    same("where clients go", enrol()[1] in clients(restored), True)
    same("the stack's table", outputs(STACK)["TableName"], restored)


def main():
    (SETTINGS / "samconfig.toml").write_bytes((ARCHIVE / "samconfig.toml").read_bytes())
    must("sam deploy --no-fail-on-empty-changeset")
    table = outputs(STACK)["TableName"]
    parameters_change()
    an_alarm_is_tried()
    everything_stops_and_goes_on()
    clients_are_found_and_deleted(table)
    a_table_is_restored(table)
    on_call(block("filter-log-events"))  # the emulator takes any filter, and filters nothing
    end("runbook")


main()
