// The dashboard. Everything that comes from the server or a person becomes text nodes, never markup.
"use strict";

// ---------------------------------------------------------------- elements

const SVG = "http://www.w3.org/2000/svg";

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value") node.value = value;
    else node.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
  return node;
}
const h = (tag, attributes, ...children) => fill(document.createElement(tag), attributes, children);
const svg = (tag, attributes, ...children) => fill(document.createElementNS(SVG, tag), attributes, children);
const $ = (id) => document.getElementById(id);

function put(node, ...children) {
  node.replaceChildren();
  return fill(node, null, children);
}

// ---------------------------------------------------------------- asking the server

const store = {
  get key() { return sessionStorage.getItem("flexprice-mock-key") || ""; },
  set key(value) { sessionStorage.setItem("flexprice-mock-key", value); },
  get token() { return sessionStorage.getItem("flexprice-mock-token") || ""; },
  set token(value) { sessionStorage.setItem("flexprice-mock-token", value); },
  get theme() { return localStorage.getItem("flexprice-mock-theme") || ""; },
  set theme(value) { localStorage.setItem("flexprice-mock-theme", value); },
};

class Refusal extends Error {
  constructor(status, message) { super(message); this.status = status; }
}

async function ask(path, { method = "GET", body, raw } = {}) {
  const headers = { "x-api-key": store.key };
  if (store.token) headers["X-Mock-Token"] = store.token;
  let data = raw;
  if (body !== undefined) data = JSON.stringify(body);
  if (data !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(path, { method, headers, body: data, cache: "no-store" });
  } catch {
    throw new Refusal(0, "The server does not answer. Is it running?");
  }
  const text = await answer.text();
  let value = null;
  try { value = text ? JSON.parse(text) : null; } catch { /* a plain answer, told by its status */ }
  if (!answer.ok) {
    const told = value && typeof value === "object" ? value.error || value.message : text;
    throw new Refusal(answer.status, told || `The server answers ${answer.status}.`);
  }
  return value;
}

const query = (path, values) => {
  const given = Object.entries(values).filter(([, value]) => value !== "" && value !== null && value !== undefined);
  return given.length ? `${path}?${new URLSearchParams(given)}` : path;
};

function complain(error) {
  if (error instanceof Refusal && error.status === 401) return askForKey(`The server refuses: ${error.message}`, /token/.test(error.message));
  put($("status"), error instanceof Refusal ? error.message : `The page failed: ${error.message}`);
  if (!(error instanceof Refusal)) console.error(error);
}
const calm = () => put($("status"));

// Runs what a person asked for; trouble is told at the foot of the page.
const attempt = (work) => async (...given) => {
  try { await work(...given); calm(); } catch (error) { complain(error); }
};

// ---------------------------------------------------------------- printing

// Exact decimals stay text: thousands are grouped, no digit is lost.
function decimal(text) {
  const [, sign, whole, rest] = /^(-?)(\d+)(\.\d+)?$/.exec(text) || [];
  if (whole === undefined) return String(text);
  return sign.replace("-", "\u2212") + whole.replace(/\B(?=(\d{3})+$)/g, "\u202f") + (rest || "");
}
const money = (text, currency) => `${decimal(text)}\u00a0${(currency || "").toUpperCase()}`;
const count = (number) => decimal(String(number));
const plural = (number, one, many) => `${count(number)} ${number === 1 ? one : many || one + "s"}`;
const moment = (text) => String(text).replace("T", " ").replace(/(\.\d+)?Z$/, "");
const day = (text) => String(text).slice(0, 10);
const dayMonth = (text) => {
  const when = new Date(text);
  return `${when.getUTCDate()} ${["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"][when.getUTCMonth()]}`;
};
function filters(values) {
  const given = Object.entries(values || {}).filter(([, list]) => list && list.length);
  return given.map(([key, list]) => `${key} = ${list.join(" | ")}`).join(", ");
}
const pretty = (value) => JSON.stringify(value, null, 2);

function copyable(text) {
  const button = h("button", { type: "button" }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(text);
      put(button, "Copied");
    } catch {
      const range = document.createRange();
      range.selectNodeContents(button.nextElementSibling);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      put(button, "Selected");
    }
    setTimeout(() => put(button, "Copy"), 1500);
  });
  return h("div", { class: "copy" }, button, h("pre", null, text));
}

const shell = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;
function curl(path, body) {
  return [
    `curl ${location.origin}${path} -H ${shell(`x-api-key: ${store.key}`)}`,
    ...(body ? [`     -d ${shell(JSON.stringify(body))}`] : []),
  ].join(" \\\n");
}
const empty = (title, ...rest) => h("div", { class: "empty" }, h("h3", null, title), rest);

function table(caption, columns, rows, foot) {
  const cell = (column, value, index) => h(
    index === 0 ? "th" : "td",
    { scope: index === 0 ? "row" : null, class: column.num ? "num" : column.class, "data-head": index === 0 ? null : column.head },
    value,
  );
  return h("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": caption },
    h("table", { class: "fold" },
      h("caption", null, caption),
      h("thead", null, h("tr", null, columns.map((c) => h("th", { scope: "col", class: c.num ? "num" : null }, c.head)))),
      h("tbody", null, rows.map((row) => h("tr", null, row.map((value, i) => cell(columns[i], value, i))))),
      foot && h("tfoot", null, h("tr", null, foot.map((value, i) => cell(columns[i], value, i)))),
    ));
}

function choice(label, options, chosen, onchoose) {
  const buttons = options.map(([value, text]) => h("button", {
    type: "button", "aria-pressed": String(value === chosen),
    onclick: () => {
      buttons.forEach((b, i) => b.setAttribute("aria-pressed", String(options[i][0] === value)));
      onchoose(value);
    },
  }, text));
  return h("div", { role: "group", "aria-label": label, class: "choice" }, buttons);
}

// ---------------------------------------------------------------- readings

const READINGS = [["documented", "As documented"], ["upstream", "As the real server"]];
const state = { reading: "", own: "" };

function learn(own) {
  state.own = own;
  if (!state.reading) state.reading = own;
}
const readingChoice = (onchoose) => choice("Reading", READINGS, state.reading, (value) => { state.reading = value; onchoose(); });

function amounts(billed) {
  const totals = new Map();
  for (const each of billed) {
    if (each.amount === null) return null;
    totals.set(each.currency, [...(totals.get(each.currency) || []), each.amount]);
  }
  return [...totals].map(([currency, list]) => money(sum(list), currency)).join(" + ");
}

