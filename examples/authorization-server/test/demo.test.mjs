// The README's promise: after two commands and one click there is a token.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { createInterface } from 'node:readline';

import { Browser } from './browser.mjs';

test('the demo ends with a token', async () => {
  const demo = spawn(process.execPath, ['demo.mjs'], {
    cwd: new URL('..', import.meta.url),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  after(() => demo.kill());
  const ended = once(demo, 'exit');

  const printed = [];
  for await (const line of createInterface(demo.stdout)) {
    printed.push(line);
    const [, url] = line.match(/^Open (\S+) in a browser/) ?? [];
    if (url) await fetch(await new Browser().allow(url));
  }

  assert.deepEqual(await ended, [0, null]);
  assert.match(printed[0], /takes some minutes/);
  assert.match(printed.join('\n'), /access_token: '[\w.-]+'/);
});
