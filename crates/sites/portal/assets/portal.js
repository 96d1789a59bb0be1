// Comforts of filling in a dossier: saving while typing, questions that appear at once, uploads that resume.
// Every page works without this file.

const SAVE_AFTER_MS = 1500;
const RETRIES_MAX = 5;
// How long "go on" waits for what is still being saved.
const PATIENCE_MS = 4000;
const token = (form) => form.querySelector("input[name=_csrf]").value;

// What tells a field from its neighbours, before and after the server has drawn it anew.
const keyOf = (node) => node.id || node.querySelector("[name]")?.name || "";

// Brings the questions up to date. A field that stays is the same element as before, with what was typed into it
// meanwhile, the cursor, and a letter that a Vietnamese keyboard is still composing.
const merge = (now, fresh) => {
  const staying = new Map([...now.children].map((node) => [keyOf(node), node]));
  staying.delete("");
  let at = now.firstElementChild;
  [...fresh.children].forEach((node) => {
    const same = staying.get(keyOf(node));
    if (!same) {
      now.insertBefore(node, at);
      return;
    }
    while (at && at !== same) {
      const gone = at;
      at = at.nextElementSibling;
      gone.remove();
    }
    const [rows, others] = [same, node].map((group) => [...group.querySelectorAll(":scope > fieldset.found")]);
    if (rows.length === others.length) rows.forEach((row, n) => merge(row, others[n]));
    at = same.nextElementSibling;
  });
  while (at) {
    const gone = at;
    at = at.nextElementSibling;
    gone.remove();
  }
};

// Saves what is typed a moment after the last key, and at once when a field is left. What is sent goes one after the
// other, so that an older text never arrives after a newer one.
document.querySelectorAll("form[data-autosave]").forEach((form) => {
  let waiting = 0;
  let dirty = false;
  let choices = 0;
  let underWay = 0;
  let turn = Promise.resolve();
  const note = form.querySelector("[data-saved]");
  const body = () => {
    const data = new URLSearchParams(new FormData(form));
    ["_csrf", "_next", "_later"].forEach((name) => data.delete(name));
    return data;
  };
  const post = (path, data, keepalive) => fetch(path, {
    method: "POST", body: data, headers: { "x-csrf-token": token(form) }, credentials: "same-origin", keepalive,
  });
  const inTurn = (job) => {
    underWay += 1;
    turn = turn.then(job).finally(() => { underWay -= 1; });
  };
  const save = async (keepalive) => {
    clearTimeout(waiting);
    if (!dirty) return;
    dirty = false;
    try {
      const answer = await post(form.dataset.autosave, body(), keepalive);
      if (!answer.ok || answer.redirected) dirty = true;
      else if (!keepalive) note.innerHTML = await answer.text();
    } catch {
      dirty = true;
    }
  };
  form.addEventListener("input", () => {
    dirty = true;
    clearTimeout(waiting);
    waiting = setTimeout(() => inTurn(() => save(false)), SAVE_AFTER_MS);
  });
  // The page may be gone before its turn comes: this one does not wait.
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(true); });

  // A choice can bring another question, or take one away.
  const ask = async (mine) => {
    const data = body();
    data.set("_refresh", "1");
    try {
      const answer = await post(form.action, data, false);
      if (!answer.ok || answer.redirected) return;
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const [fields, fresh] = [form, page].map((from) => from.querySelector("#fields"));
      const seen = (from) => from.querySelector("[name=_seen]").value;
      // Another choice since then has its own answer on the way.
      if (mine === choices && fresh && seen(fresh) !== seen(fields)) merge(fields, fresh);
    } catch {
      // Offline: the next "go on" draws the question.
    }
  };
  form.addEventListener("change", (event) => {
    if (event.target.matches("input[type=radio]")) {
      choices += 1;
      const mine = choices;
      inTurn(() => ask(mine));
    } else {
      inTurn(() => save(false));
    }
  });

  // Sent when what is under way has arrived, with the button that was pressed.
  let held = false;
  let passing = false;
  form.addEventListener("submit", (event) => {
    clearTimeout(waiting);
    if (passing || !underWay) {
      dirty = false;
      return;
    }
    event.preventDefault();
    event.stopPropagation();
    if (held) return;
    held = true;
    const button = event.submitter;
    const patience = new Promise((over) => setTimeout(over, PATIENCE_MS));
    Promise.race([turn, patience]).then(() => {
      [held, passing] = [false, true];
      form.requestSubmit(button?.isConnected ? button : null);
      passing = false;
    });
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
