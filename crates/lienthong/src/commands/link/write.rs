//! What was found, as CSV: written beside its place and moved there when whole, so that no half file is taken for one.

use std::{
    fs::{self, File},
    io::BufWriter,
    path::{Path, PathBuf},
};

use anyhow::Context;
use csv::Writer;
use linkage::{Clusters, Config, Explanation, Scored};

use super::{read::Files, settings::Settings};

/// A CSV on its way.
struct Sheet {
    path: PathBuf,
    partial: PathBuf,
    rows: Writer<BufWriter<File>>,
}

impl Sheet {
    fn new(path: &Path) -> anyhow::Result<Self> {
        let mut name = path.file_name().unwrap_or_default().to_owned();
        name.push(".partial");
        let partial = path.with_file_name(name);
        let file =
            File::create(&partial).with_context(|| format!("{} cannot be written", partial.display()))?;
        Ok(Self { path: path.to_owned(), partial, rows: Writer::from_writer(BufWriter::new(file)) })
    }

    fn write<T: AsRef<[u8]>>(&mut self, cells: impl IntoIterator<Item = T>) -> anyhow::Result<()> {
        self.rows.write_record(cells).with_context(|| format!("{} cannot be written", self.partial.display()))
    }

    fn finish(mut self) -> anyhow::Result<()> {
        self.rows.flush().with_context(|| format!("{} cannot be written", self.partial.display()))?;
        fs::rename(&self.partial, &self.path)
            .with_context(|| format!("{} cannot be written", self.path.display()))
    }
}

/// Pairs from the threshold of review on, with what each field tells.
pub struct Pairs(Sheet);

impl Pairs {
    pub fn new(path: &Path, config: &Config) -> anyhow::Result<Self> {
        let mut sheet = Sheet::new(path)?;
        let mut header: Vec<String> = ["id_a", "file_a", "id_b", "file_b", "probability", "bits", "decision"]
            .map(str::to_owned)
            .to_vec();
        for comparison in &config.comparisons {
            header.extend(["grade", "bits"].map(|what| format!("{}:{what}", comparison.column)));
        }
        sheet.write(header)?;
        Ok(Self(sheet))
    }

    pub fn write(
        &mut self,
        files: &Files,
        settings: &Settings,
        pair: Scored,
        why: &Explanation,
    ) -> anyhow::Result<()> {
        let decision = if pair.probability >= settings.config.thresholds.link { "link" } else { "review" };
        let mut cells = vec![
            files.id(settings, pair.a).to_owned(),
            files.name(pair.a),
            files.id(settings, pair.b).to_owned(),
            files.name(pair.b),
            format!("{:.6}", pair.probability),
            format!("{:.2}", pair.bits),
            decision.to_owned(),
        ];
        for field in &why.fields {
            cells.push(field.grade.unwrap_or("missing").to_owned());
            cells.push(format!("{:.2}", field.bits));
        }
        self.0.write(cells)
    }

    pub fn finish(self) -> anyhow::Result<()> {
        self.0.finish()
    }
}

/// One line for each row of a group; rows that are alone are left out.
pub fn clusters(path: &Path, files: &Files, settings: &Settings, clusters: &Clusters) -> anyhow::Result<()> {
    let mut sheet = Sheet::new(path)?;
    sheet.write(["cluster", "id", "file"])?;
    for (number, rows) in clusters.groups.iter().enumerate() {
        for row in rows {
            sheet.write([&*(number + 1).to_string(), files.id(settings, *row), &files.name(*row)])?;
        }
    }
    sheet.finish()
}

/// A whole text at once.
pub fn whole(path: &Path, text: &str) -> anyhow::Result<()> {
    fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}
