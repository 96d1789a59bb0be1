// Compares a file with an issued document without sending it: the browser computes its hash here.

const form = document.querySelector("form[data-sha256]");
const result = document.querySelector("[data-result]");

const hash = async (file) => {
  const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
};

const show = (which) => {
  result.replaceChildren(document.querySelector(`template[data-answer=${which}]`).content.cloneNode(true));
};

// Browsers compute hashes only on safe connections; otherwise the plain form stays.
if (form && result && globalThis.crypto?.subtle) {
  const input = form.querySelector("input[type=file]");
  const check = async (file) => {
    if (!file) return;
    show((await hash(file)) === form.dataset.sha256 ? "same" : "other");
  };
  input.addEventListener("change", () => check(input.files[0]));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    delete form.dataset.sent;
    check(input.files[0]);
  });
  form.addEventListener("dragover", (event) => event.preventDefault());
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    check(event.dataTransfer.files[0]);
  });
}
