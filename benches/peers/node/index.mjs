// The least that registers a client, by the AWS SDK v3 as Node's Lambda runtime has it.
import { randomUUID } from "node:crypto";
import { DynamoDBClient, PutItemCommand } from "@aws-sdk/client-dynamodb";

const dynamodb = new DynamoDBClient();

const LINKS = ["client_uri", "logo_uri", "policy_uri", "tos_uri", "jwks_uri"];

const isText = (value) => typeof value === "string" && value !== "" && value.length <= 1000 && !/\p{Cc}/u.test(value);
const isSubset = (values, allowed) => Array.isArray(values) && values.every((value) => allowed.includes(value));

function isRedirectUri(text) {
  if (!isText(text) || text.includes("#") || !URL.canParse(text)) return false;
  const { protocol, hostname } = new URL(text);
  if (protocol === "http:") return ["localhost", "127.0.0.1", "[::1]"].includes(hostname);
  return !["javascript:", "data:", "file:", "blob:", "about:", "ws:", "wss:", "ftp:"].includes(protocol);
}

function validate(sent) {
  const refuse = (error, error_description) => ({ refusal: { error, error_description } });
  if (!isText(sent.client_name))
    return refuse("invalid_client_metadata", "client_name must be 1 to 1000 characters, no control character");
  const uris = sent.redirect_uris;
  if (!Array.isArray(uris) || uris.length < 1 || uris.length > 20 || !uris.every(isRedirectUri))
    return refuse("invalid_redirect_uri", "redirect_uris must be 1 to 20 URIs that may be registered");
  const {
    grant_types = ["authorization_code", "refresh_token"],
    response_types = ["code"],
    token_endpoint_auth_method = "none",
  } = sent;
  if (!isSubset(grant_types, ["authorization_code", "refresh_token"]) || !grant_types.includes("authorization_code"))
    return refuse("invalid_client_metadata", "grant_types is not supported");
  if (!isSubset(response_types, ["code"]) || response_types.length === 0)
    return refuse("invalid_client_metadata", "response_types is not supported");
  if (token_endpoint_auth_method !== "none")
    return refuse("invalid_client_metadata", "token_endpoint_auth_method is not supported");
  const metadata = { client_name: sent.client_name, redirect_uris: uris, grant_types, response_types, token_endpoint_auth_method };
  for (const name of ["scope", ...LINKS]) {
    if (!sent[name]) continue;
    if (!isText(sent[name]) || (name !== "scope" && !/^https?:/.test(sent[name])))
      return refuse("invalid_client_metadata", `${name} is not well-formed`);
    metadata[name] = sent[name];
  }
  return { metadata };
}

const answer = (statusCode, body) => ({
  statusCode,
  headers: { "content-type": "application/json", "cache-control": "no-store", "access-control-allow-origin": "*" },
  body: JSON.stringify(body),
});

export async function handler(event) {
  const body = event.isBase64Encoded ? Buffer.from(event.body, "base64").toString() : event.body;
  let sent;
  try {
    sent = JSON.parse(body);
  } catch {
    return answer(400, { error: "invalid_request", error_description: "the request body is not valid JSON" });
  }
  const { refusal, metadata } = validate(sent ?? {});
  if (refusal) return answer(400, refusal);

  const client = { client_id: randomUUID(), ...metadata };
  const attribute = (value) => (Array.isArray(value) ? { L: value.map((text) => ({ S: text })) } : { S: value });
  const item = Object.fromEntries(Object.entries(client).map(([name, value]) => [name, attribute(value)]));
  item.client_id_issued_at = { N: String(Math.floor(Date.now() / 1000)) };
  await dynamodb.send(
    new PutItemCommand({
      TableName: process.env.TABLE_NAME,
      Item: item,
      ConditionExpression: "attribute_not_exists(client_id)",
    }),
  );
  return answer(201, client);
}
