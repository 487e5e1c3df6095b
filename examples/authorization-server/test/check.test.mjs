// The checker, against this server, and against one that is broken.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { start } from './support.mjs';

const resource = 'https://api.example.com'; // without a path, which clients send as they like
const { issuer, provider } = await start({ resource });

function check() {
  const program = fileURLToPath(new URL('../check.mjs', import.meta.url));
  return new Promise((resolve) =>
    execFile(process.execPath, [program, issuer, resource], (error, table) => resolve({ status: error?.code ?? 0, table })),
  );
}

test('each rule holds', async () => {
  const { status, table } = await check();
  assert.match(table, /\n4\d held, 0 broken, 0 not tried\n$/);
  assert.equal(status, 0, table);
});

test('a rule that does not hold is broken, and the others still hold', async () => {
  provider.Client.prototype.redirectUriAllowed = () => true;
  const { status, table } = await check();
  assert.match(table, /\nbroken +RFC 9700 2\.1 +redirect URIs are compared as strings\n +\(.+\)\n/);
  assert.match(table, /\nheld +RFC 7636 4\.6 /);
  assert.equal(status, 1);
});
