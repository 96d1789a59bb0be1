// FAPI 2.0 Security Profile and Message Signing by npm `openid-client`, which is certified for both: pushed and signed
// requests, signed answers, DPoP with our nonces, private_key_jwt, signed userinfo; then refresh, introspection,
// revocation and logout. Every check that the library can do is switched on.
import * as client from "openid-client";
import { found, party, privateKey, refused, visit } from "./rely.mjs";

const key = { key: await privateKey(party.key), kid: party.key.kid };
const config = await client.discovery(
  new URL(party.issuer),
  party.client_id,
  {
    id_token_signed_response_alg: "ES256",
    authorization_signed_response_alg: "ES256",
    userinfo_signed_response_alg: "ES256",
    require_signed_request_object: true,
    dpop_bound_access_tokens: true,
  },
  client.PrivateKeyJwt(key),
  { execute: [client.allowInsecureRequests] },
);
client.useJwtResponseMode(config);
client.enableNonRepudiationChecks(config);

const keys = await client.randomDPoPKeyPair("ES256");
const DPoP = client.getDPoPHandle(config, keys);
const stranger = client.getDPoPHandle(config, await client.randomDPoPKeyPair("ES256"));

const authorize = async (scope, more = {}) => {
  const pkceCodeVerifier = client.randomPKCECodeVerifier();
  const checks = {
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    pkceCodeVerifier,
    idTokenExpected: true,
  };
  const signed = await client.buildAuthorizationUrlWithJAR(
    config,
    {
      redirect_uri: party.redirect_uri,
      scope,
      state: checks.expectedState,
      nonce: checks.expectedNonce,
      code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: "S256",
      ...more,
    },
    key,
  );
  const pushed = await client.buildAuthorizationUrlWithPAR(config, signed.searchParams, { DPoP });
  return { pushed, checks };
};

const { pushed, checks } = await authorize(party.scope);
const callback = await visit(pushed);
const byStranger = await refused(() =>
  client.authorizationCodeGrant(config, callback, checks, undefined, { DPoP: stranger }));

// A code that somebody else tried is spent or bound; the person is asked again for one of our own.
const again = await authorize(party.scope, { prompt: "consent" });
const answer = await visit(again.pushed);
const tokens = await client.authorizationCodeGrant(config, answer, again.checks, undefined, { DPoP });
const claims = tokens.claims();
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP });
const withoutProof = await refused(() =>
  client.fetchUserInfo(config, tokens.access_token, claims.sub));

const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP });
const withOtherKey = await refused(() =>
  client.refreshTokenGrant(config, refreshed.refresh_token, undefined, { DPoP: stranger }));
const introspected = await client.tokenIntrospection(config, refreshed.access_token);

await client.tokenRevocation(config, refreshed.refresh_token);
const afterRevocation = await refused(() =>
  client.refreshTokenGrant(config, refreshed.refresh_token, undefined, { DPoP }));

const state = client.randomState();
const out = await visit(client.buildEndSessionUrl(config, {
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: party.post_logout_redirect_uri,
  state,
}));
if (out.searchParams.get("state") !== state) throw new Error("another state came back from the logout");
const silent = await authorize("openid", { prompt: "none" });
const signedOut = await visit(silent.pushed);
const afterLogout = await refused(() =>
  client.authorizationCodeGrant(config, signedOut, silent.checks, undefined, { DPoP }));

found({
  token_type: tokens.token_type,
  claims,
  userinfo,
  introspected,
  refused: { byStranger, withoutProof, withOtherKey, afterRevocation, afterLogout },
});
