// The authorization server as clients, users and browsers meet it.

import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import * as oauth from 'openid-client';

import { listen } from '../local.mjs';
import { authorizationServer } from '../server.mjs';
import { Browser } from './browser.mjs';
import { mcpServer } from './mcp-server.mjs';
import { DAY, now, register, start } from './support.mjs';

const servers = await start();
const { issuer, resource, table, ttlDays } = servers;

const REDIRECT_URI = 'https://client.example.com/callback';
const VERIFIER = 'a'.repeat(43);

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
  return `${issuer}/auth?${new URLSearchParams(Object.entries(parameters).filter(([, value]) => value !== undefined))}`;
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

test('a client library goes from a 401 over registration and consent to a call and a refresh', async () => {
  assert.equal((await fetch(resource, { method: 'POST' })).status, 401);

  const http = { algorithm: 'oauth2', execute: [oauth.allowInsecureRequests] };
  const redirect_uri = 'http://127.0.0.1/callback';
  const metadata = { client_name: 'Library', redirect_uris: [redirect_uri], token_endpoint_auth_method: 'none' };
  const config = await oauth.dynamicClientRegistration(new URL(issuer), metadata, oauth.None(), http);

  const pkceCodeVerifier = oauth.randomPKCECodeVerifier();
  const expectedState = oauth.randomState();
  const url = oauth.buildAuthorizationUrl(config, {
    redirect_uri: 'http://127.0.0.1:49152/callback', // a port of this run
    scope: 'tools:call',
    resource,
    state: expectedState,
    code_challenge: await oauth.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  });
  const location = await new Browser().allow(url.href);
  assert.equal(location.port, '49152');
  const first = await oauth.authorizationCodeGrant(config, location, { pkceCodeVerifier, expectedState });
  const second = await oauth.refreshTokenGrant(config, first.refresh_token);
  assert.notEqual(second.access_token, first.access_token);

  const { client_id } = config.clientMetadata();
  const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'whoami' } });
  const headers = new Headers({ 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' });
  for (const { access_token } of [first, second]) {
    const answer = await oauth.fetchProtectedResource(config, access_token, new URL(resource), 'POST', body, headers);
    assert.equal((await answer.json()).result.content[0].text, client_id);
  }
});

test('the metadata is what docs/authorization-server.md shows, under both names that clients try', async (context) => {
  const page = await readFile(new URL('../../../docs/authorization-server.md', import.meta.url), 'utf8');
  const [ofResource, ofServer] = [...page.matchAll(/```json\n([^]*?)```/g)].map(([, json]) => JSON.parse(json));
  const { server, url } = await listen();
  context.after(() => server.close());
  const { issuer, registration_endpoint: registrationEndpoint } = ofServer;
  const { resource, scopes_supported: scopes } = ofResource;
  const provider = authorizationServer({ issuer, registrationEndpoint, resource, scopes, clients: servers.clients });

  // As a load balancer that ends TLS hands requests on.
  const headers = { 'X-Forwarded-Proto': 'https', 'X-Forwarded-Host': new URL(issuer).host };
  server.on('request', provider.callback());
  for (const name of ['oauth-authorization-server', 'openid-configuration']) {
    const metadata = await (await fetch(`${url}/.well-known/${name}`, { headers })).json();
    assert.deepEqual({ ...metadata, ...ofServer }, metadata);
  }

  server.removeAllListeners('request').on('request', mcpServer({ issuer, resource, scopes }));
  const metadata = await fetch(`${url}/.well-known/oauth-protected-resource/mcp`);
  assert.deepEqual(await metadata.json(), ofResource);
});

