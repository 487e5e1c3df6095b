// An MCP server as a protected resource: resource metadata (RFC 9728), tokens for this resource alone (RFC 8707), and
// one tool, which says which client called it, and takes the scope `tools:call`.

import { json } from 'node:stream/consumers';

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createRemoteJWKSet, jwtVerify } from 'jose';

/** Answers for the MCP server at `resource`, whose tokens `issuer` issues. It first asks for the scopes `first`. */
export function mcpServer({ resource, scopes, issuer, first = scopes }) {
  const { origin, pathname } = new URL(resource);
  const metadataPath = `/.well-known/oauth-protected-resource${pathname}`;
  const keys = createRemoteJWKSet(new URL('/jwks', issuer));

  return async (request, response) => {
    if (request.url === metadataPath) {
      const metadata = { resource, authorization_servers: [issuer], scopes_supported: scopes };
      return response.setHeader('Content-Type', 'application/json').end(JSON.stringify(metadata));
    }
    if (request.url !== pathname) return response.writeHead(404).end();

    let token;
    try {
      const presented = request.headers.authorization?.replace(/^Bearer /, '');
      token = (await jwtVerify(presented, keys, { issuer, audience: resource })).payload;
    } catch {
      return challenge(response, 401, `scope="${first.join(' ')}"`);
    }
    if (request.method !== 'POST') return response.writeHead(405, { Allow: 'POST' }).end(); // it has nothing to push

    const message = await json(request);
    if (message.method === 'tools/call' && !token.scope.split(' ').includes('tools:call')) {
      return challenge(response, 403, 'error="insufficient_scope", scope="tools:call"');
    }

    const server = new McpServer({ name: 'example', version: '1.0.0' });
    server.registerTool('whoami', {}, () => ({ content: [{ type: 'text', text: token.client_id }] }));
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport);
    await transport.handleRequest(request, response, message);
  };

  function challenge(response, status, parameters) {
    const header = `Bearer resource_metadata="${origin}${metadataPath}", ${parameters}`;
    response.writeHead(status, { 'WWW-Authenticate': header }).end();
  }
}
