"""Finds, shows, deletes, expires and copies clients of a table. docs/operations.md says when; operate.sh calls it. Needs boto3.

A scan reads the whole table and is billed for it, about one cent per million clients.
"""

import argparse
import calendar
import collections
import concurrent.futures
import datetime
import re
import sys
import time

LOOPBACK = re.compile(r"http://(localhost|127\.0\.0\.1|\[::1\])(:\d*)?$")


def moment(text):
    """Seconds since the epoch; without a time zone, UTC is meant."""
    return calendar.timegm(datetime.datetime.fromisoformat(text.replace("Z", "+00:00")).utctimetuple())


def origin(uri):
    """The origin of a redirect URI as AllowedRedirectOrigins has it, in lower case."""
    scheme, colon, rest = uri.lower().partition(":")
    if scheme not in ("https", "http"):
        return scheme + colon
    found = scheme + colon + re.match("(?://)?[^/?#]*", rest)[0]
    return "loopback" if LOOPBACK.match(found) else re.sub("^(https://.*?):(0*443)?$", r"\1", found)


def entry(text):
    """An origin that the operator names."""
    if not re.fullmatch(
        r"loopback|(?!https?:)[a-z][a-z0-9+.-]*:|https:(//(\[[0-9a-f:.]+\]|[^\s:/?#@*\[\]]+)(:\d*)?)?", text.lower()
    ):
        raise argparse.ArgumentTypeError(f"{text} is not https://app.example.com, https:, com.example.app: or loopback")
    return origin(text) if "//" in text else text.lower()


def entries(text):
    return [entry(word) for word in text.split()]


def is_of(uri, entry):
    return origin(uri).startswith("https://") if entry == "https:" else origin(uri) == entry


def without_port(uri):
    return re.sub(r"^(https://.*?):\d*$", r"\1", origin(uri))


def redirect_uris(item):
    """Those of an item, which another hand may have made or cut: a renewal without its condition leaves two members of a deleted client."""
    listed = item.get("redirect_uris")
    return [uri for uri in listed if isinstance(uri, str)] if isinstance(listed, (list, set)) else []


def fits(item, wanted):
    """Whether it is one of the clients that `find` was asked for."""
    uris, name, issued = redirect_uris(item), item.get("client_name"), item.get("client_id_issued_at")
    if wanted.origin and not any(is_of(uri, wanted.origin) or without_port(uri) == wanted.origin for uri in uris):
        return False
    if wanted.unlisted is not None:  # an empty list allows every origin
        allowed = [not wanted.unlisted or any(is_of(uri, entry) for entry in wanted.unlisted) for uri in uris]
        if all(allowed):
            return False
    if wanted.name and not (isinstance(name, str) and wanted.name in name):
        return False
    return not (wanted.since or wanted.until) or (
        issued is not None and (wanted.since or 0) <= issued <= (wanted.until or time.time())
    )


def printable(value):
    """For a terminal: what a stranger has chosen must not move its cursor or hide."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in str(value))


def arguments():
    parser = argparse.ArgumentParser(
        prog="clients", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("table", help="(operate.sh gives it)")
    commands = parser.add_subparsers(dest="command", required=True)
    find = commands.add_parser(
        "find", help="print a client_id per line: of all clients, or those that fit every option"
    )
    find.add_argument("--origin", type=entry, help="as AllowedRedirectOrigins has it; without a port, any port")
    find.add_argument(
        "--unlisted", type=entries, metavar="LIST", help="with a redirect URI that this list of origins would not allow"
    )
    find.add_argument("--name", help="a part of client_name, in upper and lower case as given")
    find.add_argument("--since", type=moment, help="such as 2026-11-26T02:00:00Z")
    find.add_argument("--until", type=moment)
    commands.add_parser("origins", help="print every origin, and how many clients have it")
    commands.add_parser("show", help="print name and redirect URIs of the first 20 client_ids on standard input")
    commands.add_parser("delete", help="delete the client_ids on standard input; repeats what DynamoDB defers")
    expire = commands.add_parser("expire", help="give clients without expires_at one")
    expire.add_argument("days", type=int)
    copy = commands.add_parser("copy", help="copy what has registered since a time into another table")
    copy.add_argument("to")
    copy.add_argument("since", type=moment)
    return parser.parse_args()


def main():
    given = arguments()
    try:
        import boto3
    except ModuleNotFoundError:
        sys.exit("clients: needs boto3: pip install boto3")
    dynamodb = boto3.resource("dynamodb")
    table, client = dynamodb.Table(given.table), dynamodb.meta.client
    count = 0

    def items(**condition):
        for page in client.get_paginator("scan").paginate(TableName=given.table, **condition):
            yield from page["Items"]

    def give_end(item):
        try:
            client.update_item(  # resources are not thread-safe
                TableName=given.table,
                Key={"client_id": item["client_id"]},
                UpdateExpression="SET expires_at = :end",
                ConditionExpression="attribute_exists(client_id) AND attribute_not_exists(expires_at)",
                ExpressionAttributeValues={":end": int(time.time()) + given.days * 86400},
            )
        except client.exceptions.ConditionalCheckFailedException:
            pass  # deleted or given an end meanwhile

    if given.command == "find":
        for item in items():
            if fits(item, given):
                count += 1
                print(item["client_id"])
    elif given.command == "origins":
        found = collections.Counter(each for item in items() for each in {origin(uri) for uri in redirect_uris(item)})
        for each, count in found.most_common():
            print(f"{count}\t{printable(each)}")
        count = sum(found.values())
    elif given.command == "expire":
        with concurrent.futures.ThreadPoolExecutor(10) as pool:
            condition = "attribute_not_exists(expires_at)"
            count = len(list(pool.map(give_end, items(FilterExpression=condition, ProjectionExpression="client_id"))))
    elif given.command == "copy":
        with dynamodb.Table(given.to).batch_writer() as batch:
            condition = {":since": int(given.since)}
            for item in items(FilterExpression="client_id_issued_at >= :since", ExpressionAttributeValues=condition):
                count += 1
                batch.put_item(Item=item)
    else:
        identifiers = [line.split()[0] for line in sys.stdin if line.strip()]
        count = len(identifiers)
        if given.command == "show":
            for each in identifiers[:20]:
                item = table.get_item(Key={"client_id": each}).get("Item", {})
                print(printable(item.get("client_name")), *map(printable, redirect_uris(item)), sep="\t")
        else:
            with table.batch_writer(overwrite_by_pkeys=["client_id"]) as batch:
                for each in identifiers:
                    batch.delete_item(Key={"client_id": each})
    print(f"clients: {given.command}: {count} of about {table.item_count} (up to six hours old)", file=sys.stderr)


if __name__ == "__main__":
    main()
