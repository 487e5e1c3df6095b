// `node allow.mjs URL`: a browser for programs that open one. Allows what the authorization request at URL asks for,
// and brings the code to the program, which may not listen yet.

import { setTimeout as sleep } from 'node:timers/promises';

import { Browser } from './browser.mjs';

const location = await new Browser().allow(process.argv[2]);
for (let attempt = 1; ; attempt += 1) {
  try {
    await fetch(location);
    break;
  } catch (error) {
    if (attempt === 100) throw error;
    await sleep(100);
  }
}
