"""Runs the commands of docs/operations.md against the emulator, as an operator on call would, and looks at what they did. .ci/emulated
starts it when another region has a stack already. The commands are those of the archive's operate.sh; everything else comes from
the page.
"""

import datetime
import re
import sys
import time

from deployment import ARCHIVE, AWAY, HOME, SETTINGS, STACK, client, end, must, operate, outputs, register, role, run, same, stack

PAGE = (ARCHIVE / "docs/operations.md").read_text().replace("\\\n", " ")
APP = "https://app.example.com"

dynamodb = client("dynamodb")


def page(words):
    """The page's one command with these words."""
    found = [line.strip() for line in PAGE.splitlines() if line.startswith("    ") and words in line]
    if len(found) != 1:
        sys.exit(f"runbook: docs/operations.md has {len(found)} commands with {words!r}, not one")
    return found[0]


def on_call(*commands):
    return must(operate(*commands))


def refused(says, *commands):
    """Each of the commands, for a reason that says this, of itself."""
    tried = [f"{{ ({command}) 2>&1 >/dev/null && echo WORKS; }} | tr '\\n' ' '; echo" for command in commands]
    for command, answer in zip(commands, on_call(*tried).splitlines(), strict=True):
        same(f"{command} is refused: {answer[-300:]}", ("WORKS" in answer, says in answer), (False, True))


def enrol(*uris, name="Example"):
    return register(outputs()["RegistrationEndpoint"], client_name=name, redirect_uris=uris or [f"{APP}/cb"])


def clients(table):
    return {item["client_id"]["S"]: item for item in dynamodb.scan(TableName=table)["Items"]}


def parameters():
    return {each["ParameterKey"]: each["ParameterValue"] for each in stack().parameters}


def parameters_change():
    before = parameters()
    on_call(f"{page('change RequestsPerSecond')} AllowedRedirectOrigins='https: loopback' MaxWritesPerSecond=0")
    changed = {"RequestsPerSecond": "1", "AllowedRedirectOrigins": "https: loopback", "MaxWritesPerSecond": "0"}
    same("parameters", parameters(), before | changed)
    same("settings in force", "AllowedRedirectOrigins\thttps: loopback" in on_call("settings"), True)
    on_call(page("MaxWriteRequestUnits=-1"))
    same("a scheme of an application", enrol("app:/cb")[0], 400)
    on_call("change RequestsPerSecond=50 AllowedRedirectOrigins=")
    refused(f"{STACK} has no parameter AllowedRedirectOrigin", "change AllowedRedirectOrigin=loopback")
    no_acl = "arn:aws:wafv2:eu-west-1:000000000000:regional/webacl/none/0"
    refused("WebAclAssociation", f"change WebAclArn={no_acl}")
    same("parameters after a failure", parameters()["WebAclArn"], "")


def an_alarm_is_tried():
    on_call(page("set-alarm-state"), page("disable-alarm-actions"))
    alarms = client("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"]
    names = [re.sub(".*-(.*Alarm)-.*", r"\1", each["AlarmName"]) for each in alarms]
    same("alarms that fired", names, ["ServerErrorsAlarm"])


def everything_stops_and_goes_on():
    def reserved():
        functions = [(region, stack(region=region).Resource("RegisterFunction").physical_resource_id) for region in (HOME, AWAY)]
        asked = [client("lambda", region).get_function_concurrency(FunctionName=name) for region, name in functions]
        return [each.get("ReservedConcurrentExecutions") for each in asked]

    on_call(page("stop eu-west-1"))
    same("stopped", (reserved(), enrol()[0] == 201), ([0, 0], False))
    refused("registration was stopped", "check")
    on_call(page("resume eu-west-1"))
    same("let in again", (reserved(), enrol()[0]), ([None, None], 201))
    on_call("change ReservedConcurrency=7", f"stop {HOME}", f"resume {HOME}")
    same("let in again, with what was reserved", reserved(), [7, None])
    on_call("change ReservedConcurrency=0")
    refused(" REGION ...", "stop", "resume", "leave", "rejoin")
    refused("ap-south-1: FAILED", f"stop {HOME} ap-south-1")
    on_call(f"resume {HOME}")


