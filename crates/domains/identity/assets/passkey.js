// Passkeys: asks the browser for one and sends its answer with the form around it. Without this file, and in browsers
// that know no passkeys, such a form stays hidden, and the other ways remain.

// What was offered is over after five minutes; a page that stays open asks anew before that.
const OFFER_ANEW_MS = 240_000;

const bytesOf = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const textOf = (buffer) => buffer && btoa(String.fromCharCode(...new Uint8Array(buffer)))
  .replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const optionsOf = (offered) => {
  const options = { ...offered, challenge: bytesOf(offered.challenge) };
  const named = (keys) => keys?.map((key) => ({ ...key, id: bytesOf(key.id) }));
  if (offered.user) options.user = { ...offered.user, id: bytesOf(offered.user.id) };
  if (offered.excludeCredentials) options.excludeCredentials = named(offered.excludeCredentials);
  if (offered.allowCredentials) options.allowCredentials = named(offered.allowCredentials);
  return options;
};

const answerOf = (key) => {
  const { response } = key;
  const parts = response.attestationObject
    ? { attestationObject: textOf(response.attestationObject), transports: response.getTransports?.() ?? [] }
    : {
      authenticatorData: textOf(response.authenticatorData),
      signature: textOf(response.signature),
      userHandle: textOf(response.userHandle) ?? null,
    };
  return JSON.stringify({
    id: key.id, rawId: textOf(key.rawId), type: key.type, extensions: {},
    response: { clientDataJSON: textOf(response.clientDataJSON), ...parts },
  });
};

const prepare = (form) => {
  const status = form.querySelector("[data-status]");
  const creates = form.dataset.passkey === "create";
  let quiet = null;
  form.hidden = false;

  const offer = async () => {
    const answer = await fetch(form.dataset.offer, {
      method: "POST", credentials: "same-origin",
      headers: { "x-csrf-token": form.querySelector("input[name=_csrf]").value, accept: "application/problem+json" },
    });
    const told = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error("refused"), { detail: told.detail });
    return told;
  };

  const ask = async (more) => {
    const { ceremony, options } = await offer();
    const wish = { publicKey: optionsOf(options.publicKey), ...more };
    const key = creates ? await navigator.credentials.create(wish) : await navigator.credentials.get(wish);
    form.querySelector("input[name=ceremony]").value = ceremony;
    form.querySelector("input[name=answer]").value = answerOf(key);
    form.submit();
  };

  // Offered among what the browser fills in, while the person may as well type.
  const offerQuietly = () => {
    quiet?.abort();
    quiet = new AbortController();
    ask({ mediation: "conditional", signal: quiet.signal }).catch(() => {});
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (!form.reportValidity()) return;
    quiet?.abort();
    quiet = null;
    status.textContent = "";
    ask({}).catch((error) => {
      status.textContent = error.detail
        ?? (error.name === "InvalidStateError" ? form.dataset.known : form.dataset.cancelled);
    });
  });

  if (form.hasAttribute("data-quiet")) {
    PublicKeyCredential.isConditionalMediationAvailable?.().then((can) => {
      if (!can) return;
      offerQuietly();
      setInterval(() => { if (quiet && !document.hidden) offerQuietly(); }, OFFER_ANEW_MS);
    });
  }
};

if (globalThis.PublicKeyCredential) document.querySelectorAll("form[data-passkey]").forEach(prepare);
