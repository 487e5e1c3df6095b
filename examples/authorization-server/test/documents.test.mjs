// Clients that publish a Client ID Metadata Document instead of registering.

import assert from 'node:assert/strict';
import dns from 'node:dns';
import { once } from 'node:events';
import https from 'node:https';
import { BlockList } from 'node:net';
import { after, test } from 'node:test';
import tls from 'node:tls';

import { Documents, fetchPublic } from '../documents.mjs';
import { Browser } from './browser.mjs';
import { certificate } from './certificate.mjs';
import { REDIRECT_URI, start } from './support.mjs';

const web = new Map();
const fetched = [];
const { authorization, table, token, tokens } = await start({
  fetch(url, { redirect, signal }) {
    assert.equal(redirect, 'manual', 'a redirect is not followed');
    fetched.push(url);
    return web.get(url)({ signal });
  },
});

let count = 0;

/** Publishes a document with these members and headers, and returns its address. */
function publish(members = {}, headers = {}) {
  const client_id = `https://client.example.com/${(count += 1)}.json`;
  const document = { client_id, client_name: 'Published', redirect_uris: [REDIRECT_URI], ...members };
  web.set(client_id, () => Response.json(document, { headers }));
  return client_id;
}

/** Has `answer` given at an address of its own. */
function answering(answer) {
  const client_id = publish();
  const document = JSON.stringify({ client_id, client_name: 'Published', redirect_uris: [REDIRECT_URI] });
  web.set(client_id, ({ signal }) => answer(document, signal));
  return client_id;
}

async function refuses(client_id, reason, changes) {
  const page = await new Browser().open(authorization(client_id, changes));
  assert.equal(page.location, undefined, client_id);
  assert.equal(page.status, 400, client_id);
  assert.match(page.text, reason, client_id);
}

test('a client with a document gets tokens, and is asked each time by the name of its host', async () => {
  const uris = {
    'http://127.0.0.1/callback': 'http://127.0.0.1:49152/callback',
    'http://localhost:3000/callback': 'http://localhost:49152/callback',
    'https://client.example.com/callback': 'https://client.example.com/callback',
    'com.example.app:/callback': 'com.example.app:/callback',
  };
  for (const application_type of [undefined, 'native', 'web']) {
    const client_id = publish({ application_type, redirect_uris: Object.keys(uris) });
    const browser = new Browser();
    for (const redirect_uri of Object.values(uris)) {
      assert.equal((await tokens(client_id, { redirect_uri })).status, 200, redirect_uri);

      for (let visit = 0; visit < 2; visit += 1) {
        const page = await browser.open(authorization(client_id, { redirect_uri }));
        assert.match(page.text, /<strong>client\.example\.com<\/strong>/);
        assert.ok((await browser.press(page, 'Allow')).location.searchParams.has('code'));
      }
      const silent = await browser.open(authorization(client_id, { redirect_uri, prompt: 'none' }));
      assert.equal(silent.location, undefined);
    }
  }
});

test('a client with a document refreshes its tokens', async () => {
  const client_id = publish();
  const { refresh_token } = await tokens(client_id);
  assert.equal((await token({ grant_type: 'refresh_token', refresh_token, client_id })).status, 200);
});

test('what is not supported is dropped from a document', async () => {
  const harmless = [
    { scope: 'unheard-of' },
    { scope: 'tools:list' },
    { scope: 5, grant_types: ['authorization_code', 'refresh_token', 'urn:ietf:params:oauth:grant-type:device_code'] },
    { grant_types: [] },
    { grant_types: null, response_types: null, token_endpoint_auth_method: null, client_secret: null },
    { token_endpoint_auth_method: '' },
    { response_types: ['code', 'token'] },
    {
      registered_scope: 5,
      expires_at: 1,
      'client_name#ja': '公開',
      contacts: [5],
      jwks: 5,
      sector_identifier_uri: 'x',
    },
    { redirect_uris: ['https://localhost/', 'app://:80', REDIRECT_URI] },
    { token_endpoint_auth_method: 'none' },
    {
      token_endpoint_auth_method: 'private_key_jwt',
      token_endpoint_auth_methods_supported: ['none', 'private_key_jwt'],
    },
  ];
  for (const members of harmless) {
    const { status, scope } = await tokens(publish(members));
    assert.deepEqual({ status, scope }, { status: 200, scope: 'tools:call' }, JSON.stringify(members));
  }
  const { grant_types } = await new Documents({ fetch: (url) => web.get(url)({}) }).find(publish(harmless[2]));
  assert.deepEqual(grant_types, ['authorization_code', 'refresh_token']);
  assert.equal((await tokens(publish({ scope: 'tools:list' }), { scope: undefined })).scope, 'tools:list');
  assert.equal((await tokens(publish({ scope: 5 }), { scope: undefined })).scope, 'tools:call tools:list');
});

