// Comfort only: every page and every form works without this file.
"use strict";

const typing = (node) => node && (node.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(node.tagName));

// Search as you type: <form data-live="id"> asks for the same page and replaces the element with that id.
for (const form of document.querySelectorAll("form[data-live]")) {
  let timer = 0, asked = null;
  const refresh = async () => {
    const url = new URL(form.action);
    for (const [name, value] of new FormData(form)) if (value) url.searchParams.append(name, value);
    if (asked) asked.abort();
    asked = new AbortController();
    const bar = progress();
    try {
      const answer = await fetch(url, { signal: asked.signal, headers: { "X-Requested-With": "comfort" } });
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(form.dataset.live);
      if (!answer.ok || !fresh) { location.assign(url); return; }
      document.getElementById(form.dataset.live).replaceWith(document.adoptNode(fresh));
      history.replaceState(null, "", url);
    } catch (error) {
      if (error.name !== "AbortError") form.submit();
    } finally { bar.remove(); }
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(refresh, 250); });
  form.addEventListener("submit", (event) => { event.preventDefault(); clearTimeout(timer); refresh(); });
}

function progress() {
  const bar = document.createElement("div");
  bar.className = "progress";
  document.body.append(bar);
  return bar;
}

// A form is sent once, and shows that it was.
addEventListener("submit", (event) => {
  const form = event.target;
  if (form.method !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  progress();
});
addEventListener("pageshow", () => { for (const form of document.forms) delete form.dataset.sent; });

// Suggestions: <input list="x" data-options="/address"> asks the address for the options that fit what is typed.
for (const input of document.querySelectorAll("input[data-options]")) {
  let timer = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(async () => {
      if (input.value.length < 2) return;
      const answer = await fetch(`${input.dataset.options}?q=${encodeURIComponent(input.value)}`);
      const found = new DOMParser().parseFromString(await answer.text(), "text/html").querySelectorAll("datalist option");
      if (answer.ok) input.list.replaceChildren(...[...found].map((option) => document.adoptNode(option)));
    }, 200);
  });
}

// Files may be dropped anywhere on a form that takes some: beside its button, the browser would leave the page for them.
for (const input of document.querySelectorAll("input[type=file]")) {
  const form = input.form;
  const files = (event) => event.dataTransfer?.types.includes("Files");
  form.addEventListener("dragover", (event) => {
    if (!files(event)) return;
    event.preventDefault();
    form.classList.add("dropping");
  });
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("dropping");
  });
  form.addEventListener("drop", (event) => {
    form.classList.remove("dropping");
    if (!files(event)) return;
    event.preventDefault();
    const taken = new DataTransfer();
    for (const file of [...event.dataTransfer.files].slice(0, input.multiple ? undefined : 1)) taken.items.add(file);
    input.files = taken.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
    input.focus();
  });
}

// Keys: / search, j k rows, ? help.
const help = document.getElementById("help");
addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target) || document.querySelector("dialog[open]")) return;
  const search = document.querySelector("[data-search]") || document.querySelector("input[type=search]");
  if (event.key === "/" && search) { event.preventDefault(); search.focus(); search.select(); }
  else if (event.key === "?" && help) { event.preventDefault(); help.showModal(); }
  else if (event.key === "j" || event.key === "k") {
    const links = [...document.querySelectorAll("[data-keys] .row-link")];
    if (!links.length) return;
    const at = links.findIndex((link) => link.closest("tr, li").contains(document.activeElement));
    const to = at < 0 ? 0 : Math.min(links.length - 1, Math.max(0, at + (event.key === "j" ? 1 : -1)));
    event.preventDefault();
    links[to].focus();
    links[to].scrollIntoView({ block: "nearest" });
  }
});
for (const node of document.querySelectorAll(".keys")) node.hidden = false;
for (const node of document.querySelectorAll("[data-help]")) node.addEventListener("click", () => help.showModal());

// Escape leaves the search field for the list.
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && event.target.matches?.("[data-search]")) event.target.blur();
});

// Escape closes what its address opened, and hides what pointing at something shows.
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const link of document.querySelectorAll(":target [data-close]")) if (link.checkVisibility()) link.click();
  for (const node of document.querySelectorAll("[data-tips]")) node.classList.add("quiet");
});
for (const node of document.querySelectorAll("[data-tips]"))
  for (const name of ["focusin", "pointerleave"]) node.addEventListener(name, () => node.classList.remove("quiet"));

// Copy a command.
if (navigator.clipboard) for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = false;
  const word = button.textContent;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.parentElement.querySelector("code").textContent);
    button.textContent = button.dataset.done;
    setTimeout(() => { button.textContent = word; }, 2000);
  });
}

// Print buttons, and what is wrong first under the eyes.
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}
document.querySelector(".errors")?.focus();
