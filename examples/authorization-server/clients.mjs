// Self-registered clients: find, match, renew. Nothing here depends on the library the authorization server is built
// with. docs/authorization-server.md has the table's schema, and the reasons.

import * as aws from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/;
const LOOPBACK = /^(http:\/\/(?:localhost|127\.0\.0\.1|\[::1\])):\d*/;

// Milliseconds. The SDK sets no time-outs by itself, and would hang on a table that does not answer.
const TIMEOUT = 6000; // retries included
const ATTEMPT = { connectionTimeout: 1000, requestTimeout: 2000, throwOnRequestTimeout: true };

const now = () => Math.floor(Date.now() / 1000);

export class Clients {
  #dynamodb;
  #tableName;
  #ttl;
  #hasReported = false;

  /**
   * `ttlDays`: how long a client lives after it was used. It is this server's own number, longer than the stack's
   * `ClientTtlDays`, which applies to clients that were never used. 0 where clients do not expire.
   */
  constructor({ tableName, ttlDays, dynamodb = new aws.DynamoDBClient({ requestHandler: ATTEMPT }) }) {
    this.#dynamodb = dynamodb;
    this.#tableName = tableName;
    this.#ttl = ttlDays * 24 * 60 * 60;
  }

  /** The client's metadata under the names of RFC 7591, or `undefined` if it is unknown. */
  async find(clientId) {
    // Anything else was never issued, and DynamoDB refuses keys that are empty or over 2048 bytes with an exception.
    if (!UUID.test(clientId)) return undefined;

    // Consistently, as clients come to authorize milliseconds after they registered.
    const { Item: item } = await this.#send(aws.GetItemCommand, clientId, { ConsistentRead: true });
    // No redirect URIs: an unconditional renewal recreated a deleted client as an empty item.
    if (!item?.redirect_uris) return undefined;

    const client = unmarshall(item);
    this.#reportExpiry(client);
    return client.expires_at <= now() ? undefined : client; // DynamoDB may take days to delete an expired item
  }

  /** To be called with a client that was found, when tokens are issued. Writes once half of its life is over. */
  async renew({ client_id, expires_at }) {
    this.#reportExpiry({ expires_at });
    if (expires_at === undefined || expires_at - now() >= this.#ttl / 2) return;
    try {
      await this.#send(aws.UpdateItemCommand, client_id, {
        UpdateExpression: 'SET expires_at = :later',
        // Never brings a deleted client back, never shortens a life, never makes a permanent client expire.
        ConditionExpression: 'expires_at < :later',
        ExpressionAttributeValues: { ':later': { N: String(now() + this.#ttl) } },
      });
    } catch (error) {
      if (!(error instanceof aws.ConditionalCheckFailedException)) throw error;
    }
  }

  #reportExpiry({ expires_at }) {
    if (expires_at === undefined || this.#ttl !== 0 || this.#hasReported) return;
    this.#hasReported = true;
    console.warn('ttlDays is 0, so no client is renewed, but clients in this table expire, including those in use');
  }

  #send(Command, clientId, input) {
    const command = new Command({ TableName: this.#tableName, Key: { client_id: { S: clientId } }, ...input });
    return this.#dynamodb.send(command, { abortSignal: AbortSignal.timeout(TIMEOUT) });
  }
}

/**
 * Whether `sent` is one of the `registered` redirection URIs: byte for byte, except that the port of `http` on loopback
 * does not count, as a native application learns its port when it starts (RFC 8252 section 7.3).
 */
export function redirectUriMatches(registered, sent) {
  const withoutPort = (uri) => uri.replace(LOOPBACK, '$1');
  return URL.canParse(sent) && registered.some((uri) => withoutPort(uri) === withoutPort(sent));
}
