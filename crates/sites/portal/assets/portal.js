// Comforts of filling in a dossier: saving while typing, questions that appear at once, uploads that resume.
// Every page works without this file.

const SAVE_AFTER_MS = 1500;
const RETRIES_MAX = 5;
const token = (form) => form.querySelector("input[name=_csrf]").value;

// Saves what is typed a moment after the last key, and at once when a field is left.
document.querySelectorAll("form[data-autosave]").forEach((form) => {
  let waiting = 0;
  let dirty = false;
  const note = form.querySelector("[data-saved]");
  const body = () => {
    const data = new URLSearchParams(new FormData(form));
    ["_csrf", "_next", "_later"].forEach((name) => data.delete(name));
    return data;
  };
  const save = async (keepalive) => {
    clearTimeout(waiting);
    if (!dirty) return;
    dirty = false;
    try {
      const answer = await fetch(form.dataset.autosave, {
        method: "POST", body: body(), headers: { "x-csrf-token": token(form) }, credentials: "same-origin", keepalive,
      });
      if (answer.ok && !answer.redirected && !keepalive) note.innerHTML = await answer.text();
      else if (!answer.ok) dirty = true;
    } catch {
      dirty = true;
    }
  };
  form.addEventListener("input", () => {
    dirty = true;
    clearTimeout(waiting);
    waiting = setTimeout(save, SAVE_AFTER_MS);
  });
  form.addEventListener("submit", () => { dirty = false; clearTimeout(waiting); });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });

  // A choice can bring another question: the server draws the fields anew, the focus stays.
  form.addEventListener("change", async (event) => {
    if (!event.target.matches("input[type=radio]")) { save(); return; }
    const fields = form.querySelector("#fields");
    const data = body();
    data.set("_refresh", "1");
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: data, headers: { "x-csrf-token": token(form) }, credentials: "same-origin",
      });
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = page.querySelector("#fields");
      const seen = (from) => from.querySelector("[name=_seen]").value;
      if (!fresh || seen(fresh) === seen(fields)) return;
      const id = document.activeElement?.id;
      fields.replaceChildren(...fresh.childNodes);
      if (id) document.getElementById(id)?.focus();
    } catch {
      // Offline: the next "go on" draws the question.
    }
  });
});

// A chosen file travels in pieces; what broke off goes on where it stopped, also when the same file is chosen again.
document.querySelectorAll("form[data-upload]").forEach((form) => {
  const input = form.querySelector("input[type=file]");
  const status = form.querySelector("[data-status]");
  const headers = { "x-csrf-token": token(form) };
  const say = (text) => { status.textContent = text; };

  const announce = async (file) => {
    const left = form.querySelector(`[data-unfinished][data-bytes="${file.size}"][data-name="${CSS.escape(file.name)}"]`);
    if (left) return { id: left.dataset.unfinished, received: Number(left.dataset.received) };
    const answer = await fetch(`${form.dataset.upload}/announce`, {
      method: "POST", credentials: "same-origin",
      headers: { ...headers, "content-type": "application/json", accept: "application/problem+json" },
      body: JSON.stringify({ slot: form.dataset.slot, name: file.name, bytes: file.size }),
    });
    if (!answer.ok) throw await answer.json().catch(() => ({}));
    return { id: (await answer.json()).id, received: 0 };
  };

  const send = async (file) => {
    const { id, received } = await announce(file);
    const piece = Number(form.dataset.piece);
    let at = received;
    let failures = 0;
    while (at < file.size) {
      say(form.dataset.progress.replace("%", `${Math.floor((100 * at) / file.size)} %`));
      try {
        const answer = await fetch(`${form.dataset.upload}/${id}/pieces?start=${at}`, {
          method: "POST", credentials: "same-origin", body: file.slice(at, at + piece),
          headers: { ...headers, "content-type": "application/octet-stream", accept: "application/problem+json" },
        });
        if (!answer.ok) {
          const problem = await answer.json().catch(() => ({}));
          if (answer.status < 500) throw problem;
          throw new Error("server");
        }
        at = (await answer.json()).received;
        failures = 0;
      } catch (error) {
        failures += 1;
        if (error.detail || failures > RETRIES_MAX) throw error;
        await new Promise((again) => setTimeout(again, 500 * 2 ** failures));
      }
    }
    location.reload();
  };

  input.addEventListener("change", () => {
    const file = input.files[0];
    if (!file) return;
    form.setAttribute("aria-busy", "true");
    send(file).catch((problem) => {
      form.removeAttribute("aria-busy");
      say(problem.detail || form.dataset.stopped);
    });
  });
});
