// Comfort only: lists, forms and pages work without this file.
"use strict";

// The rest of a list comes when it is asked for, below what is there: <a data-more> leads to the next page, and each
// [data-more-list] of that page goes at the end of the one that has the same id here.
document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-more]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (link.dataset.asked) return;
  link.dataset.asked = "yes";
  const place = link.closest(".more");
  try {
    const ask = () => fetch(link.href).then((one) => (one.ok ? one : Promise.reject(one.status)));
    const answer = await ask().catch(() => new Promise((again) => setTimeout(again, 500)).then(ask)); // a network hiccup
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    let first = null;
    for (const list of document.querySelectorAll("[data-more-list]")) {
      const items = [...(page.getElementById(list.id)?.children ?? [])];
      list.append(...items.map((item) => document.adoptNode(item)));
      first ??= items[0];
    }
    const next = page.querySelector("a[data-more]");
    place.replaceChildren(...(next ? [document.adoptNode(next)] : []));
    first?.querySelector("a")?.focus({ preventScroll: true });
  } catch {
    location.assign(link.href);
  }
});

// How much of a text is written, and when it is too long: nothing is cut, the reader is told.
for (const area of document.querySelectorAll("textarea[data-most]")) {
  const most = Number(area.dataset.most), line = document.createElement("p");
  const words = new Intl.NumberFormat(document.documentElement.lang);
  line.className = "counter";
  line.setAttribute("aria-live", "polite");
  area.after(line);
  const tell = () => {
    const length = [...area.value].length;
    line.textContent = length > most * 0.8 ? `${words.format(length)} / ${words.format(most)}` : "";
    line.classList.toggle("over", length > most);
  };
  area.addEventListener("input", tell);
  tell();
}

// A file that would be refused for its size is not sent for nothing.
for (const input of document.querySelectorAll("input[data-largest]")) {
  input.addEventListener("change", () => {
    const large = [...input.files].some((file) => file.size > Number(input.dataset.largest));
    input.setCustomValidity(large ? input.dataset.refusal : "");
    input.reportValidity();
  });
}

// What was typed and not sent is not lost by a slip of the hand.
for (const form of document.querySelectorAll("form.contribution")) {
  let typed = false;
  form.addEventListener("input", () => { typed = true; });
  form.addEventListener("submit", () => { typed = false; });
  addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });
}
