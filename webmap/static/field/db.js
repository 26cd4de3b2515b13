// What is kept on the phone: one IndexedDB for each account, so that nobody sends another's work under their own name.

const VERSION = 1;
// store → its key
const STORES = { meta: "key", events: "id", photos: "id", blobs: "id", drafts: "id", packages: "code", known: "id", points: "n", seen: "id" };

let db = null;

const settled = (request) =>
  new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });

const nameOf = (account) => `geo-grid-field/${account}`;

/** Open what is kept for an account. */
export async function openFor(account) {
  db?.close();
  const request = indexedDB.open(nameOf(account), VERSION);
  request.onupgradeneeded = () => {
    for (const [name, keyPath] of Object.entries(STORES)) request.result.createObjectStore(name, { keyPath, autoIncrement: name === "points" });
  };
  db = await settled(request);
  db.onversionchange = () => db.close();
}

/** Close it, and throw it away. */
export async function dropFor(account) {
  db?.close();
  db = null;
  await settled(indexedDB.deleteDatabase(nameOf(account)));
}

function opened(transaction) {
  const ended = new Promise((done, failed) => {
    transaction.oncomplete = done;
    transaction.onabort = () => failed(transaction.error ?? new DOMException("aborted", "AbortError"));
  });
  ended.catch(() => null); // told by whoever waits for it
  return ended;
}

/**
 * Write: all of it or nothing, and on the disk before this is done, for a battery may be flat the next moment.
 * `run` gets the stores by name, with get, all, put, remove, clear, and must wait for nothing else.
 */
export async function write(names, run, durability = "strict") {
  const transaction = db.transaction(names, "readwrite", { durability });
  const ended = opened(transaction);
  let result;
  try {
    result = await run(Object.fromEntries(names.map((name) => [name, handle(transaction.objectStore(name))])));
  } catch (error) {
    try {
      transaction.abort();
    } catch {
      // it has ended by itself
    }
    throw error;
  }
  await ended;
  return result;
}

const handle = (store) => ({
  get: (key) => settled(store.get(key)),
  all: () => settled(store.getAll()),
  put: (value) => settled(store.put(value)),
  remove: (key) => settled(store.delete(key)),
  clear: () => settled(store.clear()),
});

const reading = (name) => db.transaction(name, "readonly").objectStore(name);

export const get = (name, key) => settled(reading(name).get(key));
export const all = (name) => settled(reading(name).getAll());
export const put = (name, value) => write([name], (stores) => stores[name].put(value));
export const remove = (name, key) => write([name], (stores) => stores[name].remove(key));

/** What is noted under a key. */
export const note = async (key) => (await get("meta", key))?.value ?? null;
export const setNote = (key, value) => put("meta", { key, value });
