// What is chosen: the filters, the order, and both in the fragment of the address. Claims and patients never stand there.
const FILTERS = { rule: "f-rule", heading: "f-section", class: "f-class", verdict: "f-verdict", family: "f-family", month: "f-month", payer: "f-payer" };
const COLUMN = { rule: "rule", heading: "section", class: "cls", verdict: "verdict", family: "rule", month: "date", payer: "payer" };
const sort = { by: null, down: false };
let order = new Uint32Array(0);

function options(id, entries) {
  for (const [key, label] of entries) $(id).append(make("option", { value: key }, label));
}

function fillFilters() {
  const named = (labels, keys, name) => { const used = new Set(col[name]); return labels.map((label, n) => [keys[n], label]).filter((_, n) => used.has(n)); };
  const rules = new Map(), families = new Map();
  for (const rule of words.rule) { rules.set(rule[0], rule[3]); families.set(rule[5], rule[5]); }
  options("f-rule", [...rules].sort().map(([id, title]) => [id, id + "  " + title]));
  options("f-family", [...families].sort());
  options("f-section", named(app.sections, app.sectionKeys, "section"));
  options("f-class", named(app.classes, app.classKeys, "cls"));
  options("f-verdict", named(app.verdicts, app.verdictKeys, "verdict"));
  options("f-month", [...new Set(words.date.map((day) => day.slice(0, 7)))].sort().map((month) => [month || "none", month || say("list.no_date")]));
  options("f-payer", words.payer.map((payer) => [payer || "none", payer || say("list.no_payer")]).sort());
  $("f-payer").parentNode.hidden = words.payer.length < 2;
}

// Which numbers of a dictionary meet a test: then rows are compared by number only.
const mask = (list, test) => Uint8Array.from(list, (entry, n) => (test(entry, n) ? 1 : 0));
const upper = (name) => once("^" + name, () => words[name].map((text) => text.toUpperCase()));
const MASKS = {
  rule: (wanted) => mask(words.rule, (rule) => rule[0] === wanted),
  family: (wanted) => mask(words.rule, (rule) => rule[5] === wanted),
  heading: (wanted) => mask(app.sectionKeys, (key) => key === wanted),
  class: (wanted) => mask(app.classKeys, (key) => key === wanted),
  verdict: (wanted) => mask(app.verdictKeys, (key) => key === wanted),
  month: (wanted) => mask(words.date, (day) => (wanted === "none" ? day === "" : day.startsWith(wanted))),
  payer: (wanted) => mask(words.payer, (payer) => (payer || "none") === wanted),
};

async function searched(text) {
  const parts = [];
  for (const name of ["claim", "code", "mods", "patient"]) {
    if (name === "patient") await patients();
    const found = mask(upper(name), (entry) => entry.includes(text));
    if (found.includes(1)) parts.push([col[name], found]);
  }
  const rules = mask(words.rule, (rule) => (rule[0] + " " + rule[3] + " " + rule[4]).toUpperCase().includes(text));
  if (rules.includes(1)) parts.push([col.rule, rules]);
  const ids = new Set();
  if (/^[0-9A-F]{6,}$/.test(text)) {
    await later("id");
    for (let i = findId(text.toLowerCase()); i >= 0; i = findId(text.toLowerCase(), i + 1)) ids.add(i);
  }
  return (i) => parts.some(([numbers, found]) => found[numbers[i]]) || ids.has(i);
}

let asked = 0;
async function choose() {
  const mine = ++asked, tests = [];
  for (const [name, id] of Object.entries(FILTERS)) {
    const wanted = $(id).value;
    if (wanted !== "") tests.push([col[COLUMN[name]], MASKS[name](wanted)]);
  }
  const provider = $("f-provider").value.trim().toUpperCase(), text = $("f-text").value.trim().toUpperCase();
  if (provider) tests.push([col.provider, mask(upper("provider"), (npi) => npi.includes(provider) || (npi === "" && provider === "NONE"))]);
  const holds = text ? await searched(text) : null;
  if (mine !== asked) return;
  const found = new Uint32Array(data.n);
  let n = 0;
  rows: for (let i = 0; i < data.n; i++) {
    for (let t = 0; t < tests.length; t++) if (!tests[t][1][tests[t][0][i]]) continue rows;
    if (holds && !holds(i)) continue;
    found[n++] = i;
  }
  order = found.slice(0, n);
  arrange();
  tell();
  drawFromTop();
  remember();
}

