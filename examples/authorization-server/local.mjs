// Everything on one machine and on free ports: this repository's local endpoint with its table, and the authorization
// server. The README has the variables that name another endpoint and table; the AWS SDK's own say how to reach it.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { createInterface } from 'node:readline';

import { DynamoDBClient } from '@aws-sdk/client-dynamodb';

import { Clients } from './clients.mjs';
import { Documents } from './documents.mjs';
import { authorizationServer } from './server.mjs';

/**
 * Starts the authorization server for one `resource`, and the registration endpoint it names. `fetch` gets the metadata
 * documents of clients, by default from public addresses only. `options` are the server's own (server.mjs).
 */
export async function start({ fetch, announceDocuments = true, ...options }) {
  const { stop, ...registration } = process.env.REGISTRATION_ENDPOINT ? deployed(process.env) : await localEndpoint();
  const { server, url: issuer, close } = await listen();
  server.on('close', () => stop?.());
  const clients = new Clients(registration);
  const documents = new Documents({ fetch, userAgent: `authorization-server (+${issuer})` });
  const provider = authorizationServer({ ...registration, issuer, clients, documents, announceDocuments, ...options });
  server.on('request', provider.callback());
  return { ...registration, issuer, clients, provider, close };
}

/** An HTTP server on a free port of this machine. */
export async function listen() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = () => server.close().closeAllConnections();
  return { server, url: `http://127.0.0.1:${server.address().port}`, close };
}

function deployed({ REGISTRATION_ENDPOINT, TABLE_NAME: tableName, USED_CLIENT_TTL_DAYS = 0 }) {
  const ttlDays = Number(USED_CLIENT_TTL_DAYS);
  return { registrationEndpoint: REGISTRATION_ENDPOINT, tableName, ttlDays, dynamodb: new DynamoDBClient() };
}

async function localEndpoint() {
  const tableName = 'oauth2-clients';
  const quiet = process.stderr.isTTY ? [] : ['--quiet']; // show cargo's progress in a terminal
  const options = ['--locked', '--example', 'local', '--', '--port', '0', '--dynamodb-port', '0'];
  const local = spawn('cargo', ['run', ...quiet, ...options], {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, TABLE_NAME: tableName, CLIENT_TTL_DAYS: '1' }, // a client that nobody uses is gone in a day
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const stop = () => local.kill();
  process.once('exit', stop);

  let dynamodbUrl, registrationEndpoint;
  for await (const line of createInterface(local.stdout)) {
    dynamodbUrl ??= line.match(/^DynamoDB is ready at (\S+),/)?.[1];
    registrationEndpoint = line.match(/^The endpoint is ready at (\S+)/)?.[1];
    if (registrationEndpoint) break;
  }
  if (!registrationEndpoint) throw new Error('the local registration endpoint did not start');
  local.stdout.resume(); // its log; unread, it would fill the pipe and stop the endpoint

  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const dynamodb = new DynamoDBClient({ endpoint: dynamodbUrl, region: 'us-east-1', credentials });
  return { registrationEndpoint, tableName, ttlDays: 90, dynamodb, stop };
}
