// What every script here shares: its relying party comes as one line of JSON, a person is sent somewhere and comes back.
//
// The test that starts a script writes {issuer, client_id, key, redirect_uri, …} to it. The script says {"visit": URL} when a
// browser has to go somewhere, and reads the address at which that browser ended. What it found stands on its last line.
import { webcrypto } from "node:crypto";
import { createInterface } from "node:readline";

// Debian 12's Node 18 has them, but not where the clients look for them.
globalThis.crypto ??= webcrypto;
globalThis.CryptoKey ??= webcrypto.CryptoKey;

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const line = async () => {
  const { value, done } = await lines.next();
  if (done) throw new Error("the test said nothing more");
  return value;
};

/** The relying party of this run. */
export const party = JSON.parse(await line());

/** Sends a person's browser to an address; gives back where it ended. */
export const visit = async (url) => {
  console.log(JSON.stringify({ visit: String(url) }));
  return new URL(await line());
};

/** A private key that the test made. */
export const privateKey = (jwk) =>
  crypto.subtle.importKey("jwk", jwk, { name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]);

/** Tells the test what was found, and ends. */
export const found = (what) => {
  console.log(JSON.stringify({ found: what }));
  process.exit(0);
};

/** What must not go through, and the code with which it is refused. */
export const refused = async (attempt) => {
  try {
    await attempt();
  } catch (error) {
    return error.error ?? error.cause?.[0]?.parameters?.error ?? error.code ?? String(error);
  }
  throw new Error("this should have been refused");
};
