// Clients that publish a Client ID Metadata Document instead of registering.

import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import https from 'node:https';
import { after, test } from 'node:test';
import tls from 'node:tls';

import ipaddr from 'ipaddr.js';

import { Documents, fetchPublic, UnavailableDocument, UnusableDocument } from '../documents.mjs';
import { Browser, text } from './browser.mjs';
import { REDIRECT_URI } from './requests.mjs';
import { DAY, start } from './support.mjs';

const web = new Map();
const fetched = [];
function fetch(url, { headers, redirect, signal }) {
  assert.equal(redirect, 'manual', 'a redirect is not followed');
  fetched.push({ url, userAgent: headers['User-Agent'] });
  return web.get(url)(signal);
}
const { authorization, issuer, refresh, table, token, tokens } = await start({ fetch });
const times = (url) => fetched.filter((request) => request.url === url).length;
const json = { 'Content-Type': 'application/json' };
const status = (code) => (body) => new Response(body, { headers: json, status: code });

/** Publishes a document with these members, or what `answer` makes of it. Returns its address. */
function publish(members = {}, answer = (body) => new Response(body, { headers: json })) {
  const client_id = `https://client.example.com/${web.size}.json`;
  const document = { client_id, client_name: 'Published', redirect_uris: [REDIRECT_URI], ...members };
  web.set(client_id, () => answer(JSON.stringify(document)));
  return client_id;
}
const publishFor = (control) => publish({}, (body) => new Response(body, { headers: { ...json, 'Cache-Control': control } }));

async function refuses(client_id, reason, expected = 400) {
  const { location, status, headers, ...page } = await new Browser().open(authorization(client_id));
  assert.deepEqual([location, status, headers.get('Retry-After')], [undefined, expected, expected === 503 ? '10' : null]);
  assert.match(text(page.text), reason, client_id);
}

test('a client with a document gets tokens, is asked each time, and refreshes', async () => {
  const redirect_uris = ['http://127.0.0.1/callback', 'http://localhost:3000/callback', REDIRECT_URI];
  const client_id = publish({ application_type: 'web', redirect_uris });
  for (const redirect_uri of ['http://127.0.0.1:49152/callback', 'http://localhost:49152/callback', REDIRECT_URI]) {
    const { refresh_token } = await tokens(client_id, { redirect_uri });
    assert.equal((await refresh(client_id, refresh_token)).status, 200, redirect_uri);

    const browser = new Browser();
    for (let visit = 0; visit < 2; visit += 1) {
      const page = await browser.open(authorization(client_id, { redirect_uri }));
      assert.match(text(page.text), /described by\s*example\.com\s*client\.example\.com/);
      assert.ok((await browser.press(page)).location.searchParams.has('code'));
    }
  }
  assert.deepEqual(fetched, [{ url: client_id, userAgent: `authorization-server (+${issuer})` }]);
});