def a_region_leaves_and_comes_back():
    """With the record that the stack has made: the stack of this region has no domain, so it is that of the other."""

    def records():
        zones = client("route53").list_hosted_zones()["HostedZones"]
        listed = client("route53").list_resource_record_sets(HostedZoneId=zones[0]["Id"])["ResourceRecordSets"]
        return [each for each in listed if each["Type"] == "A"]

    before = records()
    same("records", [each["SetIdentifier"] for each in before], [AWAY])
    on_call(f"leave {AWAY}")
    same("records without the region", records(), [])
    on_call(f"rejoin {AWAY}")
    same("records after its return", records(), before)


def clients_are_found_and_deleted(table):
    for client_id in clients(table):
        dynamodb.delete_item(TableName=table, Key={"client_id": {"S": client_id}})
    spellings = f"{APP}/cb {APP} {APP}?x=1 HTTPS://APP.Example.com:443/cb {APP}:/ {APP}:0443 {APP}:8443/".split()
    theirs = [enrol(uri)[1] for uri in spellings] + [enrol("app:/cb", f"{APP}/")[1]]
    others = f"{APP}.example.net/ https://appXexample.com/ https://example.com/?to={APP}/ app:/cb http://127.0.0.1:7/cb"
    others = [enrol(uri, name="Other")[1] for uri in [*others.split(), "http://localhost/", "http://[::1]"]]
    # What a renewal without its condition leaves of a deleted client, and what another hand may write.
    broken = [{"expires_at": {"N": "4102444800"}}, {"redirect_uris": {"S": APP}, "client_name": {"N": "1"}}]
    broken += [{"redirect_uris": {"L": [{"NULL": True}, {"N": "1"}]}}, {"redirect_uris": {"SS": [f"{APP}/"]}}]
    for number, item in enumerate(broken):
        dynamodb.put_item(TableName=table, Item={"client_id": {"S": f"broken-{number}"}, **item})

    on_call(page("clients find --origin"))
    same("clients by origin", sorted((SETTINGS / "clients.txt").read_text().split()), sorted([*theirs, "broken-3"]))
    everybody = sorted(clients(table))
    meant = {
        f"--origin {APP}:8443": [theirs[6]],
        "--origin APP:": [theirs[7], others[3]],
        "--origin loopback": others[4:],
        "--origin https:": [*theirs, *others[:3], "broken-3"],
        f"--unlisted '{APP} {APP}:8443 app:'": others[:3] + others[4:],
        "--unlisted ''": [],
        "": everybody,
    }
    found = on_call(*(f"clients find {arguments}; echo --" for arguments in meant)).split("--\n")
    for (arguments, those), lines in zip(meant.items(), found, strict=False):
        same(f"clients {arguments}", sorted(line.split()[0] for line in lines.splitlines()), sorted(those))
    origins = f"app.example.com {APP}/ {APP}/cb http: http://localhost:1 * https://*.example.com".split()
    refused("is not https://app.example.com", *(f"clients find --origin '{each}'" for each in origins))
    counted = dict(reversed(line.split("\t")) for line in on_call("clients origins").splitlines())
    same("origins", (counted[APP], counted["loopback"], counted["app:"]), (str(len(theirs)), "3", "2"))

    on_call(re.sub("2026-11-26T0([23]):", r"2\g<1>00-01-01T00:", page("clients find --since")))  # since 2200 until 2300
    same("clients of another time", (SETTINGS / "clients.txt").read_text(), "")
    on_call(page("clients find --since").replace("2026-11-26T02", "2020-01-01T00").replace("2026", "2120"))
    same("clients by time", (SETTINGS / "clients.txt").read_text().count("\n"), len(theirs) + len(others))
    dynamodb.put_item(TableName=table, Item={"client_id": {"S": "hidden"}, "client_name": {"S": "a\u202eb\x1b"}})
    same("what hides in a name", on_call("echo hidden | clients show"), "a\\u202eb\\x1b\n")
    shown = on_call(page("clients find --name Example"), page("clients show"))
    same("names and redirect URIs", shown.count("Example\t"), len(theirs))
    on_call(page("clients delete"), page("clients delete"))  # twice, which does no harm
    same("clients left", set(theirs) & set(clients(table)), set())
    on_call("clients find --origin https: | clients delete", "printf '%s\\n' broken-1 broken-2 hidden | clients delete")
    on_call(page("clients expire"))
    ends = {client_id: int(item["expires_at"]["N"]) for client_id, item in clients(table).items()}
    same("the end that was there", ends.pop("broken-0"), 4102444800)
    same("ends given", {round((end - time.time()) / 86400) for end in ends.values()}, {90})