test('pages of any origin may read the metadata and talk to the token endpoint', async () => {
  const client_id = await table.put();
  const origin = { Origin: 'https://client.example.com' };
  const preflight = {
    method: 'OPTIONS',
    headers: { ...origin, 'Access-Control-Request-Method': 'POST', 'Access-Control-Request-Headers': 'mcp-protocol-version' },
  };

  const answers = [
    await fetch(`${issuer}/.well-known/oauth-authorization-server`, { headers: origin }),
    await fetch(`${issuer}/.well-known/oauth-authorization-server`, preflight),
    await fetch(`${issuer}/jwks`, { headers: origin }),
    await fetch(`${issuer}/token`, preflight),
    await token({ grant_type: 'refresh_token', refresh_token: 'x', client_id }, origin),
    await token({ grant_type: 'refresh_token', refresh_token: 'x', client_id: randomUUID() }, origin),
  ];

  assert.deepEqual(answers.map(({ status }) => status), [200, 204, 200, 204, 400, 401]);
  for (const { headers } of answers) {
    assert.equal(headers.get('Access-Control-Allow-Origin'), origin.Origin);
    assert.equal(headers.get('Access-Control-Allow-Credentials'), null);
  }
  assert.equal(answers[3].headers.get('Access-Control-Allow-Headers'), 'mcp-protocol-version');
  assert.equal(answers[4].error, 'invalid_grant');
});

test('an unknown client gets a page that says what to do, and invalid_client at the token endpoint', async () => {
  const expired = await table.put({ expires_at: { N: String(now() - DAY) } });
  for (const client_id of [randomUUID(), expired, 'x'.repeat(3000), 'x']) {
    const page = await new Browser().open(authorization(client_id));
    assert.equal(page.status, 400);
    assert.match(page.text, /remove the connection and add it again/);

    const answer = await token({ grant_type: 'refresh_token', refresh_token: 'x', client_id });
    assert.equal(answer.status, 401);
    assert.equal(answer.error, 'invalid_client');
  }
});

test('a client that expires while its user reads the consent page is unknown', async () => {
  const client_id = await table.put();
  const browser = new Browser();
  const page = await browser.open(authorization(client_id));
  await table.delete(client_id);

  const answer = await browser.press(page, 'Allow');

  assert.equal(answer.status, 400);
  assert.match(answer.text, /remove the connection and add it again/);
});

test('nobody is redirected before the user has agreed, not even with an error', async () => {
  const client_id = await table.put();
  const requests = {
    consent_required: { prompt: 'none' },
    invalid_request: { code_challenge: undefined, code_challenge_method: undefined },
    invalid_redirect_uri: { redirect_uri: 'https://stranger.example.net/callback' },
    invalid_target: { resource: 'https://other.example.com/' },
    unsupported_response_type: { response_type: 'token' },
    unsupported_response_mode: { response_mode: 'x' },
  };
  for (const [error, changes] of Object.entries(requests)) {
    const page = await new Browser().open(authorization(client_id, changes));
    assert.equal(page.location, undefined, error);
    assert.equal(page.status, 400, error);
    assert.match(page.text, new RegExp(error === 'consent_required' ? '_required' : error));
  }
});

test('Decline ends on a page of this server', async () => {
  const browser = new Browser();
  const page = await browser.press(await browser.open(authorization(await table.put())), 'Decline');

  assert.equal(page.status, 400);
  assert.match(page.text, /access_denied/);
});

test('a user who has agreed before is asked again', async () => {
  const client_id = await table.put();
  const browser = new Browser();
  assert.ok((await browser.allow(authorization(client_id))).searchParams.has('code'));

  const page = await browser.open(authorization(client_id));
  assert.match(page.text, /Allow access/);
  assert.ok((await browser.press(page, 'Allow')).location.searchParams.has('code'));

  const silent = await browser.open(authorization(client_id, { prompt: 'none' }));
  assert.equal(silent.location, undefined);
});

test('looking at the consent page allows nothing', async () => {
  const browser = new Browser();
  const page = await browser.open(authorization(await table.put()));

  for (const method of ['GET', 'HEAD', 'PUT']) {
    const { location, status } = await browser.open(page.url, method);
    assert.deepEqual({ location, status }, { location: undefined, status: 200 }, method);
  }
});

test('the buttons of the consent page do what they say, also where Decline was opened as a page', async () => {
  const open = async (browser) => {
    const { url } = await browser.open(authorization(await table.put()));
    return browser.open(`${url}/decline`);
  };

  const allowing = new Browser();
  const { location } = await allowing.press(await open(allowing), 'Allow');
  assert.ok(location?.searchParams.has('code'));

  const declining = new Browser();
  assert.match((await declining.press(await open(declining), 'Decline')).text, /access_denied/);
});

