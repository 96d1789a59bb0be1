// node oidc-provider in one process, everything in its memory, set up to do what ours does at the same endpoints.
//
// Reads one line of JSON from its standard input: { port, clients, scope, tokens, jkt }, where `clients` is the
// provider's own client metadata and `tokens` how many people get an access and a refresh token without signing in.
// Answers with one line: { issuer, access, bound }. Ends when its input ends.
//
// Left at its defaults: opaque access tokens, which it looks up, where ours are signed. That is the cheaper kind for it.

import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { randomBytes } from 'node:crypto';
import { generateKeyPair, exportJWK } from 'jose';
import Provider from 'oidc-provider';

// The adapter that comes with the provider forgets all but the last thousand entries; this one forgets nothing that lives.
class Memory {
  static #all = new Map();

  constructor(model) { this.model = model; }

  #key(id) { return `${this.model}:${id}`; }

  async upsert(id, payload, expiresIn) {
    Memory.#all.set(this.#key(id), { payload, ends: expiresIn ? Date.now() + expiresIn * 1000 : Infinity });
  }

  async find(id) {
    const entry = Memory.#all.get(this.#key(id));
    return entry && entry.ends > Date.now() ? entry.payload : undefined;
  }

  async consume(id) {
    const payload = await this.find(id);
    if (payload) payload.consumed = Math.floor(Date.now() / 1000);
  }

  async destroy(id) { Memory.#all.delete(this.#key(id)); }

  async findByUid() { return undefined; }

  async findByUserCode() { return undefined; }

  async revokeByGrantId(grantId) {
    for (const [key, { payload }] of Memory.#all) if (payload.grantId === grantId) Memory.#all.delete(key);
  }

  static sweep() {
    const now = Date.now();
    for (const [key, { ends }] of Memory.#all) if (ends <= now) Memory.#all.delete(key);
  }
}

const lines = createInterface({ input: process.stdin });
const [first] = await once(lines, 'line');
const { port, clients, scope, tokens, jkt } = JSON.parse(first);

const { privateKey } = await generateKeyPair('ES256', { extractable: true });
const issuer = `http://127.0.0.1:${port}`;
const provider = new Provider(issuer, {
  adapter: Memory,
  clients,
  jwks: { keys: [{ ...await exportJWK(privateKey), alg: 'ES256', use: 'sig' }] },
  scopes: ['openid', 'offline_access', ...scope.split(' ')],
  clientAuthMethods: ['private_key_jwt', 'client_secret_basic', 'client_secret_post'],
  enabledJWA: { clientAuthSigningAlgValues: ['ES256'], idTokenSigningAlgValues: ['ES256'], dPoPSigningAlgValues: ['ES256'] },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    dPoP: { enabled: true, nonceSecret: randomBytes(32), requireNonce: () => true },
  },
  findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  rotateRefreshToken: true,
  ttl: { AccessToken: 3600, ClientCredentials: 300, RefreshToken: 86400, Grant: 86400, IdToken: 300 },
  cookies: { keys: [randomBytes(32).toString('hex')] },
});
provider.proxy = false;

// Tokens of people, as a finished authorization would have left them: access tokens of the last client of the list, bound
// to nothing, and refresh tokens of the first one, bound to its key.
const [keyed, bearer] = await Promise.all([clients.at(0), clients.at(-1)].map((c) => provider.Client.find(c.client_id)));
const grantOf = async (accountId, client) => {
  const grant = new provider.Grant({ accountId, clientId: client.clientId });
  grant.addOIDCScope('openid offline_access');
  return grant.save();
};
const about = (accountId, client, grantId) => ({
  accountId, client, grantId, gty: 'authorization_code', scope: 'openid offline_access',
  authTime: Math.floor(Date.now() / 1000), claims: {}, expiresWithSession: false,
});
const access = [], bound = [];
for (let n = 0; n < tokens; n += 1) {
  const accountId = `person-${n}`;
  const [bearerGrant, keyedGrant] = await Promise.all([grantOf(accountId, bearer), grantOf(accountId, keyed)]);
  access.push(await new provider.AccessToken(about(accountId, bearer, bearerGrant)).save());
  bound.push(await new provider.RefreshToken({ ...about(accountId, keyed, keyedGrant), jkt }).save());
}

setInterval(Memory.sweep, 60_000).unref();
const server = provider.listen(port, '127.0.0.1');
server.keepAliveTimeout = 60_000;
await once(server, 'listening');
process.stdout.write(`${JSON.stringify({ issuer, access, bound })}\n`);
await once(lines, 'close');
process.exit(0);