test('a document that describes no client of this server is refused with a page', async () => {
  const wrong = [
    [{ client_id: 'https://client.example.com/other.json' }, /its client_id is not its address/],
    [{ client_id: undefined }, /its client_id is not its address/],
    [{ client_secret: 'x' }, /client secret/],
    [{ client_secret_expires_at: 0 }, /client secret/],
    [{ token_endpoint_auth_method: 'private_key_jwt' }, /client authentication/],
    [
      { token_endpoint_auth_method: 'client_secret_post', token_endpoint_auth_methods_supported: ['none'] },
      /authentication/,
    ],
    [{ token_endpoint_auth_method: 5, token_endpoint_auth_methods_supported: 5 }, /client authentication/],
    [{ client_name: undefined }, /client_name/],
    [{ client_name: 'a\u202eb' }, /client_name/],
    [{ client_name: 5 }, /client_name/],
    [{ client_name: 'a\ud800' }, /client_name/],
    [{ redirect_uris: undefined }, /redirect_uris/],
    [{ redirect_uris: [] }, /redirect_uris/],
    [{ redirect_uris: REDIRECT_URI }, /redirect_uris/],
    [{ redirect_uris: Array(21).fill(REDIRECT_URI) }, /redirect_uris/],
    [{ redirect_uris: [REDIRECT_URI, 'javascript:alert(1)'] }, /redirect_uris/],
    [{ redirect_uris: [REDIRECT_URI, 5] }, /redirect_uris/],
    [{ redirect_uris: ['com.example.app://host:port/'] }, /redirect_uris is not allowed/],
    [{ redirect_uris: ['com.example.app://[:::]/'] }, /redirect_uris is not allowed/],
    [{ redirect_uris: ['https://localhost/'] }, /redirect_uris/],
    [{ grant_types: ['client_credentials'] }, /grant_types/],
    [{ response_types: ['token'] }, /response_types/],
  ];
  for (const [members, reason] of wrong) await refuses(publish(members), reason);
  await refuses(publish(), /invalid_redirect_uri/, { redirect_uri: 'https://client.example.com/other' });
});

test('an answer that is no document is refused with a page', async () => {
  const json = { headers: { 'Content-Type': 'application/json' } };
  const answers = [
    [() => new Response('', { status: 404 }), /it is not there/],
    [(document) => new Response(document, { ...json, status: 404 }), /it is not there/],
    [() => Response.redirect('https://client.example.com/1.json'), /it is not there/],
    [(document) => new Response(document, { headers: { 'Content-Type': 'text/html' } }), /it is not JSON/],
    [(document) => new Response(document, { headers: { 'Content-Type': 'application/jsonp' } }), /it is not JSON/],
    [() => new Response('<html>', json), /it is not JSON/],
    [() => new Response(null, json), /it is not JSON/],
    [(document) => new Response(document.slice(1), json), /it is not JSON/],
    [() => Response.json(null), /client_id/],
    [() => Response.json([]), /client_id/],
    [() => Response.json('x'), /client_id/],
    [(document) => new Response(document.padEnd(10 * 1024 + 1), json), /it is too large/],
    [() => Promise.reject(new TypeError('fetch failed')), /it cannot be fetched/],
  ];
  for (const [answer, reason] of answers) await refuses(answering(answer), reason);

  for (const type of ['application/json', 'application/json;charset=utf-8', 'application/client+json']) {
    const largest = (document) => new Response(document.padEnd(10 * 1024), { headers: { 'Content-Type': type } });
    assert.equal((await tokens(answering(largest))).status, 200);
  }
});

test('a slow document is given up, even if whoever fetches it does not notice', { timeout: 20_000 }, async () => {
  const never = new Promise(() => {});
  const dripping = () => new ReadableStream({ pull: () => never });
  const headers = { 'Content-Type': 'application/json' };
  const answers = [() => never, () => new Response(dripping(), { headers })];
  const before = fetched.length;
  await Promise.all(answers.map((answer) => refuses(answering(answer), /it cannot be fetched/)));
  assert.equal(fetched.length, before + 2, 'each is asked for once');
});