def a_table_is_restored(table):
    server = "server-of-the-runbook"
    reader = client("dynamodb", keys=role(server, outputs()["ReadClientsPolicyArn"]))

    def is_read(each, client_id):
        try:
            return "Item" in reader.get_item(TableName=each, Key={"client_id": {"S": client_id}})
        except reader.exceptions.ClientError as error:
            return error.response["Error"]["Code"]

    def protected(each):
        described = dynamodb.describe_table(TableName=each)["Table"]
        expiry = dynamodb.describe_time_to_live(TableName=each)["TimeToLiveDescription"]["AttributeName"]
        stream = described["StreamSpecification"]["StreamEnabled"]
        return expiry, described["DeletionProtectionEnabled"], stream

    # Deleted by mistake, in two steps, and brought back.
    before = clients(table)
    refused("there is no backup of a deleted", "recover")
    on_call(page("--no-deletion-protection-enabled"), page("aws dynamodb delete-table"))
    same("a registration without a table", enrol()[0], 500)
    on_call("recover")
    same("the table that came back", (clients(table), protected(table)), (before, ("expires_at", True, True)))
    same("a registration into it", enrol()[1] in clients(table), True)

    since = (datetime.datetime.now(datetime.UTC) - datetime.timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    restored = f"{STACK}-restored"
    names = page("SINCE=").replace("2026-11-26T02:00:00Z", since)
    client_id = enrol()[1]
    on_call(names, page("restore-table-to-point-in-time"))
    # The emulator restores the present; what registered later than the restored moment is taken out here.
    dynamodb.delete_item(TableName=restored, Key={"client_id": {"S": client_id}})
    on_call(names, 'protect "$RESTORED"')
    same("time to live, protection and stream", protected(restored), ("expires_at", True, True))
    on_call(names, page("clients copy"))
    same("items", clients(restored), clients(table))
    same("before the policy", [is_read(each, client_id) for each in (table, restored)], [True, "AccessDeniedException"])
    on_call(names, f'grant {server} "$RESTORED"')
    same("with both", [is_read(each, client_id) for each in (table, restored)], [True, True])
    on_call(names, page("change ExistingTableName"), f"revoke {server}")
    same("with the new one", [is_read(each, client_id) for each in (restored, table)], [True, "AccessDeniedException"])
    same("where clients go", enrol()[1] in clients(restored), True)
    same("the stack's table", (outputs()["TableName"], on_call('echo "$TABLE"').strip()), (restored, restored))


def main():
    (SETTINGS / "samconfig.toml").write_bytes((ARCHIVE / "samconfig.toml").read_bytes())
    must("sam deploy --no-fail-on-empty-changeset")
    table = outputs()["TableName"]
    parameters_change()
    an_alarm_is_tried()
    everything_stops_and_goes_on()
    a_region_leaves_and_comes_back()
    clients_are_found_and_deleted(table)
    a_table_is_restored(table)
    on_call("errors", "events")  # the emulator takes any filter, and filters nothing
    done = run(operate("clients find", stack="no-such-stack"))
    same("clients of no stack", (done.returncode != 0, "no-such-stack" in done.stderr), (True, True))
    end("runbook")


main()
