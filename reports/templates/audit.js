"use strict";
// Reads the data of this file, nothing else. Text goes in as text nodes only; nothing is ever parsed as markup.
(() => {
  const $ = (id) => document.getElementById(id);
  const usd = (cents) => {
    if (cents === null || cents === undefined) return "";
    const whole = Math.floor(Math.abs(cents) / 100).toLocaleString("en-US");
    return (cents < 0 ? "-$" : "$") + whole + "." + String(Math.abs(cents) % 100).padStart(2, "0");
  };
  const count = (n) => n.toLocaleString("en-US");
  const spoken = (name) => name.replaceAll("_", " ");
  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (name === "class") node.className = value;
      else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
    }
    for (const child of children) if (child !== null && child !== undefined && child !== "") node.append(child);
    return node;
  }
  async function unpack(name) {
    const bytes = Uint8Array.from(atob($("data-" + name).textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  let app, data, col, words, order = [], page = 0, shown = new Map();
  const sort = { by: null, down: false };
  const blocks = new Map();
  const filters = { rule: "f-rule", section: "f-section", cls: "f-class", verdict: "f-verdict", month: "f-month" };

  async function detailOf(i) {
    const number = Math.floor(i / data.block);
    if (!blocks.has(number)) {
      if (blocks.size > 40) blocks.delete(blocks.keys().next().value);
      blocks.set(number, unpack("d" + number));
    }
    return (await blocks.get(number))[i % data.block];
  }

  function options(id, entries) {
    for (const [value, label] of entries) $(id).append(make("option", { value }, label));
  }

  function fillFilters() {
    const seen = new Map();
    words.rule.forEach((rule) => seen.set(rule[0], rule[3]));
    options("f-rule", [...seen].sort().map(([id, title]) => [id, id + "  " + title]));
    const used = (name) => new Set(col[name]);
    const section = used("section"), cls = used("cls"), verdict = used("verdict");
    options("f-section", app.sections.map((label, n) => [n, label]).filter(([n]) => section.has(n)));
    options("f-class", app.classes.map((label, n) => [n, label]).filter(([n]) => cls.has(n)));
    options("f-verdict", app.verdicts.map((label, n) => [n, label]).filter(([n]) => verdict.has(n)));
    const months = [...new Set(words.date.map((day) => day.slice(0, 7)))].sort();
    options("f-month", months.map((month) => [month || "none", month || "no single date"]));
  }

  // Which numbers of a dictionary hold the text: then rows are compared by number only.
  const holding = (list, wanted) => {
    const mask = new Uint8Array(list.length);
    list.forEach((text, n) => { if (text.toUpperCase().includes(wanted)) mask[n] = 1; });
    return mask;
  };

  function choose() {
    const value = (name) => $(filters[name]).value;
    const rule = value("rule"), month = value("month");
    const provider = $("f-provider").value.trim().toUpperCase(), text = $("f-text").value.trim().toUpperCase();
    const ruleMask = rule && Uint8Array.from(words.rule, (r) => (r[0] === rule ? 1 : 0));
    const monthMask = month && Uint8Array.from(words.date, (d) => ((month === "none" ? d === "" : d.startsWith(month)) ? 1 : 0));
    const providerMask = provider && holding(words.provider, provider);
    const claims = text && holding(words.claim, text), patients = text && holding(words.patient, text), codes = text && holding(words.code, text);
    const section = value("section"), cls = value("cls"), verdict = value("verdict");
    const s = section === "" ? -1 : +section, c = cls === "" ? -1 : +cls, v = verdict === "" ? -1 : +verdict;
    order = [];
    for (let i = 0; i < data.n; i++) {
      if (s >= 0 && col.section[i] !== s) continue;
      if (c >= 0 && col.cls[i] !== c) continue;
      if (v >= 0 && col.verdict[i] !== v) continue;
      if (ruleMask && !ruleMask[col.rule[i]]) continue;
      if (monthMask && !monthMask[col.date[i]]) continue;
      if (providerMask && !providerMask[col.provider[i]]) continue;
      if (text && !claims[col.claim[i]] && !patients[col.patient[i]] && !codes[col.code[i]] && !col.id[i].toUpperCase().includes(text)) continue;
      order.push(i);
    }
    arrange();
    page = 0;
    tell();
    draw();
  }

  function arrange() {
    if (!sort.by) return;
    const list = words[sort.by] && (sort.by === "rule" ? words.rule.map((r) => r[0]) : words[sort.by]);
    let key = col[sort.by];
    if (list) {
      const rank = new Int32Array(list.length);
      [...list.keys()].sort((a, b) => (list[a] < list[b] ? -1 : list[a] > list[b] ? 1 : 0)).forEach((n, place) => { rank[n] = place; });
      key = key.map((n) => rank[n]);
    }
    const sign = sort.down ? -1 : 1;
    order.sort((a, b) => sign * ((key[a] ?? -1) - (key[b] ?? -1)) || a - b);
  }

  function tell() {
    const sums = new Map();
    for (const i of order) {
      const entry = sums.get(col.section[i]) || [0, 0];
      entry[0]++;
      entry[1] += col.amount[i];
      sums.set(col.section[i], entry);
    }
    const parts = [...sums].sort((a, b) => a[0] - b[0]).map(([n, [rows, cents]]) => {
      const key = app.sectionKeys[n];
      const money = /^(over|under|at_risk)/.test(key) ? usd(cents) + " in " : "";
      return app.sections[n] + ": " + money + count(rows);
    });
    $("f-summary").textContent = count(order.length) + " of " + count(data.n) + " rows. " + parts.join(" · ");
  }

  function draw() {
    const size = +$("p-size").value, pages = Math.max(1, Math.ceil(order.length / size));
    page = Math.min(Math.max(page, 0), pages - 1);
    const body = $("rows");
    body.replaceChildren();
    shown = new Map();
    for (const i of order.slice(page * size, page * size + size)) body.append(rowOf(i));
    if (!order.length) body.append(make("tr", {}, make("td", { colspan: 10, class: "none" }, "No finding meets these filters.")));
    $("pager").hidden = false;
    $("p-where").textContent = "Page " + count(page + 1) + " of " + count(pages);
    $("p-first").disabled = $("p-prev").disabled = page === 0;
    $("p-next").disabled = $("p-last").disabled = page >= pages - 1;
    $("p-open").textContent = "Open all on this page";
  }

  function rowOf(i) {
    const rule = words.rule[col.rule[i]], claim = words.claim[col.claim[i]];
    const toggle = make("button", { type: "button", class: "toggle", "aria-expanded": "false", "aria-label": "Open finding " + col.id[i] }, "+");
    const verdict = app.verdicts[col.verdict[i]];
    const row = make("tr", { class: "row" },
      make("td", {}, toggle),
      make("td", {}, String(col.priority[i] || "")),
      make("td", {}, make("span", { class: "chip " + app.classKeys[col.cls[i]], title: app.classes[col.cls[i]] }, app.classShort[col.cls[i]]), col.verdict[i] ? make("small", {}, verdict) : null),
      make("td", {}, rule[3] || rule[0], make("small", {}, rule[0])),
      make("td", { class: "claim" }, claim || app.providerLevel, claim && col.line[i] !== null ? make("small", {}, "line " + col.line[i]) : null),
      make("td", { class: "keep" }, words.date[col.date[i]]),
      make("td", { class: "keep", title: data.meanings[words.code[col.code[i]]] || "" }, words.code[col.code[i]], words.mods[col.mods[i]] ? make("small", {}, words.mods[col.mods[i]]) : null, col.units[i] ? make("small", {}, col.units[i] + (col.units[i] === "1" ? " unit" : " units")) : null),
      make("td", { class: "keep" }, words.provider[col.provider[i]]),
      make("td", { class: "num" }, usd(col.paid[i])),
      make("td", { class: "num" }, col.verdict[i] ? "–" : usd(col.amount[i])));
    const open = () => flip(i, row, toggle);
    row.addEventListener("click", (event) => {
      if (event.target.closest("a") || String(getSelection())) return;
      open();
    });
    shown.set(i, { row, toggle, open });
    return row;
  }

  async function flip(i, row, toggle) {
    const is = toggle.getAttribute("aria-expanded") === "true";
    toggle.setAttribute("aria-expanded", String(!is));
    toggle.textContent = is ? "+" : "−";
    row.classList.toggle("open", !is);
    if (is) {
      if (row.nextSibling && row.nextSibling.className === "detail") row.nextSibling.remove();
      return;
    }
    const detail = await detailOf(i);
    if (toggle.getAttribute("aria-expanded") === "true" && row.isConnected) row.after(make("tr", { class: "detail" }, make("td", { colspan: 10 }, make("div", { class: "opened" }, ...paint(i, detail)))));
  }

  function table(heads, lines, label) {
    return make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label }, make("table", {},
      make("thead", {}, make("tr", {}, ...heads.map(([text, number]) => make("th", { scope: "col", class: number ? "num" : "" }, text)))),
      make("tbody", {}, ...lines.map(({ cells, flagged }) => make("tr", { class: flagged ? "flagged" : "" }, ...cells.map((cell, n) => make("td", { class: heads[n][1] ? "num" : "" }, cell)))))));
  }

  function paint(i, d) {
    const [sentence, evidence, references, citations, money, basis, direction, billing, rendering, payer, business, record, premises, reason, suppressedBy, cause, atRisk, split] = d;
    const rule = words.rule[col.rule[i]], register = data.register[rule[0]] || ["", [], "", "", []];
    const claim = words.claim[col.claim[i]], out = [], described = evidence.some((line) => data.meanings[line[4]]);
    const part = (title, ...nodes) => { out.push(make("h3", {}, title), ...nodes); };
    const list = (items, tag) => make(tag || "ul", {}, ...items.map((item) => make("li", {}, item)));
    out.push(make("p", { class: "sentence" }, sentence));
    if (col.verdict[i]) out.push(make("p", {}, "Verdict: " + app.verdicts[col.verdict[i]] + (reason ? ", " + reason : "") + (suppressedBy ? ", by " : ""), suppressedBy ? override(suppressedBy) : null, "."));
    const facts = [
      ["Class", app.classes[col.cls[i]]], ["Verdict", app.verdicts[col.verdict[i]]], ["Heading", app.sections[col.section[i]]],
      ["Review priority", String(col.priority[i] || "") && col.priority[i] + " of 4"], ["Direction", app.directions[direction] || direction],
      ["Amount at risk", atRisk ? "yes" : ""],
      ["Charge", usd(money[0])], ["Allowed", usd(money[1])], ["Paid", usd(money[2])],
      ["Exposure, rule alone", usd(money[3])], ["Exposure as processed", usd(money[4])], ["Exposure, allowed", usd(money[5])],
      ["Exposure counted", usd(money[6])], ["Exposure basis", app.bases[basis] || spoken(basis)],
      ["Across claims", split ? "yes: the lines stand on different claims" : ""],
      ["Patient", words.patient[col.patient[i]]], ["Rendering NPI", rendering], ["Billing NPI", billing], ["Payer", payer], ["Line of business", spoken(business)],
      ["Suppressed by", suppressedBy && override(suppressedBy)], ["Reason", reason],
    ].filter(([, value]) => value);
    if (evidence.length) {
      part("Claim lines it rests on", table(
        [["Role"], ["Claim"], ["Line", 1], ["Service date"], ["Code"], ["Modifiers"], ["Units", 1], ["Charge", 1], ["Allowed", 1], ["Paid", 1], ...(described ? [["Description"]] : [])],
        evidence.map((line) => ({
          flagged: line[1] === claim && line[2] === col.line[i],
          cells: [spoken(line[0]), line[1], line[2] === null ? "" : String(line[2]), line[3], line[4], line[5], line[6], usd(line[8]), usd(line[9]), usd(line[7]), ...(described ? [data.meanings[line[4]] || ""] : [])],
        })), "Claim lines it rests on"));
    }
    part("Reference row in force", references.length ? table(
      [["Table"], ["Edition"], ["Key"], ["Effective"], ["Deleted"]],
      references.map((n) => data.references[n]).map((r) => ({ cells: [r[0], r[1], r[2], r[3], r[4] || app.openEnd] })), "Reference row in force") : make("p", { class: "quiet" }, "This rule rests on no row of a table."));
    part("Authority", citations.length ? list(citations.map((n) => cite(data.citations[n]))) : make("p", {}, make("em", { class: "unverified" }, app.unverified)));
    if (record.length) part("Record needed", list(record));
    if (premises.length) part("It follows from", list(premises.map(premise), "ol"));
    part("Rule", make("p", {}, rule[3] + " · ", register[3] ? make("a", { href: "#rule-" + encodeURIComponent(register[3]) }, make("code", {}, rule[0])) : make("code", {}, rule[0]), " version " + (rule[1] ?? "") + (register[0] ? ", " + register[0] : "") + (rule[4] ? " · " + rule[4] : "") + (register[2] ? " · CARC analogue " + register[2] : ""), register[3] ? make("small", {}, make("a", { href: "#rule-" + encodeURIComponent(register[3]) }, "The rule in words, its law and its tests")) : null, make("code", { class: "hash" }, rule[2])));
    if (register[4].length) part("Overrides of payers on this rule", list(register[4].map((id) => make("span", {}, override(id), " " + data.overrides[id]))));
    if (register[1].length) part("Known false positives", list(register[1]));
    if (cause) part(app.draftCause, make("p", {}, cause));
    part("Figures and parties", make("dl", { class: "facts" }, ...facts.map(([name, value]) => make("div", {}, make("dt", {}, name), make("dd", {}, value)))));
    out.push(make("p", { class: "quiet" }, app.limitation + " Finding ", make("code", {}, col.id[i])));
    return out;
  }

  function cite(c) {
    const name = c[5] ? make("a", { href: c[3], rel: "noreferrer noopener", target: "_blank" }, c[0]) : c[0];
    return make("span", {}, name, (c[1] ? ", " + c[1] : "") + (c[2] ? " (" + c[2] + ")" : "") + " ", c[4] ? null : make("em", { class: "unverified" }, app.unverified));
  }

  function override(id) {
    return Object.hasOwn(data.overrides, id) ? make("a", { href: "#override-" + encodeURIComponent(id) }, id) : id;
  }

  function premise(text) {
    const id = /^(?:finding )?([0-9a-f]{8,64})$/.exec(text);
    if (!id) return text;
    const link = make("a", { href: "#findings" }, "finding " + id[1]);
    link.addEventListener("click", () => { $("filters").reset(); $("f-text").value = id[1]; choose(); });
    return link;
  }

  function listen() {
    const later = (act) => { let waiting; return () => { clearTimeout(waiting); waiting = setTimeout(act, 120); }; };
    for (const id of Object.values(filters)) $(id).addEventListener("change", choose);
    for (const id of ["f-provider", "f-text"]) $(id).addEventListener("input", later(choose));
    $("filters").addEventListener("submit", (event) => { event.preventDefault(); choose(); });
    $("filters").addEventListener("reset", () => setTimeout(choose, 0));
    const turn = (id, act) => $(id).addEventListener("click", () => { act(); draw(); });
    turn("p-first", () => { page = 0; });
    turn("p-prev", () => { page--; });
    turn("p-next", () => { page++; });
    turn("p-last", () => { page = Infinity; });
    $("p-size").addEventListener("change", () => { page = 0; draw(); });
    $("p-open").addEventListener("click", () => {
      const closing = [...shown.values()].every(({ toggle }) => toggle.getAttribute("aria-expanded") === "true");
      for (const { toggle, open } of shown.values()) if ((toggle.getAttribute("aria-expanded") === "true") === closing) open();
      $("p-open").textContent = closing ? "Open all on this page" : "Close all on this page";
    });
    for (const head of document.querySelectorAll("#list th[data-sort]")) {
      head.querySelector("button").addEventListener("click", () => {
        const by = head.dataset.sort, first = by === "paid" || by === "amount";
        if (sort.by === by) sort.down = !sort.down;
        else Object.assign(sort, { by, down: first });
        for (const other of document.querySelectorAll("#list th[aria-sort]")) other.removeAttribute("aria-sort");
        head.setAttribute("aria-sort", sort.down ? "descending" : "ascending");
        arrange();
        page = 0;
        draw();
      });
    }
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[data-filter]");
      if (!link) return;
      $("filters").reset();
      const kind = link.dataset.filter, value = link.dataset.value;
      if (kind === "provider") $("f-provider").value = value;
      else if (filters[kind]) $(filters[kind]).value = kind === "month" && !value ? "none" : value;
      choose();
    });
    document.addEventListener("keydown", (event) => {
      if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName) && !event.ctrlKey && !event.metaKey) {
        event.preventDefault();
        $("f-text").focus();
      }
    });
  }

  // The page of a rule or an override lies folded; a link to it unfolds it before the browser goes there.
  function unfold(hash) {
    const at = /^#(rule|override)-/.test(hash) && $(decodeURIComponent(hash.slice(1)));
    const page = at && at.closest("details");
    if (page) page.open = true;
    return at;
  }

  async function asides() {
    const rows = await unpack("aside"), body = $("aside").querySelector("tbody"), pager = $("aside-pager");
    const [back, next] = pager.querySelectorAll("button"), size = 50, pages = Math.ceil(rows.length / size);
    let at = 0;
    const show = () => {
      body.replaceChildren(...rows.slice(at * size, at * size + size).map((r) => make("tr", {},
        make("td", {}, r[0]), make("td", { class: "num" }, r[1] === null ? "" : count(r[1])),
        make("td", {}, r[2], r[3] ? make("small", {}, "line " + r[3]) : null),
        make("td", {}, r[5] || spoken(r[4]), r[5] ? make("small", {}, spoken(r[4])) : null),
        make("td", { class: "num" }, usd(r[6])), make("td", { class: "num" }, usd(r[7])))));
      pager.querySelector("span").textContent = "Page " + count(at + 1) + " of " + count(pages);
      back.disabled = at === 0;
      next.disabled = at >= pages - 1;
    };
    back.addEventListener("click", () => { at--; show(); });
    next.addEventListener("click", () => { at++; show(); });
    $("aside").hidden = false;
    pager.hidden = pages < 2;
    show();
  }

  // On paper nothing can be unfolded: the pages of rules and overrides are open in print, and folded again after it.
  let opened = [];
  function openAll() {
    if (opened.length) return;
    opened = [...document.querySelectorAll("details.rule-page:not([open])")];
    for (const page of opened) page.open = true;
  }
  function foldAgain() {
    for (const page of opened) page.open = false;
    opened = [];
  }

  async function start() {
    addEventListener("beforeprint", openAll);
    addEventListener("afterprint", foldAgain);
    document.addEventListener("click", (event) => {
      const link = event.target.closest("a[href^='#rule-'], a[href^='#override-']");
      if (link) unfold(link.getAttribute("href"));
    });
    const asked = unfold(location.hash);
    if (asked) asked.scrollIntoView();
    if (typeof DecompressionStream === "undefined") {
      $("unpack-failed").hidden = false;
      if ($("f-summary")) $("f-summary").textContent = "";
      return;
    }
    if ($("aside")) asides();
    if (!$("list")) return;
    [app, data] = await Promise.all([unpack("app"), unpack("columns")]);
    col = data.columns;
    words = data.words;
    fillFilters();
    listen();
    choose();
    document.documentElement.dataset.ready = "yes";
  }
  start();
})();