// The exact sum of decimals in texts.
function sum(texts) {
  const places = Math.max(0, ...texts.map((t) => (t.split(".")[1] || "").length));
  let total = 0n;
  for (const text of texts) {
    const [whole, rest = ""] = text.replace("-", "").split(".");
    const steps = BigInt(whole + rest.padEnd(places, "0"));
    total += text.startsWith("-") ? -steps : steps;
  }
  const sign = total < 0n ? "-" : "";
  const digits = String(total < 0n ? -total : total).padStart(places + 1, "0");
  const rest = places ? digits.slice(-places).replace(/0+$/, "") : "";
  return sign + (places ? digits.slice(0, -places) : digits) + (rest ? `.${rest}` : "");
}

// A verdict in one or two lines.
function why(verdict) {
  if (verdict.reason === null) {
    const names = verdict.billed.map((b) => b.price);
    return h("span", { class: "why break" }, h("span", { class: "good" }, "billed"), " by ",
      names.length > 3 ? [names.slice(0, 3).join(", "), ` and ${names.length - 3} more`] : names.join(", "));
  }
  return h("span", { class: "why break" }, h("span", { class: "bad", title: verdict.meaning }, verdict.reason),
    verdict.hints.length
      ? h("span", { class: "sub hint clamp" }, verdict.hints[0])
      : h("span", { class: "sub clamp" }, verdict.explanation.replace(/^meter [^:]*: /, "")));
}
function worth(verdict) {
  if (verdict.reason !== null) return h("span", { class: "money soft", title: "not billed" }, "\u2014");
  const told = amounts(verdict.billed);
  return told === null
    ? h("span", { class: "money soft", title: "depends on the rest of the period; open the event for the exact amount" }, "by period")
    : h("span", { class: "money" }, told);
}

// A verdict in full, for one reading.
function verdict(told, title) {
  const billed = told.reason === null;
  return h("div", { class: `verdict ${billed ? "billed" : "lost"}` },
    title && h("h4", null, title),
    billed
      ? h("ul", { class: "facts-list" }, told.billed.map((b) => h("li", null,
        h("strong", null, b.price), b.meter ? ` on ${b.meter}` : "", `, quantity ${decimal(b.quantity)}: `,
        h("span", { class: "good nowrap" }, b.amount === null ? "amount depends on the period" : money(b.amount, b.currency)),
        b.ambiguous && h("span", { class: "sub hint" }, "another price is as specific; the earliest created won"))))
      : h("p", null, h("strong", { class: "bad" }, told.reason), h("span", { class: "break" }, `: ${told.meaning}; ${told.explanation}`)),
    told.hints.map((hint) => h("p", { class: "hint break" }, `Near miss: ${hint}`)),
  );
}
function considered(list) {
  if (!list.length) return null;
  const rows = list.map((c) => h("li", null,
    h("span", { class: c.won ? "good" : "soft" }, c.won ? "takes it" : c.matched ? "matches, less specific" : "does not match"), " \u2014 ",
    h("strong", null, c.price || c.subscription_line_item_id), " on ", c.meter,
    h("span", { class: "sub soft" }, c.matched ? filters(c.filter_values) || "no filters: bills everything" : c.explanation)));
  return h("div", null, h("h4", null, `Prices considered, as documented (${list.length})`),
    h("ul", { class: "facts-list" }, rows.slice(0, 4)),
    rows.length > 4 && h("details", null, h("summary", null, `${rows.length - 4} more`), h("ul", { class: "facts-list" }, rows.slice(4))));
}
function tried(meters) {
  return h("div", null, h("h4", null, "Meters tried"),
    meters.length
      ? h("ul", { class: "facts-list" }, meters.map((m) => h("li", null,
        h("span", { class: m.matched ? "good" : "soft" }, m.matched ? "takes it" : "does not"), " \u2014 ", h("strong", null, m.meter), `: ${m.explanation}`,
        m.hints.map((hint) => h("span", { class: "sub hint" }, hint)))))
      : h("p", { class: "soft" }, "none has this event name"));
}

// ---------------------------------------------------------------- events

function eventRow(event) {
  const inside = h("div", { class: "inside" });
  const told = event[state.reading];
  const details = h("details", null,
    h("summary", null,
      h("span", { class: "time" }, moment(event.timestamp)),
      h("span", { class: "what break" }, event.event_name || "(blank)", h("span", { class: "sub mono" }, event.event_id)),
      h("span", { class: "who break" }, event.external_customer_id),
      why(told), worth(told)),
    inside);
  let filled = false;
  details.addEventListener("toggle", attempt(async () => {
    if (!details.open || filled) return;
    filled = true;
    put(inside, h("p", { class: "soft" }, "Reading\u2026"));
    const answer = await ask(query("stream", { before: event.seq + 1, after: event.seq - 1, limit: 1, details: "true" }));
    const [full] = answer.events;
    put(inside, full ? eventInside(full) : h("p", null, "The event is gone; the environment was reset or restored."));
  }));
  return h("li", { "data-seq": event.seq }, details);
}

function eventInside(full) {
  const exact = h("div", { class: "full" });
  const open = READINGS.some(([name]) => full[name].billed.some((b) => b.amount === null));
  const button = h("button", { type: "button", onclick: attempt(async () => {
    put(button, "Reading the period\u2026");
    button.disabled = true;
    try {
      const answer = await ask(`explain/events/${encodeURIComponent(full.event_id)}`);
      put(exact, answer.events.map((each) => h("div", { class: "split" }, READINGS.map(([name, title]) => verdict(each[name], `${title}, within its period`)))));
    } catch (error) {
      button.disabled = false;
      put(button, "Exact amounts");
      throw error;
    }
  }) }, "Exact amounts");
  if (open) put(exact, h("p", { class: "soft" }, "Some amounts depend on the other events of the period; reading a large period takes long. "), button);
  return [
    h("div", null, READINGS.map(([name, title]) => verdict(full[name], title + (name === state.own ? " (this server)" : "")))),
    tried(full.meters),
    considered(full.documented.prices_considered),
    h("div", null, h("h4", null, "Properties"), h("pre", null, pretty(full.properties))),
    open && exact,
  ];
}

const KEPT = 500;

