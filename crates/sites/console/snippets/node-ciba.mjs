// npm install openid-client jose
import { readFile } from 'node:fs/promises'
import { SignJWT } from 'jose'
import * as client from 'openid-client'

const jwk = JSON.parse(await readFile('client-key.jwk.json', 'utf8'))
const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const config = await client.discovery(
  new URL('{{ISSUER}}'),
  '{{CLIENT_ID}}',
  undefined,
  client.PrivateKeyJwt({ key, kid: jwk.kid }),{{INSECURE}}
)

// The whole question is signed; nothing stands beside it. The message is shown on both screens, to be compared.
export async function ask(personalNumber, bindingMessage) {
  const question = { scope: '{{SCOPE}}', login_hint: personalNumber, binding_message: bindingMessage }
  const request = await new SignJWT(question)
    .setProtectedHeader({ alg: 'ES256', typ: 'JWT', kid: jwk.kid })
    .setIssuer('{{CLIENT_ID}}')
    .setAudience('{{ISSUER}}')
    .setIssuedAt()
    .setNotBefore('0s')
    .setExpirationTime('2m')
    .setJti(crypto.randomUUID())
    .sign(key)
  return client.initiateBackchannelAuthentication(config, { request })
}

// Waits until the person has answered, and fetches the tokens.
export async function answered(asked) {
  const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  return client.pollBackchannelAuthenticationGrant(config, asked, undefined, { DPoP })
}
