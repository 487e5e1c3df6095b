// What the user sees. All client-supplied text is untrusted: escape it, isolate it, truncate it.

import { createHash } from 'node:crypto';

import { getDomain } from 'tldts';

const STYLE = `
:root { color-scheme: light dark; font: 1rem/1.5 system-ui, sans-serif; overflow-wrap: anywhere }
body { box-sizing: border-box; max-width: 34rem; margin: 0 auto; padding: 1rem }
h1 { font-size: 1.25rem; border-bottom: 1px solid #8888; padding-bottom: 0.5rem }
.name { max-height: 4.5em; overflow: hidden; font-size: 1.25rem; font-weight: bold; margin-bottom: 0 }
.name + p { margin-top: 0 }
dt { margin-top: 1rem; font-size: 0.875rem; opacity: 0.8 }
dd { margin: 0 }
strong { display: block; font-weight: normal }
.domain { font-size: 1.5rem; font-weight: bold }
.warning { border-left: 4px solid #d97706; padding-left: 0.75rem }
form { display: inline-block }
button { min-width: 8rem; min-height: 48px; margin: 1rem 1rem 0 0; font: inherit; border: 1px solid; border-radius: 8px }
form:first-of-type button { background: #1d4ed8; color: #fff }
`;
// Without form-action: Chromium also applies it to where the form's answer redirects, which is the client.
const HASH = createHash('sha256').update(STYLE).digest('base64');
const POLICY = `default-src 'none'; frame-ancestors 'none'; style-src 'sha256-${HASH}'`;

const isLoopback = (uri) => uri.startsWith('http:'); // no other URI with `http` is registered
const WARNING = `<p class="warning">Any program on this computer can pose as this one. Allow it only if you have just started
it.</p>`;
const escape = (text) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Shows `body`, which is HTML, to the user of `ctx`, and to no frame of somebody else's page. */
export function show(ctx, status, title, body) {
  ctx.status = status;
  ctx.type = 'html';
  ctx.set({ 'Content-Security-Policy': POLICY, 'Cache-Control': 'no-store' });
  ctx.set('Referrer-Policy', 'same-origin'); // with no-referrer the form would come with `Origin: null`
  ctx.body = `<!doctype html><html lang="en"><meta charset="utf-8"><title>${title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><style>${STYLE}</style>
<h1>${title}</h1>${body}`;
}

/** A host, and above it the domain that somebody registered, which is the part that tells sites apart. */
function site({ host, hostname, port }) {
  const domain = getDomain(hostname, { allowPrivateDomains: true }) ?? hostname;
  const whole = domain === hostname && !port ? '' : `<strong>${escape(host)}</strong>`;
  return `<strong class="domain">${escape(domain)}</strong>${whole}`;
}

/** Whom the code reaches. Of a private-use scheme the host says nothing: the application that claims it gets the code. */
function recipient(redirectUri) {
  const url = new URL(redirectUri);
  if (url.protocol === 'https:') return site(url);
  if (isLoopback(redirectUri)) return '<strong class="domain">a program on this computer</strong>';
  return `<strong class="domain">the application that opens ${escape(url.protocol)} links</strong>`;
}

/** `server` is what this one is called, and `scopes` is what the client may do, in words. */
export function consent({ server, client: { clientId, clientName, redirectUris }, redirectUri, scopes, action }) {
  const document = URL.parse(clientId); // the address of the client's metadata, if it publishes any
  const isAnyProgram = document && redirectUris.every(isLoopback);
  return `
<p class="name"><bdi>${escape([...clientName].slice(0, 80).join(''))}</bdi></p>
<p>wants to access your account at ${escape(server)}. A program can give itself any name, so check where
access will be sent before you allow it.</p>
<dl><dt>Access is sent to<dd>${recipient(redirectUri)}
${document ? `<dt>The program is described by<dd>${site(document)}` : ''}
<dt>It may${scopes.map((scope) => `<dd>${escape(scope)}`).join('')}</dl>
${isAnyProgram ? WARNING : ''}
<form method="post" action="${action}"><button>Allow</button></form>
<form method="post" action="${action}/decline"><button>Decline</button></form>`;
}

export const unknownClient = `
<p>This server does not know the program that sent you here: its registration has expired or was deleted.</p>
<p>In that program, remove the connection and add it again.</p>`;

/** `reason`: what is wrong with the document that describes the program. */
export const unusable = (reason) => `
<p>The program that sent you here publishes a document about itself. This server cannot use it: ${escape(reason)}.</p>`;

/** `isDocument`: it is the client's document that cannot be fetched, and not this server's table. */
export function unavailable(isDocument) {
  const what = isDocument ? 'The document that describes the program' : 'The list of programs that this server knows';
  return `<p>${what} cannot be reached at the moment. Nothing was removed: start again from the program in a minute.</p>`;
}

export const refusal = ({ error, error_description: description = '' }) => `
<p>Nothing was shared. You can close this page.</p>
<p><small>${escape(`${error}: ${description}`)}</small></p>`;
