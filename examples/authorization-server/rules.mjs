// Which names and redirect URIs a client may have, for clients that publish a document instead of registering. The
// rules are the registration endpoint's (docs/api.md has them and the reasons), and the tests hold both against the
// same cases.

import { isIPv6 } from 'node:net';

import { isReserved } from './schemes.mjs';

// An absolute URI (RFC 3986).
const CHARACTER = String.raw`(?:[\w.~!$&'()*+,;=-]|%[\da-f]{2})`;
const PATH = String.raw`(?:${CHARACTER}|[:@/])*`;
const QUERY = String.raw`(?:${CHARACTER}|[:@/?])*`;
const HOST = String.raw`\[(?:[\da-f:.]+|v[\da-f]+\.(?:${CHARACTER}|:)+)\]|${CHARACTER}*`;
const AUTHORITY = String.raw`(?<user>(?:${CHARACTER}|:)*@)?(?<host>${HOST})(?::(?<port>\d*))?(?![^/?#])`;
const URI = new RegExp(
  String.raw`^(?<scheme>[a-z][a-z\d+.-]*):(?://${AUTHORITY}|(?!//))${PATH}(?:\?${QUERY})?(?<fragment>#${QUERY})?$`,
  'i',
);

/** Whether `uri` is `https` to a plain host, `http` on loopback, or has an application's own scheme. */
export function isRedirectUri(uri) {
  const parts = typeof uri === 'string' && uri.length <= 1000 && URI.exec(uri)?.groups;
  if (!parts || parts.user !== undefined || parts.fragment !== undefined) return false;

  const { host, port } = parts;
  if (host?.startsWith('[') && !/^\[v/i.test(host) && !isIPv6(host.slice(1, -1))) return false;
  if (host?.includes('*') || Number(port ?? 0) > 65535) return false;

  const scheme = parts.scheme.toLowerCase();
  if (scheme === 'https') return host !== undefined && isPlainHost(host);
  if (scheme === 'http') return ['localhost', '127.0.0.1', '[::1]'].includes(host);
  return !isReserved(scheme);
}

/** Whether browsers read the host as it is written: no percent escapes, no old notations of IPv4 addresses. */
export function isPlainHost(host) {
  if (host.startsWith('[')) return isIPv6(host.slice(1, -1));
  if (/xn--[^.]*-(?:\.|$)/i.test(host)) return false; // ASCII as Punycode, which Node.js 22 lets pass
  return /^[\w.-]+$/.test(host) && URL.parse(`https://${host}`)?.hostname === host.toLowerCase();
}

// Of the characters that show nothing, those that scripts and emoji need.
const NEEDED =
  String.raw`[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2060\u3164\ufe00-\ufe0f\ufeff\uffa0
  \u{e0100}-\u{e01ef}]`.replace(/\s+/, '');
const INK = /[^\p{White_Space}\p{Default_Ignorable_Code_Point}\u2800\u{13441}\u{13442}\u{16fe4}]/u;
const MISLEADING = [
  /\p{Cc}/u,
  /[\u202a-\u202e\u2066-\u206f\u2028\u2029\ufff9-\ufffb]/u, // reorders or breaks the text around it
  new RegExp(String.raw`[\p{Default_Ignorable_Code_Point}--${NEEDED}]`, 'v'), // can spell what nobody sees
  /\p{Default_Ignorable_Code_Point}{3}|\p{Variation_Selector}{2}/u, // so can these in a row
  /[\ufffd\p{Noncharacter_Code_Point}\p{Cs}]/u, // broken
];
// The flags of England, Scotland and Wales: the one place for tag characters.
const tags = (text) => [...text].map((letter) => String.fromCodePoint(0xe0000 + letter.charCodeAt(0))).join('');
const FLAGS = new RegExp(`\u{1f3f4}(?:${['gbeng', 'gbsct', 'gbwls'].map(tags).join('|')})\u{e007f}`, 'gu');

/** Whether a consent page can show `name` without misleading its reader. */
export function isClientName(name) {
  if (typeof name !== 'string' || !INK.test(name) || [...name].length > 1000) return false;
  const text = name.replace(FLAGS, '\u{1f3f4}');
  return !MISLEADING.some((pattern) => pattern.test(text));
}
