// An authorization server for clients that registered themselves. Two things are missing before it can be used: a login
// (everybody is the user `demo`), and keys, sessions and tokens that outlive the process.

import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { Provider, errors } from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';

import { redirectUriMatches } from './clients.mjs';
import { UnusableDocument } from './documents.mjs';
import * as pages from './pages.mjs';

const ACCOUNT = 'demo';
const DAY = 24 * 60 * 60;
const GRACE = 30; // seconds
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * @param issuer the URL of this server
 * @param registrationEndpoint where clients register
 * @param resource the API that tokens are issued for, and `scopes`, what clients may ask of it
 * @param clients a `Clients`, and `documents`, a `Documents`: those that registered, and those that publish a document
 */
export function authorizationServer({
  issuer,
  registrationEndpoint,
  resource,
  scopes,
  clients,
  documents,
  accessTokenTTL = 3600,
}) {
  const provider = new Provider(issuer, {
    adapter: (model) => (model === 'Client' ? { find: findClient } : new Store(model)),
    clientAuthMethods: ['none'],
    clientBasedCORS: () => true, // any origin: no cookie matters at the token endpoint
    cookies: { keys: [randomBytes(32)] },
    discovery: { client_id_metadata_document_supported: true, registration_endpoint: registrationEndpoint },
    expiresWithSession: () => false, // tokens outlive the browser's session
    extraClientMetadata: { properties: ['expires_at', 'registered_scope'] },
    extraParams: { scope: limitScope }, // sees every request: /AUTH, /auth/ and pushed ones, too
    features: {
      devInteractions: { enabled: false },
      resourceIndicators: {
        defaultResource: () => resource, // for clients that do not know RFC 8707
        getResourceServerInfo: (_ctx, requested) => {
          if (requested !== resource) throw new errors.InvalidTarget();
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
      Grant: 365 * DAY, // whoever uses a client daily is asked again once a year
      Interaction: 3600,
      RefreshToken: 30 * DAY, // anew with each rotation, and well below a client's time to live
      Session: DAY,
    },
  });
  provider.proxy = issuer.startsWith('https:'); // TLS ends in front of this process

  async function findClient(clientId) {
    const client = (await clients.find(clientId)) ?? (await findDocument(clientId));
    return (
      client && {
        client_id: client.client_id,
        client_name: client.client_name,
        redirect_uris: client.redirect_uris.filter(isTaken),
        grant_types: client.grant_types,
        response_types: client.response_types,
        token_endpoint_auth_method: client.token_endpoint_auth_method,
        // Not as `scope`: the library refuses a client that registered a scope it has never heard of.
        registered_scope: client.scope,
        expires_at: client.expires_at,
        // Allows loopback and private-use schemes, and asks a user each time, even one who has agreed before.
        application_type: 'native',
      }
    );
  }

  async function findDocument(clientId) {
    try {
      return await documents.find(clientId);
    } catch (cause) {
      if (!(cause instanceof UnusableDocument)) throw cause;
      if (Provider.ctx?.oidc.route === 'token') return undefined; // 401, as for any client that is gone
      // In a request to the library itself, which else looks for the client again to say what is wrong.
      if (Provider.ctx) Provider.ctx.oidc.noclient = true;
      throw new errors.InvalidClient('unusable metadata document', { cause });
    }
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

  // Anybody can register any redirection URI, so no error is sent there: whoever redirects before the user has agreed
  // is an open redirector. After a Decline neither, as the user has just said that the place is not to be trusted.
  provider.on('authorization.error', (_ctx, error) => {
    error.allow_redirect = false;
  });

  function renderError(ctx, out, error) {
    const status = Math.max(ctx.status, 400); // the library has 303 for what it would redirect
    if (error.cause instanceof UnusableDocument)
      pages.show(ctx, status, 'Unknown program', pages.unusable(error.cause));
    else if (out.error === 'invalid_client') pages.show(ctx, status, 'Unknown program', pages.unknownClient());
    else pages.show(ctx, status, 'No access', pages.refusal(out));
  }

  provider.use(async (ctx, next) => {
    await next();
    if (ctx.oidc?.route === 'discovery') ctx.body.scopes_supported = scopes;
    if (ctx.oidc?.route === 'token' && ctx.status === 200) await renew(ctx.oidc.client);
  });

  async function renew({ clientId, expires_at }) {
    try {
      await clients.renew({ client_id: clientId, expires_at });
    } catch (error) {
      console.error('cannot renew a client:', error); // the tokens are issued; the next ones try again
    }
  }

  provider.use(async (ctx, next) => {
    const [, action, decline] = ctx.path.match(/^(\/consent\/[\w-]+)(\/decline)?$/) ?? [];
    if (!action) return next();

    try {
      await answer(ctx, action, decline);
    } catch (error) {
      if (!error.expose) throw error;
      ctx.status = error.status;
      renderError(ctx, error, error);
    }
  });

  async function answer(ctx, action, decline) {
    // Whoever is sent here by somebody else's page has no cookie for this path, as it is SameSite=Lax.
    const { uid, params } = await provider.interactionDetails(ctx.req, ctx.res);
    // The library goes by the cookie alone. What cannot be guessed is in the address.
    if (action !== `/consent/${uid}`) throw new errors.SessionNotFound('not asked in this browser');
    // Nor is a page of the same site, on another port or subdomain, allowed to press the buttons.
    const origin = ctx.get('Origin');
    if (origin && origin !== new URL(issuer).origin) throw new errors.InvalidRequest('asked by another page');
    const client = await provider.Client.find(params.client_id);
    if (!client) throw new errors.InvalidClient();

    const granted = params.scope.split(' ');
    if (ctx.method !== 'POST') {
      const { clientName: name } = client;
      const publisher = client.clientId.startsWith('https:') ? new URL(client.clientId).host : undefined;
      const body = pages.consent({ name, publisher, redirectUri: params.redirect_uri, scopes: granted, action });
      return pages.show(ctx, 200, 'Allow access?', body);
    }
    const result = decline
      ? { error: 'access_denied', error_description: 'you declined' }
      : { login: { accountId: ACCOUNT }, consent: { grantId: await grant(params.client_id, granted) } };
    ctx.status = 303;
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  }

  function grant(clientId, granted) {
    const grant = new provider.Grant({ accountId: ACCOUNT, clientId });
    grant.addResourceScope(resource, granted);
    return grant.save();
  }

  return provider;
}

/** Whether the library takes a redirect URI. For a single one that it does not take it refuses the whole client. */
function isTaken(uri) {
  const url = URL.parse(uri);
  return url && !(url.protocol === 'https:' && LOOPBACK.includes(url.hostname));
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
