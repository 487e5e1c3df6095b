"""Registers with a client that a generator made of docs/openapi.yaml: `generated_client.py URL`, the client on PYTHONPATH."""

import pathlib
import sys

from generated import Client
from generated.api.default import register_client
from generated.models import ClientInformation, ClientMetadata, Error
from ruamel.yaml import YAML

post = YAML(typ="safe").load(pathlib.Path("docs/openapi.yaml"))["paths"]["/api/v2/oauth2/register"]["post"]
sent = post["requestBody"]["content"]["application/json"]["examples"]["full"]["value"]
api = Client(base_url=sys.argv[1])
client = register_client.sync(client=api, body=ClientMetadata.from_dict(sent))
assert isinstance(client, ClientInformation), client
answer = client.to_dict()
assert answer.pop("client_id"), client
assert answer == sent, answer

refusal = register_client.sync(client=api, body=ClientMetadata(client_name="Example", redirect_uris=["http://example.com"]))
assert isinstance(refusal, Error), refusal
assert refusal.error == "invalid_redirect_uri", refusal
