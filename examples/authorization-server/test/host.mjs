// An application around one of the MCP TypeScript SDKs.

import { Browser } from './browser.mjs';

/** What an SDK expects of the application around it: a memory, and a browser. */
export class Host {
  browsers = 0;
  redirectUrl = 'http://127.0.0.1:49152/callback';
  clientMetadata = { client_name: 'Host', redirect_uris: [this.redirectUrl], token_endpoint_auth_method: 'none' };

  clientInformation = () => this.client;
  saveClientInformation = (client) => void (this.client = client);
  tokens = () => this.savedTokens;
  saveTokens = (tokens) => void (this.savedTokens = tokens);
  codeVerifier = () => this.savedVerifier;
  saveCodeVerifier = (verifier) => void (this.savedVerifier = verifier);
  discoveryState = () => this.savedDiscovery;
  saveDiscoveryState = (state) => void (this.savedDiscovery = state);
  invalidateCredentials = (what) => {
    if (what === 'all' || what === 'client') this.client = undefined;
    if (what === 'all' || what === 'tokens') this.savedTokens = undefined;
  };
  redirectToAuthorization = async (url) => {
    this.browsers += 1;
    this.location = await new Browser().allow(url.href);
  };
}

/** Connects to `resource`. Where the SDK sends its user to the browser, it gets what came back, and tries again. */
export async function connect({ Client, StreamableHTTPClientTransport, UnauthorizedError }, resource, host) {
  for (let attempt = 1; ; attempt += 1) {
    const transport = new StreamableHTTPClientTransport(new URL(resource), { authProvider: host });
    const client = new Client({ name: 'host', version: '1.0.0' });
    try {
      await client.connect(transport);
      return client;
    } catch (error) {
      if (!(error instanceof UnauthorizedError) || attempt === 2) throw error;
      await finish(transport, host);
    }
  }
}

/** Brings what the browser got back to the SDK. 1.x takes the code alone. */
export function finish(transport, { location: { searchParams } }) {
  return transport.finishAuth(searchParams.get('code'), searchParams.get('iss'));
}

export async function whoami(client) {
  return (await client.callTool({ name: 'whoami' })).content[0].text;
}
