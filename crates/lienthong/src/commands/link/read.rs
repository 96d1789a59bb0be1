//! CSV files into one table: only the columns that are compared are kept, each distinct value once.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail, ensure};
use csv::{ErrorKind, Position, ReaderBuilder, StringRecord};
use indicatif::ProgressBar;
use linkage::{Table, TableBuilder};

use super::{bar, open, settings::Settings};

/// Rows between two looks at the progress.
const ROWS_BETWEEN: u64 = 2_000;
/// Names of columns that a complaint lists.
const NAMED_MAX: usize = 40;

pub struct Files {
    pub table: Table,
    /// As given, in the order of the table's sources.
    pub paths: Vec<PathBuf>,
    /// Rows of each.
    pub rows: Vec<usize>,
}

impl Files {
    pub fn read(paths: &[PathBuf], delimiter: u8, settings: &Settings) -> anyhow::Result<Self> {
        let columns = settings.columns();
        let mut builder = TableBuilder::new(columns.iter().copied());
        let length = paths.iter().filter_map(|path| path.metadata().ok()).map(|m| m.len()).sum();
        let bar = bar(length, "đọc")?;
        let mut rows = Vec::new();
        for (source, path) in (0_u16..).zip(paths) {
            rows.push(file(path, source, delimiter, &columns, settings, &mut builder, &bar)?);
        }
        bar.finish_and_clear();
        let table = builder.build();
        if let Some([first, again]) = table.first_repeat(&settings.config.id)? {
            let id = table.cell(&settings.config.id, again).unwrap_or("");
            let source = usize::from(table.source(again).unwrap_or(0));
            let before: usize = rows.iter().take(source).sum();
            bail!(
                "{}: the {} `{id}` stands in data rows {} and {}; each row needs an id of its own",
                paths.get(source).map_or_else(String::new, |p| p.display().to_string()),
                settings.config.id,
                first as usize - before + 1,
                again as usize - before + 1,
            );
        }
        Ok(Self { table, paths: paths.to_vec(), rows })
    }

    pub fn id(&self, settings: &Settings, row: u32) -> &str {
        self.table.cell(&settings.config.id, row).unwrap_or("")
    }

    /// The name of the file that a row came from.
    pub fn name(&self, row: u32) -> String {
        let path = self.table.source(row).and_then(|source| self.paths.get(usize::from(source)));
        path.and_then(|p| p.file_name()).map(|n| n.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

fn file(
    path: &Path,
    source: u16,
    delimiter: u8,
    columns: &[&str],
    settings: &Settings,
    builder: &mut TableBuilder,
    bar: &ProgressBar,
) -> anyhow::Result<usize> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter).from_reader(open(path)?);
    let header = reader.headers().map_err(|e| complain(path, None, e))?.clone();
    let at = places(path, &header, columns, settings)?;
    let name_of = |cell: usize| header.get(cell).unwrap_or("").to_owned();
    let start = bar.position();
    let (mut record, mut rows) = (StringRecord::new(), 0);
    while reader.read_record(&mut record).map_err(|e| complain(path, Some(&name_of), e))? {
        let cells: Vec<&str> = at.iter().map(|i| record.get(*i).unwrap_or("")).collect();
        let line = || record.position().map_or(0, Position::line);
        ensure!(
            cells.first().is_some_and(|id| !id.trim().is_empty()),
            "{}:{}: column `{}` is empty; each row needs an id",
            path.display(),
            line(),
            settings.config.id
        );
        builder.push(source, cells.into_iter()).with_context(|| format!("{}:{}", path.display(), line()))?;
        rows += 1;
        if (rows as u64).is_multiple_of(ROWS_BETWEEN) {
            bar.set_position(start + record.position().map_or(0, Position::byte));
        }
    }
    bar.set_position(start + reader.position().byte());
    Ok(rows)
}

/// Where in the header the columns stand.
fn places(
    path: &Path,
    header: &StringRecord,
    columns: &[&str],
    settings: &Settings,
) -> anyhow::Result<Vec<usize>> {
    let name = |cell: &str| cell.trim_start_matches('\u{feff}').trim().to_owned();
    let names: Vec<String> = header.iter().map(name).collect();
    let find = |column: &&str| {
        let mut found = names.iter().enumerate().filter(|(_, name)| name == column).map(|(at, _)| at);
        match (found.next(), found.next()) {
            (Some(at), None) => Ok(at),
            (Some(_), Some(_)) => {
                Err(anyhow!("{}:1: column `{column}` stands twice; rename one", path.display()))
            }
            (None, _) => Err(anyhow!(
                "{}:1: there is no column `{column}`, which {} names; the file has: {}. Another separator is given with --delimiter",
                path.display(),
                settings.place_of(column),
                names.iter().take(NAMED_MAX).map(String::as_str).collect::<Vec<_>>().join(", ")
            )),
        }
    };
    columns.iter().map(find).collect()
}

/// What the CSV reader stumbled over, with file, line and column.
fn complain(path: &Path, name_of: Option<&dyn Fn(usize) -> String>, error: csv::Error) -> anyhow::Error {
    let path = path.display();
    let line = |position: &Option<Position>| position.as_ref().map_or(0, Position::line);
    match error.kind() {
        ErrorKind::UnequalLengths { pos, expected_len, len } => anyhow!(
            "{path}:{}: {len} cells where the header has {expected_len}; a cell with a separator or a line break in it needs quotes",
            line(pos)
        ),
        ErrorKind::Utf8 { pos, err } => {
            let column = name_of.map(|name| format!(" column `{}`", name(err.field()))).unwrap_or_default();
            anyhow!("{path}:{}:{column} is not UTF-8; save the file as UTF-8", line(pos).max(1))
        }
        _ => anyhow!("{path} cannot be read: {error}"),
    }
}
