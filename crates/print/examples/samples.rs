//! Writes one PDF of each kind into the folder given as argument: `cargo run -p print --example samples -- /tmp/samples`

#[path = "../tests/it/samples.rs"]
mod samples;

use std::{fs, path::Path};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = std::env::args().nth(1).ok_or("usage: samples FOLDER")?;
    fs::create_dir_all(&folder)?;
    let printer = print::Printer::new()?;
    for document in samples::every_kind() {
        let pdf = printer.print(&document)?;
        fs::write(Path::new(&folder).join(format!("{}.pdf", document.body.kind())), &pdf.bytes)?;
    }
    Ok(())
}
