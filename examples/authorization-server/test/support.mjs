// What the tests share: the servers, and items written straight to the table, so that nobody waits for days.

import { createHash, randomUUID } from 'node:crypto';
import { after } from 'node:test';

import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

import { listen, start as startServers } from '../local.mjs';
import { Browser } from './browser.mjs';
import { mcpServer } from './mcp-server.mjs';

export const DAY = 24 * 60 * 60;
export const REDIRECT_URI = 'https://client.example.com/callback';
export const VERIFIER = 'a'.repeat(43);
export const now = () => Math.floor(Date.now() / 1000);

/** Registration, authorization and an MCP server, for as long as the tests of a file run. */
export async function start({ scopes = ['tools:call', 'tools:list'], first, accessTokenTTL, fetch } = {}) {
  const api = await listen();
  const resource = `${api.url}/mcp`;
  const servers = await startServers({ resource, scopes, accessTokenTTL, fetch });
  api.server.on('request', mcpServer({ resource, scopes, issuer: servers.issuer, first }));
  after(() => {
    servers.stop();
    api.server.close();
    api.server.closeAllConnections();
  });
  return { ...servers, ...requests(servers.issuer, resource), resource, scopes, table: new Table(servers) };
}

function requests(issuer, resource) {
  /** The address of an authorization request that is right except for what `changes` says. */
  function authorization(client_id, changes = {}) {
    const parameters = {
      response_type: 'code',
      client_id,
      redirect_uri: REDIRECT_URI,
      scope: 'tools:call',
      resource,
      state: 'state',
      code_challenge: createHash('sha256').update(VERIFIER).digest('base64url'),
      code_challenge_method: 'S256',
      ...changes,
    };
    const present = Object.entries(parameters).filter(([, value]) => value !== undefined);
    return `${issuer}/auth?${new URLSearchParams(present)}`;
  }

  /** Posts to the token endpoint. */
  async function token(parameters, headers = {}) {
    const response = await fetch(`${issuer}/token`, { method: 'POST', headers, body: new URLSearchParams(parameters) });
    return { status: response.status, headers: response.headers, ...(await response.json()) };
  }

  /** Allows access, and exchanges the code. */
  async function tokens(client_id, changes = {}) {
    const redirect_uri = changes.redirect_uri ?? REDIRECT_URI;
    const code = (await new Browser().allow(authorization(client_id, changes))).searchParams.get('code');
    return token({ grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id, redirect_uri });
  }

  return { authorization, token, tokens };
}

/** Registers `metadata` over HTTP, as a client does. */
export async function register({ registrationEndpoint }, metadata) {
  const body = JSON.stringify({ client_name: 'Test', redirect_uris: [REDIRECT_URI], ...metadata });
  const response = await fetch(registrationEndpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body,
  });
  const answer = await response.json();
  if (response.status !== 201) throw new Error(JSON.stringify(answer));
  return answer;
}

class Table {
  constructor({ dynamodb, tableName }) {
    this.send = (Command, input) => dynamodb.send(new Command({ TableName: tableName, ...input }));
  }

  /** Writes an item as the endpoint would, with other or fewer attributes where `attributes` says so. */
  async put(attributes = {}) {
    const client_id = randomUUID();
    const item = {
      client_id: { S: client_id },
      client_name: { S: 'Test' },
      redirect_uris: { L: [{ S: REDIRECT_URI }] },
      grant_types: { L: [{ S: 'authorization_code' }, { S: 'refresh_token' }] },
      response_types: { L: [{ S: 'code' }] },
      token_endpoint_auth_method: { S: 'none' },
      client_id_issued_at: { N: String(now()) },
      ...attributes,
    };
    await this.send(PutItemCommand, { Item: item });
    return client_id;
  }

  async get(clientId) {
    const { Item } = await this.send(GetItemCommand, { Key: { client_id: { S: clientId } }, ConsistentRead: true });
    return Item;
  }

  async delete(clientId) {
    await this.send(DeleteItemCommand, { Key: { client_id: { S: clientId } } });
  }
}
