// What makes the pages smoother; each of them works without it.
// Suggestions while typing, filters that apply at once, and "/" to the search box.
"use strict";

(() => {
  document.documentElement.classList.add("js");

  // --- suggestions: a combobox with a list, as the ARIA Authoring Practices describe it ---

  const DELAY_MS = 120;

  function suggest(input) {
    const list = document.createElement("ul");
    list.id = "suggestions";
    list.className = "suggestions";
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", "Suggestions");
    list.hidden = true;
    input.after(list);
    for (const [name, value] of [
      ["role", "combobox"], ["aria-autocomplete", "list"], ["aria-expanded", "false"], ["aria-controls", list.id],
      ["aria-haspopup", "listbox"],
    ]) input.setAttribute(name, value);

    let typed = input.value;
    let chosen = -1;
    let timer = 0;
    let asked = null;

    const options = () => Array.from(list.children);

    function close() {
      clearTimeout(timer);
      asked?.abort();
      list.hidden = true;
      list.replaceChildren();
      chosen = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function choose(index) {
      const all = options();
      chosen = (index + all.length + 1) % (all.length + 1); // one place more than there are: what was typed
      all.forEach((option, i) => option.setAttribute("aria-selected", String(i === chosen)));
      const option = all[chosen];
      if (option) {
        input.setAttribute("aria-activedescendant", option.id);
        option.scrollIntoView({ block: "nearest" });
      } else {
        chosen = all.length;
        input.removeAttribute("aria-activedescendant");
      }
      input.value = option ? option.dataset.text : typed;
    }

    function show([, texts, kinds, urls]) {
      list.replaceChildren(...texts.map((text, i) => {
        const option = document.createElement("li");
        option.id = `suggestion-${i}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.text = text;
        option.dataset.url = urls[i];
        const name = document.createElement("span");
        name.className = "suggestion-text";
        name.textContent = text;
        const kind = document.createElement("span");
        kind.className = "suggestion-kind";
        kind.textContent = kinds[i];
        option.append(name, " ", kind);
        return option;
      }));
      chosen = texts.length;
      list.hidden = texts.length === 0;
      input.setAttribute("aria-expanded", String(texts.length > 0));
    }

    async function ask() {
      asked?.abort();
      asked = new AbortController();
      try {
        const response = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(typed)}`, { signal: asked.signal });
        if (response.ok && document.activeElement === input) show(await response.json());
      } catch (error) {
        if (error.name !== "AbortError") close(); // without suggestions the box still searches
      }
    }

    function follow(option) {
      const url = new URL(option.dataset.url);
      location.assign(url.pathname + url.search); // the same site, by whatever name it is reached
    }

    input.addEventListener("input", () => {
      typed = input.value;
      clearTimeout(timer);
      if (typed.trim().length < 2) close();
      else timer = setTimeout(ask, DELAY_MS);
    });

    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return;
      const open = !list.hidden;
      if ((event.key === "ArrowDown" || event.key === "ArrowUp") && open) {
        event.preventDefault();
        choose(event.key === "ArrowDown" ? (chosen === options().length ? 0 : chosen + 1) : chosen - 1);
      } else if (event.key === "ArrowDown" && typed.trim().length >= 2) {
        event.preventDefault();
        ask();
      } else if (event.key === "Escape" && open) {
        event.preventDefault();
        input.value = typed;
        close();
      } else if (event.key === "Enter" && open && options()[chosen]) {
        event.preventDefault();
        follow(options()[chosen]);
      }
    });

    input.addEventListener("blur", close);
    list.addEventListener("mousedown", (event) => event.preventDefault()); // the box keeps the focus
    list.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) follow(option);
    });
  }

  for (const input of document.querySelectorAll("input[data-suggest]")) suggest(input);

  // --- results: filters, order, bars and pages change what is found without a new page ---

  let current = null;

  async function load(url, { push, focus }) {
    const found = document.getElementById("found");
    current?.abort();
    const controller = current = new AbortController();
    found.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(url, { headers: { "X-Partial": "found" }, signal: controller.signal });
      if (!response.ok) throw new Error(response.statusText);
      const part = new DOMParser().parseFromString(await response.text(), "text/html").getElementById("found");
      if (!part) throw new Error("no results in the answer");
      keepOpen(found, part);
      found.replaceWith(part);
      if (push) history.pushState({}, "", url);
      document.title = part.dataset.title;
      takeOverFields(part);
      announce(part.querySelector("h1").textContent);
      refocus(part, focus);
    } catch (error) {
      if (error.name !== "AbortError") location.assign(url); // as without the script
    }
  }

  // Filters that were opened or closed stay so.
  function keepOpen(before, after) {
    for (const details of before.querySelectorAll("details")) {
      const selector = details.dataset.facet ? `[data-facet="${details.dataset.facet}"]` : `details.${details.classList[0]}`;
      const same = after.querySelector(selector);
      if (same) same.open = details.open || (same.open && !details.dataset.facet);
    }
  }

  // The search box is not part of what is exchanged, but it sends the filters along.
  function takeOverFields(part) {
    const box = document.querySelector("form.searchbox");
    const facets = part.querySelector("form.facets");
    if (!box || !facets) return;
    for (const field of box.querySelectorAll("input[type=hidden]")) field.remove();
    for (const [name, value] of new FormData(facets)) {
      if (name === "q" || value === "") continue;
      const field = document.createElement("input");
      field.type = "hidden";
      field.name = name;
      field.value = value;
      box.append(field);
    }
  }

  function announce(text) {
    const place = document.getElementById("announcement");
    if (place) place.textContent = text.replace(/\s+/g, " ").trim();
  }

  function refocus(part, id) {
    const target = id === "top" ? part.querySelector("h1") : id && document.getElementById(id);
    if (!target) return;
    if (id === "top") {
      target.tabIndex = -1;
      window.scrollTo({ top: 0 });
    }
    target.focus({ preventScroll: true });
  }

  function addressOf(form) {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) if (value.trim() !== "") query.append(name, value);
    return query.size ? `${form.action}?${query}` : form.action;
  }

  if (document.getElementById("found")) {
    document.addEventListener("change", (event) => {
      const form = event.target.closest("form.facets");
      if (form) load(addressOf(form), { push: true, focus: event.target.id });
    });
    document.addEventListener("submit", (event) => {
      const form = event.target.closest("form.facets");
      if (!form) return;
      event.preventDefault();
      load(addressOf(form), { push: true, focus: document.activeElement?.id });
    });
    document.addEventListener("click", (event) => {
      if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      const link = event.target.closest("#found a[href]");
      const href = link?.getAttribute("href"); // in a drawing, `href` is an object
      if (!href || !href.startsWith("/search")) return;
      event.preventDefault();
      load(href, { push: true, focus: "top" });
    });
    addEventListener("popstate", () => load(location.href, { push: false, focus: null }));
  }

  // --- "/" goes to the search box ---

  document.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest("input, textarea, select, [contenteditable]")) return;
    const box = document.querySelector("input[data-suggest]");
    if (!box) return;
    event.preventDefault();
    box.focus();
    box.select();
  });
})();
