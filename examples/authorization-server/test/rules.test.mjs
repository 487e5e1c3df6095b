// The rules for clients with a document are those of the registration endpoint: its own cases are put into documents.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

import { Documents, UnusableDocument } from '../documents.mjs';

const read = (path) => readFile(new URL(`../../../${path}`, import.meta.url), 'utf8');

// What the rows of a file are put into.
const files = {
  client_name: (client_name) => ({ client_name }),
  redirect_uris: (uris) => ({ redirect_uris: Array.isArray(uris) ? uris : [uris] }),
  hosts: (host) => ({ redirect_uris: [`https://${host}/callback`] }),
  schemes: (scheme) => ({ redirect_uris: [`${scheme}://client.example.com/callback`] }),
};

for (const [file, members] of Object.entries(files)) {
  test(`documents get the answers of tests/cases/${file}.json`, async () => {
    const client_id = 'https://client.example.com/client.json';
    let document;
    const find = (sent) => {
      document = { client_id, client_name: 'Case', redirect_uris: ['https://client.example.com/'], ...members(sent) };
      return new Documents({ fetch: () => Response.json(document) }).find(client_id);
    };

    for (const { class: name, rule, rows } of JSON.parse(await read(`tests/cases/${file}.json`))) {
      for (const row of rows) {
        const [text, why, length] = [row].flat();
        const last = typeof text === 'string' ? [...text].at(-1) : '';
        const sent = length ? text + last.repeat(length - [...text].length) : text;
        const outcome = await find(sent).catch((error) => error);
        assert.equal(outcome instanceof UnusableDocument, rule !== null, `${name}: ${why}: ${JSON.stringify(sent)}`);
      }
    }
  });
}
