// A claim as its form lays it out: section 24 of the CMS-1500, or the service lines of the UB-04.
const MOST_LINES = 60;

function table(heads, lines, label) {
  return make("div", { class: "scroll", tabindex: "0", role: "group", "aria-label": label }, make("table", {},
    make("thead", {}, make("tr", {}, heads.map(([text, number]) => make("th", { scope: "col", class: number ? "num" : "" }, text)))),
    make("tbody", {}, lines.map(({ cells, kind }) => make("tr", { class: kind || "" }, cells.map((cell, n) => make("td", { class: heads[n][1] ? "num" : "" }, cell)))))));
}

// [words, number, part of the line] of each column; a line is [no, from, to, pos, rev, code, mods, ptr, units, charge, allowed, paid, rendering].
const meant = (code) => (data.meanings[code] ? [code, make("small", {}, data.meanings[code])] : code);
const COLUMNS = {
  professional: [
    ["form.24a", 0, (l) => (l[2] ? [l[1], make("small", {}, say("form.to", { day: l[2] }))] : l[1])], ["form.24b", 0, (l) => l[3]],
    ["form.24d", 0, (l) => meant(l[5])], ["form.24d_mods", 0, (l) => l[6]], ["form.24e", 0, (l) => l[7]],
    ["form.24f", 1, (l) => usd(l[9])], ["form.24g", 1, (l) => l[8]], ["form.24j", 0, (l) => l[12]],
  ],
  institutional: [
    ["form.42", 0, (l) => l[4]], ["form.44", 0, (l) => meant(l[5])], ["form.44_mods", 0, (l) => l[6]],
    ["form.45", 0, (l) => (l[2] ? [l[1], make("small", {}, say("form.to", { day: l[2] }))] : l[1])],
    ["form.46", 1, (l) => l[8]], ["form.47", 1, (l) => usd(l[9])],
  ],
};
const ANSWERED = [["form.allowed", 1, (l) => usd(l[10])], ["form.paid", 1, (l) => usd(l[11])]];

// roles: by line number, what the line is to the finding; flagged: the number of the line that the finding is about.
function claimForm(claim, roles, flagged) {
  const [number, patient, payer, type, setting, billing, facility, tob, frequency, original, drg, status, auth, icn, admitted, discharged, received, paid, dx, lines] = claim;
  const hospital = type === "institutional", name = hospital ? "form.ub04" : type === "dental" ? "form.dental" : "form.cms1500";
  const boxes = (hospital
    ? [["form.fl4", tob], ["form.fl56", billing], ["form.fl12", admitted], ["form.discharged", discharged], ["form.fl17", status], ["form.fl71", drg], ["form.fl63", auth], ["form.fl64", original]]
    : [["form.b33a", billing], ["form.b32a", facility], ["form.b22", original && (frequency ? frequency + " · " : "") + original], ["form.b23", auth]]);
  boxes.unshift([hospital ? "form.fl3a" : "form.b26", number], [hospital ? "form.fl60" : "form.b1a", patient], ["form.payer", payer]);
  boxes.push(["form.received", received], ["form.paid_on", paid], ["form.icn", icn]);
  const codes = dx.length ? make("p", { class: "dx" }, make("span", {}, say(hospital ? "form.fl67" : "form.b21")), dx.map((code, n) => make("span", { class: "dx-code" }, hospital ? null : make("b", {}, "ABCDEFGHIJKL"[n] || String(n + 1)), code))) : null;
  const columns = [...(hospital ? COLUMNS.institutional : COLUMNS.professional), ...ANSWERED];
  const heads = [[say("form.line"), 1], [say("form.part")], ...columns.map(([key, right]) => [say(key), right])];
  const concerned = lines.filter((line) => roles.has(line[0]) || line[0] === flagged);
  const rows = (some) => some.map((line) => ({
    kind: line[0] === flagged && flagged !== null ? "flagged" : roles.has(line[0]) ? "evidence" : "",
    cells: [line[0] === null ? "" : String(line[0]), line[0] === flagged && flagged !== null ? [make("b", {}, say("form.flagged")), roles.get(line[0]) ? make("small", {}, roles.get(line[0])) : null] : roles.get(line[0]) || "", ...columns.map(([, , part]) => part(line))],
  }));
  const label = say(name) + ", " + say("form.claim", { claim: number });
  let drawn = table(heads, rows(lines.length > MOST_LINES ? concerned : lines), label);
  const all = lines.length > MOST_LINES && make("button", { type: "button", click: () => { const whole = table(heads, rows(lines), label); drawn.replaceWith(whole); drawn = whole; all.remove(); } }, say("form.all_lines", { lines: count(lines.length) }));
  return make("div", { class: "form" }, make("p", { class: "form-name" }, make("b", {}, say(name)), make("span", {}, say("form.claim", { claim: number }) + (setting ? " · " + spoken(setting) : "") + " · " + counted(lines.length, "line"))),
    make("dl", { class: "boxes" }, boxes.filter(([, told]) => told).map(([key, told]) => make("div", {}, make("dt", {}, say(key)), make("dd", {}, told)))), codes, drawn, all);
}
