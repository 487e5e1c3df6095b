// The consent page, as a phone and a desktop show it. BLESS=1 takes the README's picture of it again.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';

import { chromium } from 'playwright-core';

import { Browser } from './browser.mjs';
import { REDIRECT_URI } from './requests.mjs';
import { start } from './support.mjs';

const programs = [process.env.CHROMIUM, '/usr/bin/chromium', '/usr/bin/google-chrome'];
const executablePath = programs.find((path) => path && existsSync(path));
const skip = !executablePath && 'there is no Chromium; CHROMIUM can name one';

const DECEIVING = `claude.ai.${`${'a'.repeat(63)}.`.repeat(3)}evil.example`;
const fetch = (client_id) => {
  const { host } = new URL(client_id);
  const uri = host === DECEIVING ? `https://${host}/callback` : 'http://127.0.0.1/callback';
  return Response.json({ client_id, client_name: 'Claude Code', redirect_uris: [uri] });
};
const scopes = ['tools:call', 'tools:list', 'x'.repeat(200)];
const descriptions = { 'tools:call': 'use the tools of your account', 'tools:list': 'see which tools you have' };
const { authorization, table } = await start({ scopes, descriptions, name: 'Example Tools', fetch });

const put = (redirect_uri, name = 'Test') =>
  table.put({ redirect_uris: { L: [{ S: redirect_uri }] }, client_name: { S: name } });
const read = async (client_id, redirect_uri, scope = 'tools:call tools:list') =>
  (await new Browser().open(authorization(client_id, { redirect_uri, scope }))).text;

test('the page shows whom the code reaches, and set apart, the domain that somebody registered', async () => {
  for (const [redirect_uri, shown] of Object.entries({
    'https://client.example.com:8443/callback': ['example.com', 'client.example.com:8443'],
    'https://example.com/callback': ['example.com'],
    'https://user.github.io/': ['user.github.io'],
    'https://app.user.github.io/': ['user.github.io', 'app.user.github.io'],
    'https://192.0.2.1/callback': ['192.0.2.1'],
    'http://localhost:3000/callback': ['a program on this computer'],
    'http://[::1]:3000/callback': ['a program on this computer'],
    'evil-app://accounts.example.com/callback': ['the application that opens evil-app: links'],
  })) {
    const page = await read(await put(redirect_uri), redirect_uri);
    assert.deepEqual([...page.matchAll(/<strong[^>]*>([^<]*)/g)].map(([, text]) => text), shown);
    assert.doesNotMatch(page, /accounts\.example\.com|class="warning"/);
  }
});

test('the page says what is asked for in words, and warns of a program that cannot be told apart', async () => {
  const client_id = 'https://claude.example/client.json';
  const page = await read(client_id, 'http://127.0.0.1:3000/callback');
  assert.match(page, /account at Example Tools/);
  assert.match(page, /<dt>It may<dd>use the tools of your account<dd>see which tools you have<\/dl>/);
  assert.match(page, /<p class="warning">Any program on this computer can pose as this one/);
});

test('a name is shown as text, isolated and cut', async () => {
  const page = await read(await put(REDIRECT_URI, `<b>"&'</b>${'x'.repeat(900)}`));
  assert.ok(page.includes(`<bdi>&#60;b&#62;&#34;&#38;&#39;&#60;/b&#62;${'x'.repeat(70)}</bdi>`));
});

/** The blocks of the page that leave the viewport, or cover each other. */
function faults(width) {
  const blocks = [...document.querySelectorAll('h1, p, dt, strong, dd:not(:has(strong)), button')];
  const found = [];
  if (document.documentElement.scrollWidth > width) found.push('the page is wider than the screen');
  const rects = blocks.map((block) => {
    const texts = document.createRange();
    texts.selectNodeContents(block);
    for (const { left, right } of block.className === 'name' ? [] : texts.getClientRects()) {
      if (left < 0 || right > width) found.push(`${block.textContent} leaves the viewport`);
    }
    return block.getBoundingClientRect();
  });
  for (const [n, a] of rects.entries()) {
    if (a.left < 0 || a.right > width) found.push(`${blocks[n].textContent} leaves the viewport`);
    for (const [m, b] of rects.entries()) {
      const isApart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
      if (m < n && !isApart) found.push(`${blocks[n].textContent} covers ${blocks[m].textContent}`);
    }
  }
  const box = (selector) => document.querySelector(selector).getBoundingClientRect();
  if (box('.name').height > 100) found.push('the name pushes away what is below');
  if (box('.domain').bottom > innerHeight) found.push('the domain is not on the first screen');
  for (const button of document.querySelectorAll('button')) {
    const { width, height } = button.getBoundingClientRect();
    if (Math.min(width, height) < 48) found.push(`the button ${button.textContent} is small, or not styled`);
  }
  return found;
}

test('on a phone and on a desktop nothing leaves the page or covers its neighbours', { skip }, async () => {
  const quiet = '--disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update';
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-sync', ...quiet.split(' ')] });
  after(() => browser.close());
  const marks = ['\u0300\u0301\u030b\u0346', '\u0323\u0324\u0325\u0330'].map((row) => `Test${row.repeat(19)}`);
  const names = ['Test', ...marks, 'W'.repeat(1000), '\ufdfd'.repeat(200), '\u05d0 \u202e'];
  const uris = [REDIRECT_URI, `https://${DECEIVING}/callback`, 'http://127.0.0.1/callback', `${'evil-app'.repeat(20)}:/`];
  const scope = scopes.join(' ');

  for (const viewport of [{ width: 390, height: 844 }, { width: 1280, height: 800 }]) {
    const { width } = viewport;
    const page = await browser.newPage({ viewport, isMobile: width === 390 });
    const look = async (client_id, redirect_uri) => {
      await page.goto(authorization(client_id, { redirect_uri, scope }));
      assert.deepEqual(await page.evaluate(faults, width), [], `${width}: ${redirect_uri}`);
    };
    for (const uri of uris) for (const name of names) await look(await put(uri, name), uri);
    for (const host of [DECEIVING, 'claude.example']) {
      await look(`https://${host}/client.json`, host === DECEIVING ? uris[1] : uris[2]);
    }
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
  await page.goto(authorization(await put('https://mcp.client.example/callback', 'Notebook'), { redirect_uri: 'https://mcp.client.example/callback', scope: 'tools:call tools:list' }));
  await page.screenshot({ path: fileURLToPath(new URL('../consent.png', import.meta.url)) });
});
