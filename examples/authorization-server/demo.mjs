// A client as it runs on a user's machine: it registers, sends the user to the consent page, and gets a token.

import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';

import { listen, start } from './local.mjs';

console.log('Starting the registration endpoint. The first time, Rust compiles it, which takes some minutes.');
const resource = 'https://api.example.com/';
const descriptions = { 'notes:read': 'read your notes', 'notes:write': 'change your notes' };
const { registrationEndpoint, issuer, stop } = await start({
  resource,
  scopes: Object.keys(descriptions),
  descriptions,
  name: 'Example Notes',
});

const metadata = await json(await fetch(`${issuer}/.well-known/oauth-authorization-server`));
const { server: callback, url } = await listen();
const redirect_uri = `${url}/callback`;
const { client_id } = await json(
  await fetch(registrationEndpoint, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ client_name: 'Demo', redirect_uris: [redirect_uri] }),
  }),
);
console.log(`Registered as ${client_id} at ${registrationEndpoint}`);

const code_verifier = randomBytes(32).toString('base64url');
const state = randomBytes(16).toString('base64url');
const code_challenge = createHash('sha256').update(code_verifier).digest('base64url');
const request = { response_type: 'code', client_id, redirect_uri, scope: 'notes:read', resource, state };
const parameters = new URLSearchParams({ ...request, code_challenge, code_challenge_method: 'S256' });
console.log(`Open ${metadata.authorization_endpoint}?${parameters} in a browser and allow access.`);

const [answer, page] = await once(callback, 'request');
const { searchParams } = new URL(answer.url, url);
if (searchParams.get('state') !== state || searchParams.get('iss') !== issuer)
  throw new Error('not an answer to this request');
page.setHeader('Content-Type', 'text/html');
page.end('<!doctype html><title>Allowed</title><h1>Allowed</h1><p>The demo goes on in the terminal.</p>');

const code = searchParams.get('code');
const body = new URLSearchParams({ grant_type: 'authorization_code', code, code_verifier, client_id, redirect_uri });
console.log(await json(await fetch(metadata.token_endpoint, { method: 'POST', body })));
callback.close();
stop();

async function json(response) {
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.json();
}
