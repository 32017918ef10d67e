// The site without a network: what was fetched once is kept under its hashed name; of older versions the last
// one stays, since its page may be open still.

const VERSION = '{version}';
const SHELL = '{shell}'.split(' '); // fetched at once
const ASSETS = '{assets}'.split(' '); // all that this version may ever fetch, under hashed names
const ISOLATED = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };

self.addEventListener('install', (event) => {
  event.waitUntil(
    caches
      .open(VERSION)
      .then((cache) => cache.addAll(SHELL.map((path) => new Request(path, { cache: 'reload' })))) // not from an older version
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener('activate', (event) => {
  event.waitUntil(forgetOlder().then(() => self.clients.claim()));
});

self.addEventListener('fetch', (event) => {
  const { method, url } = event.request;
  if (method === 'GET' && url.startsWith(self.location.origin)) event.respondWith(answer(event.request));
});

/** Keep files that were fetched before this worker was there; most lie in the browser's own cache still. */
self.addEventListener('message', (event) => {
  const own = event.data.keep.filter((url) => url.startsWith(self.location.origin));
  event.waitUntil(Promise.all(own.map((url) => answer(new Request(url)).catch(() => null))));
});

async function answer(request) {
  const cache = await caches.open(VERSION);
  const kept = (await cache.match(request, { ignoreSearch: true })) ?? (await keptBefore(request));
  if (kept) return isolated(kept);
  const fresh = await fetch(request);
  if (fresh.ok && fresh.status === 200) await cache.put(request, fresh.clone()).catch(() => null);
  return isolated(fresh);
}

/** Return a file that only the version before has, for a page of it that is still open. */
const keptBefore = async (request) => (request.url.includes('/assets/') ? caches.match(request) : undefined);

/** Add the headers that threads need, for hosts that cannot send them. */
function isolated(response) {
  if (!response.ok) return response;
  const headers = new Headers(response.headers);
  for (const [name, value] of Object.entries(ISOLATED)) headers.set(name, value);
  return new Response(response.body, { status: response.status, statusText: response.statusText, headers });
}

/** Move what is the same in this version out of older ones, and delete those but the last. */
async function forgetOlder() {
  const [now, names] = [await caches.open(VERSION), await caches.keys()];
  const older = names.filter((each) => each.startsWith('deepdream-') && each !== VERSION);
  for (const name of older) await move(await caches.open(name), now);
  for (const name of older.slice(0, -1)) await caches.delete(name);
}

async function move(older, now) {
  for (const path of ASSETS) {
    const kept = await older.match(path);
    if (!kept) continue;
    await now.put(path, kept);
    await older.delete(path);
  }
}
