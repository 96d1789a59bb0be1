// Small comforts on top of pages that work without this file. No page depends on it.
"use strict";

// A whole date pasted into one of three boxes spreads over them.
document.addEventListener("paste", (event) => {
  const boxes = event.target.closest?.(".date-boxes");
  if (!boxes) return;
  const text = event.clipboardData.getData("text").trim();
  const iso = /^(\d{4})-(\d{1,2})-(\d{1,2})$/.exec(text);
  const own = /^(\d{1,2})[\/.\- ](\d{1,2})[\/.\- ](\d{2}|\d{4})$/.exec(text);
  const parts = iso ? [iso[3], iso[2], iso[1]] : own ? own.slice(1) : null;
  if (!parts) return;
  event.preventDefault();
  boxes.querySelectorAll("input").forEach((input, i) => { input.value = parts[i]; });
  boxes.dispatchEvent(new Event("input", { bubbles: true }));
});

// Twelve digits are easier to check in threes.
document.addEventListener("focusout", (event) => {
  const input = event.target;
  if (!input.matches?.("input[data-group]")) return;
  const digits = input.value.replace(/\s/g, "");
  if (/^\d+$/.test(digits)) input.value = digits.replace(/(\d{3})(?=\d)/g, "$1 ");
});

// A form is sent once, however often the button is pressed.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.dataset.sent) { event.preventDefault(); return; }
  if (form.method === "post") {
    form.dataset.sent = "1";
    setTimeout(() => { delete form.dataset.sent; }, 8000);
  }
});
// Coming back with the browser's back button, the form can be sent again.
window.addEventListener("pageshow", () => {
  document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
});

document.addEventListener("click", (event) => {
  if (event.target.closest?.("[data-print]")) window.print();
});

// Shortcuts: an element says its letter in data-key, reached with Alt. Bare letters would surprise people who dictate
// (WCAG 2.1.4) and could not be used while typing.
document.addEventListener("keydown", (event) => {
  if (!event.altKey || event.ctrlKey || event.metaKey || !/^Key[A-Z]$/.test(event.code)) return;
  const target = document.querySelector(`[data-key="${event.code.at(-1).toLowerCase()}"]`);
  if (!target) return;
  event.preventDefault();
  if (target.matches("input, textarea, select")) target.focus(); else target.click();
});

// On a phone the navigation is wider than the screen: where one is stands in view.
const here = document.querySelector("nav.main [aria-current]");
here?.closest("ul").scrollTo({ left: here.offsetLeft - 16 });

// An error summary is read out first.
document.querySelector(".error-summary")?.focus();
document.querySelectorAll("[data-print]").forEach((button) => { button.hidden = false; });

// A form that carries an answer to another site sends itself. Its button is for browsers without scripts.
document.querySelector('main form[method="post"][action^="http"]')?.requestSubmit();