test('PKCE is required, with S256', async () => {
  const client_id = await table.put();
  const none = { code_challenge: undefined, code_challenge_method: undefined };
  const plain = { code_challenge: VERIFIER, code_challenge_method: 'plain' };
  const unsaid = { code_challenge: VERIFIER, code_challenge_method: undefined };
  for (const changes of [none, plain, unsaid]) {
    const page = await new Browser().open(authorization(client_id, changes));
    assert.equal(page.status, 400);
    assert.match(page.text, /invalid_request/);
  }

  const code = (await new Browser().allow(authorization(client_id))).searchParams.get('code');
  const exchange = { grant_type: 'authorization_code', code, client_id, redirect_uri: REDIRECT_URI };
  assert.equal((await token({ ...exchange, code_verifier: 'b'.repeat(43) })).error, 'invalid_grant');
  assert.equal((await token(exchange)).error, 'invalid_grant');
});

test('redirect URIs are matched as clients.mjs matches them', async () => {
  const redirect_uris = { L: [{ S: 'http://localhost:3000/callback' }, { S: 'com.example.app:/callback' }] };
  const client_id = await table.put({ redirect_uris });

  for (const redirect_uri of ['http://localhost:49152/callback', 'com.example.app:/callback']) {
    assert.equal((await tokens(client_id, { redirect_uri })).status, 200, redirect_uri);
  }
  for (const redirect_uri of ['http://127.0.0.1:3000/callback', 'http://LOCALHOST:3000/callback', 'com.example.app:/other']) {
    const page = await new Browser().open(authorization(client_id, { redirect_uri }));
    assert.match(page.text, /invalid_redirect_uri/, redirect_uri);
  }
});

test('a redirect URI that the library does not take leaves the others usable', async () => {
  const usable = ['http://127.0.0.1/callback', 'https://client.example.com/callback', 'app://localhost/callback'];
  const unusable = ['https://localhost:3000/', 'https://127.0.0.1/', 'https://[::1]/', 'app://[v1.x]/', 'app://:80'];
  const { client_id } = await register(servers, { redirect_uris: [...unusable, ...usable] });

  for (const redirect_uri of usable) assert.equal((await tokens(client_id, { redirect_uri })).status, 200, redirect_uri);
  for (const redirect_uri of unusable) {
    const page = await new Browser().open(authorization(client_id, { redirect_uri }));
    assert.match(page.text, /invalid_redirect_uri/, redirect_uri);
  }
});

test('the consent page shows where the code goes', async () => {
  const recipients = {
    'https://client.example.com:8443/callback': 'client.example.com:8443',
    'http://localhost:3000/callback': 'a program on this computer',
    'http://127.0.0.1:3000/callback': 'a program on this computer',
    'http://[::1]:3000/callback': 'a program on this computer',
    'evil-app://accounts.example.com/callback': 'the application that opens evil-app: links',
  };
  const redirect_uris = { L: Object.keys(recipients).map((uri) => ({ S: uri })) };
  const client_id = await table.put({ redirect_uris });

  for (const [redirect_uri, recipient] of Object.entries(recipients)) {
    const { text } = await new Browser().open(authorization(client_id, { redirect_uri }));
    assert.ok(text.includes(`<strong>${recipient}</strong>`), redirect_uri);
    assert.ok(!text.includes('accounts.example.com'), redirect_uri);
  }
});

test('what a client says is shown as text, isolated and cut short', async () => {
  const { client_id } = await register(servers, { client_name: `<b>"&'</b>${'x'.repeat(900)}` });

  const page = await new Browser().open(authorization(client_id));

  assert.ok(page.text.includes(`<bdi>&#60;b&#62;&#34;&#38;&#39;&#60;/b&#62;${'x'.repeat(70)}</bdi>`));
  assert.match(page.headers.get('Content-Security-Policy'), /default-src 'none'; frame-ancestors 'none'/);
});

