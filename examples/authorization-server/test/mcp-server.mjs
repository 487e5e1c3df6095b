// An MCP server as a protected resource: resource metadata (RFC 9728), tokens for this resource alone (RFC 8707), and one tool,
// which says which client called it.

import { McpServer } from '@modelcontextprotocol/sdk/server/mcp.js';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { createRemoteJWKSet, jwtVerify } from 'jose';

/** Answers requests for the MCP server at `resource`, whose tokens `issuer` issues. */
export function mcpServer({ resource, scopes, issuer }) {
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
      const challenge = `Bearer resource_metadata="${origin}${metadataPath}"`;
      return response.writeHead(401, { 'WWW-Authenticate': challenge }).end();
    }
    if (request.method !== 'POST') return response.writeHead(405, { Allow: 'POST' }).end(); // it has nothing to push

    const server = new McpServer({ name: 'example', version: '1.0.0' });
    server.registerTool('whoami', {}, () => ({ content: [{ type: 'text', text: token.client_id }] }));
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    await server.connect(transport);
    await transport.handleRequest(request, response);
  };
}
