// What the tests share: the servers, and items written straight to the table, so that nobody waits for days.

import { randomUUID } from 'node:crypto';
import { after } from 'node:test';

import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';

import { listen, start as startServers } from '../local.mjs';
import { mcpServer } from './mcp-server.mjs';
import { REDIRECT_URI, requests } from './requests.mjs';

export const DAY = 24 * 60 * 60;
export const now = () => Math.floor(Date.now() / 1000);

/** Registration, authorization and an MCP server, for as long as the tests of a file run. */
export async function start({ scopes = ['tools:call', 'tools:list'], first, ...options } = {}) {
  const api = await listen();
  const resource = options.resource ?? `${api.url}/mcp`;
  const servers = await startServers({ resource, scopes, ...options });
  api.server.on('request', mcpServer({ resource, scopes, issuer: servers.issuer, first }));
  after(servers.close);
  after(api.close);
  const metadata = await (await fetch(`${servers.issuer}/.well-known/oauth-authorization-server`)).json();
  return { ...servers, ...requests({ metadata, resource, scope: scopes[0] }), resource, table: tableOf(servers) };
}

function tableOf({ dynamodb, tableName }) {
  const send = (Command, input) => dynamodb.send(new Command({ TableName: tableName, ...input }));
  const key = (clientId) => ({ client_id: { S: clientId } });
  return {
    /** Writes an item as the endpoint would, with other or more attributes where `attributes` says so. */
    async put(attributes) {
      const client_id = randomUUID();
      const item = {
        client_id,
        client_name: 'Test',
        redirect_uris: [REDIRECT_URI],
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        token_endpoint_auth_method: 'none',
        client_id_issued_at: now(),
        ...attributes,
      };
      await send(PutItemCommand, { Item: marshall(item) });
      return client_id;
    },
    get: async (clientId) => (await send(GetItemCommand, { Key: key(clientId), ConsistentRead: true })).Item,
    delete: (clientId) => send(DeleteItemCommand, { Key: key(clientId) }),
  };
}
