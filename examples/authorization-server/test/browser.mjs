// As much of a browser as a consent page needs: cookies, redirects, forms.

const entities = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** The text that HTML stands for, without its tags. */
export const text = (html) =>
  html
    .replace(/<[^>]*>/g, '')
    .replace(/&(\w+);/g, (all, name) => entities[name] ?? all)
    .replace(/&#(x?)([\da-f]+);/gi, (_all, x, code) => String.fromCodePoint(parseInt(code, x ? 16 : 10)));

/** Of an element's first tag. */
function attributes(html) {
  const [tag] = html.match(/<[^>]*>/);
  const found = tag.matchAll(/\s([\w-]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+)))?/g);
  return Object.fromEntries([...found].map(([, name, ...values]) => [name, text(values.find((v) => v !== undefined) ?? '')]));
}

/** What would be sent by the first button in `page` that has `label` in its tag or text. */
export function submission(page, label = '') {
  const isButton = ({ html, type }) => /^<button/i.test(html) || /^submit$/i.test(type);
  for (const [form, content] of page.text.matchAll(/<form\b[^>]*>([^]*?)<\/form>/gi)) {
    const elements = content.matchAll(/<input\b[^>]*>|<button\b[^>]*>[^]*?<\/button>/gi);
    const controls = [...elements].map(([html]) => ({ ...attributes(html), html }));
    const pressed = controls.find((control) => isButton(control) && control.html.includes(label));
    if (!pressed) continue;
    const { action, method = 'get' } = attributes(form);
    const sent = controls.filter((control) => control.name && (control === pressed || !isButton(control)));
    const body = new URLSearchParams(sent.map(({ name, value = '' }) => [name, value]));
    return { url: new URL(action || page.url, page.url).href, method: method.toUpperCase(), body };
  }
  return undefined;
}

export class Browser {
  #cookies;
  setCookies = [];

  /** `cookie`: of a user who has logged in, as the header has it. */
  constructor(cookie = '') {
    this.#cookies = new Map(cookie.split(/;\s*/).filter(Boolean).map((pair) => pair.split(/=(.*)/)));
  }

  /** Follows redirects until there is a page, or until one leaves the site: then `location` is where to. */
  async open(url, method = 'GET', { body, headers } = {}) {
    for (let hops = 0; hops < 10; hops += 1) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const sent = { cookie, accept: 'text/html', ...headers };
      const response = await fetch(url, { method, body, redirect: 'manual', headers: sent });
      for (const header of response.headers.getSetCookie()) {
        this.setCookies.push(header);
        const [, name, value] = header.match(/^([^=]+)=([^;]*)/);
        if (value) this.#cookies.set(name, value);
        else this.#cookies.delete(name);
      }
      const { status } = response;
      const location = response.headers.get('location');
      if (!location) return { url, status, headers: response.headers, text: await response.text() };

      const next = new URL(location, url);
      if (next.origin !== new URL(url).origin) return { status, text: '', location: next };
      [url, method, body, headers] = [next.href, 'GET', undefined, undefined];
    }
    throw new Error(`${url} redirects for ever`);
  }

  /** Presses the first button in `page` that has `label` in its tag or text. */
  press(page, label, origin = new URL(page.url).origin) {
    const form = submission(page, label);
    if (!form) throw new Error(`no button on ${page.url}: ${text(page.text).trim()}`);
    const { url, method, body } = form;
    if (method === 'GET') return this.open(`${url.split('?')[0]}?${body}`);
    return this.open(url, method, { body, headers: { origin, referer: page.url } });
  }

  /** Allows what an authorization request asks for. Resolves to where the code is sent. */
  async allow(authorizationUrl, label) {
    let page = await this.open(authorizationUrl);
    for (let pages = 0; pages < 3 && !page.location; pages += 1) page = await this.press(page, label);
    return page.location;
  }
}
