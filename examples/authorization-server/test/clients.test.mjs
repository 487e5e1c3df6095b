// Finding, matching and renewing clients, against the table of the local server.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';

import { Clients, redirectUriMatches } from '../clients.mjs';
import { DAY, now, register, start } from './support.mjs';

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
  assert.equal(expires_at, client_id_issued_at + ttlDays * DAY);
});

test('reads are consistent', async () => {
  const inputs = [];
  const dynamodb = { send: async ({ input }) => inputs.push(input) && {} };

  await new Clients({ tableName: 'clients', ttlDays: 0, dynamodb }).find(randomUUID());

  assert.deepEqual(inputs.map(({ ConsistentRead }) => ConsistentRead), [true]);
});

test('anything but a UUID is unknown, and the table is not asked', async () => {
  const clients = new Clients({ tableName: 'clients', ttlDays: 0, dynamodb: noTable });
  const uuid = randomUUID();

  for (const id of ['', 'x', 'x'.repeat(3000), uuid.toUpperCase(), ` ${uuid}`, `${uuid}\n`, undefined, 'https://example.com/']) {
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
  await assert.rejects(elsewhere.renew({ client_id: randomUUID(), expires_at: now() }), { name: 'ResourceNotFoundException' });
});

test('a redirect URI matches byte for byte, the port on loopback aside', () => {
  const registered = [
    'https://client.example.com:8443/callback?a=b',
    'http://127.0.0.1:3000/callback',
    'http://localhost/callback',
    'http://[::1]:3000/callback?a=b',
    'https://localhost:3000/callback',
    'com.example.app:/callback',
    'cursor://client.example.com:3000/callback',
  ];
  const matching = [
    ...registered,
    'http://127.0.0.1/callback',
    'http://127.0.0.1:49152/callback',
    'http://localhost:1/callback',
    'http://[::1]:49152/callback?a=b',
  ];
  const different = [
    '',
    'https://client.example.com:8444/callback?a=b',
    'https://client.example.com/callback?a=b',
    'https://CLIENT.example.com:8443/callback?a=b',
    'https://client.example.com:8443/callback?a=b&c=d',
    'https://client.example.com:8443/callback',
    'https://client.example.com:8443/callback/?a=b',
    'https://client.example.com:8443/%63allback?a=b',
    'http://client.example.com:8443/callback?a=b',
    'http://127.0.0.1:3000/callback/',
    'http://127.0.0.1:3000/callback?a=b',
    'http://127.0.0.1:3000',
    'http://127.0.0.1:3000@client.example.com/callback',
    'http://127.0.0.1:3000.example.com/callback',
    'http://127.0.0.1:x/callback',
    'http://127.0.0.1:65536/callback', // no program can listen there
    'https://127.0.0.1:3000/callback',
    'https://localhost:3001/callback',
    'HTTP://127.0.0.1:3000/callback',
    'http://127.0.0.2:3000/callback',
    'http://[::1]:3000/callback',
    'http://[0:0:0:0:0:0:0:1]:3000/callback?a=b',
    'http://localhost.example.com/callback',
    'com.example.app:/callback2',
    'com.example.app://callback',
    'cursor://client.example.com:3001/callback',
    'cursor://client.example.com/callback',
  ];

  for (const uri of matching) assert.ok(redirectUriMatches(registered, uri), uri);
  for (const uri of different) assert.ok(!redirectUriMatches(registered, uri), uri);
});
