// cargo add openidconnect@4
use openidconnect::{core::*, reqwest, *};

let http = reqwest::ClientBuilder::new().redirect(reqwest::redirect::Policy::none()).build()?;
let issuer = IssuerUrl::new("{{ISSUER}}".to_owned())?;
let metadata = CoreProviderMetadata::discover_async(issuer, &http).await?;
let secret = ClientSecret::new(std::env::var("CLIENT_SECRET")?);
let client = CoreClient::from_provider_metadata(metadata, ClientId::new("{{CLIENT_ID}}".to_owned()), Some(secret))
    .set_redirect_uri(RedirectUrl::new("{{REDIRECT_URI}}".to_owned())?);

// To the provider: keep `verifier`, `state` and `nonce` in the session.
let (challenge, verifier) = PkceCodeChallenge::new_random_sha256();
let (url, state, nonce) = client
    .authorize_url(CoreAuthenticationFlow::AuthorizationCode, CsrfToken::new_random, Nonce::new_random)
    .add_scopes("{{MORE_SCOPES}}".split_whitespace().map(|scope| Scope::new(scope.to_owned())))
    .set_pkce_challenge(challenge){{CLAIMS_RS}}
    .url();

// Back with `code`, after comparing `state`.
let tokens = client.exchange_code(AuthorizationCode::new(code))?.set_pkce_verifier(verifier).request_async(&http).await?;
let id_token = tokens.id_token().ok_or("no ID token")?;
let subject = id_token.claims(&client.id_token_verifier(), &nonce)?.subject().clone();
let claims: CoreUserInfoClaims = client.user_info(tokens.access_token().clone(), Some(subject))?.request_async(&http).await?;
