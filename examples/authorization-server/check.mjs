// Tries an authorization server from outside, as clients, users and strangers meet it, and prints which rules hold. It
// registers clients at the server's registration endpoint and presses the first button of its consent page, or the
// first with TEXT in its tag or label. COOKIE is that of a user who has logged in, SCOPE what to ask for, by default
// all that is announced. Where a rule is no standard's, its section is one of docs/authorization-server.md.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';

import { Browser, submission, text } from './test/browser.mjs';
import vectors from './test/redirect-uris.json' with { type: 'json' };
import { REDIRECT_URI, requests, Unexpected, VERIFIER } from './test/requests.mjs';

function stop(message) {
  console.error(message);
  process.exit(2);
}
const string = { type: 'string' };
const options = { button: string, cookie: string, scope: string };
const given = await (async () => parseArgs({ allowPositionals: true, options }))().catch(() => ({ positionals: [] }));
const [issuer, resource] = given.positionals;
if (!URL.canParse(issuer) || !URL.canParse(resource)) {
  stop('usage: node check.mjs ISSUER RESOURCE [--button TEXT] [--cookie COOKIE] [--scope SCOPE]');
}
const { fetch: fetchWithoutEnd } = globalThis;
globalThis.fetch = (url, how) => fetchWithoutEnd(url, { signal: AbortSignal.timeout(10_000), ...how });

const STRANGER = 'https://stranger.example.net';
const NOBODY = '639ade40-c6fa-4091-b026-1179c3dc29f4';
const NO_PKCE = { code_challenge: undefined, code_challenge_method: undefined };

const { origin, pathname } = new URL(issuer);
const wellKnown = (name) => `${origin}/.well-known/${name}${pathname.replace(/\/$/, '')}`;
async function read(name) {
  const response = await fetch(wellKnown(name), { headers: { Origin: STRANGER } }).catch(({ message, cause }) =>
    stop(`${issuer}: ${cause?.message ?? message}`),
  );
  return { response, document: response.ok && (await response.json().catch(() => undefined)) };
}
const [ofOAuth, ofOpenId] = [await read('oauth-authorization-server'), await read('openid-configuration')];
const { response: served, document: metadata } = ofOAuth.document ? ofOAuth : ofOpenId;
if (!metadata) stop(`there is no metadata at ${wellKnown('oauth-authorization-server')}`);

const { button, cookie, scope = metadata.scopes_supported?.join(' ') } = given.values;
const scopes = scope?.split(' ') ?? [];
const ask = requests({ metadata, resource, scope, button, cookie });
const { register, authorization, allow, exchange, token } = ask;
const registered = (members) => register(members).catch(({ message }) => ({ message }));
const { client_id: id, message } = await registered({});
const { client_id: other } = await registered({});
const usual = vectors.registered.filter((uri) => /^http:|^https:\/\/client\./.test(uri));
const several = await registered({ redirect_uris: usual });
if (message) console.log(`No client: ${message}\n`);

function needs(isThere, what) {
  if (!isThere) throw new Unexpected(what);
}
const open = (changes, client = id, by = new Browser(cookie)) => by.open(authorization(client, changes));
const asks = (page) => Boolean(submission(page, button));
const hasCode = ({ location }) => Boolean(location?.searchParams.has('code'));
const shown = ({ location, status, text: html }) => location ?? `${status} ${text(html).trim()}`;

/** The page that asks the user. */
async function question(changes, client, by) {
  const page = await open(changes, client, by);
  needs(asks(page), `no consent page, but ${shown(page)}`);
  return page;
}

const isAsked = id && (await open().then(asks, () => false));
const needsConsent = () => needs(isAsked, 'not even a right request gets the consent page');

/** The page that refuses. */
async function refused(changes, client) {
  needsConsent();
  const page = await open(changes, client);
  assert.ok(!asks(page) && !hasCode(page), `accepted ${JSON.stringify(changes)}`);
  return page;
}

