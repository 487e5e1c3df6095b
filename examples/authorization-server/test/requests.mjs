// What clients ask of an authorization server, and its users answer.

import { createHash } from 'node:crypto';

import { Browser } from './browser.mjs';

export const REDIRECT_URI = 'https://client.example.com/callback';
export const VERIFIER = 'a'.repeat(43);
const code_challenge = createHash('sha256').update(VERIFIER).digest('base64url');
const present = (parameters) => Object.entries(parameters).filter(([, value]) => value !== undefined);

/** The server did not come to where something can be asked of it. */
export class Unexpected extends Error {}

/** `metadata` is the server's, `scope` what to ask for, and `button` and `cookie` are the user's (browser.mjs). */
export function requests({ metadata, resource, scope, button, cookie }) {
  /** Registers a client, which has `members` and what it has to have. */
  async function register(members) {
    const sent = { client_name: 'Test', redirect_uris: [REDIRECT_URI], token_endpoint_auth_method: 'none', ...members };
    const headers = { 'Content-Type': 'application/json' };
    const response = await fetch(metadata.registration_endpoint, { method: 'POST', headers, body: JSON.stringify(sent) });
    const body = await response.text();
    if (response.status !== 201) throw new Unexpected(`registration: ${response.status} ${body}`);
    return JSON.parse(body);
  }

  /** The address of an authorization request that is right except for what `changes` says. */
  function authorization(client_id, changes = {}) {
    const url = new URL(metadata.authorization_endpoint);
    const asked = { response_type: 'code', client_id, redirect_uri: REDIRECT_URI, scope, resource, state: 'state' };
    const parameters = { ...asked, code_challenge, code_challenge_method: 'S256', ...changes };
    for (const [name, value] of present(parameters)) url.searchParams.append(name, value);
    return url.href;
  }

  /** Allows access. Resolves to where the code is sent. */
  async function allow(client_id, changes) {
    const location = await new Browser(cookie).allow(authorization(client_id, changes), button).catch(({ message }) => {
      throw new Unexpected(message);
    });
    if (!location?.searchParams.has('code')) throw new Unexpected(`no code, but ${location}`);
    return location;
  }

  /** Allows access. Resolves to the parameters of the token request. */
  async function exchange(client_id, changes = {}) {
    const code = (await allow(client_id, changes)).searchParams.get('code');
    const { redirect_uri = REDIRECT_URI } = changes;
    return { grant_type: 'authorization_code', code, code_verifier: VERIFIER, client_id, redirect_uri };
  }

  /** Posts to the token endpoint. */
  async function token(parameters, headers = {}) {
    const body = new URLSearchParams(present(parameters));
    const response = await fetch(metadata.token_endpoint, { method: 'POST', headers, body });
    return { status: response.status, headers: response.headers, ...(await response.json().catch(() => ({}))) };
  }

  const tokens = async (client_id, changes) => token(await exchange(client_id, changes));
  const refresh = (client_id, refresh_token, changes) =>
    token({ grant_type: 'refresh_token', refresh_token, client_id, ...changes });

  return { register, authorization, allow, exchange, token, tokens, refresh };
}