// Numbers of a dictionary by the order of its texts.
const ranks = (name) => once("#" + name, () => {
  const list = name === "rule" ? words.rule.map((rule) => rule[0]) : words[name], rank = new Int32Array(list.length);
  [...list.keys()].sort((a, b) => (list[a] < list[b] ? -1 : list[a] > list[b] ? 1 : 0)).forEach((n, place) => { rank[n] = place; });
  return rank;
});

// One number a row, key and place together: numbers sort natively, ten times as fast as by a function. Beyond 33 bits of
// key they have no room for both; such amounts are seldom, and are compared by a function. Nothing stands below all else.
const ROOM = 2 ** 20, MOST_KEY = 2 ** 33 - 1, NOTHING = -MOST_KEY;
function arrange() {
  if (!sort.by) { order.sort(); return; }
  const key = col[sort.by], rank = words[sort.by] ? ranks(sort.by) : null, sign = sort.down ? -1 : 1, room = ROOM;
  const both = new Float64Array(order.length);
  for (let n = 0; n < order.length; n++) {
    const i = order[n], v = key[i];
    const at = rank ? rank[v] : v === EMPTY || Number.isNaN(v) ? NOTHING : v;
    if (at < NOTHING || at > MOST_KEY) { arrangeSlowly(key, sign); return; }
    both[n] = sign * at * room + i;
  }
  both.sort();
  for (let n = 0; n < both.length; n++) order[n] = ((both[n] % room) + room) % room;
}

function arrangeSlowly(key, sign) {
  const at = (i) => (key[i] === EMPTY || Number.isNaN(key[i]) ? -Infinity : key[i]);
  order.sort((a, b) => (at(a) === at(b) ? a - b : at(a) < at(b) ? -sign : sign));
}

function tell() {
  const sums = app.sections.map(() => [0, 0]);
  for (const i of order) { const entry = sums[col.section[i]]; entry[0]++; entry[1] += value("amount", i) || 0; }
  const parts = sums.map(([rows, cents], n) => {
    if (!rows) return "";
    const money = /^(over|under|at_risk)/.test(app.sectionKeys[n]);
    return app.sections[n] + ": " + (money ? say("list.money_in", { dollars: usd(cents), rows: count(rows) }) : count(rows));
  }).filter(Boolean);
  $("f-summary").textContent = say("list.shown", { rows: count(order.length), all: count(data.n) }) + " " + parts.join(" · ");
}

function remember() {
  const told = new URLSearchParams();
  for (const [name, id] of Object.entries(FILTERS)) if ($(id).value) told.set(name, $(id).value);
  const npi = $("f-provider").value.trim();
  if (/^(\d{1,10}|N-[A-Z2-7]{16}|none)$/i.test(npi)) told.set("npi", npi); // an NPI or a pseudonym: another may be a person's
  if (sort.by) told.set("sort", (sort.down ? "-" : "") + sort.by);
  if (open.id) told.set("finding", open.id);
  const wanted = "#findings" + (String(told) ? "?" + told : "");
  if (wanted !== location.hash && (String(told) || location.hash.startsWith("#findings?"))) history.replaceState(null, "", wanted);
}

// Puts the controls as the fragment says. True when the fragment is one of the list.
function recall(hash) {
  if (!/^#findings(\?|$)/.test(hash)) return false;
  const told = new URLSearchParams(hash.slice("#findings".length));
  $("filters").reset();
  for (const [name, id] of Object.entries(FILTERS)) $(id).value = told.get(name) || "";
  for (const id of Object.values(FILTERS)) if ($(id).selectedIndex < 0) $(id).value = "";
  $("f-provider").value = told.get("npi") || "";
  const by = (told.get("sort") || "").replace(/^-/, "");
  orderBy(document.querySelector("#list th[data-sort='" + CSS.escape(by) + "']") ? by : null, (told.get("sort") || "").startsWith("-"));
  return told;
}

function orderBy(by, down) {
  Object.assign(sort, { by, down });
  for (const head of document.querySelectorAll("#list th[data-sort]")) {
    if (head.dataset.sort === by) head.setAttribute("aria-sort", down ? "descending" : "ascending");
    else head.removeAttribute("aria-sort");
  }
}