test('what is no address of a public document is never fetched', async () => {
  const before = fetched.length;
  for (const client_id of [
    'http://client.example.com/client.json',
    'HTTPS://client.example.com/client.json',
    'https://CLIENT.example.com/client.json',
    'https://client.example.com:443/client.json',
    'https://client.example.com',
    'https://client.example.com/',
    'https://client.example.com/client.json#',
    'https://client.example.com/client.json#fragment',
    'https://user@client.example.com/client.json',
    'https://user:password@client.example.com/client.json',
    'https://client.example.com/./client.json',
    'https://client.example.com/a/../client.json',
    'https://client.example.com/%2e%2E/client.json',
    'https://client.example.com\\client.json',
    'https://cl%69ent.example.com/client.json',
    'https://client&example.com/client.json',
    'https://clíent.example.com/client.json',
    'https://localhost/client.json',
    'https://localhost./client.json',
    'https://client.localhost/client.json',
    'https://localhost.localdomain/client.json',
    'https://metadata.google.internal/client.json',
    'https://printer.local/client.json',
    'https://router.home.arpa/client.json',
    'https://intranet/client.json',
    'https://127.0.0.1/client.json',
    'https://127.0.0.1:8443/client.json',
    'https://2130706433/client.json',
    'https://0x7f.1/client.json',
    'https://10.0.0.1/client.json',
    'https://169.254.169.254/latest/meta-data',
    'https://[::1]/client.json',
    'https://[fd00:ec2::254]/client.json',
    'https://[::ffff:127.0.0.1]/client.json',
    `https://client.example.com/${'x'.repeat(1000)}`,
  ]) {
    await refuses(client_id, /does not know the program/);
  }
  assert.equal(fetched.length, before);
});

test('a document is kept for as long as its headers say, within bounds, and a fault is not kept', async (context) => {
  const kept = {
    'max-age=1': 60,
    'public, max-age=600': 600,
    'max-age=99999999': 24 * 60 * 60,
    '': 60,
  };
  const documents = new Documents({ fetch: (url) => fetched.push(url) && web.get(url)({}) });
  const times = (url) => fetched.filter((other) => other === url).length;
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() });

  for (const [value, seconds] of Object.entries(kept)) {
    const client_id = publish({}, { 'Cache-Control': value });
    await documents.find(client_id);
    context.mock.timers.tick(1000 * seconds - 1);
    await documents.find(client_id);
    assert.equal(times(client_id), 1, value);
    context.mock.timers.tick(1);
    await documents.find(client_id);
    assert.equal(times(client_id), 2, value);
  }

  const unkept = publish({}, { 'Cache-Control': 'max-age=600, no-store' });
  for (const time of [1, 2]) {
    await documents.find(unkept);
    assert.equal(times(unkept), time);
  }

  const missing = answering(() => new Response('', { status: 404 }));
  for (const time of [1, 2]) {
    await assert.rejects(documents.find(missing), { message: 'it is not there' });
    assert.equal(times(missing), time);
  }
});

test('the cache is bounded, and drops the oldest', async () => {
  const asked = [];
  const documents = new Documents({
    fetch(client_id) {
      asked.push(client_id);
      return Response.json({ client_id, client_name: 'x', redirect_uris: [REDIRECT_URI] });
    },
  });
  const url = (number) => `https://client.example.com/many/${number}`;
  for (let number = 0; number <= 1000; number += 1) await documents.find(url(number));

  await documents.find(url(1));
  assert.equal(asked.length, 1001);
  await documents.find(url(0));
  assert.equal(asked.length, 1002);
});

test('a document that is gone when its client comes for tokens is an invalid client', async () => {
  const client_id = answering(
    (document) => new Response(document, { headers: { 'Content-Type': 'application/json' } }),
  );
  const { refresh_token } = await tokens(client_id);
  web.set(client_id, () => new Response('', { status: 404 }));

  // The other server has never seen the document.
  const other = await start({ fetch: (url) => web.get(url)({}) });
  const { status, error } = await other.token({ grant_type: 'refresh_token', refresh_token, client_id });
  assert.deepEqual({ status, error }, { status: 401, error: 'invalid_client' });
});

test('a document that is gone while its user reads the page is refused with a page', async (context) => {
  const client_id = publish();
  const browser = new Browser();
  const page = await browser.open(authorization(client_id));
  web.set(client_id, () => new Response('', { status: 404 }));
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() + 61_000 });

  const answer = await browser.press(page, 'Allow');
  assert.equal(answer.status, 400);
  assert.match(answer.text, /it is not there/);
});

