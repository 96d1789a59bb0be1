// npm install openid-client
import { readFile } from 'node:fs/promises'
import * as client from 'openid-client'

const jwk = JSON.parse(await readFile('client-key.jwk.json', 'utf8'))
const key = await crypto.subtle.importKey('jwk', jwk, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign'])
const config = await client.discovery(
  new URL('{{ISSUER}}'),
  '{{CLIENT_ID}}',
  undefined,
  client.PrivateKeyJwt({ key, kid: jwk.kid }),{{INSECURE}}
)

// A key pair for each session of a visitor; keep it with the session.
export const newDPoP = async () => client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))

export async function begin(session, DPoP) {
  session.verifier = client.randomPKCECodeVerifier()
  session.state = client.randomState()
  session.nonce = client.randomNonce()
  const request = {
    redirect_uri: '{{REDIRECT_URI}}',
    scope: '{{SCOPE}}',{{CLAIMS_JS}}
    code_challenge: await client.calculatePKCECodeChallenge(session.verifier),
    code_challenge_method: 'S256',
    state: session.state,
    nonce: session.nonce,
  }
  return client.buildAuthorizationUrlWithPAR(config, request, { DPoP })
}

export async function finish(session, DPoP, currentUrl) {
  const checks = {
    pkceCodeVerifier: session.verifier,
    expectedState: session.state,
    expectedNonce: session.nonce,
    idTokenExpected: true,
  }
  const tokens = await client.authorizationCodeGrant(config, currentUrl, checks, undefined, { DPoP })
  return client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub, { DPoP })
}