function eventsView(root) {
  let events = [];
  let paused = false;
  let newest = 0;
  let older = false;
  let skipped = 0;
  let filterText = "";
  let timer = null;
  let loaded = false;
  const list = h("ol", { class: "rows", "aria-label": "Events, the newest arrival first" });
  const body = h("div");
  const told = h("p", { class: "soft", role: "status" });
  const pause = h("button", { type: "button", "aria-pressed": "false", onclick: () => {
    paused = !paused;
    pause.setAttribute("aria-pressed", String(paused));
    put(pause, paused ? "Resume" : "Pause");
    describe();
    if (!paused) poll();
  } }, "Pause");
  const search = h("input", { type: "search", autocomplete: "off", spellcheck: "false", placeholder: "name, customer, id, price, reason or property",
    oninput: () => { filterText = search.value.trim().toLowerCase(); render(); } });
  const more = h("button", { type: "button", class: "more", onclick: attempt(async () => {
    const answer = await ask(query("stream", { before: events[events.length - 1].seq, limit: 100 }));
    events = [...events, ...answer.events];
    older = answer.more;
    render();
  }) }, "Older events");

  const haystack = (event) => [event.event_name, event.event_id, event.external_customer_id, event.source, event.properties,
    ...READINGS.flatMap(([name]) => [event[name].reason || "billed", event[name].meaning || "", ...event[name].hints, ...event[name].billed.map((b) => b.price)])].join("\n").toLowerCase();
  const shown = () => filterText ? events.filter((event) => haystack(event).includes(filterText)) : events;

  function describe() {
    const found = shown();
    put(told, loaded && events.length > 0 && [
      filterText ? `${plural(found.length, "event")} of ${count(events.length)} shown here match. ` : `${plural(events.length, "event")}${older ? ", the latest" : ""}. `,
      skipped > 0 && `${plural(skipped, "burst")} came faster than the page reads; use Older events or the filter. `,
      paused && "Paused."]);
  }
  function render() {
    const opened = new Set([...list.children].filter((li) => li.firstElementChild.open).map((li) => li.dataset.seq));
    const kept = new Map([...list.children].filter((li) => opened.has(li.dataset.seq)).map((li) => [li.dataset.seq, li]));
    put(list, shown().map((event) => kept.get(String(event.seq)) || eventRow(event)));
    describe();
    if (!loaded) return;
    if (!events.length) {
      put(body, empty("No events yet", h("p", null, "Send one; it appears here with its verdict within two seconds."),
        copyable(curl("/v1/events", { event_name: "image_generated", external_customer_id: "cust_001", properties: { image_count: 1 } }))));
    } else if (!list.children.length) {
      put(body, empty("Nothing matches", h("p", null, "The filter looks at the events loaded here. Load older ones, or look an event up by its id."),
        h("p", null, h("button", { type: "button", onclick: attempt(lookUp) }, "Look up this id"))), older && more);
    } else {
      put(body, h("div", { class: "heads", "aria-hidden": "true" }, ["Time (UTC)", "Event", "Customer", "Verdict", "Amount"].map((t) => h("span", null, t))), list, older && more);
    }
  }
  async function lookUp() {
    const id = search.value.trim();
    const answer = await ask(query("stream", { event_id: id, limit: 50 }));
    put(body, answer.events.length
      ? h("ol", { class: "rows", "aria-label": `Events with the id ${id}` }, answer.events.map(eventRow))
      : empty("No such event", h("p", { class: "break" }, `No event has the id \u201c${id}\u201d.`)));
  }
  async function poll() {
    clearTimeout(timer);
    if (!root.isConnected) return;
    if (!paused && !document.hidden) {
      try {
        const answer = await ask(query("stream", { after: newest, limit: loaded ? 100 : 50 }));
        if (!state.own) { learn(answer.reading); put(readings, readingChoice(restart)); }
        learn(answer.reading);
        if (!loaded) older = answer.more;
        if (loaded && answer.more) { skipped += 1; events = []; older = true; }
        if (answer.events.length || !loaded) {
          const fresh = new Set(loaded ? answer.events.map((e) => String(e.seq)) : []);
          if (answer.events.length) newest = answer.events[0].seq;
          const total = [...answer.events, ...events];
          if (total.length > KEPT && loaded) older = true;
          events = total.slice(0, Math.max(KEPT, events.length));
          loaded = true;
          render();
          for (const li of list.children) if (fresh.has(li.dataset.seq)) li.classList.add("fresh");
        }
        calm();
      } catch (error) { complain(error); }
    }
    if (root.isConnected) timer = setTimeout(poll, 2000);
  }
  function restart() { list.replaceChildren(); render(); }

  const readings = h("div", null, readingChoice(restart));
  put(root,
    h("header", null, h("h2", null, "Events"), h("p", null, "Every event as it arrives, and what became of it. Open one to see the meters and prices tried.")),
    h("div", { class: "bar" }, h("label", { class: "wide" }, "Filter", search), readings, pause), told, body);
  poll();
}

// ---------------------------------------------------------------- bills

function billView(root) {
  const picker = h("select", { id: "subscription" });
  const periods = h("select");
  const search = h("input", { type: "search", autocomplete: "off", spellcheck: "false", placeholder: "name, external id or subscription id" });
  const out = h("div", { class: "stack" });
  const bar = h("div", { class: "bar" },
    h("label", { class: "wide" }, "Find a customer", search), h("label", { class: "wide" }, "Subscription", picker), h("label", null, "Period", periods));
  let timer = null;
  let current = null;

  async function find() {
    const answer = await ask(query("subscriptions", { search: search.value.trim(), limit: 50 }));
    put(picker, answer.subscriptions.map((s) => h("option", { value: s.id },
      `${s.customer ?? "?"} (${s.external_customer_id ?? "?"}) \u2014 ${s.plan ?? s.id}, ${s.status}`)));
    put(periods);
    if (!answer.subscriptions.length) {
      current = null;
      put(out, search.value.trim()
        ? empty("No subscription matches", h("p", null, "Try another part of the customer's name or external id."))
        : noSubscriptions(answer.customers));
      return;
    }
    if (answer.total > answer.subscriptions.length) {
      picker.append(h("option", { value: "", disabled: true }, `${count(answer.total - answer.subscriptions.length)} more; narrow the search`));
    }
    await load();
  }
  async function load(period) {
    if (!picker.value) return;
    const answer = await ask(query(`bill/${encodeURIComponent(picker.value)}`, period || {}));
    learn(answer.reading);
    current = answer;
    if (!period) {
      const choices = answer.periods.map((p, i) => [p, `${day(p.start_time)} to ${day(p.end_time)}${i === 0 ? " (current)" : ""}`]);
      const last = answer.periods[answer.periods.length - 1];
      if (answer.periods.length > 1) choices.push([{ start_time: last.start_time, end_time: answer.periods[0].end_time }, "all of these"]);
      put(periods, choices.map(([p, text]) => h("option", { value: JSON.stringify(p) }, text)));
    }
    render();
  }
  function render() { put(out, bill(current, () => render())); }
  document.addEventListener("redraw", function redraw() {
    if (!root.isConnected) document.removeEventListener("redraw", redraw);
    else if (current) render();
  });

  search.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(attempt(find), 250); });
  picker.addEventListener("change", attempt(() => load()));
  periods.addEventListener("change", attempt(() => load(JSON.parse(periods.value))));
  put(root, h("header", null, h("h2", null, "Bill"), h("p", null, "What a subscription's usage costs, in both readings of the same events. Fixed charges, coupons and taxes are on the invoice preview.")), bar, out);
  attempt(find)();
}

