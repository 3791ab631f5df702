"use strict";
// Scripts of the desk: progress of a run, draggable dates, a filter, copy buttons.
// Everything else works without scripts, except live updates while typing.
(() => {
  const job = document.getElementById("job");
  if (job?.dataset.events) watch(job);

  function watch(job) {
    const find = (name) => job.querySelector(`[data-${name}]`);
    const bar = job.querySelector("progress");
    const events = new EventSource(job.dataset.events);
    // EventSource reconnects by itself; a restarted desk reports the state of the run.
    events.onerror = () => {
      find("words").textContent = "no response from the desk; reconnecting";
      find("left").textContent = "";
    };
    events.onmessage = (event) => {
      const now = JSON.parse(event.data);
      find("state").textContent = now.state;
      find("state").className = `chip state ${now.state}`;
      find("words").textContent = now.words;
      find("left").textContent = now.left;
      if (now.share === null) bar.removeAttribute("value");
      else bar.value = now.share;
      if (now.results) location.replace(now.results);
      else if (!["waiting", "running"].includes(now.state)) location.reload();
      if (!["waiting", "running"].includes(now.state)) events.close();
    };
  }

  const editor = document.getElementById("editor");
  if (editor) {
    editor.querySelectorAll("svg.bar").forEach((bar) => drag(bar, editor));
    follow(editor);
    filter(document.getElementById("filter"));
  }

  // Rows of a large group are made when it is opened.
  const loading = new Map();
  function load(group) {
    const { load: address, title } = group.dataset;
    if (!address) return Promise.resolve();
    if (!loading.has(title)) loading.set(title, fetchRows(group, title).catch(() => loading.delete(title)));
    return loading.get(title);
  }

  async function fetchRows(group, title) {
    const query = new URLSearchParams(location.search);
    query.append("open", title);
    const answer = await fetch(`${location.pathname}?${query}`);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const theirs = page.querySelector(`details[data-title="${CSS.escape(title)}"]`);
    group.querySelector(".loading").replaceWith(...[...theirs.children].slice(1));
    delete group.dataset.load;
    group.querySelectorAll("svg.bar").forEach((bar) => drag(bar, editor));
  }

  document.querySelectorAll("details[data-load]").forEach((group) => {
    group.addEventListener("toggle", () => { if (group.open) load(group); });
  });

  const kernels = document.getElementById("kernels");
  if (kernels) prepare(0);

  // The engine is compiled at the first start: the bar is shown while that lasts.
  async function prepare(quiet) {
    const now = await fetch("/kernels").then((answer) => answer.json()).catch(() => null);
    kernels.hidden = !now;
    if (now) kernels.querySelector("progress").value = 100 * now[0] / now[1];
    const wait = now ? 0 : quiet + 1;
    if (wait < 5) setTimeout(() => prepare(wait), 1000);
  }

  // Text and URL are updated while typing, so that both are current before anything is run.
  function follow(editor) {
    let typed = 0, said = 0, asking = false, soon = 0;
    editor.addEventListener("input", ({ target }) => {
      if (!target.name) return;
      typed += 1;
      for (const name of ["says-what", "says-commands"]) {
        document.getElementById(name).setAttribute("aria-busy", "true");
      }
    });
    editor.addEventListener("change", ({ target }) => {
      if (!target.name) return;
      clearTimeout(soon);
      soon = setTimeout(() => say().catch(() => {}), 100);
    });
    editor.addEventListener("submit", async (event) => {
      const button = event.submitter;
      if (said === typed || button?.value === "reset") return;
      event.preventDefault();
      if (asking) return;
      asking = true;
      clearTimeout(soon);
      // If the desk does not respond, the browser reports it when the form is sent.
      await say().catch(() => { said = typed; });
      asking = false;
      editor.requestSubmit(button);
    });

    async function say(isAgain = false) {
      const now = typed;
      const form = new FormData(editor);
      form.set("action", "show");
      const answer = await fetch(editor.getAttribute("action"), { method: "POST", body: new URLSearchParams(form) });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      if (now !== typed) return;
      if (answer.status === 403 && !isAgain) {
        takeKey(page);
        return say(true);
      }
      said = now;
      if (answer.redirected) history.replaceState(null, "", answer.url);
      if (page.getElementById("editor")) show(editor, page);
    }
  }

  // Updates the text of the page and leaves the fields unchanged.
  function show(editor, page) {
    for (const part of page.querySelectorAll("[id^='says-']")) {
      document.getElementById(part.id).replaceWith(part);
    }
    offerCopies();
    const copy = (name, mine, theirs) => {
      if (theirs.hasAttribute(name)) mine.setAttribute(name, theirs.getAttribute(name));
      else mine.removeAttribute(name);
    };
    for (const label of page.querySelectorAll("#editor label.entry")) {
      const theirs = label.querySelector("[name]");
      const mine = editor.elements.namedItem(theirs.name), home = mine?.closest("label");
      if (!home) continue;
      home.className = label.className;
      home.querySelectorAll(".before, .wrong").forEach((words) => words.remove());
      home.append(...label.querySelectorAll(".before, .wrong"));
      copy("aria-invalid", mine, theirs);
      copy("aria-describedby", mine, theirs);
    }
    for (const row of page.querySelectorAll("#editor li[data-key]")) {
      const mine = editor.querySelector(`li[data-key="${CSS.escape(row.dataset.key)}"]`);
      if (!mine) continue;
      mine.className = row.className;
      mine.querySelector(".chip.later")?.remove();
      mine.querySelector(".head").append(...row.querySelectorAll(".chip.later"));
    }
    for (const title of page.querySelectorAll("#editor summary[data-group]")) {
      const mine = editor.querySelector(`summary[data-group="${CSS.escape(title.dataset.group)}"]`);
      mine?.replaceChildren(...title.childNodes);
    }
    takeKey(page);
  }

  // Forms are sent with the key of the desk that answered last.
  function takeKey(page) {
    document.querySelectorAll("input[name=key]").forEach((input) => {
      input.value = page.querySelector("input[name=key]").value;
    });
  }

  function field(name) {
    return name && editor.querySelector(`input[name="${CSS.escape(name)}"]`);
  }

  function drag(bar, editor) {
    const start = Date.parse(`${editor.dataset.start}T00:00Z`), days = Number(editor.dataset.days);
    const ends = [field(bar.dataset.first), field(bar.dataset.last)];
    const span = bar.querySelector(".span");
    const grips = [bar.querySelector(".first"), bar.querySelector(".last")];
    const at = (text) => (1000 * (Date.parse(`${text.slice(0, 10)}T00:00Z`) - start)) / 864e5 / days;
    const show = () => {
      const x = ends.map((input, i) => {
        const found = input?.value ? at(input.value) : 1000 * i;
        return Math.min(Math.max(Number.isNaN(found) ? 1000 * i : found, 0), 1000);
      });
      span.setAttribute("x", x[0]);
      span.setAttribute("width", Math.max(x[1] - x[0], 2));
      grips.forEach((grip, i) => grip.setAttribute("x", x[i] - 5));
    };
    const move = (input, event) => {
      const box = bar.getBoundingClientRect();
      const share = Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1);
      const day = Math.min(Math.round(share * days), days - 1);
      input.value = new Date(start + day * 864e5).toISOString().slice(0, 10) + input.value.slice(10);
      input.dispatchEvent(new Event("input", { bubbles: true }));
    };
    const done = (input) => input.dispatchEvent(new Event("change", { bubbles: true }));
    grips.forEach((grip, i) => {
      if (!ends[i]) return;
      grip.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        grip.setPointerCapture(event.pointerId);
        const on = (moved) => move(ends[i], moved);
        grip.addEventListener("pointermove", on);
        grip.addEventListener("pointerup", () => {
          grip.removeEventListener("pointermove", on);
          done(ends[i]);
        }, { once: true });
      });
      ends[i].addEventListener("input", show);
      // Arrow and page keys move a date by a day or a week.
      ends[i].addEventListener("keydown", (event) => {
        const by = { ArrowUp: 1, ArrowDown: -1, PageUp: 7, PageDown: -7 }[event.key];
        const now = Date.parse(`${ends[i].value.slice(0, 10)}T00:00Z`);
        if (!by || Number.isNaN(now)) return;
        event.preventDefault();
        ends[i].value = new Date(now + by * 864e5).toISOString().slice(0, 10) + ends[i].value.slice(10);
        ends[i].dispatchEvent(new Event("input", { bubbles: true }));
        done(ends[i]);
      });
    });
  }

  function filter(input) {
    if (!input) return;
    input.closest(".filter").hidden = false;
    const groups = input.closest("section").querySelectorAll("details.group");
    const were = [...groups].map((group) => group.open);
    input.addEventListener("input", async () => {
      const word = input.value.trim().toLowerCase();
      const needed = [...groups].filter((group) => word && group.dataset.words?.includes(word));
      await Promise.all(needed.map(load));
      if (word !== input.value.trim().toLowerCase()) return;
      groups.forEach((group, i) => {
        const title = group.querySelector("summary").textContent.toLowerCase();
        let any = false;
        group.querySelectorAll("li.row").forEach((row) => {
          const is = !word || title.includes(word) || row.dataset.words.includes(word);
          row.hidden = !is;
          any ||= is;
        });
        group.hidden = !any;
        group.open = word ? any : were[i];
      });
    });
    input.addEventListener("keydown", (event) => {
      if (event.key === "Enter") event.preventDefault();
    });
  }

  offerCopies();

  function offerCopies() {
    if (!navigator.clipboard) return;
    document.querySelectorAll("button.copy[hidden]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", async () => {
        await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
        button.textContent = "Copied";
      });
    });
  }
})();