test('a client in the table is not looked for elsewhere', async () => {
  const before = fetched.length;
  assert.equal((await tokens(await table.put())).status, 200);
  assert.equal(fetched.length, before);
});

// The default `fetch`, against a server on loopback under a name that a resolver of the test's knows.

const server = https.createServer(certificate, (request, response) => {
  if (request.url === '/moved') return response.writeHead(302, { Location: '/client.json' }).end();
  if (request.url === '/silent') return undefined;
  response.setHeader('Content-Type', 'application/json');
  if (request.url === '/half') return response.write('{');
  if (request.url === '/cut') return response.write('{', () => request.socket.destroy());
  return response.end(JSON.stringify({ Accept: request.headers.accept }));
});
after(() => {
  server.close();
  server.closeAllConnections();
});
server.listen(0, '127.0.0.1');
await once(server, 'listening');
let connections = 0;
server.on('connection', () => (connections += 1));
const at = (path) => `https://client.example.com:${server.address().port}${path}`;

function resolve(context, ...addresses) {
  const found = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  context.mock.method(dns, 'lookup', (_hostname, _options, callback) => callback(null, found));
}
function trustCertificate(context) {
  const { connect } = tls;
  context.mock.method(tls, 'connect', (options) => connect({ ...options, ca: certificate.cert }));
}
const get = (url) => fetchPublic(url, { headers: { Accept: 'application/json' }, signal: AbortSignal.timeout(1000) });

test('a name that leads to an address which is not public is not connected to', async (context) => {
  const addresses = [
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '169.254.169.254',
    '172.31.255.255',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    'fd00:ec2::254',
    'fe80::1',
    'ff02::1',
    '2001:db8::1',
    '2002:7f00:1::',
  ];
  for (const address of addresses) {
    resolve(context, '8.8.8.8', address);
    await assert.rejects(get(at('/client.json')), { message: /not public/ }, address);
    dns.lookup.mock.restore();
  }
  assert.equal(connections, 0);
});

test('a connection that somebody else has open is not used', async (context) => {
  const lookup = (_hostname, { all }, callback) =>
    all ? callback(null, [{ address: '127.0.0.1', family: 4 }]) : callback(null, '127.0.0.1', 4);
  trustCertificate(context);
  const request = https.get(at('/client.json'), { lookup });
  const [response] = await once(request, 'response');
  await once(response.resume(), 'end');

  resolve(context, '127.0.0.1');
  await assert.rejects(get(at('/client.json')), { message: /not public/ });
});

test('public addresses are not in the way', (context) => {
  context.mock.method(https, 'get', () => {});
  get(at('/client.json')).catch(() => {});
  const [, { lookup }] = https.get.mock.calls[0].arguments;

  for (const address of [
    '9.255.255.255',
    '100.128.0.1',
    '172.32.0.1',
    '223.255.255.255',
    '2606:2800:21f::1',
    '2001:4860::8888',
  ]) {
    resolve(context, address);
    lookup('client.example.com', { all: true }, (_error, [found]) => assert.equal(found.address, address));
    lookup('client.example.com', {}, (_error, found) => assert.equal(found, address));
    dns.lookup.mock.restore();
  }
});

test('the connection goes where the look-up said, over TLS, and no redirect is followed', async (context) => {
  const before = connections;
  context.mock.method(BlockList.prototype, 'check', () => false); // no network is special
  resolve(context, '127.0.0.1');
  await assert.rejects(get(at('/client.json')), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });

  trustCertificate(context);
  const { status, headers } = await get(at('/moved'));
  assert.deepEqual({ status, location: headers.get('location') }, { status: 302, location: '/client.json' });
  assert.deepEqual(await (await get(at('/client.json'))).json(), { Accept: 'application/json' });
  assert.equal(connections, before + 3);
  assert.equal(dns.lookup.mock.callCount(), 3);
});

test('a server that does not answer, or stops in the middle, is given up', async (context) => {
  context.mock.method(BlockList.prototype, 'check', () => false);
  resolve(context, '127.0.0.1');
  trustCertificate(context);

  const documents = new Documents();
  const refused = (path) => assert.rejects(documents.find(at(path)), { message: 'it cannot be fetched' }, path);
  await Promise.all(['/silent', '/half', '/cut'].map(refused));
});