function noSubscriptions(customers) {
  return empty("No subscription yet",
    h("p", null, customers ? `There ${customers === 1 ? "is 1 customer" : `are ${count(customers)} customers`}; subscribe one to a plan.` : "Create a customer, then subscribe it to a plan."),
    copyable(customers
      ? curl("/v1/subscriptions", { plan_id: "<plan id>", customer_id: "<customer id>", billing_period: "MONTHLY", currency: "usd" })
      : curl("/v1/customers", { external_id: "cust_001", name: "Example Studio" })));
}

function bill(found, again) {
  const { currency } = found;
  const lines = found.lines.filter((l) => READINGS.some(([name]) => l[name].quantity !== "0" || l[name].amount !== "0"));
  const idle = found.lines.length - lines.length;
  const differ = found.totals.documented.exact !== found.totals.upstream.exact;
  const totals = h("dl", { class: "totals" }, READINGS.map(([name, title]) => h("div", { class: name === found.reading ? "own" : "other" },
    h("dt", null, title + (name === found.reading ? " (this server)" : "")),
    h("dd", null, money(found.totals[name].rounded, currency), h("small", null, `exactly ${decimal(found.totals[name].exact)}`)))));
  return [
    h("div", null,
      h("h3", { class: "break" }, found.customer, " \u2014 ", found.plan), h("p", { class: "soft break" },
        `${found.external_customer_ids.join(", ")}; ${moment(found.start_time)} to ${moment(found.end_time)} UTC; ${found.subscription_status}; `, h("span", { class: "mono" }, found.subscription_id))),
    h("div", null, totals,
      differ && h("p", { class: "soft" }, "The readings differ because price filters are honoured by the documents and ignored by the real server.")),
    found.lines.length === 0
      ? empty("No usage prices", h("p", null, "The plan bills no meter. Add a price of type USAGE with a meter_id to it."))
      : lines.length === 0
        ? empty("No usage in this period", h("p", null, "Events of the customer within these dates appear here as soon as they are sent."),
          copyable(curl("/v1/events", { event_name: "<a meter's event_name>", external_customer_id: found.external_customer_ids[0], timestamp: found.start_time, properties: {} })))
        : [
          h("div", null, h("div", { class: "bar" }, readingChoice(again)), chart(found, state.reading)),
          table(`Lines with usage${idle ? `; ${plural(idle, "price")} without usage left out` : ""}`,
            [{ head: "Price" }, { head: "Unit price", num: true }, { head: "As documented", num: true }, { head: "As the real server", num: true }],
            lines.map((l) => [
              [h("span", { class: "break" }, l.price), h("span", { class: "sub" }, [l.meter, filters(l.filter_values)].filter(Boolean).join(": "))],
              l.billing_model === "FLAT_FEE" ? decimal(l.unit_amount) : l.billing_model.toLowerCase(),
              ...READINGS.map(([name]) => [decimal(l[name].amount), h("span", { class: "sub" }, `for ${decimal(l[name].quantity)}`)])]),
            ["Total", "", ...READINGS.map(([name]) => money(found.totals[name].exact, currency))]),
        ],
  ];
}

// Cost per day (or per stretch of days), stacked by price. Heights are drawn; amounts in tables stay exact.
function chart(found, reading) {
  const points = found.points.filter((p) => Object.keys(p[reading]).length);
  if (!points.length) return h("p", { class: "soft" }, "Nothing is billed in this reading.");
  const perLine = new Map(found.lines.map((l) => [l.subscription_line_item_id, Number(l[reading].amount)]));
  const ranked = [...perLine].filter(([, amount]) => amount).sort((a, b) => b[1] - a[1]).map(([id]) => id);
  const named = ranked.length > 8 ? ranked.slice(0, 7) : ranked;
  const label = new Map(found.lines.map((l) => [l.subscription_line_item_id, l.price]));
  const colour = (id) => { const at = named.indexOf(id); return at < 0 ? 7 : at; };
  const start = Date.parse(found.start_time);
  const end = Math.max(Date.parse(found.end_time), start + 1);
  const width = Math.max(280, $("main").clientWidth - 40), height = width < 600 ? 200 : 260, left = 58, bottom = 26, top = 10;
  const tall = Math.max(...points.map((p) => Object.values(p[reading]).reduce((all, v) => all + Math.max(Number(v), 0), 0)));
  const step = niceStep(tall / 4);
  const high = Math.max(step, Math.ceil(tall / step) * step);
  const x = (time) => left + ((time - start) / (end - start)) * (width - left - 4);
  const y = (amount) => top + (1 - amount / high) * (height - top - bottom);
  const marks = [];
  for (let at = 0; at <= high * 1.0001; at += step) {
    marks.push(svg("line", { class: at ? "grid" : "base", x1: left, x2: width, y1: y(at), y2: y(at) }),
      svg("text", { x: left - 8, y: y(at) + 4, "text-anchor": "end" }, Number(at.toPrecision(6)).toString()));
  }
  const dayMs = 86400000;
  const days = (end - start) / dayMs;
  const every = Math.max(1, Math.ceil(days / Math.max(3, Math.floor(width / 110))));
  for (let at = Math.ceil(start / dayMs) * dayMs; at < end; at += every * dayMs) {
    if (x(at) < width - 34) marks.push(svg("text", { x: x(at), y: height - 8 }, dayMonth(at)));
  }
  const bars = points.map((p) => {
    const from = x(Math.max(Date.parse(p.start_time), start)), to = x(Math.min(Date.parse(p.end_time), end));
    const gap = Math.min(2, (to - from) * 0.15);
    let reached = 0;
    const parts = Object.entries(p[reading]).sort((a, b) => colour(a[0]) - colour(b[0])).filter(([, v]) => Number(v) > 0).map(([id, v]) => {
      const amount = Number(v);
      const rect = svg("rect", { class: `f${colour(id)}`, x: from + gap / 2, width: Math.max(to - from - gap, 1), y: y(reached + amount), height: Math.max(y(reached) - y(reached + amount), 0) },
        svg("title", null, `${day(p.start_time)}: ${label.get(id)} ${money(v, found.currency)}`));
      reached += amount;
      return rect;
    });
    return svg("g", null, parts);
  });
  const sumOf = (p) => sum(Object.values(p[reading]));
  return h("figure", { class: "chart" },
    svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `Cost per day by price in ${found.currency.toUpperCase()}; the same numbers are in the table below` }, marks, bars),
    h("figcaption", null,
      h("ul", { class: "legend" }, named.map((id) => h("li", null, svg("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" }, svg("rect", { class: `f${colour(id)}`, width: 10, height: 10 })), label.get(id))),
        named.length < ranked.length && h("li", null, svg("svg", { viewBox: "0 0 10 10", "aria-hidden": "true" }, svg("rect", { class: "f7", width: 10, height: 10 })), `${ranked.length - named.length} others`)),
      h("details", null, h("summary", null, "Cost per day as a table"),
        table("Cost per day", [{ head: "Day" }, { head: `Cost, ${found.currency.toUpperCase()}`, num: true }, { head: "Prices", num: true }],
          points.map((p) => [Date.parse(p.end_time) - Date.parse(p.start_time) > dayMs ? `${day(p.start_time)} to ${day(p.end_time)}` : day(p.start_time), decimal(sumOf(p)), Object.keys(p[reading]).length])))));
}
function niceStep(rough) {
  if (!(rough > 0)) return 1;
  const power = 10 ** Math.floor(Math.log10(rough));
  return [1, 2, 2.5, 5, 10].find((f) => f * power >= rough) * power;
}

