// The rules for clients with a document are those of the registration endpoint.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { isReserved, NAMES } from '../schemes.mjs';

const read = (path) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('the same schemes are reserved', async () => {
  const [code] = (await read('src/scheme.rs')).split('#[cfg(test)]');
  const lists = [...code.matchAll(/const (\w+): &\[&str\] = &\[([^\]]*)\]/g)].map(([, name, list]) => [
    name,
    [...list.matchAll(/"([^"]+)"/g)].map(([, scheme]) => scheme),
  ]);
  const { SYSTEM_PREFIXES, APPLICATIONS_DESPITE_PREFIX, ...reserved } = Object.fromEntries(lists);

  assert.equal(NAMES.trim().split(/\s+/).join(' '), Object.values(reserved).flat().sort().join(' '));
  for (const prefix of SYSTEM_PREFIXES) assert.ok(isReserved(`${prefix}x`), prefix);
  for (const scheme of APPLICATIONS_DESPITE_PREFIX) assert.ok(!isReserved(scheme), scheme);
  for (const scheme of ['c', 'localhost']) assert.ok(isReserved(scheme), scheme);
});
