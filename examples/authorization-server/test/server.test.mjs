// The authorization server as clients, users and browsers meet it.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import * as sdk2 from '@modelcontextprotocol/client';
import * as sdk1 from '@modelcontextprotocol/sdk/client/auth.js';
import * as oauth from 'openid-client';

import { listen } from '../local.mjs';
import { Documents } from '../documents.mjs';
import { authorizationServer } from '../server.mjs';
import { Browser } from './browser.mjs';
import { mcpServer } from './mcp-server.mjs';
import { DAY, now, REDIRECT_URI, register, start, VERIFIER } from './support.mjs';

const servers = await start();
const { authorization, issuer, resource, table, token, tokens, ttlDays } = servers;

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
  const provider = authorizationServer({
    issuer,
    registrationEndpoint,
    resource,
    scopes,
    clients: servers.clients,
    documents: new Documents(),
  });

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

test('under the name of OpenID Connect both SDKs want the two members that the page names', async () => {
  const page = await readFile(new URL('../../../docs/authorization-server.md', import.meta.url), 'utf8');
  const [, ofServer] = [...page.matchAll(/```json\n([^]*?)```/g)].map(([, json]) => JSON.parse(json));
  const more = JSON.parse(`{${page.match(/`("subject_types_supported[^`]*)`/)[1]},
    ${page.match(/`("id_token_signing_alg_values_supported[^`]*)`/)[1]}}`);
  const serving = (document) => (url) =>
    Promise.resolve(
      url.pathname.endsWith('openid-configuration') ? Response.json(document) : new Response('', { status: 404 }),
    );

  for (const { discoverAuthorizationServerMetadata: discover } of [sdk1, sdk2]) {
    await assert.rejects(discover(ofServer.issuer, { fetchFn: serving(ofServer) }));
    const { issuer } = await discover(ofServer.issuer, { fetchFn: serving({ ...ofServer, ...more }) });
    assert.equal(issuer, ofServer.issuer);
  }
});

test('pages of any origin may read the metadata and talk to the token endpoint', async () => {
  const client_id = await table.put();
  const origin = { Origin: 'https://client.example.com' };
  const preflight = {
    method: 'OPTIONS',
    headers: {
      ...origin,
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'mcp-protocol-version',
    },
  };

  const answers = [
    await fetch(`${issuer}/.well-known/oauth-authorization-server`, { headers: origin }),
    await fetch(`${issuer}/.well-known/oauth-authorization-server`, preflight),
    await fetch(`${issuer}/jwks`, { headers: origin }),
    await fetch(`${issuer}/token`, preflight),
    await token({ grant_type: 'refresh_token', refresh_token: 'x', client_id }, origin),
    await token({ grant_type: 'refresh_token', refresh_token: 'x', client_id: randomUUID() }, origin),
  ];

  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 204, 200, 204, 400, 401],
  );
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

test('only the browser that was asked can answer', async () => {
  const asked = new Browser();
  const page = await asked.open(authorization(await table.put()));

  for (const button of ['Allow', 'Decline']) {
    const answer = await new Browser().press(page, button);
    assert.deepEqual({ status: answer.status, location: answer.location }, { status: 400, location: undefined });
  }
  // Nor does a question of one's own help with somebody else's. (This browser sends its cookie there all the same.)
  const other = new Browser();
  await other.open(authorization(await table.put()));
  for (const button of ['Allow', 'Decline']) {
    const answer = await other.press(page, button);
    assert.deepEqual({ status: answer.status, location: answer.location }, { status: 400, location: undefined });
    assert.doesNotMatch(answer.text, /access_denied/);
  }
  // A page on another port or subdomain is of the same site, so the cookie comes along.
  for (const button of ['Allow', 'Decline']) {
    const [, action] = page.text.match(new RegExp(`action="([^"]+)"><button>${button}<`));
    const cookie = asked.setCookies.map((header) => header.split(';')[0]).join('; ');
    const headers = { cookie, origin: 'http://127.0.0.1:1' };
    const answer = await fetch(new URL(action, issuer), { method: 'POST', redirect: 'manual', headers });
    assert.equal(answer.status, 400, button);
  }
  // What a form on another site sends has no cookie, either; no frame of another site shows the button.
  assert.match(page.headers.get('Content-Security-Policy'), /frame-ancestors 'none'/);
  assert.ok(asked.setCookies.every((cookie) => /; httponly/i.test(cookie) && /; samesite=lax/i.test(cookie)));
  assert.ok((await asked.press(page, 'Allow')).location.searchParams.has('code'));
});

test('the consent page lets its form lead to the client', async () => {
  const page = await new Browser().open(authorization(await table.put()));
  assert.doesNotMatch(page.headers.get('Content-Security-Policy'), /form-action/);
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
  for (const redirect_uri of [
    'http://127.0.0.1:3000/callback',
    'http://LOCALHOST:3000/callback',
    'com.example.app:/other',
  ]) {
    const page = await new Browser().open(authorization(client_id, { redirect_uri }));
    assert.match(page.text, /invalid_redirect_uri/, redirect_uri);
  }
});

test('a redirect URI that the library does not take leaves the others usable', async () => {
  const usable = ['http://127.0.0.1/callback', 'https://client.example.com/callback', 'app://localhost/callback'];
  const unusable = ['https://localhost:3000/', 'https://127.0.0.1/', 'https://[::1]/', 'app://[v1.x]/', 'app://:80'];
  const { client_id } = await register(servers, { redirect_uris: [...unusable, ...usable] });

  for (const redirect_uri of usable)
    assert.equal((await tokens(client_id, { redirect_uri })).status, 200, redirect_uri);
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

test('what is granted was asked for and is supported; what was registered is no limit', async () => {
  const everything = 'tools:call tools:list';
  const registrations = [undefined, 'tools:list', 'claudeai', 'openid profile offline_access', 'unheard-of tools:list'];
  for (const registered of registrations) {
    const client_id = await table.put(registered && { scope: { S: registered } });
    const granted = {
      'tools:call': 'tools:call',
      'tools:call tools:list unheard-of': everything,
      'openid tools:call': 'tools:call',
      'openid offline_access': everything, // nothing is left
      claudeai: everything,
    };
    for (const [scope, expected] of Object.entries(granted)) {
      const { scope: got } = await tokens(client_id, { scope, prompt: 'consent' });
      assert.equal(got, expected, `${registered}; ${scope}`);
    }
    const byDefault = registered?.includes('tools:list') ? 'tools:list' : everything;
    assert.equal((await tokens(client_id, { scope: undefined })).scope, byDefault, `${registered}; no scope`);
    assert.match(
      (await new Browser().open(authorization(client_id, { scope: 'tools:call x' }))).text,
      /<dd>tools:call</,
    );
  }
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

test('a resource that is not this one is refused, and never replaced by the default', async () => {
  const client_id = await table.put();
  for (const stranger of ['https://other.example.com/', `${resource}/`, `${resource}#`, 'x']) {
    const page = await new Browser().open(authorization(client_id, { resource: stranger }));
    assert.equal(page.status, 400);
    assert.match(page.text, /invalid_target/, stranger);

    const { refresh_token } = await tokens(client_id);
    const answer = await token({ grant_type: 'refresh_token', refresh_token, client_id, resource: stranger });
    assert.equal(answer.error, 'invalid_target', stranger);
  }
});

test('without a redirect URI the only registered one is meant, and of several none', async () => {
  const one = await new Browser().open(authorization(await table.put(), { redirect_uri: undefined }));
  assert.match(one.text, /<strong>client\.example\.com</);

  const redirect_uris = { L: [{ S: REDIRECT_URI }, { S: 'com.example.app:/callback' }] };
  const several = await new Browser().open(
    authorization(await table.put({ redirect_uris }), { redirect_uri: undefined }),
  );
  assert.equal(several.status, 400);
  assert.match(several.text, /redirect_uri/);
});

test('what the metadata announces can be registered as it is', async () => {
  const metadata = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
  for (const token_endpoint_auth_method of metadata.token_endpoint_auth_methods_supported) {
    const { client_id } = await register(servers, {
      grant_types: metadata.grant_types_supported,
      response_types: metadata.response_types_supported,
      scope: metadata.scopes_supported.join(' '),
      token_endpoint_auth_method,
    });
    assert.equal((await tokens(client_id)).status, 200);
  }
});

test('a refresh token is rotated, and is of use to its own client alone', async () => {
  const [client_id, stranger] = [await table.put(), await table.put()];
  const first = await tokens(client_id);
  const refresh = (refresh_token, by = client_id) =>
    token({ grant_type: 'refresh_token', refresh_token, client_id: by });

  assert.equal((await refresh(first.refresh_token, stranger)).error, 'invalid_grant');
  const second = await refresh(first.refresh_token);
  assert.equal(second.status, 200);
  assert.notEqual(second.refresh_token, first.refresh_token);
});

test('a used refresh token is good for some seconds more, and after that ends everything', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const client_id = await table.put();
  const refresh = (refresh_token) => token({ grant_type: 'refresh_token', refresh_token, client_id });
  const { refresh_token: used } = await tokens(client_id);

  const answers = await Promise.all([refresh(used), refresh(used)]); // two processes of one client
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  );
  context.mock.timers.tick(20_000);
  assert.equal((await refresh(used)).status, 200);
  const { refresh_token: latest } = await refresh(answers[0].refresh_token);

  context.mock.timers.tick(11_000); // that a use in between does not lengthen
  assert.equal((await refresh(used)).error, 'invalid_grant');
  for (const token of [latest, answers[1].refresh_token]) assert.equal((await refresh(token)).error, 'invalid_grant');
});

test('who uses a client daily is asked once a year', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const client_id = await table.put();
  let { refresh_token } = await tokens(client_id);
  const days = async (number) => {
    context.mock.timers.tick(1000 * DAY * number);
    return token({ grant_type: 'refresh_token', refresh_token, client_id });
  };

  for (let day = 0; day < 364; day += 28) {
    const answer = await days(28);
    assert.equal(answer.status, 200, `day ${day}`);
    ({ refresh_token } = answer);
  }
  assert.equal((await days(2)).error, 'invalid_grant');
});

test('a client gets a refresh token that outlives the session, unless it registered without that grant', async () => {
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
