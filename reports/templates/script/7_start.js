function listen() {
  const soon = (act) => { let waiting; return () => { clearTimeout(waiting); waiting = setTimeout(act, 80); }; };
  for (const id of Object.values(FILTERS)) $(id).addEventListener("change", choose);
  for (const id of ["f-provider", "f-text"]) $(id).addEventListener("input", soon(choose));
  $("filters").addEventListener("submit", (event) => { event.preventDefault(); choose(); });
  $("f-clear").addEventListener("click", () => { $("filters").reset(); orderBy(null, false); choose(); });
  listenToList();
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href^='#findings']");
    if (!link || event.ctrlKey || event.metaKey || event.button) return;
    event.preventDefault();
    if (link.getAttribute("href") !== location.hash) history.pushState(null, "", link.getAttribute("href"));
    follow(true);
  });
  addEventListener("hashchange", () => follow(true));
  addEventListener("popstate", () => follow(false));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "Escape" && event.target.closest("#explore")) close();
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(event.target.tagName)) {
      event.preventDefault();
      $("f-text").focus();
    }
  });
}

// Goes where the fragment says: filters and order, then the finding that is named.
async function follow(scroll) {
  const told = recall(location.hash);
  if (!told) return;
  const wanted = told.get("finding");
  if (!wanted && open.i >= 0) { Object.assign(open, { i: -1, id: "" }); $("finding").hidden = true; $("explore").classList.remove("opened"); }
  if (wanted) { await later("id"); open.id = wanted; }
  await choose();
  if (scroll) $("findings").scrollIntoView();
  if (!wanted) return;
  const i = findId(wanted);
  if (i < 0) { open.id = ""; remember(); return; }
  list.at = Math.max(0, order.indexOf(i));
  focusRow(list.at);
  await show(i, "go");
}

// The page of a rule or an override lies folded; a link to it unfolds it before the browser goes there.
function unfold(hash) {
  if (!/^#(rule|override)-/.test(hash)) return null;
  let name;
  try { name = decodeURIComponent(hash.slice(1)); } catch { return null; } // a shortened address names nothing
  const at = $(name);
  const page = at && at.closest("details");
  if (page) page.open = true;
  return at;
}

async function asides() {
  const rows = await unpack("aside"), body = $("aside").querySelector("tbody"), pager = $("aside-pager");
  const [back, next] = pager.querySelectorAll("button"), size = 50, pages = Math.ceil(rows.length / size);
  let at = 0;
  const turn = () => {
    body.replaceChildren(...rows.slice(at * size, at * size + size).map((r) => make("tr", {},
      make("td", {}, r[0]), make("td", { class: "num" }, r[1] === null ? "" : count(r[1])),
      make("td", {}, r[2], r[3] ? make("small", {}, say("list.line", { line: r[3] })) : null),
      make("td", {}, r[5] || spoken(r[4]), r[5] ? make("small", {}, spoken(r[4])) : null),
      make("td", { class: "num" }, usd(r[6])), make("td", { class: "num" }, usd(r[7])))));
    pager.querySelector("span").textContent = say("aside.page", { page: count(at + 1), pages: count(pages) });
    back.disabled = at === 0;
    next.disabled = at >= pages - 1;
  };
  back.addEventListener("click", () => { at--; turn(); });
  next.addEventListener("click", () => { at++; turn(); });
  $("aside").hidden = false;
  pager.hidden = pages < 2;
  turn();
}

// On paper nothing can be unfolded or scrolled: pages of rules are open, and the rows of the list stand one after another.
const PRINTED = 400;
let unfolded = [];
function toPaper() {
  if (!unfolded.length) {
    unfolded = [...document.querySelectorAll("details:not([open])")];
    for (const page of unfolded) page.open = true;
  }
  if (!data || !$("list")) return;
  const n = Math.min(order.length, PRINTED), rows = [];
  for (let at = 0; at < n; at++) rows.push(rowOf(at));
  $("rows").replaceChildren(...rows);
  $("printed").textContent = order.length > n ? say("print.first", { rows: count(n), all: count(order.length) }) : "";
}
function fromPaper() {
  for (const page of unfolded) page.open = false;
  unfolded = [];
  if (data && $("list")) draw(true);
}

async function start() {
  addEventListener("beforeprint", toPaper);
  addEventListener("afterprint", fromPaper);
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
  app = await unpack("app");
  if ($("aside")) asides();
  if (!$("list")) return;
  data = await unpack("head");
  words = data.words;
  await Promise.all(LISTED.map(load));
  fillFilters();
  listen();
  if (recall(location.hash)) await follow(true);
  else await choose();
  document.documentElement.dataset.ready = "yes";
}
start();
