// The list: of all rows only those in sight are elements. Rows have one height, which the style sheet sets.
const ROW = 46, BEYOND = 8, TALLEST = 8e6;
const list = { from: -1, to: -1, at: 0 };

const pane = () => $("pane");
// Browsers cannot lay out an element of any height: beyond a limit the bar stands for the rows in proportion.
function scale() {
  const tall = order.length * ROW;
  return tall <= TALLEST ? 1 : (tall - pane().clientHeight) / (TALLEST - pane().clientHeight);
}

function draw(force) {
  const view = pane().clientHeight, scaled = scale(), top = pane().scrollTop * scaled;
  const from = Math.max(0, Math.floor(top / ROW) - BEYOND), to = Math.min(order.length, Math.ceil((top + view) / ROW) + BEYOND);
  if (!force && from === list.from && to === list.to && scaled === 1) return;
  const focused = document.activeElement && document.activeElement.closest("#rows tr.row");
  Object.assign(list, { from, to });
  const rows = [];
  for (let n = from; n < to; n++) rows.push(rowOf(n));
  const above = scaled === 1 ? from * ROW : Math.max(0, pane().scrollTop - (top - from * ROW));
  const tall = Math.min(order.length * ROW, TALLEST);
  const gap = (height) => { const row = make("tr", { class: "gap", "aria-hidden": "true" }, make("td", { colspan: 9 })); row.style.height = Math.max(0, height) + "px"; return row; };
  if (!order.length) rows.push(make("tr", {}, make("td", { colspan: 9, class: "none" }, say("list.none"))));
  $("rows").replaceChildren(gap(above), ...rows, gap(order.length ? tall - above - (to - from) * ROW : 0));
  $("list").setAttribute("aria-rowcount", order.length + 1);
  if (focused) focusRow(list.at, true);
}

function drawFromTop() {
  pane().scrollTop = 0;
  list.at = 0;
  draw(true);
}

function rowOf(n) {
  const i = order[n], rule = words.rule[col.rule[i]], claim = words.claim[col.claim[i]], verdict = col.verdict[i], line = value("line", i);
  const code = words.code[col.code[i]], units = words.units[col.units[i]], mods = words.mods[col.mods[i]];
  const cls = app.classKeys[col.cls[i]], amount = verdict ? "–" : usd(value("amount", i));
  const name = say("list.open", { rule: rule[3] || rule[0], claim: claim ? say("list.of_claim", { claim, line: line ?? "" }) : app.providerLevel, amount });
  const is = i === open.i;
  return make("tr", { class: is ? "row open" : "row", "aria-rowindex": n + 2, "aria-current": is ? "true" : null, "data-n": n },
    make("td", { class: "first" }, make("button", { type: "button", class: "toggle", tabindex: n === list.at ? 0 : -1, "aria-label": name }, String(col.priority[i] || "·"))),
    make("td", {}, make("span", { class: "chip " + cls, title: app.classes[col.cls[i]] }, app.classShort[col.cls[i]]), verdict ? make("small", {}, app.verdicts[verdict]) : null),
    make("td", { title: rule[3] }, rule[3] || rule[0], make("small", {}, rule[0])),
    make("td", { title: claim || "" }, claim || app.providerLevel, claim && line !== null ? make("small", {}, say("list.line", { line })) : null),
    make("td", {}, words.date[col.date[i]]),
    make("td", { title: data.meanings[code] || "" }, code + (mods ? " " + mods : ""), units ? make("small", {}, units + " " + app.say[units === "1" ? "unit.one" : "unit.many"]) : null),
    make("td", {}, words.provider[col.provider[i]]),
    make("td", { class: "num" }, usd(value("paid", i))),
    make("td", { class: "num" }, amount));
}

function focusRow(n, still) {
  list.at = Math.min(Math.max(n, 0), order.length - 1);
  if (!still) {
    const top = list.at * ROW, head = $("list").tHead.offsetHeight, view = pane().clientHeight - head, scaled = scale(), now = pane().scrollTop * scaled;
    if (top < now) pane().scrollTop = top / scaled;
    else if (top + ROW > now + view) pane().scrollTop = (top + ROW - view) / scaled;
    draw(true);
  }
  const row = document.querySelector("#rows tr[data-n='" + list.at + "'] .toggle");
  if (row) row.focus({ preventScroll: true });
}

const onPage = () => Math.max(1, Math.floor(pane().clientHeight / ROW) - 2);
const KEYS = { ArrowDown: () => 1, ArrowUp: () => -1, PageDown: onPage, PageUp: () => -onPage(), Home: () => -order.length, End: () => order.length };

function listenToList() {
  let waiting = false;
  pane().addEventListener("scroll", () => {
    if (waiting) return;
    waiting = true;
    requestAnimationFrame(() => { waiting = false; draw(false); });
  }, { passive: true });
  addEventListener("resize", () => draw(true));
  $("rows").addEventListener("click", (event) => {
    const row = event.target.closest("tr.row");
    if (!row || String(getSelection())) return;
    list.at = +row.dataset.n;
    show(order[list.at], event.detail === 0 ? "finding" : "list");
  });
  pane().addEventListener("keydown", (event) => {
    const step = KEYS[event.key];
    if (!step || event.target.closest("thead") || !order.length) return;
    event.preventDefault();
    const from = document.activeElement.closest("tr.row");
    focusRow(from ? list.at + step() : list.at);
    if (open.i >= 0) show(order[list.at], "stay");
  });
  for (const head of document.querySelectorAll("#list th[data-sort]")) {
    head.querySelector("button").addEventListener("click", () => {
      const by = head.dataset.sort, first = by === "paid" || by === "amount";
      orderBy(by, sort.by === by ? !sort.down : first);
      arrange();
      drawFromTop();
      remember();
    });
  }
}
