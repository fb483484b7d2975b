// One finding: its sentence, its claims, the steps that lead to it, its law, its figures.
const open = { i: -1, id: "" };

async function show(i, then) {
  open.i = i;
  const [detail] = await Promise.all([detailOf(i), later("id"), patients()]);
  const claims = await Promise.all(detail[18].map(claimOf));
  if (open.i !== i) return;
  open.id = idOf(i);
  const first = $("finding").hidden;
  $("finding").hidden = false;
  $("explore").classList.add("opened");
  $("finding").replaceChildren(...paint(i, detail, claims));
  draw(true);
  if (then === "finding") $("finding-title").focus();
  else if (then === "list" || then === "stay") focusRow(list.at);
  if (first && then !== "stay" || then === "go") $(then === "go" ? "finding" : "f-summary").scrollIntoView({ block: "start" });
  remember();
}

function close() {
  if (open.i < 0) return;
  Object.assign(open, { i: -1, id: "" });
  $("finding").hidden = true;
  $("finding").replaceChildren();
  $("explore").classList.remove("opened");
  focusRow(list.at);
  remember();
}

function step(by) {
  const n = order.indexOf(open.i) + by;
  if (n < 0 || n >= order.length) return;
  focusRow(n);
  show(order[n], "finding");
}

function narrow(change) {
  $("filters").reset();
  change();
  choose();
  $("findings").scrollIntoView();
}

const items = (some, tag) => make(tag || "ul", {}, some.map((item) => make("li", {}, item)));
const block = (title, ...nodes) => make("section", {}, make("h4", {}, title), nodes);
const ruleLink = (id, ...said) => make("a", { href: "#rule-" + encodeURIComponent(id) }, said);

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
  const i = findId(id[1]);
  if (i < 0) return say("step.finding", { id: id[1] });
  return make("button", { type: "button", class: "link", click: () => { list.at = Math.max(order.indexOf(i), 0); show(i, "go"); } },
    say("step.other", { rule: words.rule[col.rule[i]][0], line: value("line", i) ?? "", code: words.code[col.code[i]] }));
}

