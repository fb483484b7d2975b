"""How the page of an audit opens and answers in a real Chromium: first paint, filters, sorting, opening a finding.

    python benchmarks/page.py audit.html [--chromium PROGRAM]

Times are milliseconds inside of the page, from the event to the row of figures being told anew ("told"), and to the
next frame ("seen"). Needs playwright (extra `test`) and a Chromium of the system.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
from pathlib import Path
from typing import Any

ASK = """async ([id, value, rounds]) => {
  const control = document.getElementById(id), told = document.getElementById('f-summary'), times = [];
  const put = async (to) => {
    const was = told.textContent, begun = performance.now();
    control.value = to;
    control.dispatchEvent(new Event(control.tagName === 'INPUT' ? 'input' : 'change'));
    while (told.textContent === was && performance.now() - begun < 3000) await new Promise((go) => setTimeout(go, 0));
    const said = performance.now() - begun;
    await new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
    return [said, performance.now() - begun];
  };
  for (let n = 0; n < rounds; n++) { times.push(await put(value)); await put(''); }
  return times;
}"""
SORT = """async (place) => {
  const begun = performance.now();
  document.querySelector(`#list th:nth-child(${place}) button`).click();
  const said = performance.now() - begun;
  await new Promise((go) => requestAnimationFrame(() => setTimeout(go)));
  return [said, performance.now() - begun];
}"""
OPEN = """async () => {
  const begun = performance.now();
  document.querySelector('#rows tr.row').click();
  while (document.getElementById('finding').hidden) await new Promise((go) => setTimeout(go, 0));
  return performance.now() - begun;
}"""


def main() -> None:
    """Measure one page and print a table."""
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    asked.add_argument("page", type=Path)
    asked.add_argument("--chromium", default=shutil.which("chromium") or shutil.which("google-chrome"))
    given = asked.parse_args()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=given.chromium, args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1400, "height": 950})
        tab.goto(given.page.resolve().as_uri(), wait_until="commit")
        tab.wait_for_selector("html[data-ready]", timeout=120_000)
        paint = tab.evaluate(
            "performance.getEntriesByType('paint').find((e) => e.name === 'first-contentful-paint').startTime"
        )
        ready = tab.evaluate("performance.now()")
        say("size of the page, MB", given.page.stat().st_size / 1e6)
        say("first paint", paint)
        say("list ready (at most)", ready)
        for control in ("f-rule", "f-family", "f-section", "f-class", "f-verdict", "f-month"):
            value = tab.evaluate("(id) => document.getElementById(id).options[1].value", control)
            told(f"filter {control[2:]}", tab.evaluate(ASK, [control, value, 5]))
        for control, value in (("f-provider", "00001"), ("f-text", "C0000012"), ("f-text", "99213")):
            told(
                f"search {control[2:]} {value} (80 of waiting in it)", tab.evaluate(ASK, [control, value, 5])
            )
        for place, name in ((3, "rule"), (4, "claim"), (5, "date"), (8, "paid"), (9, "counted")):
            told(f"sort by {name}", [tab.evaluate(SORT, place) for _ in range(3)])
        say("open a finding", tab.evaluate(OPEN))
        say("memory of the script, MB", tab.evaluate("performance.memory.usedJSHeapSize / 1e6"))
        browser.close()


def told(what: str, times: list[Any]) -> None:
    """Median of (told, seen)."""
    print(
        f"{what:<52}{statistics.median(t[0] for t in times):>8.0f}{statistics.median(t[1] for t in times):>8.0f}"
    )


def say(what: str, figure: float) -> None:
    """One figure."""
    print(f"{what:<52}{figure:>8.0f}")


if __name__ == "__main__":
    main()
