// MCP clients of two families, given nothing but the address of an MCP server. Access tokens live for two seconds, so
// that every client has to refresh.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

import * as sdk2 from '@modelcontextprotocol/client';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { connect, finish, Host, whoami } from './host.mjs';
import { start } from './support.mjs';

const accessTokenTTL = 2;
const { provider, resource, table } = await start({ accessTokenTTL });
const steps = await start({ first: ['tools:list'] }); // where a token is good for less than a tool needs

const refreshed = new Set();
provider.on('grant.success', ({ oidc: { client, params } }) => {
  if (params.grant_type === 'refresh_token') refreshed.add(client.clientId);
});

const sdks = { '1.x': { Client, StreamableHTTPClientTransport, UnauthorizedError }, '2.x': sdk2 };

suite('from the address of an MCP server to a called tool and a refresh', { concurrency: true }, () => {
  for (const [version, sdk] of Object.entries(sdks)) {
    test(`the TypeScript SDK ${version}`, async () => {
      const host = new Host();
      const client = await connect(sdk, resource, host);
      const { client_id } = host.client;
      assert.equal(await whoami(client), client_id);

      await sleep(1000 * accessTokenTTL);
      assert.equal(await whoami(client), client_id);
      assert.ok(refreshed.has(client_id));
    });

    test(`the TypeScript SDK ${version}, which registers again when a refresh finds its client gone`, async () => {
      const host = new Host();
      const client = await connect(sdk, resource, host);
      const { client_id } = host.client;

      await table.delete(client_id);
      await sleep(1000 * accessTokenTTL);
      await assert.rejects(whoami(client), sdk.UnauthorizedError);

      assert.notEqual(host.client.client_id, client_id);
      assert.equal(await whoami(await connect(sdk, resource, host)), host.client.client_id);
    });
  }

  const python = process.env.FASTMCP_PYTHON;
  const skip = !python && 'FASTMCP_PYTHON names no Python that has fastmcp; .ci/authorization-server makes one';
  test('fastmcp, which registers again when the authorization endpoint finds its client gone', { skip }, async () => {
    const here = (name) => fileURLToPath(new URL(name, import.meta.url));
    const program = spawn(python, [here('fastmcp_client.py'), resource, String(accessTokenTTL)], {
      env: { ...process.env, BROWSER: `${process.execPath} ${here('allow.mjs')} %s &` },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    after(() => program.kill());
    const lines = createInterface(program.stdout)[Symbol.asyncIterator]();
    const answer = async () => (await lines.next()).value;

    const client_id = await answer();
    assert.ok(await table.get(client_id));
    assert.equal(await answer(), client_id);
    assert.ok(refreshed.has(client_id));

    await table.delete(client_id);
    program.stdin.write('\n');
    const another = await answer();
    assert.notEqual(another, client_id);
    assert.ok(await table.get(another));
  });
});

test('the TypeScript SDK 2.x goes from a 403 over another consent to the called tool', async () => {
  const host = new Host();
  const client = await connect(sdk2, steps.resource, host);
  const { client_id } = host.client;
  assert.equal((await steps.table.get(client_id)).scope.S, 'tools:list', 'it registered what it was asked for first');

  await assert.rejects(whoami(client), sdk2.UnauthorizedError);
  await finish(client.transport, host);
  assert.equal(await whoami(client), client_id);
  assert.equal(host.browsers, 2);
});
