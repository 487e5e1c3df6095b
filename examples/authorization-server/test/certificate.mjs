// A server on loopback that is `client.example.com` to who trusts its certificate, which is good until 2126.

import { createPrivateKey, X509Certificate } from 'node:crypto';

const key = {
  kty: 'EC',
  crv: 'P-256',
  x: 'hbH1ApqPtURzxYLU7IGTA8AJe1m7QsFviLUoUnfL5AM',
  y: 'W3QDsq_n9yrCgoJvz0QILR6A_7jttd_EvTCe2kjIiTo',
  d: 'kTQHkGKaI-6qWZk0I_SpsPJQJ3BuH-quQI9tFmbZqcM',
};
const der = `
MIIBsDCCAVagAwIBAgIUb7nNo5XhWIbpLmYTtBIkx9OEf0AwCgYIKoZIzj0EAwIwHTEbMBkGA1UEAwwSY2xpZW50LmV4YW1wbGUuY29tMCAXDTI2MTEy
NzE0MzkyNFoYDzIxMjYxMTAzMTQzOTI0WjAdMRswGQYDVQQDDBJjbGllbnQuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASFsfUC
mo+1RHPFgtTsgZMDwAl7WbtCwW+ItShSd8vkA1t0A7Kv5/cqwoKCb89ECC0egP+47bXfxL0wntpIyIk6o3IwcDAdBgNVHQ4EFgQUCRpc9uREfbBXNb+y
RkYIumninwowHwYDVR0jBBgwFoAUCRpc9uREfbBXNb+yRkYIumninwowDwYDVR0TAQH/BAUwAwEB/zAdBgNVHREEFjAUghJjbGllbnQuZXhhbXBsZS5j
b20wCgYIKoZIzj0EAwIDSAAwRQIhALkPtBmZmlNiPgqrYlEEYpn7SSuB3MkqcrnYWB1pyWlZAiBjFPACCTs2BygW3fWXtvJfhKPtYuBfD8KHGCO/Gi7j
FA==`;

export const certificate = {
  cert: new X509Certificate(Buffer.from(der, 'base64')).toString(),
  key: createPrivateKey({ key, format: 'jwk' }).export({ format: 'pem', type: 'pkcs8' }),
};
