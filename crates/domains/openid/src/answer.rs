//! Answers on their way back through the browser: plain or signed (JARM), in the address or posted.
//!
//! Every answer names us (`iss`, RFC 9207), so that a client that knows several providers is never mixed up.

use jiff::Timestamp;
use serde::Serialize;

use crate::{
    OpenId,
    authorization::Answer,
    clients::Served,
    error::{Reason, Refusal},
    limits::RESPONSE_LIFE,
    model::{ClientId, SigningAlg},
    request::Back,
};

/// What is answered.
#[derive(Clone, Copy)]
pub enum Outcome<'a> {
    Code(&'a str),
    Error(Reason),
}

#[derive(Serialize)]
struct Signed<'a> {
    iss: &'a str,
    aud: ClientId,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error_description: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<&'a str>,
}

impl OpenId {
    pub async fn answer(
        &self,
        client: &Served,
        back: &Back,
        outcome: Outcome<'_>,
        now: Timestamp,
    ) -> Result<Answer, Refusal> {
        let (code, error, said) = match outcome {
            Outcome::Code(code) => (Some(code), None, None),
            Outcome::Error(reason) => (None, Some(reason.error().as_str()), Some(reason.said())),
        };
        let mut fields: Vec<(&'static str, String)> = Vec::with_capacity(4);
        if back.mode.is_signed() {
            let claims = Signed {
                iss: &self.settings.issuer,
                aud: client.id,
                exp: (now + RESPONSE_LIFE).as_second(),
                code,
                error,
                error_description: said,
                state: back.state.as_deref(),
            };
            let signed = self.keys.sign(SigningAlg::Es256, None, &claims).await;
            fields.push(("response", signed.map_err(|rule| Refusal::Jose(Reason::Bug, rule))?));
        } else {
            let pairs = [
                ("code", code),
                ("error", error),
                ("error_description", said),
                ("state", back.state.as_deref()),
                ("iss", Some(self.settings.issuer.as_str())),
            ];
            fields.extend(pairs.into_iter().filter_map(|(name, value)| Some((name, value?.to_owned()))));
        }
        if back.mode.is_post() {
            return Ok(Answer::Post { action: back.redirect_uri.clone(), fields });
        }
        let mut address = back.redirect_uri.clone();
        for (n, (name, value)) in fields.iter().enumerate() {
            address.push(if n == 0 && !back.redirect_uri.contains('?') { '?' } else { '&' });
            address.push_str(name);
            address.push('=');
            encode_into(value, &mut address);
        }
        Ok(Answer::Redirect(address))
    }
}

/// `application/x-www-form-urlencoded`, of everything but letters, digits and `-._~`.
pub(crate) fn encode_into(value: &str, out: &mut String) {
    const HEX: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'A', 'B', 'C', 'D', 'E', 'F'];
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(char::from(byte)),
            other => {
                out.push('%');
                for half in [other >> 4, other & 15] {
                    out.extend(HEX.get(usize::from(half)));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_into_an_address_cannot_leave_its_place() {
        let mut out = String::new();
        encode_into("a b&c=d#é/?", &mut out);
        assert_eq!(out, "a%20b%26c%3Dd%23%C3%A9%2F%3F");
    }
}