test('what is not supported is dropped from a document', async () => {
  const device = 'urn:ietf:params:oauth:grant-type:device_code';
  const harmless = [
    { scope: 5, grant_types: ['authorization_code', 'refresh_token', device], response_types: ['code', 'token'] },
    { grant_types: [], response_types: null, token_endpoint_auth_method: '', client_secret: null },
    { expires_at: 1, registered_scope: 5, 'client_name#ja': '公開', contacts: [5], jwks: 5, sector_identifier_uri: 'x' },
    { redirect_uris: ['https://localhost/', REDIRECT_URI], scope: 'unheard-of' },
    { token_endpoint_auth_method: 'private_key_jwt', token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'] },
  ];
  for (const members of harmless) {
    const { status, scope } = await tokens(publish(members));
    assert.deepEqual([status, scope], [200, 'tools:call'], JSON.stringify(members));
  }
  assert.equal((await tokens(publish({ scope: 'tools:list' }), { scope: undefined })).scope, 'tools:list');
  const { grant_types } = await new Documents({ fetch }).find(publish(harmless[0]));
  assert.deepEqual(grant_types, ['authorization_code', 'refresh_token']);
});

test('a document that describes no client of this server is refused with a page that says why', async () => {
  const as = (type) => (body) => new Response(body, { headers: { 'Content-Type': type } });
  for (const [reason, ...wrongs] of [
    [/its client_id is not its address/, { client_id: 'https://client.example.com/other.json' }, { client_id: undefined }],
    [/client_id/, ...[null, [], 'x'].map((value) => () => Response.json(value))],
    [/client secret/, { client_secret: 'x' }, { client_secret_expires_at: 0 }],
    [/client authentication/, { token_endpoint_auth_method: 'private_key_jwt' }, { token_endpoint_auth_method: 5 }],
    [/client auth/, { token_endpoint_auth_method: 'client_secret_post', token_endpoint_auth_methods_supported: ['none'] }],
    [/client_name/, ...[undefined, '', 5, 'a\u202eb', 'a\ud800', 'a\nb'].map((client_name) => ({ client_name }))],
    [/no redirect_uris/, ...[undefined, [], 'x', Array(21).fill(REDIRECT_URI)].map((redirect_uris) => ({ redirect_uris }))],
    [/not allowed/, ...[5, 'javascript:alert(1)', 'com.example.app:/'].map((uri) => ({ redirect_uris: [REDIRECT_URI, uri] }))],
    [/redirect_uris/, { redirect_uris: ['https://localhost/'] }],
    [/grant_types/, { grant_types: ['client_credentials'] }],
    [/response_types/, { response_types: ['token'] }],
    [/it is not there/, status(404), status(410)],
    [/it is not JSON/, as('text/html'), as('application/jsonp'), (body) => status(200)(body.slice(1)), () => status(200)(null)],
    [/it is too large/, (body) => status(200)(body.padEnd(10 * 1024 + 1))],
  ]) {
    for (const wrong of wrongs) await refuses(typeof wrong === 'function' ? publish({}, wrong) : publish(wrong), reason);
  }
  for (const type of ['application/json', 'application/json;charset=utf-8', 'application/client+json']) {
    const largest = publish({}, (body) => as(type)(`\ufeff${body.padEnd(10 * 1024 - 3)}`)); // with a byte-order mark
    assert.equal((await tokens(largest)).status, 200, type);
  }
});

test('redirect URIs and hosts get the answers of the endpoint, where they are https or loopback', async () => {
  let redirect_uris;
  let cases = 0;
  const fetch = (client_id) => Response.json({ client_id, client_name: 'Case', redirect_uris });
  for (const [file, uri] of Object.entries({ redirect_uris: String, hosts: (host) => `https://${host}/callback` })) {
    const { default: classes } = await import(`../../../tests/cases/${file}.json`, { with: { type: 'json' } });
    for (const { rule, rows } of classes) {
      for (const [sent, , length] of rows.map((row) => [row].flat())) {
        if (typeof sent !== 'string') continue; // a whole list
        redirect_uris = [uri(length ? sent.padEnd(length, sent.at(-1)) : sent)];
        const outcome = await new Documents({ fetch }).find('https://client.example.com/c').catch((error) => error);
        const isTaken = rule === null && /^https?:/.test(redirect_uris[0]);
        assert.equal(outcome instanceof UnusableDocument, !isTaken, `${rule}: ${redirect_uris[0]}`);
        cases += 1;
      }
    }
  }
  assert.ok(cases > 100, `${cases} cases`);
});

test('where the publisher is away nobody is gone: 503, and clients come back', { timeout: 20_000 }, async (context) => {
  context.mock.method(console, 'error', () => {});
  const never = new Promise(() => {});
  const outages = [
    ...[302, 401, 403, 429, 500, 503].map(status),
    () => Promise.reject(new TypeError('fetch failed')),
    () => never, // and does not mind the signal
    () => new Response(new ReadableStream({ pull: () => never }), { headers: json }),
  ];
  const tried = outages.map(async (outage) => {
    const client_id = publish({}, outage);
    await refuses(client_id, /document .* cannot be reached at the moment/, 503);
    const { status, error, headers } = await refresh(client_id, 'x');
    assert.deepEqual([status, error, headers.get('Retry-After')], [503, 'temporarily_unavailable', '10']);
    assert.equal(times(client_id), 2, 'each is asked for once');
  });
  await Promise.all(tried);
});

test('the last good document is good for as long as a refresh token lives; what is gone is gone', async (context) => {
  context.mock.method(console, 'error', () => {});
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  for (const [control, days, expected] of [['', 1, 200], ['', 29, 200], ['', 31, 503], ['no-store', 1, 503]]) {
    const client_id = publishFor(control);
    const { refresh_token } = await tokens(client_id);
    web.set(client_id, status(503));
    context.mock.timers.tick(1000 * DAY * days);
    assert.equal((await refresh(client_id, refresh_token)).status, expected, `${days} ${control}`);
  }

  const client_id = publish();
  const { refresh_token } = await tokens(client_id);
  const browser = new Browser();
  const page = await browser.open(authorization(client_id));
  context.mock.timers.tick(61_000);
  web.set(client_id, status(404));
  assert.match((await browser.press(page)).text, /it is not there/);
  assert.equal((await refresh(client_id, refresh_token)).status, 401);
  web.set(client_id, status(503));
  assert.equal((await refresh(client_id, refresh_token)).status, 503, 'not the document from before it was gone');
});

test('only authorization requests, and grants that this server knows, have a document fetched', async () => {
  const client_id = publish();
  assert.equal((await token({ grant_type: 'urn:example:x', client_id })).error, 'unsupported_grant_type');
  for (const path of ['/request', '/session/end', '/me', '/token/revocation', '/consent/x']) {
    await globalThis.fetch(issuer + path, { method: 'POST', body: new URLSearchParams({ client_id, grant_type: 'x' }) });
  }
  const resumed = await globalThis.fetch(`${issuer}/auth/x?${new URLSearchParams({ client_id })}`);
  assert.equal(resumed.status, 400, 'of no browser that was asked');
  assert.equal((await tokens(await table.put())).status, 200);
  assert.equal(times(client_id), 0);
  assert.equal((await refresh(client_id, 'x')).error, 'invalid_grant');
  assert.equal(times(client_id), 1);
});

test('what is no address of a public document is never fetched', async () => {
  const before = fetched.length;
  const ids = `http://client.example.com/c HTTPS://client.example.com/c https://CLIENT.example.com/c
    https://client.example.com:443/c https://client.example.com:8443/c https://client.example.com
    https://client.example.com/ https://client.example.com/c# https://client.example.com/c#fragment
    https://user@client.example.com/c https://user:password@client.example.com/c https://client.example.com/./c
    https://client.example.com/a/../c https://client.example.com/%2e%2E/c https://client.example.com\\c
    https://cl%69ent.example.com/c https://client&example.com/c https://clíent.example.com/c https://localhost/c
    https://localhost./c https://client.localhost/c https://localhost.localdomain/c https://printer.local/c
    https://metadata.google.internal/c https://router.home.arpa/c https://intranet/c https://127.0.0.1/c
    https://2130706433/c https://0x7f.1/c https://10.0.0.1/c https://169.254.169.254/latest/meta-data https://[::1]/c
    https://[fd00:ec2::254]/c https://[::ffff:127.0.0.1]/c https://client.example.com/${'x'.repeat(1000)}`;
  for (const client_id of ids.split(/\s+/)) await refuses(client_id, /does not know the program/);
  assert.equal(fetched.length, before);
});

test('a document is kept as its headers say, within bounds, and the oldest goes first', async (context) => {
  const documents = new Documents({ fetch });
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const kept = { 'max-age=1': 60, 'public, max-age=600': 600, 'max-age=99999999': DAY, '': 60, 'max-age=600, no-store': 0 };
  for (const [control, seconds] of Object.entries(kept)) {
    const client_id = publishFor(control);
    for (const wait of [0, Math.max(1000 * seconds - 1, 0), 1]) {
      context.mock.timers.tick(wait);
      await documents.find(client_id);
    }
    assert.equal(times(client_id), seconds ? 2 : 3, control);
  }

  const first = publish();
  for (const url of [first, ...Array.from({ length: 1000 }, () => publish()), first]) await documents.find(url);
  assert.equal(times(first), 2);
});

// The default `fetch`, against a server on loopback under a name that a resolver of the test's knows. It is that name to
// who trusts its certificate, which is good until 2126.

const pem = (what, base64) => `-----BEGIN ${what}-----\n${base64.trim()}\n-----END ${what}-----`;
const key = pem('PRIVATE KEY', 'MC4CAQAwBQYDK2VwBCIEINoQRkbzYxulCAxSUVUCu0fJd5gHceQdpvr1AZCblLLs');
const cert = pem('CERTIFICATE', `
MIIBHjCB0aADAgECAhQ9qxF8Gs2cQTu3ydlE4Iy97BR3hzAFBgMrZXAwHTEbMBkGA1UEAwwSY2xpZW50LmV4YW1wbGUuY29tMCAXDTI2MTIwMTAyMzEx
NFoYDzIxMjYxMTA3MDIzMTE0WjAdMRswGQYDVQQDDBJjbGllbnQuZXhhbXBsZS5jb20wKjAFBgMrZXADIQCgKoUdQULDwPR7rmJHrh7Jw3jzqCzU2i9n
cuCATFadz6MhMB8wHQYDVR0RBBYwFIISY2xpZW50LmV4YW1wbGUuY29tMAUGAytlcANBALFMkGJZj7Id3seHap5cSPMFtsP1t2ToFCc7OJJiVT/YDPM5
2iddAQVfM5be2PapkrS/8V/eBWHnGTmb0xoJsw0=`);
const server = https.createServer({ cert, key }, (request, response) => {
  if (request.url === '/moved') return response.writeHead(302, { Location: '/client.json' }).end();
  if (request.url === '/silent') return undefined;
  response.setHeader('Content-Type', 'application/json');
  if (request.url === '/cut') return response.write('{', () => request.socket.destroy());
  return response.end(request.headers.accept);
});
after(() => server.close().closeAllConnections());
await once(server.listen(0, '127.0.0.1'), 'listening');
let connections = 0;
server.on('connection', () => (connections += 1));
const at = (path) => `https://client.example.com:${server.address().port}${path}`;
const get = (url) => fetchPublic(url, { headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(1000) });

function resolve(context, ...addresses) {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  context.mock.method(dns, 'lookup', (_hostname, _options, callback) => callback(null, found));
}

test('a name that leads to an address which is not public is not connected to', async (context) => {
  const special = `0.0.0.0 10.1.2.3 100.64.0.1 127.0.0.1 168.63.129.16 169.254.169.254 172.31.255.255 192.168.0.1
    198.18.0.1 224.0.0.1 255.255.255.255 :: ::1 ::7f00:1 ::ffff:127.0.0.1 64:ff9b::7f00:1 1fff::1 4000::1 fd00:ec2::254
    fe80::1 ff02::1 2001:1ff::1 2001:db8::1 2002:7f00:1:: 3fff::1`;
  for (const address of special.split(/\s+/)) {
    resolve(context, '8.8.8.8', address);
    await assert.rejects(get(at('/client.json')), { message: /not public/ }, address);
  }
  assert.equal(connections, 0);

  context.mock.method(https, 'get', () => {});
  get(at('/client.json')).catch(() => {});
  const [, { lookup }] = https.get.mock.calls[0].arguments;
  for (const address of '9.255.255.255 100.128.0.1 168.63.129.17 172.32.0.1 223.255.255.255 2606:2800:21f::1'.split(' ')) {
    resolve(context, address);
    lookup('client.example.com', { all: true }, (_error, [found]) => assert.equal(found.address, address));
    lookup('client.example.com', {}, (_error, found) => assert.equal(found, address));
  }
});

test('each connection is new, goes where the look-up said, over TLS, and is given up if nothing comes', async (context) => {
  context.mock.method(ipaddr.IPv4.prototype, 'range', () => 'unicast'); // no address is special
  resolve(context, '127.0.0.1');
  await assert.rejects(get(at('/client.json')), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });

  const { connect } = tls;
  context.mock.method(tls, 'connect', (options) => connect({ ...options, ca: cert }));
  const moved = await get(at('/moved'));
  assert.deepEqual([moved.status, moved.headers.get('location')], [302, '/client.json']);
  for (let time = 0; time < 2; time += 1) {
    assert.equal(await (await get(at('/client.json'))).text(), 'application/json');
  }
  assert.deepEqual([connections, dns.lookup.mock.callCount()], [4, 4]);

  const documents = new Documents({ fetch: (url, options) => fetchPublic(at(new URL(url).pathname), options) });
  const unavailable = (path) => assert.rejects(documents.find(`https://client.example.com${path}`), UnavailableDocument, path);
  await Promise.all(['/silent', '/cut', '/moved'].map(unavailable));
});
