"""The plain code flow with PKCE by PyPI Authlib, as a client of the basic profile uses it: a secret, a code, an identity
token, userinfo. Speaks with its test as the scripts beside it do (see rely.mjs)."""

import json
import os
import sys

# Loopback only: the test's server has no certificate.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.jwk import KeySet


def visit(url):
    print(json.dumps({"visit": url}), flush=True)
    return sys.stdin.readline().strip()


def refused(attempt):
    try:
        attempt()
    except OAuthError as error:
        return error.error
    raise SystemExit("this should have been refused")


party = json.loads(sys.stdin.readline())
discovered = requests.get(party["issuer"] + "/.well-known/openid-configuration", timeout=20).json()
assert discovered["issuer"] == party["issuer"], "the document speaks of another issuer"

session = OAuth2Session(
    party["client_id"],
    party["client_secret"],
    token_endpoint_auth_method="client_secret_basic",
    scope=party["scope"],
    redirect_uri=party["redirect_uri"],
    code_challenge_method="S256",
)
verifier, nonce = generate_token(64), generate_token(32)
url, state = session.create_authorization_url(
    discovered["authorization_endpoint"], code_verifier=verifier, nonce=nonce
)
callback = visit(url)
token = session.fetch_token(
    discovered["token_endpoint"], authorization_response=callback, state=state, code_verifier=verifier
)

keys = KeySet.import_key_set(requests.get(discovered["jwks_uri"], timeout=20).json())
read = jwt.decode(token["id_token"], keys, algorithms=discovered["id_token_signing_alg_values_supported"])
options = {
    "iss": {"essential": True, "value": party["issuer"]},
    "aud": {"essential": True, "value": party["client_id"]},
}
params = {"nonce": nonce, "client_id": party["client_id"], "access_token": token["access_token"]}
identity = CodeIDToken(read.claims, read.header, options, params)
identity.validate()

userinfo = session.get(discovered["userinfo_endpoint"]).json()
assert userinfo["sub"] == identity["sub"], "userinfo speaks of somebody else"

reused = refused(
    lambda: session.fetch_token(
        discovered["token_endpoint"], authorization_response=callback, state=state, code_verifier=verifier
    )
)
found = {"header": read.header, "claims": dict(identity), "userinfo": userinfo, "refused": {"reused": reused}}
print(json.dumps({"found": found}), flush=True)
