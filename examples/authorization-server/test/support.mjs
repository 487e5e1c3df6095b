// What the tests share: the servers, and items written straight to the table, so that nobody waits for days.

import { randomUUID } from 'node:crypto';
import { after } from 'node:test';

import { DeleteItemCommand, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';

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
  after(() => {
    servers.stop();
    api.server.close();
    api.server.closeAllConnections();
  });
  const metadata = await (await fetch(`${servers.issuer}/.well-known/oauth-authorization-server`)).json();
  const table = new Table(servers);
  return { ...servers, ...requests({ metadata, resource, scope: scopes[0] }), metadata, resource, scopes, table };
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
