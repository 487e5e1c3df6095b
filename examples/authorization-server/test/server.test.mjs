// The authorization server, where check.mjs does not reach: what is away or expires, what takes days, what the guide shows.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import * as sdk2 from '@modelcontextprotocol/client';
import * as sdk1 from '@modelcontextprotocol/sdk/client/auth.js';

import { listen } from '../local.mjs';
import { authorizationServer } from '../server.mjs';
import { Browser } from './browser.mjs';
import { mcpServer } from './mcp-server.mjs';
import { DAY, now, start } from './support.mjs';

const servers = await start();
const { authorization, exchange, issuer, refresh, register, table, token, tokens, ttlDays } = servers;
const guide = await readFile(new URL('../../../docs/authorization-server.md', import.meta.url), 'utf8');
const [ofResource, ofServer] = [...guide.matchAll(/```json\n([^]*?)```/g)].map(([, json]) => JSON.parse(json));
const ofOpenId = JSON.parse(`{${[...guide.matchAll(/`("(?:subject|id_token)_[^`]*\])`/g)].map(([, member]) => member)}}`);
const open = (client_id, changes) => new Browser().open(authorization(client_id, changes));

test('behind TLS that ends elsewhere the metadata is what the guide shows, and cookies are for https', async (context) => {
  const { server, url } = await listen();
  context.after(() => server.close());
  const { issuer, registration_endpoint: registrationEndpoint } = ofServer;
  const { resource, scopes_supported: scopes } = ofResource;
  const options = { ...servers, issuer, registrationEndpoint, resource, scopes };
  const headers = { 'X-Forwarded-Proto': 'http', 'X-Forwarded-Host': 'evil.example' };

  for (const announceDocuments of [true, undefined]) {
    const provider = authorizationServer({ ...options, announceDocuments });
    server.removeAllListeners('request').on('request', provider.callback());
    const expected = { ...ofServer, ...ofOpenId };
    if (announceDocuments) expected.client_id_metadata_document_supported = true;
    for (const name of ['oauth-authorization-server', 'openid-configuration']) {
      const response = await fetch(`${url}/.well-known/${name}`, { headers });
      assert.deepEqual(await response.json(), expected);
      assert.equal(response.headers.get('Vary'), null);
    }
  }
  const { search } = new URL(authorization(await table.put(), { resource }));
  const cookies = (await fetch(`${url}/auth${search}`, { headers, redirect: 'manual' })).headers.getSetCookie();
  assert.ok(cookies.length && cookies.every((cookie) => /; secure/i.test(cookie)), cookies);

  server.removeAllListeners('request').on('request', mcpServer({ issuer, resource, scopes }));
  assert.deepEqual(await (await fetch(`${url}/.well-known/oauth-protected-resource/mcp`)).json(), ofResource);
});

test('under the name of OpenID Connect both SDKs want the two members that the guide names', async () => {
  const serving = (document) => async ({ pathname }) =>
    pathname.endsWith('openid-configuration') ? Response.json(document) : new Response('', { status: 404 });
  for (const { discoverAuthorizationServerMetadata: discover } of [sdk1, sdk2]) {
    await assert.rejects(discover(ofServer.issuer, { fetchFn: serving(ofServer) }));
    await discover(ofServer.issuer, { fetchFn: serving({ ...ofServer, ...ofOpenId }) });
  }
});

test('what is off is not there', async () => {
  for (const path of ['/request', '/session/end', '/me', '/reg', '/token/introspection', '/token/revocation']) {
    for (const method of ['GET', 'POST']) assert.equal((await fetch(issuer + path, { method })).status, 404, path);
  }
  const { token_type } = await token(await exchange(await table.put()), { DPoP: 'x' }); // whose proof nobody looks at
  assert.equal(token_type, 'Bearer');
});

test('a client that is gone is unknown, also while its user reads the consent page', async () => {
  const client_id = await table.put();
  const browser = new Browser();
  const page = await browser.open(authorization(client_id));
  await table.delete(client_id);
  for (const { status, text } of [await open(client_id), await browser.press(page)]) {
    assert.equal(status, 400);
    assert.match(text, /remove the connection and add it again/);
  }
});

test('where the table is away nobody is unknown: 503, and the clients come back', async (context) => {
  const client_id = await table.put();
  const { refresh_token } = await tokens(client_id);
  const browser = new Browser();
  const page = await browser.open(authorization(client_id));
  context.mock.method(console, 'error', () => {});
  const { mock } = context.mock.method(servers.clients, 'find', () => Promise.reject(new Error('secret cause')));

  const pages = [await browser.press(page), await open(client_id)];
  const answer = await refresh(client_id, refresh_token);
  for (const { status, headers } of [...pages, answer]) assert.deepEqual([status, headers.get('Retry-After')], [503, '10']);
  for (const { text } of pages) assert.match(text, /The list of programs .* cannot be reached at the moment/);
  assert.deepEqual([answer.error, answer.error_description], ['temporarily_unavailable', undefined]);
  assert.doesNotMatch(pages[0].text + pages[1].text, /secret cause/);
  assert.match(console.error.mock.calls[0].arguments[1].message, /secret cause/);

  mock.restore();
  assert.equal((await refresh(client_id, refresh_token)).status, 200);
});

test('a question is answered by its own user, whom Decline leaves on a page of this server', async () => {
  const [asked, other] = [new Browser(), new Browser()];
  const page = await asked.open(authorization(await table.put()));
  await other.open(authorization(await table.put())); // whose cookie goes to every question
  for (const button of ['Allow', 'Decline']) {
    const { status, location, text } = await other.press(page, button);
    assert.deepEqual([status, location], [400, undefined]);
    assert.doesNotMatch(text, /access_denied/);
  }
  for (const path of ['', '/decline']) assert.match((await asked.open(page.url + path)).text, /Allow access/);
  assert.ok(asked.setCookies.every((cookie) => /; httponly/i.test(cookie)));
  const declined = await asked.press(page, 'Decline');
  assert.equal(declined.status, 400);
  assert.match(declined.text, /access_denied/);
});

test('a redirect URI that the library does not take leaves the others usable', async () => {
  const usable = ['http://127.0.0.1/callback', 'https://client.example.com/callback', 'app://localhost/callback'];
  const unusable = ['https://localhost:3000/', 'https://127.0.0.1/', 'https://[::1]/'];
  const { client_id } = await register({ redirect_uris: [...unusable, ...usable] });

  for (const redirect_uri of usable) assert.equal((await tokens(client_id, { redirect_uri })).status, 200, redirect_uri);
  for (const redirect_uri of unusable) {
    assert.match((await open(client_id, { redirect_uri })).text, /invalid_redirect_uri/, redirect_uri);
  }
});

test('what is granted was asked for and is supported, whatever was registered, which is the default', async () => {
  for (const [registered, scope, granted] of [
    ['openid profile', 'openid tools:call tools:list unheard-of', 'tools:call tools:list'],
    ['claudeai', 'openid offline_access', 'tools:call tools:list'], // nothing is left
    ['unheard-of tools:list', undefined, 'tools:list'],
    ['claudeai', undefined, 'tools:call tools:list'],
  ]) {
    const client_id = await table.put({ scope: registered });
    assert.equal((await tokens(client_id, { scope })).scope, granted, `${registered}; ${scope}`);
  }
  for (const spelling of ['/AUTH?', '/auth/?']) {
    const url = authorization(await table.put(), { scope: 'tools:call x' }).replace('/auth?', spelling);
    assert.match((await new Browser().open(url)).text, /<dt>It may<dd>tools:call<\/dl>/, spelling);
  }
});

test('a used refresh token is good for some seconds more, and after that ends everything', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const client_id = await table.put();
  const { refresh_token: used } = await tokens(client_id);

  const answers = await Promise.all([refresh(client_id, used), refresh(client_id, used)]); // two processes of one client
  context.mock.timers.tick(20_000);
  answers.push(await refresh(client_id, used), await refresh(client_id, answers[0].refresh_token));
  for (const { status } of answers) assert.equal(status, 200);

  context.mock.timers.tick(11_000); // that a use in between does not lengthen
  for (const { refresh_token } of [{ refresh_token: used }, answers[1], answers[3]]) {
    assert.equal((await refresh(client_id, refresh_token)).error, 'invalid_grant');
  }
});

test('who uses a client daily is asked once a year', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const client_id = await table.put();
  let { status, refresh_token } = await tokens(client_id);
  for (let day = 28; day < 365; day += 28) {
    context.mock.timers.tick(1000 * DAY * 28);
    ({ status, refresh_token } = await refresh(client_id, refresh_token));
    assert.equal(status, 200, `day ${day}`);
  }
  context.mock.timers.tick(1000 * DAY * 2);
  assert.equal((await refresh(client_id, refresh_token)).error, 'invalid_grant');
});

test('issuing tokens renews a client, and nothing else does; it fails no token request', async (context) => {
  const expires_at = now() + DAY;
  const isRenewed = async (id) => (await servers.clients.find(id)).expires_at > now() + (ttlDays - 1) * DAY;
  const client_id = await table.put({ expires_at });
  await open(client_id);
  assert.ok(!(await isRenewed(client_id)), 'the consent page');
  const { refresh_token } = await tokens(client_id);
  assert.ok(await isRenewed(client_id), 'a code');

  await table.put({ client_id, expires_at });
  await refresh(client_id, 'x');
  assert.ok(!(await isRenewed(client_id)), 'a refused request');
  await refresh(client_id, refresh_token);
  assert.ok(await isRenewed(client_id), 'a refresh token');

  context.mock.method(console, 'error', () => {});
  context.mock.method(servers.clients, 'renew', () => Promise.reject(new Error('the table is away')));
  assert.equal((await tokens(client_id)).status, 200);
  assert.equal(console.error.mock.callCount(), 1);
});
