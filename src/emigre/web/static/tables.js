"use strict";
// A table of a scenario as a spreadsheet: only the rows in view are in the page. Every change is
// saved as a whole table; what could not be saved is kept in the browser until the desk answers.
(() => {
  const box = document.getElementById("grid");
  const data = JSON.parse(document.getElementById("table-data").textContent);
  const names = data.columns.map((c) => c.name);
  const HIGH = 34, EXTRA = 10, SETTLE = 500, AGAIN = 3000;
  const key = `emigre-desk:${box.dataset.save}`;
  let rows = data.rows, stamp = data.stamp, lines = data.lines;
  let at = [0, 0], from = [0, 0], wrong = new Map(), done = [], undone = [];
  let input = null, timer = 0, version = 0, drawn = [-1, -1], isSaving = false, refused = "";

  const make = (name, more = {}) => Object.assign(document.createElement(name), more);
  const clamp = (x, low, high) => Math.min(Math.max(x, low), high);
  const canEdit = (column) => !data.fixed || column === 1;
  const blank = () => names.map(() => "");

  // The frame

  const scroll = make("div", { className: "grid-scroll" });
  const table = make("table", { className: "grid" });
  const head = make("thead"), body = make("tbody");
  const bubble = make("p", { className: "bubble wrong", id: "bubble", hidden: true });
  const above = make("tr"), below = make("tr");
  table.setAttribute("role", "grid");
  table.setAttribute("aria-label", document.title);
  table.setAttribute("aria-colcount", names.length + 1);
  for (const pad of [above, below]) {
    pad.setAttribute("aria-hidden", "true");
    pad.append(make("td", { colSpan: names.length + 1 }));
  }
  const widths = names.map((name, c) => {
    const longest = rows.slice(0, 300).reduce((most, row) => Math.max(most, row[c].length), name.length + 2);
    return clamp(longest, 6, data.fixed && c === 2 ? 60 : 28);
  });
  const columns = make("colgroup");
  for (const width of [5, ...widths]) {
    const column = make("col");
    column.style.width = `${width + 3}ch`;
    columns.append(column);
  }
  table.style.width = `${widths.reduce((sum, w) => sum + w + 3, 8)}ch`;
  const titles = make("tr");
  titles.append(make("th", { scope: "col", textContent: "row" }));
  data.columns.forEach((c) => {
    titles.append(make("th", { scope: "col", textContent: c.required ? `${c.name} *` : c.name, title: c.about || "" }));
    if (!c.choices?.length) return;
    const list = make("datalist", { id: `choices-${c.name}` });
    c.choices.slice(0, 2000).forEach((value) => list.append(make("option", { value })));
    box.append(list);
  });
  head.append(titles);
  table.append(columns, head, body);
  scroll.append(table, bubble);
  box.append(scroll);
  document.getElementById("grid-bar").hidden = false;

  // Drawing

  function draw(force = false) {
    const first = Math.max(0, Math.floor(scroll.scrollTop / HIGH) - EXTRA);
    const last = Math.min(rows.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / HIGH) + EXTRA);
    if (!force && first === drawn[0] && last === drawn[1]) return;
    const hadFocus = body.contains(document.activeElement);
    drawn = [first, last];
    table.setAttribute("aria-rowcount", rows.length + 1);
    above.firstChild.style.height = `${first * HIGH}px`;
    below.firstChild.style.height = `${(rows.length - last) * HIGH}px`;
    body.replaceChildren(above, ...rows.slice(first, last).map((row, i) => line(row, first + i)), below);
    if (hadFocus) cell(at)?.focus({ preventScroll: true });
    tell();
  }

  function line(row, r) {
    const tr = make("tr", { className: row[0].startsWith("#") ? "remark" : "" });
    tr.setAttribute("aria-rowindex", r + 2);
    const label = make("th", { scope: "row", textContent: r + 1 });
    if (wrong.has(`${r},-1`)) label.className = "wrong";
    tr.append(label, ...row.map((text, c) => {
      const td = make("td", { textContent: text, tabIndex: r === at[0] && c === at[1] ? 0 : -1 });
      const found = wrong.get(`${r},${c}`);
      td.dataset.spot = `${r},${c}`;
      td.setAttribute("role", "gridcell");
      td.setAttribute("aria-colindex", c + 2);
      if (!canEdit(c)) td.setAttribute("aria-readonly", "true");
      if (isChosen(r, c)) td.classList.add("chosen");
      if (found) {
        td.classList.add(found.isWarning ? "warned" : "wrong");
        td.setAttribute("aria-invalid", "true");
        if (r === at[0] && c === at[1]) td.setAttribute("aria-describedby", "bubble");
      }
      return td;
    }));
    return tr;
  }

  const cell = ([r, c]) => body.querySelector(`td[data-spot="${r},${c}"]`);

  function isChosen(r, c) {
    const [top, left, bottom, right] = chosen();
    return r >= top && r <= bottom && c >= left && c <= right;
  }

  function chosen() {
    return [Math.min(at[0], from[0]), Math.min(at[1], from[1]), Math.max(at[0], from[0]), Math.max(at[1], from[1])];
  }

  // The mistake in the chosen cell is shown below it; the meaning of its column, above the table.
  function tell() {
    const found = wrong.get(`${at[0]},${at[1]}`) || wrong.get(`${at[0]},-1`);
    const here = cell(at);
    document.getElementById("about-column").textContent = names.length
      ? `${names[at[1]]}: ${data.fixed ? rows[at[0]]?.[2] ?? "" : data.columns[at[1]].about || "a parameter of the model"}` : "";
    bubble.hidden = !found || !here;
    if (bubble.hidden) return;
    bubble.textContent = found.words;
    bubble.style.top = `${here.offsetTop + HIGH}px`;
    bubble.style.left = `${here.offsetLeft}px`;
  }

  function go(r, c, isExtended = false) {
    if (!rows.length) return;
    at = [clamp(r, 0, rows.length - 1), clamp(c, 0, names.length - 1)];
    if (!isExtended) from = at;
    const top = at[0] * HIGH, room = scroll.clientHeight - 3 * HIGH;
    if (top < scroll.scrollTop) scroll.scrollTop = top;
    if (top > scroll.scrollTop + room) scroll.scrollTop = top - room;
    draw(true);
    const here = cell(at);
    here?.focus({ preventScroll: true });
    here?.scrollIntoView({ block: "nearest", inline: "nearest" });
  }

  // Changes: each keeps the table as it was

  function change(make) {
    done.push(rows);
    if (done.length > 200) done.shift();
    undone = [];
    rows = make(rows.slice());
    changed();
  }

  function changed() {
    wrong = new Map();  // their rows may have moved; the answer brings them again
    at = [clamp(at[0], 0, Math.max(rows.length - 1, 0)), at[1]];
    from = at;
    draw(true);
    version += 1;
    localStorage.setItem(key, JSON.stringify({ stamp, rows }));
    say("saving …");
    clearTimeout(timer);
    timer = setTimeout(save, SETTLE);
  }

  const steps = { undo: [() => done, () => undone], redo: [() => undone, () => done] };
  function step(name) {
    const [take, give] = steps[name].map((stack) => stack());
    if (!take.length) return;
    give.push(rows);
    rows = take.pop();
    changed();
    go(...at);
  }

  function put(r, c, block) {
    change((now) => {
      block.forEach((cells, i) => {
        if (r + i >= now.length && data.fixed) return;
        const row = (now[r + i] || blank()).slice();
        cells.forEach((text, j) => { if (c + j < names.length && canEdit(c + j)) row[c + j] = text.trim(); });
        now[r + i] = row;
      });
      return now;
    });
  }

  function addRow() {
    change((now) => { now.splice(rows.length ? at[0] + 1 : 0, 0, blank()); return now; });
    go(at[0] + (rows.length > 1 ? 1 : 0), 0);
  }

  function removeRows() {
    const [top, , bottom] = chosen();
    change((now) => { now.splice(top, bottom - top + 1); return now; });
    go(top, at[1]);
  }

  // Saving

  const say = (words) => {
    const saved = document.getElementById("saved");
    saved.textContent = words;
    saved.className = words.startsWith("Not saved") ? "wrong" : "note";
  };

  async function save() {
    if (refused) return void say(refused);
    // Each save needs the stamp of the one before; its answer starts the next if there are changes.
    if (isSaving) return;
    isSaving = true;
    const mine = version;
    const kept = rows.map((row, i) => [row, i]).filter(([row]) => row.some(Boolean));
    try {
      const answer = await fetch(box.dataset.save, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ key: box.dataset.key, stamp, columns: names, rows: kept.map(([row]) => row) }),
      });
      const found = answer.headers.get("content-type")?.includes("json") ? await answer.json() : null;
      isSaving = false;
      if (answer.ok) stamp = found.stamp;
      const words = `Not saved: ${found?.words?.join(" ") ?? "reload the page"}`;
      if (answer.status === 409) refused = words;
      if (mine !== version) return void save();
      if (answer.ok) {
        localStorage.removeItem(key);
        show(found, kept.map(([, i]) => i));
      } else say(words);
    } catch {
      isSaving = false;
      say("Not saved: no response from the desk. Your changes are kept here and sent again.");
      timer = setTimeout(save, AGAIN);
    }
  }

  function show(found, places) {
    wrong = new Map();
    for (const [r, c, words, isWarning] of found.here) {
      const spot = `${r < 0 ? -1 : places ? places[r] : r},${c}`;
      const before = wrong.get(spot);
      wrong.set(spot, { words: before ? `${before.words}; ${words}` : words, isWarning: isWarning && (before?.isWarning ?? true) });
    }
    const mistakes = found.here.filter((f) => !f[3]).length;
    const others = found.elsewhere.length;
    const parts = [mistakes ? `${mistakes} mistake${mistakes > 1 ? "s" : ""} here` : "no mistakes here"];
    if (others) parts.push(`${others} in other tables`);
    say(`Saved; ${parts.join(", ")}.`);
    list(found, places);
    draw(true);
  }

  function list(found, places) {
    const home = document.getElementById("found-list");
    home.replaceChildren(...found.here.slice(0, 100).map(([r, c, words, isWarning]) => {
      const row = r < 0 ? -1 : places ? places[r] : r;
      const item = make("li", { className: isWarning ? "warned" : "wrong" });
      const place = [row < 0 ? "the table" : `row ${row + 1}`, c < 0 ? "" : names[c]].filter(Boolean).join(", ");
      const button = make("button", { type: "button", className: "jump", textContent: place });
      button.addEventListener("click", () => go(Math.max(row, 0), Math.max(c, 0)));
      item.append(button, ` ${isWarning ? "Probably a mistake: " : ""}${words}`);
      return item;
    }), ...found.elsewhere.slice(0, 20).map(([words, place]) => {
      const item = make("li", { className: "wrong" });
      item.append(place ? make("a", { href: `${box.dataset.save.replace(/[^/]+$/, "")}${place}`, textContent: words }) : words);
      return item;
    }));
    document.getElementById("found").hidden = !home.children.length;
  }

  // Editing one cell

  function edit(text = null) {
    const here = cell(at);
    if (!here || !canEdit(at[1]) || input) return;
    const before = rows[at[0]][at[1]];
    input = make("input", { value: text ?? before, spellcheck: false });
    input.setAttribute("aria-label", `${names[at[1]]}, row ${at[0] + 1}`);
    if (data.columns[at[1]].choices?.length) input.setAttribute("list", `choices-${names[at[1]]}`);
    here.replaceChildren(input);
    input.focus();
    if (text === null) input.select();
    input.addEventListener("blur", () => finish(true));
    input.addEventListener("keydown", (event) => {
      const move = { Enter: [1, 0], Tab: [0, event.shiftKey ? -1 : 1] }[event.key];
      event.stopPropagation();
      if (event.key === "Escape") finish(false);
      if (event.key === "Escape") go(...at);
      if (!move) return;
      event.preventDefault();
      finish(true);
      go(at[0] + move[0], at[1] + move[1]);
    });
  }

  function finish(isKept) {
    if (!input) return;
    const [value, spot] = [input.value.trim(), at];
    input = null;
    if (isKept && value !== rows[spot[0]][spot[1]]) put(...spot, [[value]]);
    else draw(true);
  }

  // Keys, mouse and clipboard

  const arrows = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], PageUp: [-15, 0], PageDown: [15, 0] };
  body.addEventListener("keydown", (event) => {
    if (input) return;
    const move = arrows[event.key], isCommand = event.ctrlKey || event.metaKey;
    const redo = event.key.toLowerCase() === "y" || event.shiftKey;
    if (isCommand && ["z", "y"].includes(event.key.toLowerCase())) step(redo ? "redo" : "undo");
    else if (isCommand && event.key === "Home") go(0, 0);
    else if (isCommand && event.key === "End") go(rows.length - 1, names.length - 1);
    else if (move) go(at[0] + move[0], at[1] + move[1], event.shiftKey);
    else if (event.key === "Home") go(at[0], 0);
    else if (event.key === "End") go(at[0], names.length - 1);
    else if (event.key === "Enter" || event.key === "F2") edit();
    else if (event.key === "Delete" || event.key === "Backspace") {
      const [top, left, bottom, right] = chosen();
      put(top, left, Array.from({ length: bottom - top + 1 }, () => Array(right - left + 1).fill("")));
    } else if (event.key.length === 1 && !isCommand && !event.altKey) edit(event.key);
    else return;
    event.preventDefault();
  });
  body.addEventListener("mousedown", (event) => {
    const spot = event.target.closest("td[data-spot]")?.dataset.spot.split(",").map(Number);
    if (!spot || event.target === input) return;
    event.preventDefault();
    finish(true);
    go(...spot, event.shiftKey);
  });
  body.addEventListener("dblclick", (event) => { if (event.target !== input) edit(); });
  document.addEventListener("copy", (event) => {
    if (input || !body.contains(document.activeElement)) return;
    const [top, left, bottom, right] = chosen();
    const text = rows.slice(top, bottom + 1).map((row) => row.slice(left, right + 1).join("\t")).join("\n");
    event.clipboardData.setData("text/plain", text);
    event.preventDefault();
  });
  document.addEventListener("paste", (event) => {
    if (input || !body.contains(document.activeElement)) return;
    event.preventDefault();
    put(...at, parsed(event.clipboardData.getData("text/plain")));
    go(...at);
  });

  // Cells with line breaks or quotes come in quotes from spreadsheets.
  function parsed(text) {
    const block = [[]];
    for (const [, quoted, plain, end] of text.replace(/\r\n?/g, "\n").replace(/\n$/, "").matchAll(/(?:"((?:[^"]|"")*)"|([^\t\n]*))(\t|\n|$)/g)) {
      block.at(-1).push((quoted?.replaceAll('""', '"') ?? plain).replace(/\s+/g, " "));
      if (end === "\n") block.push([]);
      if (end === "") break;
    }
    return block;
  }

  new ResizeObserver(() => { if (!input) draw(); }).observe(scroll);
  scroll.addEventListener("scroll", () => { if (!input) draw(); });
  document.getElementById("grid-bar").addEventListener("click", ({ target }) => {
    const act = { undo: () => step("undo"), redo: () => step("redo"), add: addRow, remove: removeRows }[target.dataset.do];
    act?.();
  });

  // Changes that were not saved, because the desk was closed, come back.
  const left = JSON.parse(localStorage.getItem(key) || "null");
  if (left && left.stamp === stamp) {
    done.push(rows);
    rows = left.rows;
    changed();
  } else {
    localStorage.removeItem(key);
    fetch(`${box.dataset.save}/check`).then((answer) => answer.json()).then((found) => {
      if (!version) show(found, null);
      if (!version) say(found.here.some((f) => !f[3]) ? "There are mistakes below." : "");
    }).catch(() => {});
  }
  draw(true);
  const asked = /^#line-(\d+)$/.exec(location.hash);
  if (asked) go(Math.max(lines.indexOf(Number(asked[1])), 0), 0);
  if (location.hash === "#last") go(rows.length - 1, 0);
})();
