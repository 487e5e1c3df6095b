// Programs that meet this server from outside: the checker, MCP's own conformance suite, which leaves the browser to
// us, and the demo, which is the README's promise: after two commands and one click there is a token.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';

import { listen } from '../local.mjs';
import { Browser } from './browser.mjs';
import { start } from './support.mjs';

const resource = 'https://api.example.com'; // without a path, which clients send as they like
const { issuer, provider, register } = await start({ resource });

/** Runs a program, and allows what is asked at each address that `toOpen` finds in a line of its output. */
async function run(parameters, toOpen = () => undefined) {
  const cwd = new URL('..', import.meta.url);
  const program = spawn(process.execPath, parameters, { cwd, stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => program.kill());
  const ended = once(program, 'exit');
  let output = '';
  for await (const line of createInterface(program.stdout)) {
    output += `${line}\n`;
    const url = toOpen(line);
    if (url) await fetch(await new Browser().allow(url));
  }
  const [status] = await ended;
  return { status, output };
}

test('the demo ends with a token', async () => {
  const { status, output } = await run(['demo.mjs'], (line) => line.match(/^Open (\S+) in a browser/)?.[1]);
  assert.match(output, /^Starting .* takes some minutes\.\n[^]*access_token: '[\w.-]+'/);
  assert.equal(status, 0);
});

test("MCP's conformance suite finds nothing to complain of", async () => {
  const { server, url } = await listen(); // for a port that is free
  server.close();
  const { client_id } = await register({ redirect_uris: ['http://127.0.0.1/callback'] });
  const options = ['--url', issuer, '--resource', resource, '--client-id', client_id, '--port', new URL(url).port];
  const suite = 'node_modules/@modelcontextprotocol/conformance/dist/index.js';

  let question;
  const { output } = await run([suite, 'authorization', ...options], (line) => {
    if (line.startsWith(`${issuer}/auth?`)) question = line;
    return line.startsWith('Callback server started') && question;
  });
  assert.match(output, /\nTotal: 3 passed, 0 failed\n$/); // all there are: a warning would be neither
});

test('each rule of the checker holds', async () => {
  const { status, output } = await run(['check.mjs', issuer, resource]);
  assert.match(output, /\n4\d held, 0 broken, 0 not tried\n$/);
  assert.equal(status, 0);
});

test('a rule that does not hold is broken, and the others still hold', async () => {
  provider.Client.prototype.redirectUriAllowed = () => true;
  const { status, output } = await run(['check.mjs', issuer, resource]);
  assert.match(output, /\nbroken +RFC 9700 2\.1 +redirect URIs are compared as strings\n +\(.+\)\n/);
  assert.match(output, /\nheld +RFC 7636 4\.6 /);
  assert.equal(status, 1);
});
