// The reader of samples: decompresses what the page carries, filters it, draws the part of the
// list that is in view and the chosen sample. Whatever a model wrote reaches the page by
// textContent alone.
"use strict";

(() => {
  const ROW = 52; // pixels; as in page.css
  const SPARE = 8; // rows drawn beyond either edge
  const LIMIT = 4e6; // cells of a diff's table, above which it is not aligned

  const at = (id) => document.getElementById(id);
  const made = (tag, text, className = "") => {
    const element = document.createElement(tag);
    element.textContent = text;
    element.className = className;
    return element;
  };

  // ------------------------------------------------------------------ light and dark

  const root = document.documentElement;
  const theme = at("theme");
  const isDark = () =>
    (root.dataset.theme ??
      (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark";
  const sayTheme = () => (theme.textContent = isDark() ? "Light colours" : "Dark colours");
  theme.addEventListener("click", () => {
    root.dataset.theme = isDark() ? "light" : "dark";
    sayTheme();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", sayTheme);
  theme.hidden = false;
  sayTheme();

  const carried = at("samples-data");
  if (!carried) return;

  // ----------------------------------------------------------------------- the data

  const unpack = async () => {
    const bytes = Uint8Array.from(atob(carried.textContent), (c) => c.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).json();
  };

  unpack().then(start, (error) => {
    at("count").textContent = `This browser cannot unpack the samples: ${error}`;
    at("explorer").hidden = false;
  });

  function start({ names, columns, texts, flips }) {
    const total = columns.arm.length;
    const turned = new Map(flips.map(([before, after, gained]) => [after, { before, gained }]));
    const list = at("list"), spacer = at("spacer"), detail = at("detail"), find = at("find");
    const selects = [...document.querySelectorAll("#filters select")];
    const searched = ["problem", "prompt", "completion", "code", "verdict", "facts"];
    const name = (column, row) => names[column][columns[column][row]];
    const text = (column, row) => texts[columns[column][row]];
    let lower = null; // the texts in lower case, from the first search on
    let shown = [], chosen = 0;

    for (const select of selects) {
      if (select.name === "flip") continue;
      const held = names[select.name].map((label, value) => [label, value]);
      for (const [label, value] of held) {
        const option = made("option", label || "none");
        option.value = value;
        select.append(option);
      }
      select.closest("label").hidden = held.length < 2;
    }
    at("by-flip").closest("label").hidden = flips.length === 0;

    // ---------------------------------------------------------------------- filters

    function filter() {
      performance.mark("filter");
      const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
      if (words.length) lower ??= texts.map((one) => one.toLowerCase());
      const holding = words.map((word) => lower.map((one) => one.includes(word)));
      const wanted = selects
        .filter((select) => select.value !== "" && select.name !== "flip")
        .map((select) => [columns[select.name], Number(select.value)]);
      const flip = at("by-flip").value;
      shown = [];
      for (let row = 0; row < total; row++) {
        if (wanted.some(([column, value]) => column[row] !== value)) continue;
        if (flip && !isTurned(row, flip)) continue;
        if (!holding.every((holds) => searched.some((column) => holds[columns[column][row]])))
          continue;
        shown.push(row);
      }
      const count = shown.length.toLocaleString("en");
      at("count").textContent =
        shown.length === total ? `${count} samples` : `${count} of ${total.toLocaleString("en")} samples`;
      spacer.style.height = `${shown.length * ROW}px`;
      list.scrollTop = 0;
      choose(0);
      performance.measure("filter", "filter");
    }

    const isTurned = (row, flip) => {
      const found = turned.get(row);
      return found !== undefined && (flip === "any" || (flip === "gained") === Boolean(found.gained));
    };

    let waiting = 0;
    const soon = () => {
      clearTimeout(waiting);
      waiting = setTimeout(filter, 120);
    };
    find.addEventListener("input", soon);
    at("filters").addEventListener("change", filter);
    at("filters").addEventListener("submit", (event) => event.preventDefault());
    at("filters").addEventListener("reset", () => setTimeout(filter));

    // --------------------------------------------------------------------- the list

    function draw() {
      const first = Math.max(0, Math.floor(list.scrollTop / ROW) - SPARE);
      const last = Math.min(shown.length, Math.ceil((list.scrollTop + list.clientHeight) / ROW) + SPARE);
      const rows = [];
      for (let place = first; place < last; place++) rows.push(option(place));
      // The active one has to exist for a screen reader, also where it is scrolled out of view.
      if (shown.length && (chosen < first || chosen >= last)) rows.push(option(chosen));
      spacer.replaceChildren(...rows);
    }

    function option(place) {
      const row = shown[place], outcome = name("outcome", row), found = turned.get(row);
      const element = made("div", "", "option");
      element.id = `option-${place}`;
      element.setAttribute("role", "option");
      element.setAttribute("aria-selected", place === chosen);
      element.setAttribute("aria-setsize", shown.length);
      element.setAttribute("aria-posinset", place + 1);
      element.style.top = `${place * ROW}px`;
      const head = made("div", "", "head");
      head.append(made("span", outcome, `outcome ${tone(outcome)}`), made("span", text("problem", row)));
      if (found) head.append(made("span", found.gained ? "gained" : "lost", "turned"));
      const about = `${name("arm", row)} · ${name("task", row)} · sample ${columns.sample[row]}`;
      element.append(head, made("div", about, "faint"));
      element.addEventListener("click", () => choose(place));
      return element;
    }

    const tone = (outcome) =>
      outcome === "passed" ? "passed" : ["measured", "unknown"].includes(outcome) ? "faint" : "other";

    function choose(place) {
      chosen = Math.max(0, Math.min(place, shown.length - 1));
      const top = chosen * ROW;
      if (top < list.scrollTop) list.scrollTop = top;
      else if (top + ROW > list.scrollTop + list.clientHeight)
        list.scrollTop = top + ROW - list.clientHeight;
      draw();
      if (shown.length) list.setAttribute("aria-activedescendant", `option-${chosen}`);
      else list.removeAttribute("aria-activedescendant");
      open(shown[chosen]);
    }

    list.addEventListener("scroll", draw);
    addEventListener("resize", draw);

    // ------------------------------------------------------------------ one sample

    function open(row) {
      if (row === undefined) {
        detail.replaceChildren(made("p", "No sample matches.", "faint"));
        return;
      }
      const outcome = name("outcome", row), code = text("code", row);
      const title = made("h3", "");
      title.append(
        made("span", outcome, tone(outcome)),
        ` ${text("problem", row)}, sample ${columns.sample[row]}`
      );
      const parts = [
        title,
        made("p", [name("arm", row), name("task", row), name("role", row), name("kind", row)].filter(Boolean).join(" · ")),
        made("p", text("facts", row), "faint"),
      ];
      const found = turned.get(row);
      if (found) parts.push(...difference(found.before, row));
      parts.push(...block("Prompt", text("prompt", row)), ...block("Completion", text("completion", row)));
      if (code.trim() !== text("completion", row).trim()) parts.push(...block("Code found in it", code));
      parts.push(...block("Verdict", text("verdict", row)));
      detail.replaceChildren(...parts);
      detail.scrollTop = 0;
    }

    const block = (title, content) => [made("h4", title), made("pre", content)];

    function difference(before, after) {
      const title = made("h4", "Against the baseline");
      const legend = made("p", "", "faint");
      legend.append(
        made("del", `− ${name("arm", before)}: ${name("outcome", before)}`), " ",
        made("ins", `+ ${name("arm", after)}: ${name("outcome", after)}`)
      );
      const body = made("pre", "", "diff");
      const lines = diff(text("completion", before).split("\n"), text("completion", after).split("\n"));
      for (const [sign, line] of lines) {
        const tag = { "-": "del", "+": "ins", " ": "span" }[sign];
        body.append(made(tag, `${sign === "-" ? "−" : sign} ${line}\n`));
      }
      return [title, legend, body];
    }

    // -------------------------------------------------------------------- keyboard

    list.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const page = Math.max(1, Math.floor(list.clientHeight / ROW) - 1);
      const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -total, End: total };
      if (event.key in steps) choose(chosen + steps[event.key]);
      else if (event.key === "Enter") detail.focus();
      else return;
      event.preventDefault();
    });
    detail.addEventListener("keydown", (event) => {
      if (event.key === "Escape") list.focus();
    });
    addEventListener("keydown", (event) => {
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target.matches("input, select, textarea")) return;
      event.preventDefault();
      find.focus();
    });

    at("explorer").hidden = false;
    filter();
    at("explorer").dataset.ready = "yes";
    performance.mark("ready"); // for benchmarks/report.py, as the measure above
  }

  // Lines that both have, in order (a longest common subsequence), and what surrounds them.
  function diff(before, after) {
    let head = 0, tail = 0;
    const shorter = Math.min(before.length, after.length);
    while (head < shorter && before[head] === after[head]) head++;
    while (tail < shorter - head && before.at(-1 - tail) === after.at(-1 - tail)) tail++;
    const old = before.slice(head, before.length - tail), now = after.slice(head, after.length - tail);
    const lines = before.slice(0, head).map((line) => [" ", line]);
    const width = now.length + 1;
    const aligned = old.length * now.length <= LIMIT;
    const common = new Uint16Array(aligned ? (old.length + 1) * width : 0);
    if (aligned)
      for (let i = old.length - 1; i >= 0; i--)
        for (let j = now.length - 1; j >= 0; j--)
          common[i * width + j] =
            old[i] === now[j]
              ? common[(i + 1) * width + j + 1] + 1
              : Math.max(common[(i + 1) * width + j], common[i * width + j + 1]);
    let i = 0, j = 0;
    while (i < old.length || j < now.length) {
      if (aligned && i < old.length && j < now.length && old[i] === now[j]) {
        lines.push([" ", old[i++]]);
        j++;
      } else if (j === now.length || (i < old.length && (!aligned || common[(i + 1) * width + j] >= common[i * width + j + 1])))
        lines.push(["-", old[i++]]);
      else lines.push(["+", now[j++]]);
    }
    return [...lines, ...before.slice(before.length - tail).map((line) => [" ", line])];
  }
})();
