// The consent page, as a phone and a desktop show it. BLESS=1 takes the README's picture of it again.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, test } from 'node:test';

import { chromium } from 'playwright-core';

import { Browser } from './browser.mjs';
import { REDIRECT_URI } from './requests.mjs';
import { start } from './support.mjs';

const programs = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'];
const executablePath = programs.find((path) => path && existsSync(path));
const skip = !executablePath && 'there is no Chromium; CHROMIUM can name one';

const DECEIVING = `claude.ai.${`${'a'.repeat(63)}.`.repeat(3)}evil.example`;
const LOOPBACK = 'http://127.0.0.1/callback';
const fetch = (client_id) => {
  const uri = new URL(client_id).host === DECEIVING ? `https://${DECEIVING}/callback` : LOOPBACK;
  return Response.json({ client_id, client_name: 'Claude Code', redirect_uris: [uri] });
};
const scopes = ['tools:call', 'tools:list', 'x'.repeat(200)];
const descriptions = { 'tools:call': 'use the tools of your account', 'tools:list': 'see which tools you have' };
const { authorization, table } = await start({ scopes, descriptions, name: 'Example Tools', fetch });

const put = (redirect_uri, client_name = 'Test') => table.put({ redirect_uris: [redirect_uri], client_name });
const read = async (client_id, redirect_uri) =>
  (await new Browser().open(authorization(client_id, { redirect_uri, scope: 'tools:call tools:list' }))).text;

test('the page shows whom the code reaches and what they may, and the name as text, isolated and cut', async () => {
  for (const [redirect_uri, ...shown] of [
    ['https://client.example.com:8443/callback', 'example.com', 'client.example.com:8443'],
    ['https://example.com/callback', 'example.com'],
    ['https://app.user.github.io/', 'user.github.io', 'app.user.github.io'],
    ['https://192.0.2.1/callback', '192.0.2.1'],
    ['http://localhost:3000/callback', 'a program on this computer'],
    ['http://[::1]:3000/callback', 'a program on this computer'],
    ['evil-app://accounts.example.com/callback', 'the application that opens evil-app: links'],
  ]) {
    const page = await read(await put(redirect_uri, `<b>"&'</b>${'x'.repeat(900)}`), redirect_uri);
    assert.deepEqual([...page.matchAll(/<strong[^>]*>([^<]*)/g)].map(([, text]) => text), shown);
    assert.doesNotMatch(page, /accounts\.example\.com|class="warning"/);
    assert.match(page, /account at Example Tools/);
    assert.match(page, /<dt>It may<dd>use the tools of your account<dd>see which tools you have<\/dl>/);
    assert.ok(page.includes(`<bdi>&#60;b&#62;&#34;&#38;&#39;&#60;/b&#62;${'x'.repeat(70)}</bdi>`));
  }
  const page = await read('https://claude.example/client.json', 'http://127.0.0.1:3000/callback');
  assert.match(page, /<p class="warning">Any program on this computer can pose as this one/);
});

/** What of the page leaves the viewport, covers something else, or is not where or as large as it should be. */
function faults(width) {
  const box = (element) => element.getBoundingClientRect();
  const blocks = [...document.querySelectorAll('h1, p, dt, strong, dd:not(:has(strong)), button')];
  const leaves = (block) => {
    const texts = document.createRange();
    texts.selectNodeContents(block);
    const shown = block.className === 'name' ? [] : texts.getClientRects(); // the name is clipped
    return [box(block), ...shown].some(({ left, right }) => left < 0 || right > width);
  };
  const isApart = (a, b) => a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
  const covers = (block, n) => blocks.slice(0, n).some((earlier) => !isApart(box(block), box(earlier)));
  const isSmall = (button) => Math.min(box(button).width, box(button).height) < 48;
  const others = {
    'the page is wider than the screen': document.documentElement.scrollWidth > width,
    'the name pushes away what is below': box(document.querySelector('.name')).height > 100,
    'the domain is not on the first screen': box(document.querySelector('.domain')).bottom > innerHeight,
    'a button is small, or not styled': [...document.querySelectorAll('button')].some(isSmall),
  };
  return [
    ...blocks.filter(leaves).map(({ textContent }) => `${textContent} leaves the viewport`),
    ...blocks.filter(covers).map(({ textContent }) => `${textContent} covers what is above`),
    ...Object.keys(others).filter((fault) => others[fault]),
  ];
}

test('on a phone and on a desktop nothing leaves the page or covers its neighbours', { skip }, async () => {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-sync', '--disable-background-networking'];
  const browser = await chromium.launch({ executablePath, args });
  after(() => browser.close());
  const marks = ['\u0300\u0301\u030b\u0346', '\u0323\u0324\u0325\u0330'].map((row) => `Test${row.repeat(19)}`);
  const names = ['Test', ...marks, 'W'.repeat(1000), '\ufdfd'.repeat(200), '\u05d0 \u202e'];
  const uris = [REDIRECT_URI, `https://${DECEIVING}/callback`, LOOPBACK, `${'evil-app'.repeat(20)}:/`];
  const scope = scopes.join(' ');

  for (const [width, height] of [[390, 844], [1280, 800]]) {
    const page = await browser.newPage({ viewport: { width, height }, isMobile: width === 390 });
    const look = async (client_id, redirect_uri) => {
      await page.goto(authorization(client_id, { redirect_uri, scope }));
      assert.deepEqual(await page.evaluate(faults, width), [], `${width}: ${redirect_uri}`);
    };
    for (const uri of uris) for (const name of names) await look(await put(uri, name), uri);
    await look(`https://${DECEIVING}/client.json`, uris[1]);
    await look('https://claude.example/client.json', LOOPBACK);
    // Marks are ink outside the box of their letter, of which the page's measures know nothing.
    const around = [];
    for (const name of names.slice(0, 3)) {
      await look(await put(REDIRECT_URI, name), REDIRECT_URI);
      around.push(await page.screenshot({ mask: [page.locator('.name')] }));
    }
    assert.ok(around.every((image) => image.equals(around[0])), `${width}: marks cover what is around the name`);
    await page.close();
  }

  if (!process.env.BLESS) return;
  const page = await browser.newPage({ viewport: { width: 390, height: 560 } });
  const redirect_uri = 'https://mcp.client.example/callback';
  await page.goto(authorization(await put(redirect_uri, 'Notebook'), { redirect_uri, scope: 'tools:call tools:list' }));
  await page.screenshot({ path: `${import.meta.dirname}/../consent.png` });
});
