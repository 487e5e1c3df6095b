// Finding, matching and renewing clients, against the table of the local server.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { test } from 'node:test';

import { DynamoDBClient, UpdateItemCommand } from '@aws-sdk/client-dynamodb';

import { Clients, redirectUriMatches } from '../clients.mjs';
import { DAY, now, register, start } from './support.mjs';

const vectors = JSON.parse(await readFile(new URL('redirect-uris.json', import.meta.url)));
const servers = await start();
const { clients, table, ttlDays } = servers;
const daysFromNow = (days) => ({ N: String(now() + Math.round(days * DAY)) });
const noTable = { send: () => assert.fail('asked the table') };

test('a client is found under the names of RFC 7591 as soon as it has registered', async () => {
  const sent = {
    client_name: 'Notes',
    redirect_uris: ['https://client.example.com/callback', 'http://127.0.0.1/callback'],
    scope: 'read write',
    client_uri: 'https://client.example.com/',
  };
  const registered = await register(servers, sent);

  const { client_id_issued_at, expires_at, ...found } = await clients.find(registered.client_id);

  assert.deepEqual(found, registered);
  assert.ok(Math.abs(client_id_issued_at - now()) < 60);
  assert.equal(expires_at, client_id_issued_at + DAY, 'until its first use, whatever ttlDays is');
});

test('what you add to an item is found, too', async () => {
  const found = await clients.find(await table.put({ approved: { BOOL: true }, note: { S: 'asked by phone' } }));
  assert.deepEqual({ approved: found.approved, note: found.note }, { approved: true, note: 'asked by phone' });
});

test('reads are consistent', async () => {
  const inputs = [];
  const dynamodb = { send: async ({ input }) => inputs.push(input) && {} };

  await new Clients({ tableName: 'clients', ttlDays: 0, dynamodb }).find(randomUUID());

  assert.deepEqual(
    inputs.map(({ ConsistentRead }) => ConsistentRead),
    [true],
  );
});

test('anything but a UUID is unknown, and the table is not asked', async () => {
  const clients = new Clients({ tableName: 'clients', ttlDays: 0, dynamodb: noTable });
  const uuid = randomUUID();

  for (const id of [
    '',
    'x',
    'x'.repeat(3000),
    uuid.toUpperCase(),
    ` ${uuid}`,
    `${uuid}\n`,
    undefined,
    'https://example.com/',
  ]) {
    assert.equal(await clients.find(id), undefined);
  }
});

test('an item that is absent, expired or incomplete is an unknown client', async () => {
  assert.equal(await clients.find(randomUUID()), undefined);
  assert.equal(await clients.find(await table.put({ expires_at: daysFromNow(-1) })), undefined);
  assert.equal(await clients.find(await table.put({ expires_at: { N: String(now()) } })), undefined);

  const left = await table.put({ redirect_uris: undefined, client_name: undefined, expires_at: daysFromNow(1) });
  assert.equal(await clients.find(left), undefined);

  assert.ok(await clients.find(await table.put({ expires_at: daysFromNow(1) })));
  assert.ok(await clients.find(await table.put()));
});

test('a client is renewed once half of its time is over, and not before', async () => {
  const early = daysFromNow(ttlDays / 2 + 1);
  const unchanged = await table.put({ expires_at: early });
  await clients.renew(await clients.find(unchanged));
  assert.deepEqual((await table.get(unchanged)).expires_at, early);

  const due = await table.put({ expires_at: daysFromNow(ttlDays / 2 - 1) });
  await clients.renew(await clients.find(due));
  const { expires_at, ...others } = await table.get(due);
  assert.ok(Math.abs(Number(expires_at.N) - now() - ttlDays * DAY) < 60);
  assert.equal(others.client_name.S, 'Test');
});

test('renewing a client that is not due, or never expires, costs no request', async () => {
  const clients = new Clients({ tableName: 'clients', ttlDays, dynamodb: noTable });

  await clients.renew({ client_id: randomUUID(), expires_at: now() + (ttlDays / 2) * DAY });
  await clients.renew({ client_id: randomUUID() });
});

test('who never authorizes is gone in a day; who does stays, for one write in half of a life', async (context) => {
  const { dynamodb, tableName } = servers;
  let writes = 0;
  const counting = {
    send(command, options) {
      if (command instanceof UpdateItemCommand) writes += 1;
      return dynamodb.send(command, options);
    },
  };
  const clients = new Clients({ tableName, ttlDays: 90, dynamodb: counting });
  const { client_id: unused } = await register(servers, {});
  const { client_id: used } = await register(servers, {});
  const use = async () => clients.renew(await clients.find(used));
  context.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const days = (number) => context.mock.timers.tick(1000 * DAY * number);

  await use();
  assert.equal(writes, 1);
  days(1);
  assert.equal(await clients.find(unused), undefined);
  for (let day = 1; day <= 45; day += 1) {
    await use();
    days(1);
  }
  assert.equal(writes, 1);

  await use();
  days(89);
  assert.equal(writes, 2);
  assert.ok(await clients.find(used));
  days(1);
  assert.equal(await clients.find(used), undefined);
});