// ---------------------------------------------------------------- catalogue and what-if

const SAMPLE = { event_name: "image_generated", external_customer_id: "cust_001", properties: { model: "dall-e-3", size: "1024x1024", quality: "standard", image_count: 1 } };

function catalogueView(root) {
  const box = h("textarea", { id: "what-if", spellcheck: "false", autocomplete: "off" });
  box.value = pretty(SAMPLE);
  const out = h("div", { "aria-live": "polite" }, h("p", { class: "soft" }, "The verdict appears here. Nothing is stored. Leave external_customer_id out to ask every plan."));
  const form = h("form", { onsubmit: (given) => { given.preventDefault(); tryIt(); } },
    h("label", { for: "what-if" }, "An event, as POST /v1/events takes it"), box,
    h("p", { class: "more" }, h("button", { type: "submit", class: "primary" }, "What if this arrived now?"), h("span", { class: "soft" }, " or Ctrl+Enter")));
  const tryIt = attempt(async () => {
    try { put(out, answered(await ask("what-if", { method: "POST", raw: box.value }))); } catch (error) {
      if (!(error instanceof Refusal) || error.status === 401) throw error;
      put(out, h("p", { class: "bad" }, `Not an event: ${error.message}`));
    }
  });
  box.addEventListener("keydown", (pressed) => { if (pressed.key === "Enter" && (pressed.ctrlKey || pressed.metaKey)) { pressed.preventDefault(); tryIt(); } });
  const list = h("div", { class: "stack" });
  put(root, h("header", null, h("h2", null, "Catalogue"), h("p", null, "What events are measured by and what that costs; and what would become of an event that you have not sent.")),
    h("div", { class: "stack" }, h("div", { class: "split" }, form, out), list));
  attempt(async () => { put(list, catalogue(await ask(query("catalogue", { limit: 100 })))); })();
}

function answered(found) {
  const nobody = found.payers.length === 0;
  const about = found.customer_known === false
    ? `No customer has the external id \u201c${found.external_customer_id}\u201d, so nothing would be billed. Had it subscribed:`
    : found.against === "plans"
      ? found.external_customer_id ? `${found.external_customer_id} has no subscription, so nothing would be billed. Had it subscribed:` : "Asked of every plan, as no customer is named:"
      : null;
  return h("div", { class: "stack" },
    about && !nobody && h("p", { class: "break" }, about),
    nobody
      ? [h("div", null, verdict(found.documented, "Nobody would pay for it")), found.meters.length > 0 && h("p", { class: "soft" }, "No plan has a price on these meters.")]
      : found.payers.map((payer) => h("div", null,
        h("h3", { class: "break" }, payer.plan, payer.subscription_id && h("span", { class: "soft mono" }, ` ${payer.subscription_id}`)),
        READINGS.map(([name, title]) => verdict(payer[name], title + (name === found.reading ? " (this server)" : ""))),
        considered(payer.documented.prices_considered))),
    tried(found.meters));
}

function aggregation(a) {
  const of = a.expression || a.field;
  const extra = [a.multiplier && `\u00d7 ${a.multiplier}`, a.bucket_size && `per ${a.bucket_size.toLowerCase()}`, a.group_by && `by ${a.group_by}`].filter(Boolean).join(", ");
  return `${a.type}${of ? ` of ${of}` : ""}${extra ? `, ${extra}` : ""}`;
}
function tariff(p) {
  const unit = p.price_unit_amount && p.price_unit ? ` (${decimal(p.price_unit_amount)} ${p.price_unit})` : "";
  const currency = (p.currency || "").toUpperCase();
  if (p.billing_model === "TIERED") {
    return [p.tier_mode === "VOLUME" ? "volume tiers" : "tiers", p.tiers.map((t) => h("span", { class: "sub" },
      `${t.up_to === null || t.up_to === undefined ? "above" : `to ${count(t.up_to)}`}: ${decimal(String(t.unit_amount))}${t.flat_amount ? ` + ${decimal(String(t.flat_amount))} once` : ""}`))];
  }
  const each = p.billing_model === "PACKAGE" ? ` per ${decimal(String((p.transform_quantity || {}).divide_by ?? "?"))}` : "";
  return `${p.amount === null ? "?" : decimal(p.amount)}\u00a0${currency}${each}${unit}`;
}

