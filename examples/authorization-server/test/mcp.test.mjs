// MCP clients of two families, given nothing but the address of an MCP server. Access tokens live for two seconds, so that every
// client has to refresh.

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

import { Browser } from './browser.mjs';
import { start } from './support.mjs';

const accessTokenTTL = 2;
const { provider, resource, table } = await start({ accessTokenTTL });

const refreshed = new Set();
provider.on('grant.success', ({ oidc: { client, params } }) => {
  if (params.grant_type === 'refresh_token') refreshed.add(client.clientId);
});

/** What an SDK expects of the application around it: a memory, and a browser. */
class Host {
  redirectUrl = 'http://127.0.0.1:49152/callback';
  clientMetadata = { client_name: 'Host', redirect_uris: [this.redirectUrl], token_endpoint_auth_method: 'none' };

  clientInformation = () => this.client;
  saveClientInformation = (client) => void (this.client = client);
  tokens = () => this.savedTokens;
  saveTokens = (tokens) => void (this.savedTokens = tokens);
  codeVerifier = () => this.savedVerifier;
  saveCodeVerifier = (verifier) => void (this.savedVerifier = verifier);
  discoveryState = () => this.savedDiscovery;
  saveDiscoveryState = (state) => void (this.savedDiscovery = state);
  invalidateCredentials = (what) => {
    if (what === 'all' || what === 'client') this.client = undefined;
    if (what === 'all' || what === 'tokens') this.savedTokens = undefined;
  };
  redirectToAuthorization = async (url) => {
    this.location = await new Browser().allow(url.href);
  };
}

/** Connects. Where the SDK sends its user to the browser, it gets what came back, and tries again. */
async function connect({ Client, StreamableHTTPClientTransport, UnauthorizedError, answer }, host) {
  for (let attempt = 1; ; attempt += 1) {
    const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider: host });
    const client = new Client({ name: 'host', version: '1.0.0' });
    try {
      await client.connect(transport);
      return client;
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || attempt === 2) throw error;
      await transport.finishAuth(answer(host.location.searchParams));
    }
  }
}

async function whoami(client) {
  return (await client.callTool({ name: 'whoami' })).content[0].text;
}

const sdks = {
  '1.x': { Client, StreamableHTTPClientTransport, UnauthorizedError, answer: (parameters) => parameters.get('code') },
  '2.x': { ...sdk2, answer: (parameters) => parameters },
};

suite('from the address of an MCP server to a called tool and a refresh', { concurrency: true }, () => {
  for (const [version, sdk] of Object.entries(sdks)) {
    test(`the TypeScript SDK ${version}`, async () => {
      const host = new Host();
      const client = await connect(sdk, host);
      const { client_id } = host.client;
      assert.equal(await whoami(client), client_id);

      await sleep(1000 * accessTokenTTL);
      assert.equal(await whoami(client), client_id);
      assert.ok(refreshed.has(client_id));
    });

    test(`the TypeScript SDK ${version}, which registers again when a refresh finds its client gone`, async () => {
      const host = new Host();
      const client = await connect(sdk, host);
      const { client_id } = host.client;

      await table.delete(client_id);
      await sleep(1000 * accessTokenTTL);
      await assert.rejects(whoami(client), sdk.UnauthorizedError);

      assert.notEqual(host.client.client_id, client_id);
      assert.equal(await whoami(await connect(sdk, host)), host.client.client_id);
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