test('a client that registered before clients expired does not expire, and costs no write', async () => {
  const id = await table.put();
  await new Clients({ tableName: 'clients', ttlDays: 90, dynamodb: noTable }).renew(await clients.find(id));
  assert.equal((await table.get(id)).expires_at, undefined);
});

test('clients that expire while nothing is renewed are reported, once', async (context) => {
  context.mock.method(console, 'warn', () => {});
  const clients = new Clients({ tableName: 'clients', ttlDays: 0, dynamodb: noTable });

  await clients.renew({ client_id: randomUUID() });
  assert.equal(console.warn.mock.callCount(), 0);
  for (let time = 0; time < 2; time += 1) await clients.renew({ client_id: randomUUID(), expires_at: now() + DAY });
  assert.equal(console.warn.mock.callCount(), 1);

  const { dynamodb, tableName } = servers; // a server that renews nothing may never call `renew`
  await new Clients({ tableName, ttlDays: 0, dynamodb }).find(await table.put({ expires_at: daysFromNow(1) }));
  assert.equal(console.warn.mock.callCount(), 2);
  assert.match(console.warn.mock.calls[0].arguments[0], /ttlDays is 0/);
});

test('even a time to live of one day is renewed', async () => {
  const { dynamodb, tableName } = servers;
  const id = await table.put({ expires_at: daysFromNow(0.4) });

  await new Clients({ tableName, ttlDays: 1, dynamodb }).renew(await clients.find(id));

  assert.ok(Number((await table.get(id)).expires_at.N) > now() + 0.9 * DAY);
});

// What was read is old by the time it is renewed: these three clients change in between.

test('renewing a client that was just deleted does not bring it back', async () => {
  const id = await table.put({ expires_at: daysFromNow(1) });
  const read = await clients.find(id);
  await table.delete(id);

  await clients.renew(read);

  assert.equal(await table.get(id), undefined);
});

test('renewing a client that lives longer by now does not shorten its life', async () => {
  const later = daysFromNow(10 * ttlDays);
  const id = await table.put({ expires_at: later });

  await clients.renew({ client_id: id, expires_at: now() + DAY });

  assert.deepEqual((await table.get(id)).expires_at, later);
});

test('renewing a client that became permanent does not make it expire', async () => {
  const id = await table.put();

  await clients.renew({ client_id: id, expires_at: now() + DAY });

  assert.equal((await table.get(id)).expires_at, undefined);
});

test('a failure of the table is not taken for an unknown client', async () => {
  const { dynamodb } = servers;
  const elsewhere = new Clients({ tableName: 'no-such-table', ttlDays: 1, dynamodb });

  await assert.rejects(elsewhere.find(randomUUID()), { name: 'ResourceNotFoundException' });
  await assert.rejects(elsewhere.renew({ client_id: randomUUID(), expires_at: now() }), {
    name: 'ResourceNotFoundException',
  });
});

test('a table that does not answer is given up', { timeout: 20_000 }, async (context) => {
  const searches = [];
  let connections = 0;
  const silent = createServer((socket) => {
    connections += 1;
    socket.on('error', () => {});
  });
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  context.after(() => silent.close());
  const environment = {
    AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${silent.address().port}`,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  };
  const before = process.env;
  process.env = { ...before, ...environment };
  context.after(() => (process.env = before));

  const started = performance.now();
  for (const dynamodb of [undefined, new DynamoDBClient()]) {
    const clients = new Clients({ tableName: 'clients', ttlDays: 1, dynamodb });
    searches.push(clients.find(randomUUID()));
  }
  for (const search of await Promise.allSettled(searches)) assert.equal(search.status, 'rejected');
  assert.ok(performance.now() - started < 10_000);
  assert.ok(connections >= 3, 'its own client tries again; one that it is given may have no time-outs');
});

test('a redirect URI matches byte for byte, the port on loopback aside', () => {
  const { registered, matching, different } = vectors;
  for (const uri of matching) assert.ok(redirectUriMatches(registered, uri), uri);
  for (const uri of different) assert.ok(!redirectUriMatches(registered, uri), uri);
});
