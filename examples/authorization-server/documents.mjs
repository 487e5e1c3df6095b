// Client ID Metadata Documents (draft-ietf-oauth-client-id-metadata-document): the `client_id` is the address of a
// document that describes the client. Find, fetch and judge it. Nothing here depends on the library the authorization
// server is built with. docs/authorization-server.md has the reasons.

import dns from 'node:dns';
import { once } from 'node:events';
import https from 'node:https';
import { isIPv6 } from 'node:net';
import { Readable } from 'node:stream';

import ipaddr from 'ipaddr.js';

const TIMEOUT = 3000; // milliseconds, for all of a document
const MAX_BYTES = 10 * 1024;
const MAX_CACHED = 1000; // documents
const DAY = 24 * 60 * 60; // seconds
const LAST_GOOD = 30 * DAY; // as long as a refresh token lives

/** The document is gone, or describes no client of this server: `invalid_client`. The message is for the user. */
export class UnusableDocument extends Error {}

/** Whether there is a document is not known: 503. Its publisher is down, or refuses the address of this server. */
export class UnavailableDocument extends Error {}

export class Documents {
  #fetch;
  #headers;
  #cache = new Map();

  /** `userAgent`: by which publishers know this server. */
  constructor({ fetch = fetchPublic, userAgent = 'authorization-server' } = {}) {
    this.#fetch = fetch;
    this.#headers = { Accept: 'application/json', 'User-Agent': userAgent };
  }

  /** The client's metadata under the names of RFC 7591, or `undefined` if `clientId` is no address of a document. */
  async find(clientId) {
    if (!isDocumentUrl(clientId)) return undefined;

    const cached = this.#cache.get(clientId);
    if (cached?.until > Date.now()) return cached.client;
    const signal = AbortSignal.timeout(TIMEOUT);
    const timeout = once(signal, 'abort').then(() => Promise.reject(signal.reason));
    timeout.catch(() => {});
    try {
      // `fetch` may not mind the signal; the race does.
      const { headers, document } = await Promise.race([this.#get(clientId, signal), timeout]);
      const client = toClient(document, clientId);
      this.#keep(clientId, client, lifetime(headers));
      return client;
    } catch (cause) {
      if (cause instanceof UnusableDocument) this.#cache.delete(clientId);
      else if (cached?.lastGoodUntil > Date.now()) return cached.client;
      throw cause instanceof UnusableDocument ? cause : new UnavailableDocument(clientId, { cause });
    }
  }

  #keep(clientId, client, seconds) {
    this.#cache.delete(clientId); // so that the oldest is the first
    if (seconds === 0) return;
    if (this.#cache.size === MAX_CACHED) this.#cache.delete(this.#cache.keys().next().value);
    const from = (time) => Date.now() + 1000 * time;
    this.#cache.set(clientId, { client, until: from(seconds), lastGoodUntil: from(LAST_GOOD) });
  }

  async #get(url, signal) {
    const { status, headers, body } = await this.#fetch(url, { headers: this.#headers, redirect: 'manual', signal });
    if (status === 404 || status === 410) throw new UnusableDocument('it is not there');
    if (status !== 200) throw new Error(`status ${status}`);
    const isJson = /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(headers.get('content-type'));
    if (!isJson) throw new UnusableDocument('it is not JSON');
    const chunks = [];
    let bytes = 0;
    for await (const chunk of body ?? []) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) throw new UnusableDocument('it is too large'); // which cancels the body
      chunks.push(chunk);
    }
    try {
      const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks)); // without a byte-order mark
      return { headers, document: JSON.parse(text) };
    } catch (cause) {
      throw new UnusableDocument('it is not JSON', { cause });
    }
  }
}

/** Names that lead to this machine or network by convention (RFC 6761, 6762, 8375), and IPv4 addresses. */
const NOT_PUBLIC = /(?:^|\.)(?:localhost|localdomain|local|internal|home\.arpa)\.?$|\.\d+$/;

/**
 * Whether `clientId` may be fetched: an address that every parser reads alike, of a page on port 443 of a host with a
 * public name. Whether the name leads to a public address shows when it is looked up.
 */
function isDocumentUrl(clientId) {
  const url = URL.parse(clientId);
  if (url?.href !== clientId || clientId.length > 1000) return false; // dot segments, upper case, an explicit port 443
  if (!/^https:\/\/[^/:@]+\/[^#]+$/.test(clientId)) return false;
  return isPlainHost(url.hostname) && url.hostname.includes('.') && !NOT_PUBLIC.test(url.hostname);
}

/** Whether browsers read the host as it is written: no percent escapes, no old notations of IPv4 addresses. */
function isPlainHost(host) {
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1));
  if (/xn--[^.]*-(?:\.|$)/i.test(host)) return false; // ASCII as Punycode, which Node.js 22 lets pass
  const isName = host.replace(/\.$/, '').length <= 253 && /^(?:[\w-]{1,63}\.)*[\w-]{1,63}\.?$/.test(host);
  return isName && URL.parse(`https://${host}`)?.hostname === host.toLowerCase();
}

