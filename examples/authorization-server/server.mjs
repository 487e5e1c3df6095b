// An authorization server for clients that registered themselves. Two things are missing before it can be used: a login
// (everybody is the user `demo`), and keys, sessions and tokens in a store. Here they are in memory, which ends with
// the process and holds 1000 of them: strangers' authorization requests push out the refresh tokens of users.

import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { Provider, errors } from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';

import { redirectUriMatches } from './clients.mjs';
import { UnavailableDocument, UnusableDocument } from './documents.mjs';
import * as pages from './pages.mjs';

const ACCOUNT = 'demo';
const DAY = 24 * 60 * 60;
const GRACE = 30; // seconds
const GRANTS = ['authorization_code', 'refresh_token'];
const HTTPS_ON_LOOPBACK = /^https:\/\/(localhost|127\.0\.0\.1|\[::1\])([:/?]|$)/i;

/** The server as an application of oidc-provider, for one API. */
export function authorizationServer({
  issuer, // the URL of this server
  name = new URL(issuer).host, // what its users call it
  registrationEndpoint,
  resource, // the API that tokens are issued for
  scopes, // what clients may ask of it
  descriptions = {}, // what a scope allows, in words for the consent page
  clients, // a `Clients`: those that registered
  documents, // a `Documents`: those that publish a document
  announceDocuments = false, // in the metadata; docs/authorization-server.md says what to try before
  accessTokenTTL = 3600,
}) {
  const provider = new Provider(issuer, {
    adapter: (model) => (model === 'Client' ? { find: findClient } : new Store(model)),
    clientAuthMethods: ['none'],
    clientBasedCORS: () => true, // any origin: no cookie matters at the token endpoint
    cookies: { keys: [randomBytes(32)] },
    expiresWithSession: () => false, // tokens outlive the browser's session
    extraClientMetadata: { properties: ['expires_at', 'registered_scope'] },
    extraParams: { scope: limitScope }, // sees every spelling of the endpoint: /AUTH and /auth/ are others
    features: {
      devInteractions: { enabled: false },
      dPoP: { enabled: false }, // the API would have to check the proofs
      pushedAuthorizationRequests: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: false },
      resourceIndicators: {
        defaultResource: () => resource, // for clients that do not know RFC 8707
        getResourceServerInfo: (_ctx, requested) => {
          if (!isThisResource(requested)) throw new errors.InvalidTarget();
          return { scope: scopes.join(' '), audience: resource, accessTokenFormat: 'jwt' };
        },
      },
    },
    findAccount: (_ctx, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    interactions: { url: (_ctx, { uid }) => `/consent/${uid}` },
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    jwks: { keys: [generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'jwk' })] },
    renderError,
    responseTypes: ['code'],
    rotateRefreshToken: true, // clients are public (RFC 9700 section 2.2.2)
    scopes: [], // those of OpenID Connect
    ttl: {
      AccessToken: accessTokenTTL,
      AuthorizationCode: 60,
      Grant: 365 * DAY, // who uses a client daily is asked again once a year
      Interaction: 3600,
      RefreshToken: 30 * DAY, // anew with each rotation, and well below a client's time to live
      Session: DAY,
    },
  });

  // Where this server is, its issuer says and no request: neither Host nor X-Forwarded-Host nor an absolute target.
  const { protocol, host, origin } = new URL(issuer);
  const here = { protocol: { value: protocol.slice(0, -1) }, host: { value: host }, href: { value: issuer } };
  Object.defineProperties(provider.request, here);

  const metadata = {
    issuer,
    authorization_endpoint: provider.urlFor('authorization'),
    token_endpoint: provider.urlFor('token'),
    registration_endpoint: registrationEndpoint,
    ...(announceDocuments && { client_id_metadata_document_supported: true }),
    jwks_uri: provider.urlFor('jwks'),
    scopes_supported: scopes,
    response_types_supported: ['code'],
    response_modes_supported: ['query'],
    grant_types_supported: GRANTS,
    token_endpoint_auth_methods_supported: ['none'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    // Clients that first ask for OpenID Connect's document want these two.
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS256'],
  };

  // Scheme and host without case, and an empty path is `/`. The audience is the resource as it is published.
  const plain = (uri) => String(uri).replace(/^([^/]*:\/\/[^/?#]+)\/?/, (_all, site) => `${site.toLowerCase()}/`);
  const isThisResource = (requested) => plain(requested) === plain(resource);

  async function findClient(clientId) {
    const { oidc } = Provider.ctx ?? {}; // none on the consent page
    const { params = {}, route, entities } = oidc ?? {};
    if (route === 'resume' && !entities.Interaction) return undefined; // the error page of a stranger's request
    // The library reads the parameters, looks for the client, and only then compares the resource.
    if ([params.resource].flat().every(isThisResource)) params.resource = resource;
    // What it would say itself, but not before it has fetched a stranger's document.
    if (route === 'token' && !GRANTS.includes(params.grant_type)) throw new errors.UnsupportedGrantType();

    const found = async () => (await clients.find(clientId)) ?? documents.find(clientId);
    const client = await found().catch((cause) => {
      if (cause instanceof UnusableDocument && route === 'token') return undefined; // 401, as for any that is gone
      if (oidc) oidc.noclient = true; // or the library looks the client up again while building the error page
      if (cause instanceof UnusableDocument) throw new errors.InvalidClient('unusable metadata document', { cause });
      console.error('cannot look up a client:', cause);
      // Our trouble or its publisher's, and no reason for the client to forget who it is.
      const unavailable = new errors.TemporarilyUnavailable(undefined, { cause });
      throw Object.assign(unavailable, { status: 503, statusCode: 503, allow_redirect: false });
    });
    if (!client) return undefined;
    const kept = ['client_id', 'client_name', 'grant_types', 'response_types', 'token_endpoint_auth_method', 'expires_at'];
    return {
      ...Object.fromEntries(kept.map((member) => [member, client[member]])),
      // For a single URI that the library does not take it refuses the whole client.
      redirect_uris: client.redirect_uris.filter((uri) => URL.canParse(uri) && !HTTPS_ON_LOOPBACK.test(uri)),
      response_modes: ['query'], // a client that reads no fragment would leave its code there
      // Not as `scope`: the library refuses a client that registered a scope it has never heard of.
      registered_scope: client.scope,
      // Allows loopback and private-use schemes, and asks a user each time, even one who has agreed before.
      application_type: 'native',
    };
  }

  // What a client registered is what it asks for by default, and no limit: when it registered it did not know what it
  // would need. Many ask for scopes that they found elsewhere; if nothing is left, they get this server's default.
  function limitScope(ctx, asked, client) {
    const wanted = asked ?? client.registered_scope ?? '';
    const known = wanted.split(' ').filter((scope) => scopes.includes(scope));
    ctx.oidc.params.scope = (known.length ? known : scopes).join(' ');
  }

  provider.Client.prototype.redirectUriAllowed = function (sent) {
    return redirectUriMatches(this.redirectUris, sent);
  };

  // Anybody can register any redirect URI, so no error is sent there: a server that redirects before the user has
  // agreed is an open redirector. Nor after Decline: the user has just said that they don't trust the destination.
  provider.on('authorization.error', (_ctx, error) => {
    error.allow_redirect = false;
  });

  function renderError(ctx, out, error) {
    const { cause } = error;
    // The library has 303 for what it would redirect.
    const show = (title, body) => pages.show(ctx, Math.max(ctx.status, 400), title, body);
    if (error.status === 503) show('Try again later', pages.unavailable(cause instanceof UnavailableDocument));
    else if (cause instanceof UnusableDocument) show('Unknown program', pages.unusable(cause.message));
    else if (out.error === 'invalid_client') show('Unknown program', pages.unknownClient);
    else show('No access', pages.refusal(out));
  }

  provider.use(async (ctx, next) => {
    await next();
    if (ctx.status === 503) ctx.set('Retry-After', '10');
    if (ctx.oidc?.route === 'discovery') {
      ctx.body = metadata;
      ctx.set({ 'Cache-Control': 'public, max-age=3600', 'Access-Control-Allow-Origin': '*' });
      ctx.remove('Vary');
    }
    if (ctx.oidc?.route !== 'token' || ctx.status !== 200) return;
    const { clientId: client_id, expires_at } = ctx.oidc.client;
    // The tokens are issued; the next ones try again.
    await clients.renew({ client_id, expires_at }).catch((error) => console.error('cannot renew a client:', error));
  });

  provider.use(async (ctx, next) => {
    const [, action, decline] = ctx.path.match(/^(\/consent\/[\w-]+)(\/decline)?$/) ?? [];
    if (!action) return next();

    await answer(ctx, action, decline).catch((error) => {
      if (!error.expose) throw error;
      ctx.status = error.status;
      renderError(ctx, error, error);
    });
  });

  async function answer(ctx, action, decline) {
    // A user sent here by somebody else's page has no cookie for this path, as it is SameSite=Lax.
    const { uid, params } = await provider.interactionDetails(ctx.req, ctx.res);
    // The library only checks the cookie. The unguessable value is in the URL, so compare that as well.
    if (action !== `/consent/${uid}`) throw new errors.SessionNotFound('not asked in this browser');
    // Nor is a page of the same site, on another port or subdomain, allowed to press the buttons.
    const asker = ctx.get('Origin');
    if (asker && asker !== origin) throw new errors.InvalidRequest('asked by another page');
    const client = await provider.Client.find(params.client_id);
    if (!client) throw new errors.InvalidClient();

    const granted = params.scope.split(' ');
    if (ctx.method !== 'POST') {
      const words = granted.map((scope) => descriptions[scope] ?? scope);
      const body = pages.consent({ server: name, client, redirectUri: params.redirect_uri, scopes: words, action });
      return pages.show(ctx, 200, 'Allow access?', body);
    }
    const grant = new provider.Grant({ accountId: ACCOUNT, clientId: client.clientId });
    grant.addResourceScope(resource, granted);
    const result = decline
      ? { error: 'access_denied', error_description: 'you declined' }
      : { login: { accountId: ACCOUNT }, consent: { grantId: await grant.save() } };
    ctx.status = 303;
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  }

  return provider;
}

/**
 * Tokens and sessions in memory. A refresh token is for one use, and may be used again for some seconds: several
 * processes of one client share it, and answers get lost. If it is used later than that, it was stolen: the library
 * then revokes everything that came of it (RFC 9700 section 4.14.2).
 */
class Store extends MemoryAdapter {
  async find(id) {
    const found = await super.find(id);
    const isInGrace = this.model === 'RefreshToken' && found?.consumed > Date.now() / 1000 - GRACE;
    return isInGrace ? { ...found, consumed: undefined } : found;
  }

  /** Keeps the time of the first use. */
  async consume(id) {
    if (!(await super.find(id)).consumed) await super.consume(id);
  }
}
