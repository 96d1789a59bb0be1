//! Proofs of possession: whatever is read, only the standard's own key is ever found behind the standard's request.

use jose::dpop::{Expect, Nonce, check};

pub fn run(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let expect = Expect {
        method: "POST",
        url: "https://server.example.com/token",
        now: 1_562_262_616,
        nonce: Nonce::NotAsked,
        access_token: None,
    };
    if let Ok(proof) = check(text, &expect) {
        // RFC 9449 section 6.1.
        assert_eq!(proof.thumbprint.to_string(), "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I");
        assert_eq!(proof.jti, "-BwC3ESc6acc2lTc");
    }
}