function catalogue(found) {
  if (!found.meters.length && !found.plans.length) {
    return empty("The catalogue is empty", h("p", null, "Start the server with a catalogue, or create a meter, a plan and a price on it."),
      copyable("flexprice-mock serve --catalog fixtures/catalog/models.json"),
      copyable(curl("/v1/meters", { name: "images", event_name: "image_generated", aggregation: { type: "SUM", field: "image_count" }, reset_usage: "BILLING_PERIOD" })));
  }
  return [
    found.meters.length > 0 && table(found.total_meters > found.meters.length ? `The first ${count(found.meters.length)} of ${count(found.total_meters)} meters` : plural(found.meters.length, "meter"),
      [{ head: "Meter" }, { head: "Event name" }, { head: "Measures" }, { head: "Only if" }],
      found.meters.map((m) => [[h("span", { class: "break" }, m.name), h("span", { class: "sub mono" }, m.id)], h("span", { class: "break" }, m.event_name), h("span", { class: "break" }, aggregation(m.aggregation)),
        h("span", { class: "break" }, filters(Object.fromEntries(m.filters.map((f) => [f.key, f.values]))) || "\u2014")])),
    found.plans.length === 0 && empty("No plan yet", h("p", null, "Meters measure; plans have the prices."), copyable(curl("/v1/plans", { name: "Pro", lookup_key: "pro" }))),
    found.plans.map((plan) => h("div", null, h("h3", { class: "break" }, plan.name, plan.lookup_key && h("span", { class: "soft" }, ` ${plan.lookup_key}`)),
      plan.prices.length
        ? table(`${plural(plan.prices.length, "price")}; ${plan.id}`,
          [{ head: "Price" }, { head: "Meter" }, { head: "Filters", class: "break" }, { head: "Costs", num: true }],
          plan.prices.map((p) => [[h("span", { class: "break" }, p.price), p.display_name && p.display_name !== p.price && h("span", { class: "sub" }, p.display_name)],
            h("span", { class: "break" }, p.type === "USAGE" ? p.meter : "fixed"), filters(p.filter_values) || "\u2014", tariff(p)]))
        : h("p", { class: "soft" }, "No prices."))),
    found.total_plans > found.plans.length && h("p", { class: "soft" }, `${count(found.total_plans - found.plans.length)} more plans are not shown.`),
    found.prices_cut && h("p", { class: "soft" }, "Not all prices are shown."),
  ];
}

// ---------------------------------------------------------------- unbilled

