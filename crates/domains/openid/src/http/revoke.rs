//! `/revoke`: a client gives a token back (RFC 7009). A refresh token ends its whole family, an access token itself.
//!
//! What is not a token of this very client is answered like one that was: there is nothing to learn here.

use axum::{
    Extension,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use store::RowExt;
use webkit::{ClientAddress, ClientCertificate};

use super::{
    REVOKE,
    door::{Came, Entered},
    refused,
};
use crate::{
    OpenId, Reason, Refusal,
    ops::{code_exchange::refresh_binding, grant_end},
    secret::Sealed,
    sql,
    token::Binding,
    watching::Endpoint,
};

pub async fn revoke(
    State(cx): State<OpenId>,
    headers: HeaderMap,
    uri: Uri,
    address: Option<Extension<ClientAddress>>,
    certificate: Option<Extension<ClientCertificate>>,
    body: Bytes,
) -> Response {
    let came = Came { headers, uri, address, certificate, body };
    let mut entered = match came.enter(&cx, Endpoint::Revoke).await {
        Ok(entered) => entered,
        Err(answer) => return answer,
    };
    match take_back(&cx, &came, &mut entered).await {
        Ok(()) => StatusCode::OK.into_response(),
        Err(refusal) => refused(&cx, Endpoint::Revoke, Some(&entered.client), &refusal),
    }
}

async fn take_back(cx: &OpenId, came: &Came, entered: &mut Entered) -> Result<(), Refusal> {
    // A client that gives up what it holds needs to show no key; a proof that stands there must be the right one.
    let proof = entered.proof(cx, &came.headers, REVOKE)?;
    entered.is_new(cx).await?;
    let text = entered.params.need("token")?;
    let client = entered.client.as_ref();
    if let Some((account, grant, digest)) = cx.secrets.taken_back(Sealed::Refresh, text) {
        let mut tx = cx.store.begin().await?;
        let found = async {
            let row = tx
                .query_opt(sql::GRANT_REFRESH_STATE, &[&account, &grant, &digest.as_slice(), &entered.now])
                .await?;
            let Some(row) = row else { return Ok(false) };
            if row.col::<uuid::Uuid>("client_id")? != client.id.0 {
                return Ok(false);
            }
            let bound: Option<String> = row.col("binding")?;
            let shown = proof.and_then(|p| refresh_binding(client, Binding::Key(p.key)));
            if shown.is_some() && shown != bound {
                return Err(Refusal::Because(Reason::RefreshBinding));
            }
            Ok(true)
        }
        .await;
        let outcome = found.map(|mine| {
            if mine {
                grant_end::end(cx, &mut tx, account, grant);
            }
        });
        return tx.finish(outcome).await;
    }
    if let Ok((token, digest)) = cx.read_access(text, entered.now).await
        && token.client == client.id
    {
        let mut tx = cx.store.begin().await?;
        grant_end::note(cx, &mut tx, token.id);
        tx.finish::<_, Refusal>(Ok(())).await?;
        cx.verified.forget(&digest);
        cx.released.forget(&digest);
    }
    Ok(())
}
