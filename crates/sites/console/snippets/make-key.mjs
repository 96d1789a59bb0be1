// node make-key.mjs: the private key goes into client-key.jwk.json, the public one is printed
import { randomUUID, webcrypto } from 'node:crypto'
import { writeFile } from 'node:fs/promises'

const ecdsa = { name: 'ECDSA', namedCurve: 'P-256' }
const { privateKey } = await webcrypto.subtle.generateKey(ecdsa, true, ['sign', 'verify'])
const { kty, crv, x, y, d } = await webcrypto.subtle.exportKey('jwk', privateKey)
const open = { kty, crv, x, y, kid: randomUUID(), alg: 'ES256' }
await writeFile('client-key.jwk.json', JSON.stringify({ ...open, d }), { mode: 0o600 })
console.log(JSON.stringify(open))
