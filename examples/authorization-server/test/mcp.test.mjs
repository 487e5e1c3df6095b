// MCP clients of two families, given nothing but the address of an MCP server. Access tokens live for two seconds, so
// that every client has to refresh.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { after, suite, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

import * as sdk2 from '@modelcontextprotocol/client';
import { UnauthorizedError } from '@modelcontextprotocol/sdk/client/auth.js';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';

import { Browser } from './browser.mjs';
import { start } from './support.mjs';

const accessTokenTTL = 2;
const { clients, issuer, provider, resource, table } = await start({ accessTokenTTL });
const steps = await start({ first: ['tools:list'] }); // where a token is good for less than a tool needs

const refreshed = new Set();
provider.on('grant.success', ({ oidc: { client, params } }) => {
  if (params.grant_type === 'refresh_token') refreshed.add(client.clientId);
});
const tokensEnd = () => sleep(1000 * accessTokenTTL);

/** What a TypeScript SDK expects of the application around it: a memory, and a browser. */
class Host {
  redirectUrl = 'http://127.0.0.1:49152/callback';
  clientMetadata = { client_name: 'Host', redirect_uris: [this.redirectUrl], token_endpoint_auth_method: 'none' };

  clientInformation = () => this.client;
  saveClientInformation = (client) => void (this.client = client);
  tokens = () => this.savedTokens;
  saveTokens = (tokens) => void (this.savedTokens = tokens);
  codeVerifier = () => this.savedVerifier;
  saveCodeVerifier = (verifier) => void (this.savedVerifier = verifier);
  invalidateCredentials = (what) => {
    if (what === 'all' || what === 'client') this.client = undefined;
    if (what === 'all' || what === 'tokens') this.savedTokens = undefined;
  };
  redirectToAuthorization = async (url) => {
    const { searchParams } = await new Browser().allow(url.href);
    this.answer = [searchParams.get('code'), searchParams.get('iss')]; // of which 1.x takes the code alone
  };
}

/** Connects to `resource`: the first attempt leads the user to the browser, the second has what came of it. */
async function connect({ Client, StreamableHTTPClientTransport, UnauthorizedError }, resource, host) {
  const attempt = () => [
    new Client({ name: 'host', version: '1.0.0' }),
    new StreamableHTTPClientTransport(new URL(resource), { authProvider: host }),
  ];
  const [stranger, refused] = attempt();
  await assert.rejects(stranger.connect(refused), UnauthorizedError);
  await refused.finishAuth(...host.answer);
  const [client, transport] = attempt();
  await client.connect(transport);
  return client;
}

const whoami = async (client) => (await client.callTool({ name: 'whoami' })).content[0].text;

const sdks = { '1.x': { Client, StreamableHTTPClientTransport, UnauthorizedError }, '2.x': sdk2 };

suite('from the address of an MCP server to a called tool and a refresh', { concurrency: true }, () => {
  for (const [version, sdk] of Object.entries(sdks)) {
    test(`the TypeScript SDK ${version}, which registers again when a refresh finds its client gone`, async () => {
      const host = new Host();
      const client = await connect(sdk, resource, host);
      const { client_id } = host.client;
      assert.equal(await whoami(client), client_id);

      await tokensEnd();
      assert.equal(await whoami(client), client_id);
      assert.ok(refreshed.has(client_id));

      await table.delete(client_id);
      await tokensEnd();
      await assert.rejects(whoami(client), sdk.UnauthorizedError);
      assert.notEqual(host.client.client_id, client_id);
      assert.equal(await whoami(await connect(sdk, resource, host)), host.client.client_id);
    });
  }

  const python = process.env.FASTMCP_PYTHON;
  const skip = !python && 'FASTMCP_PYTHON names no Python that has fastmcp; .ci/authorization-server makes one';
  test('fastmcp, which registers again when the authorization endpoint finds its client gone', { skip }, async () => {
    const program = spawn(python, [`${import.meta.dirname}/fastmcp_client.py`, resource], {
      env: { ...process.env, BROWSER: 'echo %s' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    after(() => program.kill());
    const lines = createInterface(program.stdout)[Symbol.asyncIterator]();
    const whoami = async () => {
      program.stdin.write('\n');
      for (;;) {
        const { value } = await lines.next();
        if (!value?.startsWith(issuer)) return value;
        const location = await new Browser().allow(value);
        // It opens the browser before it listens.
        while (!(await fetch(location).catch(() => undefined))) await sleep(100);
      }
    };

    const client_id = await whoami();
    assert.ok(await clients.find(client_id));
    await tokensEnd();
    assert.equal(await whoami(), client_id);
    assert.ok(refreshed.has(client_id));

    await table.delete(client_id);
    await tokensEnd();
    const another = await whoami();
    assert.notEqual(another, client_id);
    assert.ok(await clients.find(another));
  });
});

test('the TypeScript SDK 2.x goes from a 403 over another consent to the called tool', async () => {
  const host = new Host();
  const client = await connect(sdk2, steps.resource, host);
  const { client_id } = host.client;
  assert.equal((await steps.clients.find(client_id)).scope, 'tools:list', 'it registered what it was asked for first');

  await assert.rejects(whoami(client), sdk2.UnauthorizedError);
  await client.transport.finishAuth(...host.answer);
  assert.equal(await whoami(client), client_id);
});