async function accepted(changes, client) {
  const page = await open(changes, client);
  assert.ok(asks(page), `${JSON.stringify(changes)}: ${shown(page)}`);
}

async function tokens(changes, client = id) {
  const granted = await ask.tokens(client, changes);
  needs(granted.status === 200, `no tokens, but ${granted.status} ${granted.error} ${granted.error_description}`);
  return granted;
}
async function refreshToken(changes) {
  const { refresh_token } = await tokens(changes);
  needs(refresh_token, 'no refresh token');
  return refresh_token;
}
const refresh = (refresh_token, changes) => ask.refresh(id, refresh_token, changes);
const fails = ({ status, access_token }, how) => assert.ok(status >= 400 && !access_token, `${how}: ${status}`);

function audience({ access_token }) {
  const [, payload] = access_token.split('.');
  needs(payload, 'the access token is not a JWT');
  return JSON.parse(Buffer.from(payload, 'base64url')).aud;
}

const rules = [];
const rule = (section, title, check) => rules.push({ section, title, check });

rule('RFC 8414 3', 'there is metadata at oauth-authorization-server', () => assert.ok(ofOAuth.document));
rule('RFC 8414 3.3', 'it names the issuer that was asked for', () => assert.equal(metadata.issuer, issuer));
rule('Publish metadata', 'the same is at openid-configuration', () => {
  const { document } = ofOpenId;
  assert.ok(document, 'nothing is there');
  for (const [name, value] of Object.entries(metadata)) assert.deepEqual(document[name], value, name);
});
rule('Publish metadata', 'it has what MCP clients demand', () => {
  for (const name of ['authorization_endpoint', 'token_endpoint']) assert.ok(URL.canParse(metadata[name]), name);
  assert.ok(metadata.response_types_supported.includes('code'), 'no code');
  assert.ok(metadata.code_challenge_methods_supported?.includes('S256'), 'no S256');
});
rule('Publish metadata', 'it can be cached, and read by pages of any origin', () => {
  assert.ok(served.headers.get('Cache-Control'), 'no Cache-Control');
  assert.match(served.headers.get('Access-Control-Allow-Origin') ?? 'none', /^\*$|stranger/);
});
rule('Publish metadata', 'nothing is built from Host, X-Forwarded-Host or an absolute target', async () => {
  for (const url of [wellKnown('oauth-authorization-server'), wellKnown('openid-configuration'), authorization(id)]) {
    const { host, hostname: servername, pathname, search, protocol } = new URL(url);
    const signal = AbortSignal.timeout(10_000);
    for (const how of [
      { headers: { Host: 'evil.example' } },
      { headers: { Host: host, 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example;proto=https' } },
      { headers: { Host: host }, path: `http://evil.example${pathname}${search}` },
    ]) {
      const [response] = await once((protocol === 'https:' ? https : http).get(url, { ...how, servername, signal }), 'response');
      const body = Buffer.concat(await response.toArray()).toString();
      if (response.statusCode < 400) assert.doesNotMatch(`${response.headers.location} ${body}`, /evil\.example/);
    }
  }
});
rule('Publish metadata', 'what it announces registers as it is', async () => {
  const { grant_types_supported: grant_types, response_types_supported: response_types } = metadata;
  const methods = metadata.token_endpoint_auth_methods_supported;
  assert.ok(grant_types && methods, 'without these members it announces implicit and client_secret_basic');
  assert.ok((metadata.scopes_supported ?? []).join(' ').length <= 1000, 'scopes_supported is too long to register');
  for (const token_endpoint_auth_method of methods) {
    const { client_secret } = await register({ grant_types, response_types, token_endpoint_auth_method, scope });
    assert.ok(!client_secret, `${token_endpoint_auth_method}: a secret`);
  }
});

rule('RFC 7591 3', 'a client that registers and is allowed gets tokens', () =>
  tokens().catch(({ message }) => assert.fail(message)),
);
rule('RFC 6749 4.1.2', 'the answer has the state of the request', async () => {
  await allow(id);
  const location = await allow(id, { state: 'a b&c' }).catch(({ message }) => assert.fail(message));
  assert.equal(location.searchParams.get('state'), 'a b&c');
});
rule('RFC 9207 2', 'the answer has the issuer, as the metadata says', async () => {
  assert.equal((await allow(id)).searchParams.get('iss'), issuer);
  assert.ok(metadata.authorization_response_iss_parameter_supported, 'not announced');
});
rule('RFC 6749 4.1.2.1', 'an unknown client gets a page with status 400', async () => {
  for (const client of [NOBODY, 'x', '']) {
    const { status, location } = await refused({}, client);
    assert.deepEqual({ status, location }, { status: 400, location: undefined });
  }
});
rule('RFC 9700 2.1', 'redirect URIs are compared as strings', async () => {
  needs(several.client_id, several.message);
  await question({ redirect_uri: usual[0] }, several.client_id);
  for (const redirect_uri of vectors.different) {
    assert.equal((await refused({ redirect_uri }, several.client_id)).location, undefined, redirect_uri);
  }
});
rule('RFC 6749 3.1.2.3', 'of several redirect URIs one has to be named', async () => {
  needs(several.client_id, several.message);
  await question({ redirect_uri: usual[0] }, several.client_id);
  await refused({ redirect_uri: undefined }, several.client_id);
});
for (const [host, section = 'RFC 8252 7.3'] of [['127.0.0.1'], ['[::1]'], ['localhost', 'Match the redirect URI']]) {
  rule(section, `the port does not count on ${host}`, async () => {
    needs(several.client_id, several.message);
    const matching = [...usual, ...vectors.matching].filter((uri) => uri.startsWith(`http://${host}`));
    for (const redirect_uri of matching) await accepted({ redirect_uri }, several.client_id);
  });
}
rule('RFC 9700 2.1.1', 'PKCE is required', () => refused(NO_PKCE));
rule('RFC 9700 2.1.1', 'plain is refused, and a challenge without a method', async () => {
  await refused({ code_challenge: VERIFIER, code_challenge_method: 'plain' });
  await refused({ code_challenge: VERIFIER, code_challenge_method: undefined });
});
rule('RFC 9700 4.11.2', 'nobody is redirected before the user agreed, not even with an error', async () => {
  needsConsent();
  const faults = [{ prompt: 'none' }, { response_type: 'token' }, { resource: STRANGER }, { response_mode: 'x' }];
  for (const changes of [NO_PKCE, { scope: 'unheard-of' }, ...faults]) {
    const { location } = await open(changes);
    assert.ok(!location, `to ${location}`);
  }
});

rule('Ask the user', 'a user who has agreed is asked again', async () => {
  const user = new Browser(cookie);
  const location = await user.allow(authorization(id), button);
  needs(hasCode({ location }), `no code, but ${location}`);
  for (const changes of [{}, { approval_prompt: 'auto' }, { prompt: 'none' }]) {
    assert.ok(!hasCode(await open(changes, id, user)), JSON.stringify(changes));
  }
});
rule('Ask the user', 'the page shows the host that the code goes to', async () =>
  assert.ok(text((await question()).text).includes(new URL(REDIRECT_URI).host), 'no host'),
);
rule('Ask the user', "the page shows the client's name as text", async () => {
  const { client_id } = await register({ client_name: `<b>"&'</b>` });
  assert.doesNotMatch((await question({}, client_id)).text, /<b>"/);
});
rule('Ask the user', 'the page fits a phone and names its language', async () => {
  const page = await question();
  assert.match(page.text, /<meta[^>]*viewport/i, 'no viewport');
  assert.match(page.text, /<html[^>]*\slang=/i, 'no lang');
});
rule('Ask the user', 'the page is in no frame, and its form may lead to the client', async () => {
  const { headers } = await question();
  const policy = headers.get('Content-Security-Policy') ?? '';
  assert.ok(/frame-ancestors '(none|self)'/.test(policy) || headers.get('X-Frame-Options'), 'no frame-ancestors');
  assert.doesNotMatch(policy, /form-action/);
});
rule('Ask the user', 'another browser, another site and a link cannot answer', async () => {
  const user = new Browser(cookie);
  const page = await question({}, id, user);
  assert.ok(user.setCookies.every((header) => /; *samesite=(lax|strict)/i.test(header)), 'SameSite');
  const { url, body } = submission(page, button);
  if (!cookie) assert.ok(!hasCode(await new Browser().press(page, button)), 'another browser');
  assert.ok(!hasCode(await user.press(page, button, STRANGER)), 'another site');
  assert.ok(!hasCode(await user.open(`${url}?${body}`)), 'a link');
  await allow(id); // which the same button does for the user
});
rule('Ask the user', 'a code comes in the query alone', async () => {
  needsConsent();
  for (const response_mode of ['fragment', 'form_post']) {
    if (!asks(await open({ response_mode }))) continue;
    const location = await new Browser(cookie).allow(authorization(id, { response_mode }), button);
    assert.ok(hasCode({ location }), `${response_mode}: ${location}`);
  }
});

rule('RFC 6749 3.3', 'a request without a scope gets a default', () => tokens({ scope: undefined }));
rule('Grant scopes', 'an unknown scope is ignored', () => accepted({ scope: `${scopes[0] ?? ''} unheard-of`.trim() }));
rule('Grant scopes', 'the scope that was registered is no limit', async () => {
  needs(scopes.length > 1, 'it takes two scopes');
  const { client_id } = await register({ scope: scopes[0] });
  await accepted({}, client_id);
  assert.equal((await tokens({}, client_id)).scope ?? scope, scope);
});
rule('Grant scopes', 'a refresh token takes the grant, and no offline_access', async () => {
  assert.ok((await tokens()).refresh_token, 'none');
  const { client_id } = await register({ grant_types: ['authorization_code'] });
  assert.ok(!(await tokens({}, client_id)).refresh_token, 'also without the grant');
});
rule('RFC 8707 2.2', 'the audience is the resource, also by default', async () => {
  for (const changes of [{}, { resource: undefined }]) assert.equal(audience(await tokens(changes)), resource);
});
rule('RFC 8707 2', 'a foreign resource is refused, at both endpoints', async () => {
  await refused({ resource: STRANGER });
  fails(await token({ ...(await exchange(id)), resource: STRANGER }), 'with a code');
  fails(await refresh(await refreshToken(), { resource: STRANGER }), 'with a refresh token');
});
rule('Issue tokens', 'of a resource, scheme and host have no case, and no path is /', async () => {
  const { protocol, host, pathname, search } = new URL(resource);
  const upper = `${protocol}//${host}`.toUpperCase();
  for (const same of pathname === '/' ? [upper, `${upper}/`] : [upper + pathname + search]) {
    await accepted({ resource: same });
    const granted = await token({ ...(await exchange(id, { resource: same })), resource: same });
    assert.equal(granted.status, 200, `${same}: ${granted.error}`);
    assert.equal(audience(granted), resource);
  }
});

rule('RFC 7636 4.6', 'a code needs its verifier', async () => {
  fails(await token({ ...(await exchange(id)), code_verifier: undefined }), 'none');
  fails(await token({ ...(await exchange(id)), code_verifier: 'b'.repeat(43) }), 'another');
});
rule('RFC 6749 4.1.3', 'a code is for its client, and for the redirect URI it was sent to', async () => {
  fails(await token({ ...(await exchange(id)), client_id: other }), 'another client');
  fails(await token({ ...(await exchange(id)), redirect_uri: STRANGER }), 'another redirect URI');
});
rule('RFC 6749 4.1.2', 'a code that comes back is refused, and ends the refresh token it issued', async () => {
  const request = await exchange(id);
  const { refresh_token } = await token(request);
  fails(await token(request), 'the code');
  needs(refresh_token, 'no refresh token');
  fails(await refresh(refresh_token), 'the refresh token');
});
rule('RFC 9700 2.2.2', 'refresh tokens are rotated', async () => {
  const first = await refreshToken();
  const { refresh_token: second } = await refresh(first);
  assert.ok(second && second !== first, 'it stays the same');
});
rule('Issue tokens', 'a used refresh token is good for some seconds more', async () => {
  const used = await refreshToken();
  for (const time of ['first', 'second']) assert.equal((await refresh(used)).status, 200, time);
});
rule('RFC 6749 6', 'a refresh token is for its client, and for no more than its scope', async () => {
  fails(await refresh(await refreshToken(), { client_id: other }), 'another client');
  needs(scopes.length > 1, 'it takes two scopes');
  const more = await refresh(await refreshToken({ scope: scopes[0] }), { scope });
  assert.ok(more.status >= 400 || more.scope === scopes[0], more.scope);
});
rule('RFC 6749 5.1', 'tokens are not cached', async () =>
  assert.match((await tokens()).headers.get('Cache-Control') ?? 'none', /no-store/),
);
rule('RFC 6749 5.2', 'an unknown client is invalid_client, with 401', async () => {
  for (const grant_type of ['authorization_code', 'refresh_token']) {
    const credentials = { code: 'x', code_verifier: VERIFIER, redirect_uri: REDIRECT_URI, client_id: NOBODY };
    const { status, error } = await refresh('x', { ...credentials, grant_type });
    assert.deepEqual({ status, error }, { status: 401, error: 'invalid_client' });
  }
});
rule('RFC 6749 5.2', 'an unknown grant type is unsupported_grant_type', async () =>
  assert.equal((await refresh('x', { grant_type: 'urn:example:x' })).error, 'unsupported_grant_type'),
);
rule('Publish metadata', 'pages of any origin may talk to the token endpoint', async () => {
  const headers = { Origin: STRANGER, 'Access-Control-Request-Method': 'POST' };
  const asked = { 'Access-Control-Request-Headers': 'mcp-protocol-version', ...headers };
  const preflight = await fetch(metadata.token_endpoint, { method: 'OPTIONS', headers: asked });
  assert.match(preflight.headers.get('Access-Control-Allow-Headers') ?? 'none', /mcp-protocol-version|\*/i);
  const { headers: ofError } = await token({ grant_type: 'refresh_token', refresh_token: 'x', client_id: id }, headers);
  assert.ok(ofError.get('Access-Control-Allow-Origin'), 'errors');
});

rule('Fetching', 'no document is fetched from this machine', async () => {
  needs(metadata.client_id_metadata_document_supported, 'documents are not announced');
  needs(/^(localhost|127\.0\.0\.1)$/.test(new URL(issuer).hostname), 'it takes a server on this machine');
  let connections = 0;
  const listener = createServer((socket) => (connections += 1) && socket.destroy()).listen(0);
  await once(listener, 'listening');
  const { port } = listener.address();
  for (const host of ['localhost', '127.0.0.1', '[::1]', '2130706433', '0x7f.1', '[::ffff:127.0.0.1]', 'localhost.']) {
    for (const protocol of ['https', 'http']) await refused({}, `${protocol}://${host}:${port}/client.json`);
  }
  listener.close();
  assert.equal(connections, 0);
});

const counts = { held: 0, broken: 0, 'not tried': 0 };
for (const { section, title, check } of rules) {
  const error = await (async () => check())().then(() => undefined, (error) => error);
  const outcome = !error ? 'held' : error instanceof Unexpected ? 'not tried' : 'broken';
  const reason = error ? `\n${' '.repeat(34)}(${error.message.replace(/\s+/g, ' ').slice(0, 160)})` : '';
  counts[outcome] += 1;
  console.log(`${outcome.padEnd(10)} ${section.padEnd(22)} ${title}${reason}`);
}
console.log(`\n${counts.held} held, ${counts.broken} broken, ${counts['not tried']} not tried`);
process.exitCode = counts.broken ? 1 : 0;