function unbilledView(root) {
  const scan = h("select", null, [1000, 5000].map((n) => h("option", { value: n }, `the latest ${count(n)} events`)));
  const out = h("div");
  const load = attempt(async () => {
    const found = await ask(query("stream/unbilled", { scan: scan.value, reading: state.reading, limit: 20 }));
    learn(found.reading);
    put(readings, readingChoice(load));
    if (!found.scanned) {
      put(out, empty("No events yet", h("p", null, "Events that nobody pays for are grouped here by the reason."),
        copyable(curl("/v1/events", { event_name: "image_generatd", external_customer_id: "cust_001", properties: { image_count: 1 } }))));
      return;
    }
    if (!found.total) {
      put(out, empty("Everything is billed", h("p", null, `All ${plural(found.scanned, "event")} looked at are billed in this reading.`)));
      return;
    }
    const most = Math.max(...found.reasons.map((g) => g.count));
    put(out,
      h("p", null, `${count(found.total)} of ${plural(found.scanned, "event")} are billed by nobody${found.more ? "; older ones were not looked at" : ""}.`),
      h("div", { class: "more" }, found.reasons.map((g) => h("details", { class: "group" },
        h("summary", null, h("span", { class: "reason" }, h("span", null, g.reason, h("span", { class: "sub" }, g.meaning)),
          svg("svg", { viewBox: "0 0 100 6", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("rect", { width: Math.max((g.count / most) * 100, 0.5), height: 6 })), h("span", { class: "num" }, count(g.count)))),
        h("ol", { class: "rows" }, g.events.map(eventRow)),
        g.count > g.events.length && h("p", { class: "soft" }, `The latest ${g.events.length} of ${count(g.count)}.`)))));
  });
  const readings = h("div", null, state.reading && readingChoice(load));
  scan.addEventListener("change", load);
  put(root, h("header", null, h("h2", null, "Unbilled events"), h("p", null, "The real API answers 202 to an event that will never be billed. These are such events, by the reason.")),
    h("div", { class: "bar" }, h("label", null, "Look at", scan), readings, h("button", { type: "button", onclick: load }, "Look again")), out);
  load();
}

// ---------------------------------------------------------------- divergences

async function touchedBySession() {
  const found = await ifKept(query("journal", { limit: 200 }));
  if (!found) return null;
  const entries = found.requests;
  const touched = new Map();
  for (const entry of entries) for (const id of entry.divergences) touched.set(id, (touched.get(id) || 0) + 1);
  return { touched, seen: entries.length };
}
function divergencesView(root) {
  const out = h("div", { class: "stack" });
  put(root, h("header", null, h("h2", null, "Divergences"), h("p", null, "Where the documents and the real server differ, and which of the two this server follows. Flip one with --divergence ID=on or ID=off.")), out);
  attempt(async () => {
    const [found, traffic] = await Promise.all([ask("divergences"), touchedBySession()]);
    const touched = traffic ? traffic.touched : new Map();
    const rows = found.divergences.toSorted((a, b) => (touched.get(b.id) || 0) - (touched.get(a.id) || 0));
    const columns = [{ head: "Divergence" }, { head: "This server" }, { head: "The documents say" }, { head: "The real server does" }];
    if (traffic) columns.splice(2, 0, { head: "Requests", num: true });
    put(out,
      h("p", null, `Profile ${found.profile}. `, !traffic && "Start the server with --journal 1000 to see which of them your requests relied on.", traffic && (touched.size
        ? `Your latest ${plural(traffic.seen, "request")} relied on ${plural(touched.size, "of them", "of them")}.` : `None of your latest ${plural(traffic.seen, "request")} relied on one.`)),
      table(plural(rows.length, "divergence"), columns, rows.map((d) => {
        const flipped = d.on !== d.default[found.profile];
        const row = [[h("span", { class: "mono break" }, d.id), h("span", { class: "sub" }, d.title)],
          h("span", { class: `tag ${flipped ? "flipped" : d.on ? "on" : ""}` }, (d.on ? "real server" : "documents") + (flipped ? ", flipped" : "")), d.documents, d.server];
        if (traffic) row.splice(2, 0, touched.has(d.id) ? count(touched.get(d.id)) : "\u2014");
        return row;
      })));
  })();
}

// ---------------------------------------------------------------- controls

// A panel whose route this server does not have is left out.
let routes = null;
function known() {
  if (!routes) routes = ask("routes").catch((error) => { routes = null; throw error; });
  return routes;
}
const ifThere = async (path) => (await known()).routes.includes(`GET /_mock/${path.split("?")[0]}`) ? ask(path) : null;
const ifKept = async (path) => (await known()).journal ? ifThere(path) : null;

// What acts on every environment may need the control token, or be refused altogether: the other panels work without.
const ifAllowed = async (path) => ifThere(path).catch((error) => {
  if (error instanceof Refusal && [401, 403].includes(error.status)) return { refused: error };
  throw error;
});
const refusalPanel = (title, refused) => h("div", { class: "panel" }, h("h3", null, title), h("p", { class: "soft" }, refused.message),
  refused.status === 401 && h("button", { type: "button", onclick: () => complain(refused) }, "Enter the control token"));

function controlsView(root) {
  const parts = h("div", { class: "stack" });
  put(root, h("header", null, h("h2", null, "Controls"), h("p", null, "They act on this key's environment, unless said otherwise.")), parts);
  const load = attempt(async () => {
    const [clock, ingestion, snapshots, faults, journal] = await Promise.all([
      ifThere("clock"), ifThere("ingestion"), ifAllowed("snapshots"), ifThere("faults"), ifKept(query("journal", { limit: 50 }))]);
    put(parts, clock && clockPanel(clock, load), ingestion && ingestionPanel(ingestion, load), faults && faultPanel(faults.faults, load),
      snapshots && (snapshots.refused ? refusalPanel("Snapshots", snapshots.refused) : snapshotPanel(snapshots.snapshots, load)), resetPanel(load), (await known()).routes.includes("GET /_mock/journal") && journalPanel(journal, load));
  });
  load();
}

function clockPanel(clock, again) {
  const input = h("input", { type: "text", class: "mono", value: clock.now, spellcheck: "false", autocomplete: "off" });
  const change = (body) => attempt(async () => { await ask("clock", { method: "PUT", body: typeof body === "function" ? body() : body }); await facts(); await again(); });
  return h("div", { class: "panel" }, h("h3", null, "Clock"),
    h("p", { class: "soft" }, `${moment(clock.now)} UTC, ${clock.frozen ? "frozen" : "running"}. Everything that asks for \u201cnow\u201d asks this clock.`),
    h("form", { class: "bar more", onsubmit: (given) => { given.preventDefault(); change(() => ({ now: input.value.trim() }))(); } },
      h("label", { class: "wide" }, "Set to (RFC3339)", input), h("button", { type: "submit" }, "Set"),
      h("button", { type: "button", onclick: change({ advance_seconds: 3600 }) }, "+1 hour"),
      h("button", { type: "button", onclick: change({ advance_seconds: 86400 }) }, "+1 day"),
      h("button", { type: "button", onclick: change({ frozen: !clock.frozen }) }, clock.frozen ? "Let it run" : "Freeze"),
      h("button", { type: "button", onclick: change({ now: null }) }, "Machine time")));
}

function resetPanel(again) {
  const button = h("button", { type: "button", class: "danger" }, "Reset this environment");
  let sure = false;
  button.addEventListener("click", attempt(async () => {
    if (!sure) {
      sure = true;
      put(button, "Press again to forget everything");
      setTimeout(() => { sure = false; put(button, "Reset this environment"); }, 4000);
      return;
    }
    await ask("reset", { method: "POST", body: {} });
    await facts();
    await again();
  }));
  return h("div", { class: "panel" }, h("h3", null, "Reset"), h("p", { class: "soft" }, "Forgets the environment's objects, events and clock."), h("p", { class: "more" }, button));
}

function ingestionPanel(found, again) {
  const input = h("input", { type: "text", inputmode: "decimal", value: String(found.delay_seconds), autocomplete: "off" });
  return h("div", { class: "panel" }, h("h3", null, "Ingestion"),
    h("p", { class: "soft" }, `An event counts ${found.delay_seconds ? `${found.delay_seconds} s after` : "as soon as"} its request is answered${found.waiting ? `; ${plural(found.waiting, "event waits", "events wait")}` : ""}. The real server takes seconds.`),
    h("form", { class: "bar more", onsubmit: attempt(async (given) => { given.preventDefault(); await ask("ingestion", { method: "PUT", raw: `{"delay_seconds": ${input.value.trim() || 0}}` }); await again(); }) },
      h("label", null, "Delay in seconds", input), h("button", { type: "submit" }, "Set")));
}

function snapshotPanel(items, again) {
  const name = h("input", { type: "text", autocomplete: "off", spellcheck: "false", required: true });
  const act = (method, path, body) => attempt(async () => { await ask(path, { method, body }); await facts(); await again(); });
  return h("div", { class: "panel" }, h("h3", null, "Snapshots"),
    h("p", { class: "soft" }, "Of the whole state: restoring one acts on every environment."),
    items.length > 0 && h("ul", { class: "facts-list more" }, items.map((s) => h("li", { class: "item" },
      h("span", { class: "break" }, h("strong", null, s.name), h("span", { class: "soft" }, ` ${moment(s.taken_at)}, ${count(Math.ceil(s.bytes / 1024))} KiB`)),
      h("span", { class: "nowrap" }, h("button", { type: "button", onclick: act("POST", `snapshots/${encodeURIComponent(s.name)}/restore`, {}) }, "Restore"), " ",
        h("button", { type: "button", class: "danger", onclick: act("DELETE", `snapshots/${encodeURIComponent(s.name)}`) }, "Delete"))))),
    h("form", { class: "bar more", onsubmit: attempt(async (given) => { given.preventDefault(); await ask("snapshots", { method: "POST", body: { name: name.value.trim() } }); await again(); }) },
      h("label", null, "Name", name), h("button", { type: "submit" }, "Take a snapshot")));
}

// A fault in words: only what was set.
function rule(fault) {
  const where = `${fault.method === "*" ? "any method" : fault.method} ${fault.path}${fault.key === "*" ? "" : `, key ${fault.key}`}`;
  const what = [fault.status && `status ${fault.status}`, fault.latency_ms && `${fault.latency_ms} ms late`, fault.drop && "connection dropped",
    fault.malformed && "malformed body", fault.after && "after taking effect"].filter(Boolean).join(", ");
  const often = [fault.count && `${fault.count} times`, fault.probability < 1 && `with probability ${fault.probability}`].filter(Boolean).join(", ");
  return `${where}: ${what}${often ? ` (${often})` : ""}`;
}

function faultPanel(items, again) {
  const text = h("textarea", { class: "short", spellcheck: "false", autocomplete: "off", id: "fault" });
  text.value = '{"method": "POST", "path": "/v1/events*", "status": 503, "count": 2}';
  const remove = (path) => attempt(async () => { await ask(path, { method: "DELETE" }); await again(); });
  return h("div", { class: "panel" }, h("h3", null, "Faults"),
    h("p", { class: "soft" }, items.length ? "These answers go wrong on purpose." : "None set. A fault makes answers of /v1 go wrong on purpose, to see how your program takes it."),
    items.length > 0 && h("ul", { class: "facts-list more" }, items.map((f) => h("li", { class: "item" },
      h("span", { class: "break" }, rule(f), h("span", { class: "soft" }, `; struck ${plural(f.hits, "request")} of ${count(f.seen)}`)),
      h("button", { type: "button", onclick: remove(`faults/${f.id}`) }, "Remove")))),
    h("form", { class: "more", onsubmit: attempt(async (given) => { given.preventDefault(); await ask("faults", { method: "POST", raw: text.value }); await again(); }) },
      h("label", { for: "fault" }, "A fault, as POST /_mock/faults takes it"), text,
      h("p", { class: "more" }, h("button", { type: "submit" }, "Set the fault"), " ", items.length > 1 && h("button", { type: "button", onclick: remove("faults") }, "Remove all"))));
}

function journalPanel(found, again) {
  const head = h("h3", null, "Journal");
  if (!found) return h("div", { class: "panel" }, head, h("p", { class: "soft" }, "This server keeps none. Start it with one to see every request and answer here:"), copyable("flexprice-mock serve --journal 1000"));
  if (!found.requests.length) return h("div", { class: "panel" }, head, h("p", { class: "soft" }, "No request to /v1 yet. This page's own are not noted."), copyable(curl("/v1/customers")));
  const row = (e) => h("li", null, h("details", null,
    h("summary", { class: "request" },
      h("span", { class: "time" }, moment(e.at)), h("span", { class: "mono break" }, `${e.method} ${e.path}${e.query ? `?${e.query}` : ""}`, h("span", { class: "sub" }, e.divergences.join(", "))),
      h("span", { class: `num ${e.status === null || e.status >= 400 ? "bad" : "good"}` }, e.status === null ? "dropped" : e.status, e.fault !== null && h("span", { class: "sub hint" }, `fault ${e.fault}`)), h("span", { class: "num soft" }, `${e.milliseconds.toFixed(1)} ms`)),
    h("div", { class: "inside" }, h("div", null, h("h4", null, "Request"), h("pre", null, printed(e.body))), h("div", null, h("h4", null, "Answer"), h("pre", null, printed(e.answer))))));
  return h("div", { class: "panel" }, head, h("p", { class: "soft" }, `The latest ${plural(found.requests.length, "request")} to /v1 with this key. `, h("button", { type: "button", onclick: attempt(again) }, "Read again")),
    h("ol", { class: "rows more" }, found.requests.map(row)));
}
const printed = (value) => value === null ? "(empty)" : (typeof value === "string" ? value : pretty(value)).slice(0, 20000);

// ---------------------------------------------------------------- the page

const VIEWS = [["events", "Events", eventsView], ["bill", "Bill", billView], ["catalogue", "Catalogue", catalogueView],
  ["unbilled", "Unbilled", unbilledView], ["divergences", "Divergences", divergencesView], ["controls", "Controls", controlsView]];

async function facts() {
  const [clock, register] = await Promise.all([ifThere("clock"), ifThere("divergences")]);
  put($("facts"), [register && `profile ${register.profile}`, clock && `clock ${moment(clock.now)} UTC${clock.frozen ? ", frozen" : ""}`, `key ${shortKey()}`].filter(Boolean).join(" \u00b7 "));
}
const shortKey = () => store.key.length > 20 ? `${store.key.slice(0, 12)}\u2026${store.key.slice(-4)}` : store.key;

function show() {
  if (!store.key) return askForKey();
  const wanted = location.hash.slice(1);
  const [id, title, view] = VIEWS.find(([name]) => name === wanted) || VIEWS[0];
  $("views").hidden = false;
  $("change-key").hidden = false;
  put($("views"), VIEWS.map(([name, text]) => h("a", { href: `#${name}`, "aria-current": name === id ? "page" : null }, text)));
  document.title = `${title} \u2014 flexprice-mock`;
  const root = h("section", { "aria-label": title });
  put($("main"), root);
  calm();
  view(root);
  facts().catch(complain);
}

function askForKey(trouble, tokenDemanded) {
  const before = store.key;
  sessionStorage.removeItem("flexprice-mock-key");
  sessionStorage.removeItem("flexprice-mock-token");
  routes = null;
  $("views").hidden = true;
  $("change-key").hidden = true;
  put($("facts"));
  calm();
  const input = h("input", { type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false", required: true });
  const token = h("input", { type: "text", autocomplete: "off", autocapitalize: "none", spellcheck: "false" });
  if (tokenDemanded) input.value = before;
  put($("main"), h("section", { "aria-label": "Key" }, h("form", { class: "key", onsubmit: (given) => {
    given.preventDefault();
    const key = input.value.trim();
    if (!key) return;
    if (/[^\x20-\x7e]/.test(key)) { put($("status"), "A key has printable ASCII characters only."); return; }
    store.key = key;
    if (token.value.trim()) store.token = token.value.trim();
    state.reading = state.own = "";
    show();
  } },
  h("h2", null, "Whose environment?"),
  h("p", { class: "soft" }, "Every API key owns an environment of its own. Enter the x-api-key your program sends; it stays in this tab."),
  trouble && h("p", { class: "bad", role: "alert" }, trouble),
  h("div", { class: "bar" }, h("label", { class: "wide" }, "x-api-key", input),
    tokenDemanded && h("label", { class: "wide" }, "Control token (--control-token)", token), h("button", { type: "submit", class: "primary" }, "Open")))));
  (tokenDemanded ? token : input).focus();
}

function theme() {
  const dark = () => (store.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const apply = () => {
    if (store.theme) document.documentElement.dataset.theme = store.theme;
    put($("theme"), dark() ? "Light" : "Dark");
    $("theme").setAttribute("aria-label", dark() ? "Switch to the light theme" : "Switch to the dark theme");
  };
  $("theme").addEventListener("click", () => { store.theme = dark() ? "light" : "dark"; apply(); });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", apply);
  apply();
}

theme();
$("change-key").addEventListener("click", () => askForKey());
addEventListener("hashchange", show);
let resized = null;
addEventListener("resize", () => { clearTimeout(resized); resized = setTimeout(() => document.dispatchEvent(new Event("redraw")), 150); });
show();
