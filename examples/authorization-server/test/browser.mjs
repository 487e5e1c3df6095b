// As much of a browser as a consent page needs: cookies, redirects, forms.

import { parse } from 'node-html-parser';

/** The text that HTML stands for, without its tags. */
export const text = (html) => parse(html).text;

/** What would be sent by the first button in `page` that has `label` in its tag or text. */
export function submission(page, label = '') {
  const isButton = ({ tagName, attributes: { type } }) => tagName === 'BUTTON' || /^submit$/i.test(type);
  for (const form of parse(page.text).querySelectorAll('form')) {
    const controls = form.querySelectorAll('input, button');
    const pressed = controls.find((control) => isButton(control) && control.outerHTML.includes(label));
    if (!pressed) continue;
    const { action, method = 'get' } = form.attributes;
    const sent = controls.filter((control) => control.attributes.name && (control === pressed || !isButton(control)));
    const body = new URLSearchParams(sent.map(({ attributes: { name, value = '' } }) => [name, value]));
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
