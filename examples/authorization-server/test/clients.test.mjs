// Finding, matching and renewing clients, against the table of the local server.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import { Clients, redirectUriMatches } from '../clients.mjs';
import lookups from './lookups.json' with { type: 'json' };
import vectors from './redirect-uris.json' with { type: 'json' };
import { DAY, now, start } from './support.mjs';

const { clients, dynamodb, register, table, tableName, ttlDays } = await start();
const noTable = { send: () => assert.fail('asked the table') };

test('a client is found under the names of RFC 7591 as soon as it has registered', async () => {
  const registered = await register({ scope: 'read write', client_uri: 'https://client.example.com/' });
  const { client_id_issued_at, expires_at, ...found } = await clients.find(registered.client_id);

  assert.deepEqual(found, registered);
  assert.ok(Math.abs(client_id_issued_at - now()) < 60);
  assert.equal(expires_at, client_id_issued_at + DAY, 'until its first use, whatever ttlDays is');
});

test('what DynamoDB answers is a client, an unknown one, or an error', async (context) => {
  context.mock.timers.enable({ apis: ['Date'], now: 1000 * lookups.now });
  for (const { why, client_id, answer, outcome, client } of [...lookups.rows, { client_id: undefined }]) {
    const send = async ({ input }) => {
      assert.deepEqual(input, { TableName: tableName, Key: { client_id: { S: client_id } }, ConsistentRead: true });
      if (answer.error) throw Object.assign(new Error(), { name: answer.error });
      return answer;
    };
    const found = new Clients({ tableName, ttlDays: 90, dynamodb: answer ? { send } : noTable }).find(client_id);
    if (outcome === 'unavailable') await assert.rejects(found, { name: answer.error }, why);
    else assert.deepEqual(await found, client, why);
  }
});

test('who never authorizes is gone in a day; who does stays, for one write in half of a life', async (context) => {
  const { mock } = context.mock.method(dynamodb, 'send');
  const writes = () => mock.calls.filter(({ arguments: [command] }) => command instanceof UpdateItemCommand).length;
  const clients = new Clients({ tableName, ttlDays: 90, dynamodb });
  const [{ client_id: unused }, { client_id: used }] = [await register(), await register()];
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const days = (number) => context.mock.timers.tick(1000 * DAY * number);

  for (let day = 0; day <= 46; day += 1) {
    await clients.renew(await clients.find(used));
    assert.equal(writes(), day < 46 ? 1 : 2, `day ${day}`);
    days(1);
    assert.equal(await clients.find(unused), undefined);
  }
  days(88);
  assert.equal((await clients.find(used)).client_name, 'Test');
  days(1);
  assert.equal(await clients.find(used), undefined);
});

test('clients that expire while nothing is renewed are reported, once', async (context) => {
  context.mock.method(console, 'warn', () => {});
  const reports = () => console.warn.mock.callCount();
  const clients = new Clients({ tableName, ttlDays: 0, dynamodb: noTable });
  await clients.renew({ client_id: randomUUID() });
  assert.equal(reports(), 0);
  for (let time = 0; time < 2; time += 1) await clients.renew({ client_id: randomUUID(), expires_at: now() + DAY });
  assert.equal(reports(), 1);

  // A server that doesn't renew clients might never call `renew`.
  await new Clients({ tableName, ttlDays: 0, dynamodb }).find(await table.put({ expires_at: now() + DAY }));
  assert.equal(reports(), 2);
  assert.match(console.warn.mock.calls[0].arguments[0], /ttlDays is 0/);
});

test('a renewal neither brings back, nor shortens a life, nor ends a permanent one', async () => {
  // What was read is old by the time it is renewed: these clients change in between.
  const stale = { expires_at: now() + DAY };
  const expires_at = now() + 10 * ttlDays * DAY;
  const [deleted, later, permanent] = [await table.put(), await table.put({ expires_at }), await table.put()];
  await table.delete(deleted);
  for (const client_id of [deleted, later, permanent]) await clients.renew({ client_id, ...stale });

  assert.equal(await table.get(deleted), undefined);
  assert.equal((await clients.find(later)).expires_at, expires_at);
  assert.equal((await clients.find(permanent)).expires_at, undefined);

  // One that never expires costs no request; a failure of the table is no silence.
  await new Clients({ tableName, ttlDays, dynamodb: noTable }).renew(await clients.find(permanent));
  const elsewhere = new Clients({ tableName: 'no-such-table', ttlDays, dynamodb });
  await assert.rejects(elsewhere.renew({ client_id: permanent, ...stale }), { name: 'ResourceNotFoundException' });
});

test('a redirect URI matches byte for byte, the port on loopback aside', async () => {
  const { registered } = vectors;
  for (const uri of [...registered, ...vectors.matching]) assert.ok(redirectUriMatches(registered, uri), uri);
  for (const uri of vectors.different) assert.ok(!redirectUriMatches(registered, uri), uri);
});

test('a table that does not answer is given up', { timeout: 20_000 }, async () => {
  let connections = 0;
  const silent = createServer((socket) => (connections += 1) && socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(silent.unref(), 'listening');
  const AWS_ENDPOINT_URL_DYNAMODB = `http://127.0.0.1:${silent.address().port}`;
  const account = { AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' };
  Object.assign(process.env, account, { AWS_ENDPOINT_URL_DYNAMODB });

  const started = performance.now();
  const servers = [undefined, new DynamoDBClient()].map((dynamodb) => new Clients({ tableName, ttlDays, dynamodb }));
  for (const { status } of await Promise.allSettled(servers.map((clients) => clients.find(randomUUID())))) {
    assert.equal(status, 'rejected');
  }
  assert.ok(performance.now() - started < 10_000);
  assert.ok(connections >= 3, 'its own client tries again; one that it is given may have no time-outs');
});
