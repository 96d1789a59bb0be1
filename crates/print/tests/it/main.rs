//! Documents as those who receive them see them.

// Clippy's leave for tests does not reach their helpers.
#![allow(clippy::unwrap_used)]

mod evidence;
mod hostile;
mod load;
mod samples;

use std::sync::LazyLock;

use print::{Document, Pdf, Printer};

static PRINTER: LazyLock<Printer> = LazyLock::new(|| Printer::new().unwrap());

fn print(document: &Document) -> Pdf {
    PRINTER.print(document).unwrap()
}

/// What a reader can select and copy, with runs of white space made single.
fn text(pdf: &Pdf) -> String {
    let raw = pdf_extract::extract_text_from_mem(&pdf.bytes).unwrap();
    raw.lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .filter(|line| !line.is_empty())
        .fold(String::new(), |mut all, line| {
            all.push_str(&line);
            all.push('\n');
            all
        })
}

/// The text as one line, for sentences that may wrap.
fn flat(pdf: &Pdf) -> String {
    text(pdf).replace('\n', " ")
}
