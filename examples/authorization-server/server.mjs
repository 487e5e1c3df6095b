// An authorization server for clients that registered themselves. Two things are missing before it can be used: a login
// (everybody is the user `demo`), and keys, sessions and tokens that outlive the process.

import { generateKeyPairSync, randomBytes } from 'node:crypto';

import { Provider, errors } from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';

import { redirectUriMatches } from './clients.mjs';
import * as pages from './pages.mjs';

const ACCOUNT = 'demo';
const DAY = 24 * 60 * 60;
const LOOPBACK = ['localhost', '127.0.0.1', '[::1]'];

/**
 * @param issuer the URL of this server
 * @param registrationEndpoint where clients register
 * @param resource the API that tokens are issued for, and `scopes`, what clients may ask of it
 * @param clients a `Clients`
 */
export function authorizationServer({ issuer, registrationEndpoint, resource, scopes, clients, accessTokenTTL = 3600 }) {
  const provider = new Provider(issuer, {
    adapter: (model) => (model === 'Client' ? { find: findClient } : new MemoryAdapter(model)),
    clientAuthMethods: ['none'],
    clientBasedCORS: () => true, // any origin: no cookie matters at the token endpoint
    cookies: { keys: [randomBytes(32)] },
    discovery: { registration_endpoint: registrationEndpoint },
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
    scopes: [], // those of OpenID Connect
    ttl: {
      AccessToken: accessTokenTTL,
      AuthorizationCode: 60,
      Grant: 30 * DAY,
      Interaction: 3600,
      RefreshToken: 30 * DAY, // well below a client's time to live
      Session: DAY,
    },
  });
  provider.proxy = issuer.startsWith('https:'); // TLS ends in front of this process

  async function findClient(clientId) {
    const client = await clients.find(clientId);
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
        // Loopback and private-use schemes are allowed, and the user is asked each time, even one who has agreed before.
        application_type: 'native',
      }
    );
  }

  // Clients ask for scopes they found somewhere else, and for none: here that is a wish for everything.
  function limitScope(ctx, asked = '') {
    const known = asked.split(' ').filter((scope) => scopes.includes(scope));
    ctx.oidc.params.scope = (known.length ? known : scopes).join(' ');
  }

  provider.Client.prototype.redirectUriAllowed = function (sent) {
    return redirectUriMatches(this.redirectUris, sent);
  };

  // Anybody can register any redirection URI, so no error is sent there: whoever redirects before the user has agreed is an
  // open redirector. After a Decline neither, as the user has just said that the place is not to be trusted.
  provider.on('authorization.error', (_ctx, error) => {
    error.allow_redirect = false;
  });

  function renderError(ctx, out) {
    const status = Math.max(ctx.status, 400); // the library has 303 for what it would redirect
    if (out.error === 'invalid_client') pages.show(ctx, status, 'Unknown program', pages.unknownClient());
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

    const { params } = await provider.interactionDetails(ctx.req, ctx.res);
    const client = await provider.Client.find(params.client_id);
    if (!client) {
      ctx.status = 400;
      return renderError(ctx, new errors.InvalidClient());
    }

    const asked = params.scope.split(' ');
    const registered = client.registered_scope?.split(' ') ?? scopes;
    const granted = asked.filter((scope) => registered.includes(scope));

    if (ctx.method !== 'POST') {
      const { clientName: name } = client;
      const body = pages.consent({ name, redirectUri: params.redirect_uri, scopes: granted, action });
      return pages.show(ctx, 200, 'Allow access?', body);
    }
    const result = decline
      ? { error: 'access_denied', error_description: 'you declined' }
      : { login: { accountId: ACCOUNT }, consent: { grantId: await grant(params.client_id, asked, granted) } };
    ctx.status = 303;
    ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, result));
  });

  function grant(clientId, asked, granted) {
    const grant = new provider.Grant({ accountId: ACCOUNT, clientId });
    grant.addResourceScope(resource, granted);
    grant.rejectResourceScope(resource, asked.filter((scope) => !granted.includes(scope)));
    return grant.save();
  }

  return provider;
}

/** Whether the library takes a redirect URI. For a single one that it does not take it refuses the whole client. */
function isTaken(uri) {
  const url = URL.parse(uri);
  return url && !(url.protocol === 'https:' && LOOPBACK.includes(url.hostname));
}
