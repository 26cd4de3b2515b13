// What became of matters: the events the service told, and one's own that it has not seen yet, taken together.
// Nothing is judged here but what may be offered; the service has the last word.

const OFFICE = new Set(["planner", "administrator"]);
const STATUSES = ["found", "assigned", "mended", "checked", "closed", "rejected"];
export const KINDS = new Set(["found", "assigned", "mended", "checked", "closed", "reopened", "rejected", "noted", "resolved"]);

const later = (event, days) => {
  const made = event.received_at && event.received_at < event.made_at ? event.received_at : event.made_at;
  return new Date(Date.parse(made) + days * 86_400_000).toISOString();
};

const byClock = (a, b) => (a.clock < b.clock ? -1 : a.clock > b.clock ? 1 : a.author < b.author ? -1 : a.author > b.author ? 1 : a.id < b.id ? -1 : 1);

const STEPS = {
  assigned: ({ event, before }) => {
    const due = event.body.due_at ?? before.mendDue;
    return { ...before, status: "assigned", assignee: event.body.assignee, due, mendDue: due };
  },
  mended: ({ event, before, rules }) => ({ ...before, status: "mended", due: later(event, rules.check_days), mendedBy: event.author, mendedAt: event.made_at, after: [...before.after, ...(event.body.photos ?? [])], reason: null }),
  checked: ({ before }) => ({ ...before, status: "checked" }),
  closed: ({ event, before }) => ({ ...before, status: "closed", closedAt: event.made_at }),
  reopened: ({ event, before, rules }) => {
    const due = later(event, rules.mend_days);
    return { status: before.assignee ? "assigned" : "found", due, mendDue: due, assignee: before.assignee, before: [...before.before, ...(event.body.photos ?? [])], after: before.after, mendedBy: null, mendedAt: null, closedAt: null, reason: event.body.reason };
  },
  rejected: ({ event, before }) => ({ ...before, status: "rejected", reason: event.body.reason, closedAt: event.made_at }),
};

const begin = (event, rules) => {
  const due = later(event, rules.mend_days);
  return { status: "found", due, mendDue: due, assignee: null, mendedBy: null, mendedAt: null, closedAt: null, before: event.body.photos ?? [], after: [], reason: null };
};

/** Take the changes of one matter together, in the order of their clocks. */
function one(id, events, rulesOf) {
  const found = events.find((event) => event.id === id && event.kind === "found");
  if (!found) return null;
  const rules = found.stamp?.rules ?? rulesOf(found.body.category);
  const standings = new Map();
  const heads = new Set();
  const aside = new Set();
  const changes = [];
  for (const event of events) {
    if (event.kind !== "found" && !event.after.every((each) => standings.has(each))) continue; // it waits for what it follows
    changes.push(event);
    if (event.kind === "noted") continue;
    const before = standings.get(event.kind === "resolved" ? event.body.keep : event.after[0]);
    const standing = event.kind === "found" ? begin(event, rules) : event.kind === "resolved" ? before : STEPS[event.kind]?.({ event, before, rules });
    if (!standing) continue;
    standings.set(event.id, standing);
    for (const each of event.after) {
      heads.delete(each);
      if (event.kind === "resolved" && each !== event.body.keep) aside.add(each);
    }
    heads.add(event.id);
  }
  const sides = [...heads].map((head) => ({ head, standing: standings.get(head) }));
  const shown = sides.reduce((least, side) => (rank(side) < rank(least) ? side : least)).standing;
  // settled without a word on whom it is assigned to: it is his who mended it
  const settled = changes.some((event) => event.kind === "resolved" && heads.has(event.id));
  const assignee = shown.assignee ?? (settled ? shown.mendedBy : null);
  return { id, found, rules, changes, standings, heads: [...heads], sides, conflict: heads.size > 1, aside, shown: { ...shown, assignee } };
}

const rank = ({ standing }) => `${STATUSES.indexOf(standing.status)} ${standing.due}`;

/** All matters, by id. Events made here carry `local`: new, waiting, taken. */
export function matters(known, rows, me, rulesOf) {
  const events = new Map();
  for (const { event, status } of rows) if (KINDS.has(event.kind) && status !== "refused") events.set(event.id, { ...event, author: me.name, role: me.role, local: status });
  for (const event of known) if (KINDS.has(event.kind)) events.set(event.id, event);
  const groups = new Map();
  for (const event of [...events.values()].sort(byClock)) {
    const id = event.matter ?? event.id;
    groups.set(id, [...(groups.get(id) ?? []), event]);
  }
  const out = new Map();
  for (const [id, own] of groups) {
    const matter = one(id, own, rulesOf);
    if (matter) out.set(id, matter);
  }
  return out;
}

/** What somebody may do with a matter after one of its heads. */
export function offered(matter, head, me) {
  const { status, assignee, mendedBy } = matter.standings.get(head);
  const office = OFFICE.has(me.role);
  const open = status === "found" || status === "assigned";
  const mine = assignee === me.name || (!assignee && (matter.rules.on_spot ?? true));
  const ways = [
    ["mended", open && (office || mine)],
    ["checked", status === "mended" && mendedBy !== me.name],
    ["closed", office && status === "checked"],
    ["assigned", office && open],
    ["reopened", ["mended", "checked"].includes(status) || (office && ["closed", "rejected"].includes(status))],
    ["rejected", office && open],
    ["noted", true],
  ];
  return ways.filter(([, may]) => may).map(([kind]) => kind);
}

/** Whether the office may settle which of several changes counts. */
export const maySettle = (matter, me) => matter.conflict && OFFICE.has(me.role);

export const isOpen = ({ shown }) => !["closed", "rejected"].includes(shown.status);
export const isLate = (matter, now = new Date().toISOString()) => isOpen(matter) && matter.shown.due < now;