const REDIRECT_URI = new RegExp(
  String.raw`^(?:https://(?<host>\[[\da-fA-F:.]+\]|[\w.-]+)|http://(?:localhost|127\.0\.0\.1|\[::1\]))(?::\d*)?` +
    String.raw`(?:[/?](?:[\w.~!$&'()*+,;=:@/?-]|%[\da-fA-F]{2})*)?$`,
);

/** Whether `uri` is `https`, or `http` on loopback, as MCP demands, and read alike by every parser. */
function isRedirectUri(uri) {
  const match = typeof uri === 'string' && uri.length <= 1000 && URL.canParse(uri) && REDIRECT_URI.exec(uri);
  return match && (match.groups.host === undefined || isPlainHost(match.groups.host));
}

/** What the document says, as far as this server supports it. */
function toClient(document, clientId) {
  const demand = (isMet, message) => {
    if (!isMet) throw new UnusableDocument(message);
  };
  demand(document?.client_id === clientId, 'its client_id is not its address');
  demand((document.client_secret ?? document.client_secret_expires_at) == null, 'it has a client secret');

  const { client_name, redirect_uris, scope } = document;
  // The page cuts and isolates it; this is what it could not show at all, and what would reorder the letters.
  const isName = typeof client_name === 'string' && /[^\s\p{Cf}\u3164]/u.test(client_name);
  demand(isName && !/[\p{Cc}\p{Cs}\u202a-\u202e\u2066-\u2069]/u.test(client_name), 'its client_name cannot be shown');
  demand(Array.isArray(redirect_uris) && redirect_uris.length && redirect_uris.length <= 20, 'it has no redirect_uris');
  demand(redirect_uris.every(isRedirectUri), 'one of its redirect_uris is not allowed');

  // A client that would rather use a key says what else it can do.
  const method = document.token_endpoint_auth_method || 'none'; // an empty text is the same as none at all
  const methods = [method].concat(document.token_endpoint_auth_methods_supported);
  demand(methods.includes('none') && !/^client_secret/.test(method), 'it asks for client authentication');

  const listed = (values, fallback) => (Array.isArray(values) && values.length ? values : fallback);
  const supported = ['authorization_code', 'refresh_token'];
  const grant_types = listed(document.grant_types, supported);
  demand(grant_types.includes('authorization_code'), 'its grant_types lack authorization_code');
  demand(listed(document.response_types, ['code']).includes('code'), 'its response_types lack code');
  return {
    client_id: clientId,
    client_name,
    redirect_uris,
    grant_types: supported.filter((type) => grant_types.includes(type)),
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    scope: typeof scope === 'string' ? scope : undefined,
  };
}

/** For how many seconds a document may be kept: a minute, a day, or what its headers say in between. */
function lifetime(headers) {
  const control = headers.get('cache-control') ?? '';
  if (/\bno-store\b/i.test(control)) return 0;
  const [, seconds = 0] = control.match(/(?:^|[\s,])max-age=(\d+)/i) ?? [];
  return Math.min(Math.max(Number(seconds), 60), DAY);
}

const AZURE_PLATFORM = '168.63.129.16'; // special in no registry
const GLOBAL_IPV6 = /^[23][\da-f]{3}:/; // 2000::/3, so addresses that contain an IPv4 address are out as well

function isPublic({ address, family }) {
  if (address === AZURE_PLATFORM || (family === 6 && !GLOBAL_IPV6.test(address))) return false;
  return ipaddr.parse(address).range() === 'unicast'; // in none of IANA's registries of special-purpose addresses
}

/** `dns.lookup` that fails if an address is not public. The connection goes to what it returns. */
function lookupPublic(hostname, options, callback) {
  dns.lookup(hostname, { ...options, all: true }, (error, addresses) => {
    if (error) return callback(error);
    if (!addresses.every(isPublic)) return callback(new Error(`${hostname} has an address that is not public`));
    return options.all ? callback(null, addresses) : callback(null, addresses[0].address, addresses[0].family);
  });
}

/** As much of `fetch` as a document needs, from public addresses only. It follows no redirect. */
export async function fetchPublic(url, { headers, signal }) {
  const request = https.get(url, { headers, signal, lookup: lookupPublic, agent: false });
  request.on('error', () => {}); // those after the response
  const [response] = await once(request, 'response');
  return new Response(Readable.toWeb(response), { status: response.statusCode, headers: response.headers });
}
