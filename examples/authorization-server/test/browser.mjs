// As much of a browser as a consent page needs: cookies, redirects, buttons.

export class Browser {
  #cookies = new Map();
  setCookies = [];

  /** Follows redirects until there is a page, or until one leaves the site: then `location` is where to. */
  async open(url, method = 'GET') {
    for (let hops = 0; hops < 10; hops += 1) {
      const cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
      const response = await fetch(url, { method, redirect: 'manual', headers: { cookie, accept: 'text/html' } });
      for (const header of response.headers.getSetCookie()) {
        this.setCookies.push(header);
        const [, name, value] = header.match(/^([^=]+)=([^;]*)/);
        if (value) this.#cookies.set(name, value);
        else this.#cookies.delete(name);
      }
      const { status, headers } = response;
      const location = headers.get('location');
      if (!location) return { url, status, headers, text: await response.text() };

      const next = new URL(location, url);
      if (next.origin !== new URL(url).origin) return { status, location: next };
      url = next.href;
      method = 'GET';
    }
    throw new Error(`${url} redirects for ever`);
  }

  press(page, button) {
    const [, action] = page.text.match(new RegExp(`action="([^"]+)"><button>${button}<`));
    return this.open(new URL(action, page.url).href, 'POST');
  }

  /** Allows what an authorization request asks for. Resolves to where the code is sent. */
  async allow(authorizationUrl) {
    const { location } = await this.press(await this.open(authorizationUrl), 'Allow');
    return location;
  }
}
