// Comfort only: the page works without this file. 1, 2, 3 choose a decision and go to the reason; Ctrl+Enter sends.
"use strict";

const decision = document.querySelector("form[data-decision]");
const ours = document.getElementById("index-keys");
const theirs = document.querySelector("#help dl");
if (ours && theirs) { theirs.append(...ours.children); ours.remove(); }

const writing = (node) => node && /^(TEXTAREA|SELECT)$/.test(node.tagName);

addEventListener("keydown", (event) => {
  if (!decision || document.querySelector("dialog[open]")) return;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) { event.preventDefault(); decision.requestSubmit(); return; }
  if (event.ctrlKey || event.metaKey || event.altKey || writing(event.target)) return;
  const radio = decision.querySelector(`[name=judgement][data-key="${CSS.escape(event.key)}"]`);
  if (radio) { event.preventDefault(); radio.checked = true; document.getElementById("f-reason").focus(); }
});
