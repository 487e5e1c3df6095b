"""Registers with a client that a generator made of docs/openapi.yaml: `generated_client.py URL`, the client on PYTHONPATH."""

import sys

from generated import Client
from generated.api.default import register_client
from generated.models import ClientInformation, ClientMetadata, Error

api = Client(base_url=sys.argv[1])
sent = {
    "client_name": "Example MCP Client",
    "redirect_uris": ["https://example.com/oauth/callback", "http://127.0.0.1:49152/callback", "com.example.app:/callback"],
    "grant_types": ["authorization_code"],
    "response_types": ["code"],
    "token_endpoint_auth_method": "none",
    "scope": "openid profile",
    "logo_uri": "https://example.com/logo.png",
}
client = register_client.sync(client=api, body=ClientMetadata.from_dict(sent))
assert isinstance(client, ClientInformation), client
answer = client.to_dict()
assert answer.pop("client_id"), client
assert answer == sent, answer

refusal = register_client.sync(client=api, body=ClientMetadata(client_name="Example", redirect_uris=["http://example.com"]))
assert isinstance(refusal, Error), refusal
assert refusal.error == "invalid_redirect_uri", refusal
