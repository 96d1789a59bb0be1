//! `LINK.toml`: read strictly, and complaints that name file, line and key.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, anyhow};
use linkage::{Config, LinkageError};

pub struct Settings {
    pub config: Config,
    path: PathBuf,
    text: String,
}

impl Settings {
    pub fn read(path: &Path) -> anyhow::Result<Self> {
        let text = fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
        Self::parse(path, text)
    }

    fn parse(path: &Path, text: String) -> anyhow::Result<Self> {
        let config: Config = toml::from_str(&text).map_err(|e| {
            let start = e.span().map_or(0, |span| span.start);
            let before = text.get(..start).unwrap_or("");
            let (line, column) =
                (before.matches('\n').count() + 1, start - before.rfind('\n').map_or(0, |at| at + 1) + 1);
            anyhow!(
                "{}:{line}:{column}: {}. What may stand here is in docs/linkage.md",
                path.display(),
                e.message().trim()
            )
        })?;
        let settings = Self { config, path: path.to_owned(), text };
        settings.config.check().map_err(|e| settings.complain(&e))?;
        Ok(settings)
    }

    /// The columns that must be in the files: the id first.
    pub fn columns(&self) -> Vec<&str> {
        let compared = self.config.comparisons.iter().map(|c| &*c.column);
        std::iter::once(&*self.config.id).chain(compared.filter(|c| *c != self.config.id)).collect()
    }

    /// Where in the file a column is named: `LINK.toml:12`.
    pub fn place_of(&self, word: &str) -> String {
        let quoted = [format!("\"{word}\""), format!("'{word}'")];
        let line = self.text.lines().position(|line| quoted.iter().any(|q| line.contains(q)));
        self.place(line)
    }

    fn place(&self, line: Option<usize>) -> String {
        line.map_or_else(
            || self.path.display().to_string(),
            |line| format!("{}:{}", self.path.display(), line + 1),
        )
    }

    /// An error of the engine with the line that it is about and what to do.
    pub fn complain(&self, error: &LinkageError) -> anyhow::Error {
        let line_with = |word: &str| self.text.lines().position(|line| line.trim_start().starts_with(word));
        let (place, advice) = match error {
            LinkageError::NoColumn(column) => {
                (self.place_of(column), "give the name of a column of the files")
            }
            LinkageError::Levels(column) | LinkageError::Successors(column) => {
                (self.place_of(column), "mend `levels` or `successors` of this comparison")
            }
            LinkageError::Blocking(part) => {
                (self.place_of(part), "write `column:form`; forms of each kind are in docs/linkage.md")
            }
            LinkageError::Thresholds => {
                (self.place(line_with("[thresholds]")), "for example link = 0.9, review = 0.1")
            }
            LinkageError::Comparisons(_) => {
                (self.place(line_with("[[comparison]]")), "give each column one [[comparison]]")
            }
            LinkageError::NoCandidates => (
                self.place(line_with("blocking")),
                "leave `blocking` out to have rules chosen, or compare more columns",
            ),
            _ => (self.path.display().to_string(), "see docs/linkage.md"),
        };
        anyhow!("{place}: {error}; {advice}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "id = \"id\"\nlocale = \"en\"\n\n[[comparison]]\ncolumn = \"name\"\nkind = \"name\"\n";

    fn refused(text: &str) -> String {
        Settings::parse(Path::new("LINK.toml"), text.to_owned()).map(|_| ()).unwrap_err().to_string()
    }

    #[test]
    fn a_mistake_in_the_settings_is_told_with_its_line_and_its_key() {
        assert!(Settings::parse(Path::new("LINK.toml"), GOOD.to_owned()).is_ok());
        let said = refused(&GOOD.replace("locale", "language"));
        assert!(said.starts_with("LINK.toml:2:1: unknown field `language`"), "{said}");
        let said = refused(&GOOD.replace("kind = \"name\"", "kind = \"nam\""));
        assert!(said.starts_with("LINK.toml:6:8: unknown variant `nam`"), "{said}");
        let said = refused(&GOOD.replace("kind", "knd"));
        assert!(said.starts_with("LINK.toml:6:1: unknown field `knd`"), "{said}");
        let said = refused("id = \"id\"\ncomparison = []\n");
        assert!(said.contains("give between 1 and 16 comparisons"), "{said}");
        let said = refused(&format!("{GOOD}levels = [0.2, 0.9]\n"));
        assert!(said.starts_with("LINK.toml:5: the levels of name"), "{said}");
        let said = refused(&format!("{GOOD}[thresholds]\nlink = 1.5\nreview = 0.1\n"));
        assert!(said.starts_with("LINK.toml:7: thresholds must be probabilities"), "{said}");
    }
}
