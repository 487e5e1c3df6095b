// Step-up: a token that is good for less than a tool needs, and an MCP client that comes back for more.

import assert from 'node:assert/strict';
import { test } from 'node:test';

import * as sdk from '@modelcontextprotocol/client';

import { connect, finish, Host, whoami } from './host.mjs';
import { start } from './support.mjs';

const { resource, table } = await start({ first: ['tools:list'] });

test('the TypeScript SDK 2.x goes from a 403 over another consent to the called tool', async () => {
  const host = new Host();
  const client = await connect(sdk, resource, host);
  const { client_id } = host.client;
  assert.equal((await table.get(client_id)).scope.S, 'tools:list', 'it registered what it was asked for first');

  await assert.rejects(whoami(client), sdk.UnauthorizedError);
  await finish(client.transport, host);
  assert.equal(await whoami(client), client_id);
  assert.equal(host.browsers, 2);
});
