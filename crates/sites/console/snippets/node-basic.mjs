// npm install openid-client
import * as client from 'openid-client'

const config = await client.discovery(
  new URL('{{ISSUER}}'),
  '{{CLIENT_ID}}',
  undefined,
  client.ClientSecretBasic(process.env.CLIENT_SECRET),{{INSECURE}}
)

export async function begin(session) {
  session.verifier = client.randomPKCECodeVerifier()
  session.state = client.randomState()
  session.nonce = client.randomNonce()
  return client.buildAuthorizationUrl(config, {
    redirect_uri: '{{REDIRECT_URI}}',
    scope: '{{SCOPE}}',{{CLAIMS_JS}}
    code_challenge: await client.calculatePKCECodeChallenge(session.verifier),
    code_challenge_method: 'S256',
    state: session.state,
    nonce: session.nonce,
  })
}

export async function finish(session, currentUrl) {
  const tokens = await client.authorizationCodeGrant(config, currentUrl, {
    pkceCodeVerifier: session.verifier,
    expectedState: session.state,
    expectedNonce: session.nonce,
    idTokenExpected: true,
  })
  return client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)
}
