"use strict";
// Draws the interactive charts over the static pictures and animates the map. Nothing is fetched.
(() => {
  const { charts, config } = JSON.parse(document.getElementById("data").textContent);
  // Expressions are interpreted, not compiled, so that no unsafe-eval is needed.
  const options = {
      logLevel: 1, // errors only: a panel without numbers has no extent
    actions: false, renderer: "svg", config, ast: true,
    defaultStyle: false, tooltip: { disableDefaultStyle: true },
  };
  const views = new Map();

  // Vega's CSV parser generates code, which the content security policy forbids.
  function unpack(part, datasets = part.datasets ?? {}) {
    if (!part || typeof part !== "object") return;
    const data = part.format?.type === "csv" ? part : null;
    if (data && typeof data.values === "string") data.values = records(data.values);
    if (data && typeof datasets[data.name] === "string") datasets[data.name] = records(datasets[data.name]);
    if (data) data.format = { ...data.format, type: "json" };
    Object.values(part).forEach((inner) => unpack(inner, datasets));
  }

  function records(text) {
    const [head, ...rows] = parse(text);
    const kinds = head.map((_, i) =>
      rows.every((row) => row[i] === "" || !Number.isNaN(Number(row[i]))) ? Number : String);
    const cell = (text, kind) => (text === "" ? null : kind(text));
    return rows.map((row) => Object.fromEntries(head.map((name, i) => [name, cell(row[i], kinds[i])])));
  }

  async function draw(element) {
    const { spec, aspect } = charts[element.dataset.chart];
    unpack(spec);
    const height = () => Math.round(Math.min(Math.max(element.clientWidth, 300) * aspect, 580));
    if (aspect) spec.height = height();
    const { view } = await vegaEmbed(element, spec, options);
    // A map keeps its aspect ratio when resized or printed.
    if (aspect) new ResizeObserver(() => view.height(height()).runAsync()).observe(element);
    views.set(element.dataset.chart, view);
    return view;
  }

  function parse(text) {
    const rows = [[""]];
    let quoted = false;
    for (let i = 0; i < text.length; i++) {
      const c = text[i], row = rows[rows.length - 1];
      if (c === '"' && quoted && text[i + 1] === '"') { row[row.length - 1] += c; i++; }
      else if (c === '"') quoted = !quoted;
      else if (c === "," && !quoted) row.push("");
      else if (c === "\n" && !quoted) rows.push([""]);
      else row[row.length - 1] += c;
    }
    return rows.filter((row) => row.length > 1 || row[0] !== "");
  }

  function slide(figure, view) {
    const slider = figure.querySelector("input[type=range]");
    if (!slider) return;
    const output = figure.querySelector("output");
    const list = figure.querySelector(".busiest ol");
    const { days, listed } = charts[`${slider.id.slice("days-".length)}-0`];
    // If every number is withheld, no layer is drawn and there is nothing to list.
    const rows = listed ? view.data(listed) : [];
    const names = new Map(rows.length ? view.data("places").map((place) => [place.id, place.name]) : []);
    const move = () => {
      const step = Number(slider.value);
      output.textContent = days[step];
      slider.setAttribute("aria-valuetext", days[step]);
      view.signal("step", step).runAsync();
      const most = rows.filter((row) => Number(row.s) === step).sort((a, b) => b.v - a.v);
      list.replaceChildren(...most.slice(0, 6).map((row) => {
        const item = document.createElement("li");
        const unit = listed === "camps" ? "" : " a day";
        const wait = row.w === undefined ? "" : `; hours waited: ${row.w}`;
        item.textContent = `${names.get(row.p)}: ${row.t}${unit}${wait}`;
        return item;
      }));
    };
    slider.addEventListener("input", move);
    slider.addEventListener("input", () => {
      // Maps side by side show the same days.
      for (const other of figure.closest("section").querySelectorAll("input[type=range]")) {
        if (other.value === slider.value) continue;
        other.value = slider.value;
        other.dispatchEvent(new Event("input"));
      }
    });
    slider.addEventListener("change", remember);
    remembered(slider);
    play(figure.querySelector("button.play"), slider);
    move();
  }

  // On a server, the selected days are part of the URL.
  function remember() {
    if (!location.protocol.startsWith("http")) return;
    const address = new URL(location.href);
    address.searchParams.set("days", this.value);
    history.replaceState(null, "", address);
  }

  function remembered(slider) {
    const asked = new URLSearchParams(location.search).get("days");
    if (/^\d{1,5}$/.test(asked ?? "")) slider.value = asked;
  }

  function play(button, slider) {
    let timer = 0;
    // With prefers-reduced-motion, only the slider moves the map.
    button.hidden = matchMedia("(prefers-reduced-motion: reduce)").matches;
    // Screen readers are silenced while the animation plays.
    const list = button.closest("figure").querySelector(".busiest");
    const stop = () => {
      clearInterval(timer);
      timer = 0;
      list.setAttribute("aria-live", "polite");
      button.textContent = "Play";
      button.setAttribute("aria-pressed", "false");
    };
    const next = () => {
      if (Number(slider.value) >= Number(slider.max)) return stop();
      slider.stepUp();
      return slider.dispatchEvent(new Event("input"));
    };
    button.addEventListener("click", () => {
      if (timer) return stop();
      if (Number(slider.value) >= Number(slider.max)) slider.value = 0;
      list.setAttribute("aria-live", "off");
      timer = setInterval(next, 350);
      button.textContent = "Stop";
      return button.setAttribute("aria-pressed", "true");
    });
  }

  // A link to a source opens its table.
  function unfold() {
    const target = location.hash && document.getElementById(location.hash.slice(1));
    const folded = target && target.closest("details");
    if (folded) { folded.open = true; target.scrollIntoView(); }
  }

  // Print collapsed tables expanded, for browsers without ::details-content.
  function printWhole() {
    let opened = [];
    addEventListener("beforeprint", () => {
      opened = [...document.querySelectorAll("details.printed:not([open])")];
      opened.forEach((details) => { details.open = true; });
    });
    addEventListener("afterprint", () => opened.forEach((details) => { details.open = false; }));
  }

  async function start() {
    printWhole();
    addEventListener("hashchange", unfold);
    unfold();
    for (const element of document.querySelectorAll("[data-chart]")) {
      const view = await draw(element);
      slide(element.closest("figure"), view);
      // Keep the page responsive while the rest is drawn.
      await new Promise((done) => setTimeout(done));
    }
    document.documentElement.dataset.drawn = "yes";
  }
  start();
})();