test('what the library says of a request is shown as text', async () => {
  const page = await new Browser().open(`${authorization(await table.put())}&scope=x`);
  assert.match(page.text, /invalid_request: &#39;scope&#39; parameter must not be provided twice/);
});

test('what is granted was asked for, is supported and was registered; an unknown scope makes no client invalid', async () => {
  const asked = { scope: 'tools:call tools:list unheard-of' };

  const all = await table.put();
  assert.equal((await tokens(all, asked)).scope, 'tools:call tools:list');
  assert.equal((await tokens(all, { scope: undefined })).scope, 'tools:call tools:list');
  assert.equal((await tokens(all, { scope: 'openid offline_access', prompt: 'consent' })).scope, 'tools:call tools:list');

  const some = await table.put({ scope: { S: 'unknown:scope tools:list' } });
  assert.equal((await tokens(some, asked)).scope, 'tools:list');
  assert.match((await new Browser().open(authorization(some, asked))).text, /<dd>tools:list</);

  const none = await table.put({ scope: { S: 'unknown:scope' } });
  const browser = new Browser();
  const page = await browser.press(await browser.open(authorization(none, asked)), 'Allow');
  assert.match(page.text, /access_denied/);
});

test('scopes are limited in every spelling of the endpoint, and in pushed requests', async () => {
  const client_id = await table.put({ scope: { S: 'admin tools:list' } });
  const ways = {
    '/auth': (url) => url,
    '/AUTH': (url) => url.replace('/auth', '/AUTH'),
    '/auth/': (url) => url.replace('/auth', '/auth/'),
    pushed: async (url) => {
      const pushed = await fetch(`${issuer}/request`, { method: 'POST', body: new URL(url).searchParams });
      const { request_uri } = await pushed.json();
      return `${issuer}/auth?${new URLSearchParams({ client_id, request_uri })}`;
    },
  };
  for (const [name, way] of Object.entries(ways)) {
    for (const scope of [undefined, 'admin tools:list', 'openid tools:list']) {
      const browser = new Browser();
      const page = await browser.open(await way(authorization(client_id, { scope })));
      assert.match(page.text, /<dd>tools:list</, `${name}, ${scope}`);
      const { location } = await browser.press(page, 'Allow');
      assert.ok(location?.searchParams.has('code'), `${name}, ${scope}`);
    }
  }
});

test('a token is for the one resource, also where the client did not name it or asked for an identity', async () => {
  for (const changes of [{}, { resource: undefined }, { scope: 'openid tools:call' }]) {
    const { access_token } = await tokens(await table.put(), changes);
    const { aud, sub } = JSON.parse(Buffer.from(access_token.split('.')[1], 'base64url'));
    assert.deepEqual({ aud, sub }, { aud: resource, sub: 'demo' });
  }
});

test('a client without the refresh token grant gets no refresh token, any other one that outlives the session', async () => {
  const without = await table.put({ grant_types: { L: [{ S: 'authorization_code' }] } });
  assert.equal((await tokens(without)).refresh_token, undefined);

  const { refresh_token } = await tokens(await table.put());
  assert.equal((await servers.provider.RefreshToken.find(refresh_token)).expiresWithSession, undefined);
});

test('issuing tokens renews a client, by code and by refresh token', async () => {
  const due = { N: String(now() + DAY) };
  const renewed = async (id) => Number((await table.get(id)).expires_at.N) > now() + (ttlDays - 1) * DAY;
  const client_id = await table.put({ expires_at: due });

  const page = await new Browser().open(authorization(client_id));
  assert.match(page.text, /Allow access/);
  assert.ok(!(await renewed(client_id)), 'the consent page alone renewed it');
  const { refresh_token } = await tokens(client_id);
  assert.ok(await renewed(client_id));

  await table.put({ client_id: { S: client_id }, expires_at: due });
  const refused = await token({ grant_type: 'refresh_token', refresh_token: 'x', client_id });
  assert.equal(refused.error, 'invalid_grant');
  assert.ok(!(await renewed(client_id)), 'a refused request renewed it');
  assert.equal((await token({ grant_type: 'refresh_token', refresh_token, client_id })).status, 200);
  assert.ok(await renewed(client_id));
});

test('a renewal that fails does not fail the token request', async (context) => {
  context.mock.method(console, 'error', () => {});
  context.mock.method(servers.clients, 'renew', () => Promise.reject(new Error('the table is away')));

  assert.equal((await tokens(await table.put({ expires_at: { N: String(now() + DAY) } }))).status, 200);
  assert.equal(console.error.mock.callCount(), 1);
});
