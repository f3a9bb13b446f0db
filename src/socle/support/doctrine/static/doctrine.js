// Comfort only: in the table of contents, the section that is being read is lit.
"use strict";

for (const toc of document.querySelectorAll("[data-follow]")) {
  const links = new Map();
  for (const link of toc.querySelectorAll("a[href^='#']")) {
    const target = document.getElementById(link.hash.slice(1));
    if (target) links.set(target.closest("section") || target, link);
  }
  const seen = new Set();
  const light = () => {
    const first = [...links.keys()].find((section) => seen.has(section));
    for (const [section, link] of links) {
      if (section === first) link.setAttribute("aria-current", "location");
      else link.removeAttribute("aria-current");
    }
  };
  const watch = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (entry.isIntersecting) seen.add(entry.target);
      else seen.delete(entry.target);
    }
    if (seen.size) light();
  }, { rootMargin: "-80px 0px -55% 0px" });
  for (const section of links.keys()) watch.observe(section);
}

// On a phone the table of contents and the sentence of the filters wait, folded.
if (matchMedia("(max-width: 900px)").matches) {
  for (const details of document.querySelectorAll(".toc details, [data-fold]")) details.open = false;
}
