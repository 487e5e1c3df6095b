// A server on loopback that is `client.example.com` to who trusts its certificate, which is good until 2126.

import { createPrivateKey } from 'node:crypto';

const jwk = {
  kty: 'EC',
  crv: 'P-256',
  x: 'hbH1ApqPtURzxYLU7IGTA8AJe1m7QsFviLUoUnfL5AM',
  y: 'W3QDsq_n9yrCgoJvz0QILR6A_7jttd_EvTCe2kjIiTo',
  d: 'kTQHkGKaI-6qWZk0I_SpsPJQJ3BuH-quQI9tFmbZqcM',
};
const cert = `-----BEGIN CERTIFICATE-----
MIIBsDCCAVagAwIBAgIUb7nNo5XhWIbpLmYTtBIkx9OEf0AwCgYIKoZIzj0EAwIw
HTEbMBkGA1UEAwwSY2xpZW50LmV4YW1wbGUuY29tMCAXDTI2MTEyNzE0MzkyNFoY
DzIxMjYxMTAzMTQzOTI0WjAdMRswGQYDVQQDDBJjbGllbnQuZXhhbXBsZS5jb20w
WTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASFsfUCmo+1RHPFgtTsgZMDwAl7WbtC
wW+ItShSd8vkA1t0A7Kv5/cqwoKCb89ECC0egP+47bXfxL0wntpIyIk6o3IwcDAd
BgNVHQ4EFgQUCRpc9uREfbBXNb+yRkYIumninwowHwYDVR0jBBgwFoAUCRpc9uRE
fbBXNb+yRkYIumninwowDwYDVR0TAQH/BAUwAwEB/zAdBgNVHREEFjAUghJjbGll
bnQuZXhhbXBsZS5jb20wCgYIKoZIzj0EAwIDSAAwRQIhALkPtBmZmlNiPgqrYlEE
Ypn7SSuB3MkqcrnYWB1pyWlZAiBjFPACCTs2BygW3fWXtvJfhKPtYuBfD8KHGCO/
Gi7jFA==
-----END CERTIFICATE-----
`;

export const certificate = {
  cert,
  key: createPrivateKey({ key: jwk, format: 'jwk' }).export({ format: 'pem', type: 'pkcs8' }),
};
