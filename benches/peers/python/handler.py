"""The least that registers a client, by boto3 as Python's Lambda runtime has it."""

import base64
import json
import os
import re
import time
import uuid
from urllib.parse import urlsplit

import boto3

dynamodb = boto3.client("dynamodb")

LINKS = ("client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri")
LOOPBACK = ("localhost", "127.0.0.1", "::1")
FORBIDDEN = ("", "javascript", "data", "file", "blob", "about", "ws", "wss", "ftp")


CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


class Refused(Exception):
    """The error code of RFC 7591 and its description."""


def is_text(value):
    return isinstance(value, str) and 0 < len(value) <= 1000 and not CONTROL.search(value)


def is_redirect_uri(text):
    if not is_text(text) or "#" in text:
        return False
    try:
        uri = urlsplit(text)
        if uri.scheme == "http":
            return uri.hostname in LOOPBACK
    except ValueError:
        return False
    return uri.scheme not in FORBIDDEN


def is_subset(values, allowed):
    return isinstance(values, list) and all(value in allowed for value in values)


def prove(sent):
    if not isinstance(sent, dict):
        raise Refused("invalid_request", "the request body must be one JSON object")
    if not is_text(sent.get("client_name")):
        raise Refused("invalid_client_metadata", "client_name must be 1 to 1000 characters, no control character")
    uris = sent.get("redirect_uris")
    if not isinstance(uris, list) or not 1 <= len(uris) <= 20 or not all(map(is_redirect_uri, uris)):
        raise Refused("invalid_redirect_uri", "redirect_uris must be 1 to 20 URIs that may be registered")
    grant_types = sent.get("grant_types", ["authorization_code", "refresh_token"])
    if not is_subset(grant_types, ("authorization_code", "refresh_token")) or "authorization_code" not in grant_types:
        raise Refused("invalid_client_metadata", "grant_types is not supported")
    if sent.get("response_types", ["code"]) != ["code"]:
        raise Refused("invalid_client_metadata", "response_types is not supported")
    if sent.get("token_endpoint_auth_method", "none") != "none":
        raise Refused("invalid_client_metadata", "token_endpoint_auth_method is not supported")
    metadata = {
        "client_name": sent["client_name"],
        "redirect_uris": uris,
        "grant_types": grant_types,
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    for name in ("scope", *LINKS):
        if not sent.get(name):
            continue
        if not is_text(sent[name]) or (name != "scope" and not sent[name].startswith(("http:", "https:"))):
            raise Refused("invalid_client_metadata", f"{name} is not well-formed")
        metadata[name] = sent[name]
    return metadata


def attribute(value):
    return {"L": [{"S": text} for text in value]} if isinstance(value, list) else {"S": value}


def answer(status, body):
    headers = {"content-type": "application/json", "cache-control": "no-store", "access-control-allow-origin": "*"}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def handler(event, context):
    try:
        body = base64.b64decode(event["body"]) if event.get("isBase64Encoded") else event["body"]
        metadata = prove(json.loads(body))
    except Refused as refused:
        return answer(400, dict(zip(("error", "error_description"), refused.args)))
    except (TypeError, ValueError):
        return answer(400, {"error": "invalid_request", "error_description": "the request body is not valid JSON"})

    client = {"client_id": str(uuid.uuid4()), **metadata}
    item = {name: attribute(value) for name, value in client.items()}
    item["client_id_issued_at"] = {"N": str(int(time.time()))}
    dynamodb.put_item(
        TableName=os.environ["TABLE_NAME"],
        Item=item,
        ConditionExpression="attribute_not_exists(client_id)",
    )
    return answer(201, client)
