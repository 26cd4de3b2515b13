// The service worker: the page and all it is made of, kept under the name of their version; data is none of its business.

/* global SHELL */

const NAME = `geo-grid-field-${SHELL.version}`;
const PAGE = new URL(SHELL.page, self.location.href);
const FILES = new Set(SHELL.files.map((file) => new URL(file, self.location.href).pathname));

self.addEventListener("install", (event) => {
  const wanted = [PAGE.href, ...FILES].map((address) => new Request(address, { cache: "reload", credentials: "same-origin" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(wanted)));
});

self.addEventListener("activate", (event) => {
  const old = async () => {
    for (const name of await caches.keys()) if (name.startsWith("geo-grid-field-") && name !== NAME) await caches.delete(name);
    await self.clients.claim();
  };
  event.waitUntil(old());
});

self.addEventListener("message", ({ data }) => {
  if (data === "go") self.skipWaiting();
});

const kept = async (request, address = request) => (await (await caches.open(NAME)).match(address)) ?? fetch(request);

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (address.pathname === PAGE.pathname) event.respondWith(kept(request, PAGE.href));
  } else if (FILES.has(address.pathname)) event.respondWith(kept(request, address.pathname));
});
