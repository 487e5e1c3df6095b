// MCP's own conformance suite for authorization servers, which leaves the browser to us.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { glob, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { listen } from '../local.mjs';
import { Browser } from './browser.mjs';
import { start } from './support.mjs';

const { issuer, resource, register } = await start();
const suite = fileURLToPath(import.meta.resolve('@modelcontextprotocol/conformance/dist/index.js'));

test("MCP's conformance suite finds nothing to complain of", async () => {
  const output = await mkdtemp(join(tmpdir(), 'conformance-'));
  after(() => rm(output, { recursive: true }));
  const { server, url } = await listen(); // for a port that is free
  server.close();
  const { client_id } = await register({ redirect_uris: ['http://127.0.0.1/callback'] });
  const options = { url: issuer, resource, 'client-id': client_id, port: new URL(url).port, 'output-dir': output };
  const parameters = Object.entries(options).flatMap(([name, value]) => [`--${name}`, value]);
  const program = spawn(process.execPath, [suite, 'authorization', ...parameters], { stdio: ['ignore', 'pipe', 'inherit'] });
  after(() => program.kill());

  let authorizationUrl;
  for await (const line of createInterface(program.stdout)) {
    if (line.startsWith(`${issuer}/auth?`)) authorizationUrl = line;
    if (line.startsWith('Callback server started')) await fetch(await new Browser().allow(authorizationUrl));
  }

  const files = await Array.fromAsync(glob('*/checks.json', { cwd: output }));
  const checks = (await Promise.all(files.map((file) => readFile(join(output, file))))).flatMap((text) => JSON.parse(text));
  assert.ok(checks.length >= 3);
  assert.deepEqual(checks.filter(({ status }) => status !== 'SUCCESS'), []);
});
