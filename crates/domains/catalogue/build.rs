//! Packs the files of `catalogue/` into the program, as a table of paths and texts.
//!
//! Each file is taken in with `include_str!`, so the compiler checks that it is UTF-8 and rebuilds when it changes.

use std::{
    env,
    error::Error,
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

/// The folders that hold reference data; `services/` belongs to the crate `forms`.
const FOLDERS: [&str; 4] = ["", "divisions", "calendars", "procedures"];

fn main() -> Result<(), Box<dyn Error>> {
    let root = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("../../../catalogue").canonicalize()?;
    let mut table = String::from("&[\n");
    for folder in FOLDERS {
        let dir = root.join(folder);
        println!("cargo::rerun-if-changed={}", dir.display());
        let mut files: Vec<PathBuf> =
            fs::read_dir(&dir)?.map(|e| e.map(|e| e.path())).collect::<Result<_, _>>()?;
        files.retain(|f| f.extension().is_some_and(|x| x == "toml" || x == "csv"));
        files.sort();
        for file in files {
            let relative: &Path = file.strip_prefix(&root)?;
            writeln!(table, "({:?}, include_str!({:?})),", relative.display().to_string(), file)?;
        }
    }
    table.push(']');
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("files.rs"), table)?;
    Ok(())
}
