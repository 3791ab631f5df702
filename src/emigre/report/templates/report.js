"use strict";
// Draws the interactive charts over the static pictures and animates the map. Nothing is fetched.
(() => {
  // Expressions are interpreted, not compiled, so that no unsafe-eval is needed.
  const options = {
    logLevel: 1, // errors only: a panel without numbers has no extent
    actions: false, renderer: "svg", ast: true,
    defaultStyle: false, tooltip: { disableDefaultStyle: true },
    loader: { target: "_blank", rel: "noopener noreferrer" },
  };
  // A server sends Vega from this address, a report holds it.
  const address = document.currentScript.dataset.vega;
  let charts, files, colours, cited;

  // A report holds its data and Vega deflated, as base64; a server sends them as they are.
  async function unpacked(element) {
    if (element.type === "application/json") return element.textContent;
    const bytes = Uint8Array.from(atob(element.textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    return new Response(stream).text();
  }

  async function unpack() {
    const data = JSON.parse(await unpacked(document.getElementById("data")));
    ({ charts, files, colours, cited } = data);
    options.config = data.config;
  }

  let loading;

  function embed(...given) {
    loading ??= load();
    return loading.then(() => vegaEmbed(...given));
  }

  async function load() {
    const script = document.createElement("script");
    const loaded = new Promise((done) => { script.onload = done; });
    if (address) script.src = address;
    else script.textContent = await unpacked(document.getElementById("vega"));
    document.head.append(script);
    if (address) await loaded;
  }

  function download(link) {
    const file = new Blob([files[link.dataset.file]], { type: "text/csv;charset=utf-8" });
    link.href = URL.createObjectURL(file);
  }

  // A figure as a picture in light colours, as it is now: with its title and where it is from.
  async function picture(button) {
    const figure = button.closest("figure"), kind = button.dataset.picture;
    const title = figure.querySelector("figcaption h2, figcaption h3").textContent;
    const keys = [...figure.querySelectorAll("[data-chart]")].map((element) => element.dataset.chart);
    const parts = keys.map((key) => {
      const { spec, aspect, title: name } = charts[key];
      const size = aspect ? { width: 760, height: Math.round(760 * aspect) } : { width: 460 };
      return { ...spec, ...size, title: keys.length > 1 ? name : null };
    });
    const whole = keys.length > 1 ? { vconcat: [{ concat: parts, columns: 2 }] } : parts[0];
    const light = (part) => JSON.parse(
      JSON.stringify(part).replace(/var\(--([\w-]+)\)/g, (_, role) => colours[role]));
    const heading = { text: title, subtitle: charts[keys[0]].cited ?? cited, fontSize: 15 };
    const config = { ...light(options.config), background: colours.paper };
    const { view } = await embed(
      document.createElement("div"), light({ ...whole, title: heading }), { ...options, config });
    const slider = figure.querySelector("input[type=range]");
    if (slider) await view.signal("step", Number(slider.value)).runAsync();
    const link = document.createElement("a");
    link.href = await view.toImageURL(kind, 2);
    link.download = figure.querySelector("a.file").download.replace(/csv$/, kind);
    link.click();
    view.finalize();
  }

  async function draw(element) {
    const { spec, aspect } = charts[element.dataset.chart];
    const height = () => Math.round(Math.min(Math.max(element.clientWidth, 300) * aspect, 580));
    if (aspect) spec.height = height();
    const { view } = await embed(element, spec, options);
    // A map keeps its aspect ratio when resized or printed.
    if (aspect) new ResizeObserver(() => view.height(height()).runAsync()).observe(element);
    return view;
  }

  // A chart is read without a mouse, too: arrow keys go from value to value, and a tap holds one.
  // Vega draws marks anew, so a value is kept by its text.
  const textOf = (mark) => JSON.stringify(mark?.__data__?.tooltip);
  let held, spoken;

  function point(mark, kinds) {
    const { x, y, width, height } = mark.getBoundingClientRect();
    const at = { bubbles: true, clientX: x + width / 2, clientY: y + height / 2 };
    for (const kind of kinds) mark.dispatchEvent(new PointerEvent(kind, at));
  }

  function release() {
    const mark = held && values(held.chart).get(held.text);
    held = undefined;
    if (mark) point(mark, ["pointerout", "mouseout"]);
  }

  function hold(chart, mark) {
    release();
    held = { chart, text: textOf(mark) };
    point(mark, ["pointerover", "pointermove"]);
    const tip = Object.entries(JSON.parse(held.text));
    spoken.textContent = tip.map(([name, text]) => `${name}: ${text}`).join("; ");
  }

  // What a pointer could meet, each value once: bands of a fan, rows, circles of a map.
  function values(chart) {
    const seen = new Map();
    for (const mark of chart.querySelectorAll(".role-mark :is(path, line)")) {
      const text = textOf(mark);
      if (text && !seen.has(text)) seen.set(text, mark);
    }
    return seen;
  }

  function step(event) {
    const chart = event.currentTarget, marks = values(chart), last = marks.size - 1;
    const now = held?.chart === chart ? [...marks.keys()].indexOf(held.text) : -1;
    const next = {
      ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1,
      Home: 0, End: last,
    }[event.key];
    if (event.key === "Escape") release();
    if (event.key === "Enter") marks.get(held?.text)?.dispatchEvent(new MouseEvent("click", { bubbles: true }));
    if (next === undefined || last < 0) return;
    event.preventDefault();
    hold(chart, [...marks.values()][Math.min(Math.max(next, 0), last)]);
  }

  function readable(element) {
    element.ariaLabel += " Arrow keys read the values.";
    if (element.querySelector("[aria-label*='to the source']")) element.ariaLabel += " Enter opens the source of a published figure.";
    element.addEventListener("keydown", step);
    element.addEventListener("blur", release);
    element.addEventListener("focusin", ({ target }) => {
      const mark = target.closest("a")?.querySelector("path, line");
      if (textOf(mark)) hold(element, mark);
    });
    // The first tap on a published mark shows its figures, the second opens its source.
    element.addEventListener("click", (event) => {
      const text = textOf(event.target);
      if (event.pointerType !== "touch" || !text || text === held?.text) return;
      event.preventDefault();
      event.stopPropagation();
      hold(element, event.target);
    }, true);
  }

  function listen() {
    spoken = document.createElement("p");
    spoken.className = "spoken";
    spoken.role = "status";
    document.body.append(spoken);
    addEventListener("pointerdown", ({ target }) => {
      if (textOf(target) !== held?.text) release();
    });
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
        // Isolated, because numbers would move in front of a name in Arabic.
        item.textContent = `\u2068${names.get(row.p)}\u2069: ${row.t}${unit}${wait}`;
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
    listen();
    addEventListener("hashchange", unfold);
    unfold();
    await unpack();
    document.querySelectorAll("a.file").forEach((link) => link.addEventListener("click", () => download(link)));
    document.querySelectorAll("button[data-picture]").forEach((button) => button.addEventListener("click", () => picture(button)));
    const waiting = new Set(document.querySelectorAll("[data-chart]"));
    near(waiting, async (element) => {
      const view = await draw(element);
      readable(element);
      slide(element.closest("figure"), view);
      // Keep the page responsive while the rest is drawn.
      await new Promise((done) => setTimeout(done));
    });
  }

  // Vega is loaded, and each chart drawn, when it comes near the screen or the page is printed.
  function near(waiting, make) {
    let last = Promise.resolve(), left = waiting.size;
    const count = () => { document.documentElement.dataset.drawn = left ? "near" : "yes"; };
    const show = (element) => {
      if (!waiting.delete(element)) return;
      // A chart that cannot be drawn keeps none of the others from being drawn or printed.
      last = last.then(() => make(element)).catch(console.error).then(() => { left -= 1; count(); });
    };
    const watch = new IntersectionObserver((seen) => {
      seen.filter((entry) => entry.isIntersecting).forEach((entry) => show(entry.target));
    }, { rootMargin: "600px" });
    for (const element of waiting) {
      element.tabIndex = 0; // focus scrolls to a chart
      watch.observe(element);
    }
    // A browser's menu prints at once: what is not drawn by then is printed as text, not half-drawn.
    const all = () => waiting.forEach(show);
    const printDrawn = () => { all(); last.then(() => print()); };
    addEventListener("beforeprint", () => setTimeout(all));
    addEventListener("keydown", (event) => {
      if (!(event.ctrlKey || event.metaKey) || event.key !== "p" || !left) return;
      event.preventDefault();
      printDrawn();
    });
    const button = document.querySelector("button.print");
    if (button) {
      button.hidden = false;
      button.addEventListener("click", printDrawn);
    }
    count();
  }
  start();
})();
