//! Many documents, from many threads.

use std::{fs, thread, time::Instant};

use print::Document;

use crate::{print, samples};

/// A document that no cache has seen.
fn numbered(n: usize) -> Document {
    let mut documents = samples::every_kind();
    let mut document = documents.swap_remove(n % documents.len());
    document.head.number = format!("{n}/TNHS");
    document.head.verify_url = format!("https://dichvucong.example.vn/kiem-tra/{n:016}");
    document
}

#[test]
fn threads_share_one_printer() {
    let alone: Vec<_> = (0..5).map(|n| print(&numbered(n)).sha256).collect();
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for (n, expected) in alone.iter().enumerate() {
                    assert_eq!(&print(&numbered(n)).sha256, expected);
                }
            });
        }
    });
}

/// Resident memory in MiB, where the system tells (Linux).
fn resident_mib() -> Option<usize> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmRSS:"))?;
    line.split_whitespace().nth(1)?.parse::<usize>().ok().map(|kib| kib / 1024)
}

#[test]
fn a_thousand_documents_leave_memory_bounded() {
    const GROWTH_MIB_MAX: usize = 48;
    let batch = if cfg!(debug_assertions) { 20 } else { 500 };
    (0..batch).for_each(|n| drop(print(&numbered(1_000 + n))));
    let warm = resident_mib();
    let start = Instant::now();
    (0..batch).for_each(|n| drop(print(&numbered(10_000 + n))));
    let each = start.elapsed() / u32::try_from(batch).unwrap();
    let after = resident_mib();
    println!("{each:?} a document; resident {warm:?} MiB after {batch}, {after:?} MiB after twice as many");
    if let (Some(warm), Some(after)) = (warm, after) {
        assert!(after <= warm + GROWTH_MIB_MAX, "{warm} MiB grew to {after} MiB");
    }
}
