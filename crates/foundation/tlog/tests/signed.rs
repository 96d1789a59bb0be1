//! Notes and checkpoints against the specification's own examples and against forgery.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use proptest::prelude::*;
use tlog::note::BadNote;
use tlog::{Checkpoint, Note, SigningKey, VerifierKey, leaf_hash};

/// The example of Go's `sumdb/note`, which signs deterministically.
const SECRET: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const PUBLIC: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNED: &str = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n\n\
    — PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn keys() -> (SigningKey, Vec<VerifierKey>) {
    (SigningKey::from_secret_text(SECRET).unwrap(), vec![PUBLIC.parse().unwrap()])
}

#[test]
fn the_note_is_byte_for_byte_the_one_that_go_signs() {
    let (secret, public) = keys();
    assert_eq!(secret.verifier().to_string(), PUBLIC);
    assert_eq!(secret.to_secret_text(), SECRET);
    assert_eq!(secret.sign(TEXT).unwrap().to_string(), SIGNED);
    assert_eq!(SIGNED.parse::<Note>().unwrap().verify(&public), Ok(TEXT));
    assert!(!format!("{secret:?}").contains("AYEK"));
}

#[test]
fn the_specification_s_note_keeps_its_blank_line_inside() {
    let note = "Ognuno sta solo sul cuor della terra\ntrafitto da un raggio di sole:\n\ned è subito sera.\n\n\
        — quasimodo.example/salvatore NnugSzTjtVAewIS+Z/iJhUPeFDkO/5QQ2i5ddnGITLlC+EhfLW9oJKONrMouFSQU0xMcXxj99ihAQwaqP3ZekRwNtIc=\n";
    let read: Note = note.parse().unwrap();
    assert!(read.text_unverified().ends_with("sole:\n\ned è subito sera.\n"));
    assert_eq!(read.to_string(), note);
    assert_eq!(read.verify(&keys().1), Err(BadNote::Unsigned));
}

#[test]
fn the_specification_s_checkpoint_is_read_and_written_back() {
    let note = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n\
        — example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n";
    let read: Note = note.parse().unwrap();
    let checkpoint: Checkpoint = read.text_unverified().parse().unwrap();
    assert_eq!((checkpoint.origin.as_str(), checkpoint.size), ("example.com/behind-the-sofa", 20_852_163));
    assert_eq!(checkpoint.to_string(), read.text_unverified());
}

#[test]
fn a_witness_s_signature_beside_ours_does_no_harm_and_a_forged_one_of_ours_spoils_the_note() {
    let (secret, public) = keys();
    let witness = SigningKey::new("witness.example/w1", &[7; 32]).unwrap();
    let witness_line = witness.sign(TEXT).unwrap().to_string().rsplit_once("\n\n").unwrap().1.to_owned();
    let cosigned = format!("{SIGNED}{witness_line}");
    assert_eq!(cosigned.parse::<Note>().unwrap().verify(&public), Ok(TEXT));
    assert_eq!(cosigned.parse::<Note>().unwrap().to_string(), cosigned);
    let ours_elsewhere =
        secret.sign("other\n").unwrap().to_string().rsplit_once("\n\n").unwrap().1.to_owned();
    assert_eq!(
        format!("{SIGNED}{ours_elsewhere}").parse::<Note>().unwrap().verify(&public),
        Err(BadNote::Forged)
    );
}

#[test]
fn what_is_not_a_note_is_refused() {
    for bad in [
        "",
        "\n",
        "text\n",
        "text\n\n",
        "text\n\n\n",
        TEXT,
        "text\n\n— a\n",
        "text\n\n— a AAAA\n",
        "text\n\n— a+b AAAAAAA=\n",
        "text\n\n- a AAAAAAA=\n",
        "text\n\n— a AAAAAAA=",
        "te\txt\n\n— a AAAAAAA=\n",
        "text\r\n\n— a AAAAAAA=\n",
        "text\n\n— a b AAAAAAA=\n",
        "text\n\n— a AAAAAAA\n",
    ] {
        assert_eq!(bad.parse::<Note>(), Err(BadNote::Malformed), "{bad:?}");
    }
}

#[test]
fn what_is_not_a_key_is_refused() {
    for bad in [
        "",
        "PeterNeumann",
        "PeterNeumann+c74f20a3",
        &PUBLIC.replace("c74f20a3", "c74f20a4"),
        &PUBLIC.replace("c74f20a3", "C74F20A3"),
        &PUBLIC.replace("ARpc", "Arpc"),
        &PUBLIC.replace("Peter", "Pe ter"),
        &PUBLIC[..60],
        SECRET,
    ] {
        assert!(bad.parse::<VerifierKey>().is_err(), "{bad:?}");
    }
    assert!(SigningKey::from_secret_text(PUBLIC).is_err());
    for name in ["", "a b", "a+b", "a\nb", "a\u{a0}b"] {
        assert!(SigningKey::new(name, &[1; 32]).is_err(), "{name:?}");
    }
}

#[test]
fn what_is_not_a_checkpoint_is_refused() {
    let root = leaf_hash(b"x");
    let good = Checkpoint { origin: "log.example/a".into(), size: 7, root }.to_string();
    assert!(good.parse::<Checkpoint>().is_ok());
    for bad in [
        String::new(),
        good.replace("log.example/a", ""),
        good.replace("\n7\n", "\n07\n"),
        good.replace("\n7\n", "\n+7\n"),
        good.replace("\n7\n", "\n-7\n"),
        good.replace("\n7\n", "\n18446744073709551616\n"),
        format!("{good}extension\n"),
        format!("{good}\n"),
        good.trim_end().to_owned(),
        good.replace('=', ""),
    ] {
        assert!(bad.parse::<Checkpoint>().is_err(), "{bad:?}");
    }
    let (secret, public) = keys();
    assert!(Checkpoint { origin: "two\nlines".into(), size: 0, root }.sign(&secret).is_err());
    let note = good.parse::<Checkpoint>().unwrap().sign(&secret).unwrap().to_string();
    assert!(Checkpoint::open(&note, "log.example/a", &public).is_ok());
    assert!(Checkpoint::open(&note, "log.example/b", &public).is_err());
}

proptest! {
    #[test]
    fn any_change_of_a_signed_note_is_noticed(at in 0..SIGNED.len(), bit in 0..7_u8) {
        let mut bytes = SIGNED.as_bytes().to_vec();
        bytes[at] ^= 1 << bit;
        if let Ok(text) = String::from_utf8(bytes) {
            let read = text.parse::<Note>();
            prop_assert!(read.is_err() || read.unwrap().verify(&keys().1).is_err());
        }
    }

    #[test]
    fn no_text_makes_the_readers_fail(text in "\\PC{0,80}") {
        let _ = (text.parse::<Note>(), text.parse::<Checkpoint>(), text.parse::<VerifierKey>());
    }
}
