//! `/match`: whether what a relying party knows of a person is right (yes or no), with an access token of theirs.

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, Method, StatusCode, Uri},
    response::Response,
};
use postgres_types::Json;
use serde::Serialize;
use store::RowExt;
use webkit::ClientCertificate;

use super::{
    MATCH, json, refused,
    userinfo::{Asked, challenging},
};
use crate::{
    Claim, OpenId, Reason, Refusal,
    clients::Served,
    grant::Terms,
    login_demand::LoginDemand,
    ops::{
        claims_match::{Given, claims_match},
        claims_release::Telling,
    },
    secret::Reference,
    sql,
    watching::{Endpoint, Usage},
};

#[derive(Serialize)]
struct Body {
    #[serde(rename = "match")]
    fits: bool,
}

pub async fn post(
    State(cx): State<OpenId>,
    headers: HeaderMap,
    uri: Uri,
    certificate: Option<Extension<ClientCertificate>>,
    body: Bytes,
) -> Response {
    let asked = Asked { method: Method::POST, path: MATCH, headers, uri, certificate, body: Bytes::new() };
    let admitted = match asked.admitted(&cx).await {
        Ok(admitted) => admitted,
        Err(answer) => return answer,
    };
    let client = &admitted.client;
    let compared = async {
        let given = Given::read(&body)?;
        let reference = admitted.token.grant.ok_or(Reason::TokenScope)?;
        compare(&cx, client, reference, &given).await
    };
    match compared.await {
        Ok(fits) => {
            cx.watching.used(client.id, Usage::Userinfo, admitted.now);
            json(StatusCode::OK, &Body { fits })
        }
        Err(refusal) => {
            let answer = refused(&cx, Endpoint::Match, Some(client), &refusal);
            let of_token = matches!(answer.status(), StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
            if of_token { challenging(answer, Some(admitted.scheme), Some(&refusal)) } else { answer }
        }
    }
}

async fn compare(cx: &OpenId, client: &Served, reference: Reference, given: &Given) -> Result<bool, Refusal> {
    let mut tx = cx.store.begin().await?;
    let outcome = async {
        let Reference { account, grant, .. } = reference;
        let row = tx.query_opt(sql::GRANT_TERMS, &[&account, &grant, &tx.now()]).await?;
        let row = row.ok_or(Reason::TokenInvalid)?;
        let Json(terms) = row.col::<Json<Terms>>("terms")?;
        let holder = cx.ports.holders.holder(&tx, account).await?;
        let holder = holder.filter(|h| h.active).ok_or(Reason::TokenInvalid)?;
        let matching = terms.userinfo.iter().copied().filter(|claim| *claim == Claim::IdentityMatch);
        let demand = LoginDemand::of(client, matching);
        if !demand.is_met(&terms.login, tx.now()) {
            return Err(Refusal::Login(demand));
        }
        claims_match(cx, &mut tx, Telling { client, holder: &holder, terms: &terms }, given).await
    }
    .await;
    tx.finish(outcome).await
}
