// What the user sees. Every text of a client is a stranger's: escaped, isolated, cut short.

const escape = (text) => text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

/** Shows `body`, which is HTML, to the user of `ctx`, and to no frame of somebody else's page. */
export function show(ctx, status, title, body) {
  ctx.status = status;
  ctx.type = 'html';
  // Without form-action: Chromium applies it to where the form's answer redirects, too, which is the client.
  ctx.set('Content-Security-Policy', "default-src 'none'; frame-ancestors 'none'");
  ctx.set('Cache-Control', 'no-store');
  ctx.set('Referrer-Policy', 'same-origin'); // with no-referrer the form would come with `Origin: null`
  ctx.body = `<!doctype html><meta charset="utf-8"><title>${title}</title><h1>${title}</h1>${body}`;
}

/** Whom the code reaches. Of a private-use scheme the host says nothing: whoever owns the scheme gets the code. */
function recipient(redirectUri) {
  const { protocol, host } = new URL(redirectUri);
  if (protocol === 'https:') return host;
  if (protocol === 'http:') return 'a program on this computer';
  return `the application that opens ${protocol} links`;
}

/** `publisher`: the host of the client's metadata document, if it has one. */
export function consent({ name, publisher, redirectUri, scopes, action }) {
  return `
<p>A program that calls itself <q><bdi>${escape([...name].slice(0, 80).join(''))}</bdi></q> asks for access to your
account. Programs choose their names freely; look at where the access goes.</p>
<dl>${publisher ? `<dt>It is described by<dd><strong>${escape(publisher)}</strong>` : ''}
<dt>Access goes to<dd><strong>${escape(recipient(redirectUri))}</strong>
<dt>It may<dd>${escape(scopes.join(', '))}</dl>
<form method="post" action="${action}"><button>Allow</button></form>
<form method="post" action="${action}/decline"><button>Decline</button></form>`;
}

export function unknownClient() {
  return `<p>This server does not know the program that sent you here: its registration has expired or was deleted.</p>
<p>In that program, remove the connection and add it again.</p>`;
}

export function unusable({ message }) {
  return `<p>The program that sent you here publishes a document about itself. This server cannot use it:
${escape(message)}.</p>`;
}

export function refusal({ error, error_description: description = '' }) {
  return `<p>Nothing was shared. You can close this page.</p>
<p><small>${escape(`${error}: ${description}`)}</small></p>`;
}
