// A client as it runs on a user's machine: it registers, sends the user to the consent page, and gets a token.

import { once } from 'node:events';

import * as oauth from 'openid-client';

import { listen, start } from './local.mjs';

console.log('Starting the registration endpoint. The first time, Rust compiles it, which takes some minutes.');
const resource = 'https://api.example.com/';
const descriptions = { 'notes:read': 'read your notes', 'notes:write': 'change your notes' };
const scopes = Object.keys(descriptions);
const { issuer, close } = await start({ resource, scopes, descriptions, name: 'Example Notes' });

const { server: callback, url } = await listen();
const redirect_uri = `${url}/callback`;
const metadata = { client_name: 'Demo', redirect_uris: [redirect_uri], token_endpoint_auth_method: 'none' };
const http = { algorithm: 'oauth2', execute: [oauth.allowInsecureRequests] };
const client = await oauth.dynamicClientRegistration(new URL(issuer), metadata, oauth.None(), http);
console.log(`Registered as ${client.clientMetadata().client_id}`);

const pkceCodeVerifier = oauth.randomPKCECodeVerifier();
const expectedState = oauth.randomState();
const code_challenge = await oauth.calculatePKCECodeChallenge(pkceCodeVerifier);
const request = { redirect_uri, scope: 'notes:read', resource, state: expectedState, code_challenge };
const question = oauth.buildAuthorizationUrl(client, { ...request, code_challenge_method: 'S256' });
console.log(`Open ${question.href} in a browser and allow access.`);

const [answer, page] = await once(callback, 'request');
page.end('Allowed. The demo goes on in the terminal.');
console.log(await oauth.authorizationCodeGrant(client, new URL(answer.url, url), { pkceCodeVerifier, expectedState }));
callback.close();
close();