function paint(i, d, claims) {
  const [sentence, evidence, references, citations, money, basis, direction, billing, rendering, payer, business, record, premises, reason, suppressedBy, cause, atRisk, split] = d;
  const rule = words.rule[col.rule[i]], register = data.register[rule[0]] || ["", [], "", "", []], steps = data.steps[register[3]] || [];
  const claim = words.claim[col.claim[i]], line = value("line", i), verdict = col.verdict[i], amount = usd(value("amount", i));
  const rolesIn = (number) => new Map(evidence.filter((e) => e[1] === number).map((e) => [e[2], spoken(e[0])]));
  const tool = (key, act, off) => make("button", { type: "button", click: act, disabled: off || null }, say(key));
  const at = order.indexOf(i);
  const head = make("div", { class: "f-head" },
    make("p", { class: "crumbs" }, make("button", { type: "button", class: "link", click: () => narrow(() => { $("f-rule").value = rule[0]; }) }, say("finding.of_rule", { rule: rule[0] })),
      claim ? [" › ", make("button", { type: "button", class: "link", click: () => narrow(() => { $("f-text").value = claim; }) }, say("finding.of_claim", { claim }))] : null,
      make("span", { class: "tools" }, tool("finding.previous", () => step(-1), at <= 0), tool("finding.next", () => step(1), at < 0 || at >= order.length - 1), tool("finding.print", () => print()), tool("finding.close", close))),
    make("h3", { id: "finding-title", tabindex: "-1" }, rule[3] || rule[0]),
    make("p", { class: "f-line" }, make("span", { class: "chip " + app.classKeys[col.cls[i]] }, app.classes[col.cls[i]]),
      make("span", {}, app.sections[col.section[i]]), verdict ? null : make("b", {}, amount), col.priority[i] ? make("span", {}, say("finding.priority", { priority: col.priority[i] })) : null));
  const evidenceTable = () => table(
    [["role"], ["claim"], ["line", 1], ["date"], ["code"], ["mods"], ["units", 1], ["charge", 1], ["allowed", 1], ["paid", 1]].map(([key, right]) => [say("evidence." + key), right]),
    evidence.map((e) => ({ kind: e[1] === claim && e[2] === line ? "flagged" : "", cells: [spoken(e[0]), e[1], e[2] === null ? "" : String(e[2]), e[3], meant(e[4]), e[5], e[6], usd(e[8]), usd(e[9]), usd(e[7])] })), say("evidence.title"));
  const shownHere = new Set(claims.map((c) => c[0])), rest = evidence.some((e) => !shownHere.has(e[1]));
  const forms = claims.map((c) => claimForm(c, rolesIn(c[0]), c[0] === claim ? line : null));
  const chain = [];
  const link = (key, ...nodes) => chain.push(make("li", {}, make("b", {}, say(key)), nodes));
  if (steps.length) link("step.rule", make("p", {}, ruleLink(register[3], rule[0] + " " + (rule[3] || "")), " " + say("step.rule_asks")),
    make("details", {}, make("summary", {}, say("step.rule_steps", { steps: steps.length })), make("ol", {}, steps.map(([, title, text]) => make("li", {}, title, text.length ? items(text) : null)))));
  if (evidence.length) link("step.lines", items(evidence.map((e) => say("step.line", { role: spoken(e[0]), code: e[4] + (e[5] ? " " + e[5] : ""), claim: e[1], line: e[2] ?? "", day: e[3], units: e[6], paid: usd(e[7]) || say("step.not_told") }))));
  link("step.row", references.length ? table(["table", "edition", "key", "effective", "deleted"].map((key) => [say("row." + key)]),
    references.map((n) => data.references[n]).map((r) => ({ cells: [r[0], r[1], r[2], r[3], r[4] || app.openEnd] })), say("step.row")) : make("p", { class: "quiet" }, say("step.no_row")));
  if (premises.length) link("step.premises", items(premises.map(premise)));
  link("step.verdict", make("p", {}, app.verdicts[verdict] + (reason ? ": " + reason : ""), suppressedBy ? [", " + say("step.by") + " ", override(suppressedBy)] : null, ". " + say("step.class", { class: app.classes[col.cls[i]] })));
  if (register[4].length) link("step.overrides", items(register[4].map((id) => make("span", {}, override(id), " " + data.overrides[id]))));
  link("step.money", make("p", { class: "flow-money" }, [["money.alone", money[3]], ["money.processed", money[4]], ["money.counted", money[6]]].filter(([, cents]) => cents !== null).map(([key, cents], n) => [n ? " → " : "", make("span", {}, say(key) + " ", make("b", {}, usd(cents)))])),
    make("p", { class: "quiet" }, verdict ? say("money.none") : atRisk || app.classKeys[col.cls[i]] === "risk" ? say("money.at_risk") : money[3] !== null && money[6] !== null && money[6] < money[3] ? say("money.less") : say("money.gross")));
  link("step.law", citations.length ? items(citations.map((n) => cite(data.citations[n]))) : make("p", {}, make("em", { class: "unverified" }, app.unverified)));
  const facts = [
    ["direction", app.directions[direction] || direction], ["charge", usd(money[0])], ["allowed", usd(money[1])], ["paid", usd(money[2])], ["corrected", usd(money[7])],
    ["alone", usd(money[3])], ["processed", usd(money[4])], ["by_allowed", usd(money[5])], ["counted", usd(money[6])],
    ["basis", app.bases[basis] || spoken(basis)], ["at_risk", atRisk ? say("fact.yes") : ""], ["across", split ? say("fact.across_yes") : ""],
    ["patient", words.patient[col.patient[i]]], ["rendering", rendering], ["billing", billing], ["payer", payer], ["business", spoken(business)],
    ["carc", register[2]], ["version", String(rule[1] ?? "") + (register[0] ? ", " + register[0] : "")], ["catalogue", rule[4]], ["id", idOf(i)], ["hash", rule[2]],
  ].filter(([, told]) => told);
  return [head, make("p", { class: "sentence" }, sentence),
    forms.length ? block(say(forms.length > 1 ? "form.titles" : "form.title"), forms) : null,
    evidence.length && (!forms.length || rest) ? block(say("evidence.title"), evidenceTable()) : null,
    block(say("step.title"), make("ol", { class: "steps" }, chain)),
    make("div", { class: "asides" }, record.length ? block(say("finding.record"), items(record)) : null,
      register[1].length ? block(say("finding.false_positives"), items(register[1])) : null, cause ? block(app.draftCause, make("p", {}, cause)) : null),
    make("details", { class: "more" }, make("summary", {}, say("finding.facts")), make("dl", { class: "facts" }, facts.map(([key, told]) => make("div", {}, make("dt", {}, say("fact." + key)), make("dd", {}, told))))),
    make("p", { class: "quiet" }, app.limitation)].filter(Boolean);
}
