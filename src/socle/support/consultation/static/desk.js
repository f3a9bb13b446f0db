// Comfort only: the desk works without this file. Keys on the bench, canned answers, lines of a text.
"use strict";

const inField = (node) => node && (node.isContentEditable || /^(TEXTAREA|SELECT)$/.test(node.tagName) || (node.tagName === "INPUT" && !/^(radio|checkbox)$/.test(node.type)));
const bench = document.querySelector("form[data-answer]");
const answer = document.getElementById("f-answer");

// The keys of this page, beside those of the house.
const ours = document.getElementById("desk-keys");
const theirs = document.querySelector("#help dl");
if (ours && theirs) { theirs.append(...ours.children); ours.remove(); }

const insert = (option) => {
  if (!option || !option.dataset.text || !answer) return;
  answer.value = [answer.value.trim(), option.dataset.text].filter(Boolean).join("\n\n");
  if (bench && !bench.querySelector("[name=outcome]:checked")) {
    const radio = bench.querySelector(`[name=outcome][value="${option.dataset.outcome}"]`);
    if (radio) radio.checked = true;
  }
  answer.focus();
};
const canned = document.querySelector("select[data-canned]");
if (canned) {
  for (const button of document.querySelectorAll("[data-canned-button]"))
    button.addEventListener("click", (event) => { event.preventDefault(); insert(canned.selectedOptions[0]); });
}

const choose = (radio) => {
  radio.checked = true;
  radio.dispatchEvent(new Event("change", { bubbles: true }));
  const change = document.getElementById("f-change"), original = document.getElementById("f-original");
  if (/accepted|partly/.test(radio.value) && change && !change.value) change.focus();
  else if (radio.value === "duplicate" && original && !original.value) original.focus();
  else if (answer) answer.focus();
};

addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && bench && bench.contains(event.target)) {
    event.preventDefault();
    bench.requestSubmit(bench.querySelector("button[name=faire]:not([value=inserer])"));
    return;
  }
  if (event.key === "Escape" && inField(event.target)) { event.target.blur(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return;
  const key = event.key;
  const radio = bench && bench.querySelector(`[name=outcome][data-key="${CSS.escape(key)}"]`);
  const where = { j: "a[rel=next]", k: "a[rel=prev]" }[key];
  const link = document.querySelector(".steps") && where && document.querySelector(`.steps ${where}`);
  const act = /^[em]$/.test(key) && document.querySelector(`[data-key="${key}"]`);
  if (radio) { event.preventDefault(); choose(radio); }
  else if (link) { event.preventDefault(); link.click(); }
  else if (act) { event.preventDefault(); act.click(); }
  else if (/^[1-9]$/.test(key) && canned && bench) { event.preventDefault(); insert(canned.options[Number(key)]); }
  else if (key === "x") {
    const box = document.activeElement?.closest("tr")?.querySelector("input[type=checkbox]");
    if (box) { event.preventDefault(); box.checked = !box.checked; }
  }
});

// A text in lines: where the caret is, and a fault leads to its line.
const code = document.querySelector("textarea[data-code]");
const spot = document.querySelector("[data-where]");
if (code && spot) {
  const words = document.documentElement.lang === "fr" ? "Ligne" : "Line";
  const tell = () => {
    spot.hidden = false;
    spot.textContent = `${words} ${code.value.slice(0, code.selectionStart).split("\n").length}`;
  };
  for (const name of ["keyup", "click", "focus"]) code.addEventListener(name, tell);
  for (const link of document.querySelectorAll("[data-line]")) link.addEventListener("click", (event) => {
    event.preventDefault();
    const lines = code.value.split("\n"), line = Number(link.dataset.line);
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    code.focus();
    code.setSelectionRange(start, start + (lines[line - 1] || "").length);
    code.scrollTop = Math.max(0, (line - 6) * (code.scrollHeight / lines.length));
    tell();
  });
}
// The passage in question is selected in the text.
const passage = document.querySelector("[data-passage]");
if (code && passage && !document.querySelector(".errors, .collision, .preview")) {
  const at = code.value.indexOf(passage.textContent.trim());
  if (at >= 0) {
    code.focus({ preventScroll: true });
    code.setSelectionRange(at, at + passage.textContent.trim().length);
    code.scrollTop = Math.max(0, (code.value.slice(0, at).split("\n").length - 4) * (code.scrollHeight / code.value.split("\n").length));
  }
}
document.querySelector(".collision")?.focus();
