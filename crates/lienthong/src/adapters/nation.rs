//! The catalogue, as those ask it who handle dossiers and people.

use std::{
    collections::BTreeMap,
    path::Path,
    sync::{Arc, OnceLock},
};

use address::{AddressBook, Doubt};
use anyhow::{Context, bail};
use base::{Calendar, Clock, Text, vietnam_date};
use catalogue::{Agency, Catalogue};
use contracts::{
    AgencyId, CommuneCode,
    ports::{AgencyCard, Nation, ProcedureCard},
};
use forms::{Level, Service};
use include_dir::{Dir, include_dir};
use jiff::civil::Date;

use crate::adapters::organisations::Organisations;

static SERVICES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../catalogue/services");

static VIEWS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../../catalogue/views");
static AUTHORITY: &str = include_str!("../../../../catalogue/authority.toml");
static QUALITY: &str = include_str!("../../../../catalogue/quality/rules.toml");

/// The reference data and the executable services.
pub struct NationData {
    pub catalogue: Arc<Catalogue>,
    services: BTreeMap<(String, u32), Arc<Service>>,
    organisations: Organisations,
    /// Everybody is made up, and so may organisations be.
    synthetic: bool,
    clock: Arc<dyn Clock>,
    /// Reads addresses; made when the first is read.
    book: OnceLock<Option<AddressBook>>,
}

/// Streets bear the names of units. Only who says the kind means the unit.
const UNIT_KINDS: [&str; 4] = ["phường", "xã", "thị trấn", "đặc khu"];

impl NationData {
    /// From the program itself, or from an operator's folder. Refused as a whole when anything in it is wrong.
    pub fn load(dir: Option<&Path>, clock: Arc<dyn Clock>) -> anyhow::Result<Self> {
        let catalogue = match dir {
            Some(dir) => Catalogue::from_dir(dir)?,
            None => Catalogue::embedded()?,
        };
        let mut services = BTreeMap::new();
        for (path, text) in service_files(dir)? {
            match Service::parse(&text) {
                Ok(s) => {
                    services.insert((s.procedure.clone(), s.version), Arc::new(s));
                }
                Err(problems) => {
                    let lines: Vec<String> = problems
                        .iter()
                        .map(|p| format!("{path}:{}: {}: {}", p.line, p.path, p.message))
                        .collect();
                    bail!("a service of the catalogue is wrong:\n{}", lines.join("\n"));
                }
            }
        }
        let organisations = Organisations::load(dir)?;
        let (catalogue, book) = (Arc::new(catalogue), OnceLock::new());
        Ok(Self { catalogue, services, organisations, synthetic: false, clock, book })
    }

    /// Whether the people of this system are made up.
    #[must_use]
    pub fn synthetic(self, synthetic: bool) -> Self {
        Self { synthetic, ..self }
    }

    /// The province of today (two digits) that a commune lies in.
    pub fn province_of(&self, commune: &str) -> Option<String> {
        let divisions = self.catalogue.divisions();
        let unit = divisions.unit_on(commune, self.today())?;
        divisions.province_of(unit).map(|province| province.code.as_str().to_owned())
    }

    /// Every executable service in every version.
    pub fn services(&self) -> impl Iterator<Item = &Arc<Service>> {
        self.services.values()
    }

    fn today(&self) -> Date {
        vietnam_date(self.clock.now())
    }

    fn card(&self, agency: &Agency) -> Option<AgencyCard> {
        let today = self.today();
        let agencies = self.catalogue.agencies();
        let template = agencies.dossier_template(&agency.id, today)?;
        let parent = agency.parent.as_deref().and_then(|p| agencies.get(p, today)).map(|p| p.name);
        Some(AgencyCard {
            id: AgencyId(agency.id.clone()),
            name: agency.name.clone(),
            parent,
            commune: agency
                .division
                .filter(|d| d.level() == catalogue::Level::Commune)
                .map(|d| CommuneCode::new(d.as_str())),
            unit_code: template.unit,
        })
    }
}

/// The text of `authority.toml` or of `views/<id>.toml`: what is read only by the commands that need it.
pub fn catalogue_text(dir: Option<&Path>, name: &str) -> anyhow::Result<String> {
    if let Some(dir) = dir {
        let path = dir.join(name);
        return std::fs::read_to_string(&path).with_context(|| path.display().to_string());
    }
    let text = match name.strip_prefix("views/") {
        Some(view) => VIEWS.get_file(view).and_then(|file| file.contents_utf8()),
        None => match name {
            "authority.toml" => Some(AUTHORITY),
            "quality/rules.toml" => Some(QUALITY),
            _ => None,
        },
    };
    Ok(text.with_context(|| format!("the catalogue has no {name}"))?.to_owned())
}

/// The texts of `services/<procedure>/v<N>.toml`, with their paths.
pub fn service_files(dir: Option<&Path>) -> anyhow::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    match dir {
        None => {
            for file in SERVICES.dirs().flat_map(Dir::files) {
                let text = file.contents_utf8().unwrap_or_default();
                files.push((format!("services/{}", file.path().display()), text.to_owned()));
            }
        }
        Some(dir) => {
            for procedure in std::fs::read_dir(dir.join("services"))? {
                for file in std::fs::read_dir(procedure?.path())? {
                    let path = file?.path();
                    let name = path.strip_prefix(dir).unwrap_or(&path).display().to_string();
                    files.push((name, std::fs::read_to_string(&path)?));
                }
            }
        }
    }
    files.sort();
    Ok(files)
}

impl Nation for NationData {
    fn service(&self, procedure: &str, on: Date) -> Option<Arc<Service>> {
        let versions = self.services.range((procedure.to_owned(), 0)..=(procedure.to_owned(), u32::MAX));
        versions.map(|(_, s)| s).rfind(|s| s.is_in_force(on)).cloned()
    }

    fn pinned(&self, procedure: &str, version: u32) -> Option<Arc<Service>> {
        self.services.get(&(procedure.to_owned(), version)).cloned()
    }

    fn procedure(&self, code: &str) -> Option<ProcedureCard> {
        let procedure = self.catalogue.procedures().get(code)?;
        let field = self.catalogue.fields().field(&procedure.field)?;
        let limit = procedure.limit_on(self.today());
        Some(ProcedureCard {
            code: code.to_owned(),
            name: Text::new(procedure.name.get(base::Lang::Vi), procedure.name.get(base::Lang::En)),
            field: field.name.clone(),
            limit_days: limit
                .filter(|l| l.unit == catalogue::procedures::LimitUnit::WorkingDay)
                .map(|l| l.value.into()),
        })
    }

    fn calendar(&self) -> &Calendar {
        self.catalogue.calendar()
    }

    fn agency_for(&self, commune: &CommuneCode, level: Level) -> Option<AgencyCard> {
        let (agencies, today) = (self.catalogue.agencies(), self.today());
        let agency = match level {
            Level::Commune => agencies.police_of_commune(commune.as_str(), today),
            Level::Province => agencies.instance("CA-T", commune.as_str(), today),
            Level::Ministry => agencies.get("BCA", today),
        };
        self.card(&agency?)
    }

    fn agency(&self, id: &AgencyId) -> Option<AgencyCard> {
        if let Some(agency) = self.catalogue.agencies().get(id.as_str(), self.today()) {
            return self.card(&agency);
        }
        let name = self.organisations.name(id.as_str(), self.synthetic)?.clone();
        Some(AgencyCard { id: id.clone(), name, parent: None, commune: None, unit_code: String::new() })
    }

    fn dossier_code(&self, agency: &AgencyId, day: Date, number: u32) -> Option<String> {
        self.catalogue.agencies().dossier_template(agency.as_str(), day)?.render(day, number)
    }

    fn place(&self, code: &str) -> Option<Text> {
        let divisions = self.catalogue.divisions();
        let unit = divisions.unit_on(code, self.today()).or_else(|| divisions.versions(code).last())?;
        let [vi, en] = base::Lang::ALL.map(|lang| divisions.full_name(unit, lang));
        Some(Text { vi, en })
    }

    fn place_on(&self, code: &str, day: Date) -> Option<Text> {
        let divisions = self.catalogue.divisions();
        let Some(unit) = divisions.unit_on(code, day) else { return self.place(code) };
        let [vi, en] = base::Lang::ALL.map(|lang| divisions.full_name(unit, lang));
        Some(Text { vi, en })
    }

    fn commune_in_force(&self, code: &str, on: Date) -> bool {
        let unit = self.catalogue.divisions().unit_on(code, on);
        unit.is_some_and(|u| u.level() == catalogue::Level::Commune)
    }

    fn commune_today(&self, code: &str) -> Option<CommuneCode> {
        let (divisions, today) = (self.catalogue.divisions(), self.today());
        let unit = divisions.unit_on(code, today).or_else(|| divisions.versions(code).last())?;
        divisions.resolve_unit(unit, today).certain().map(|u| CommuneCode::new(u.code.as_str()))
    }

    fn address_fits(&self, address: &str, commune: &CommuneCode) -> Option<bool> {
        let words = address.to_lowercase();
        let words: Vec<&str> =
            words.split(|c: char| !c.is_alphanumeric()).filter(|w| !w.is_empty()).collect();
        let said = format!(" {} ", words.join(" "));
        if !UNIT_KINDS.iter().any(|kind| said.contains(&format!(" {kind} "))) {
            return None;
        }
        let book = || AddressBook::new(self.catalogue.divisions().address_units(self.today())).ok();
        let book = self.book.get_or_init(book).as_ref()?;
        let reading = book.read(address);
        let here = self.commune_today(commune.as_str()).unwrap_or_else(|| commune.clone());
        match reading.doubt {
            Some(Doubt::NotFound) => Some(false),
            Some(Doubt::NoCommune) => None,
            Some(Doubt::SeveralUnits | Doubt::Split) | None => {
                let codes = reading.today.iter().filter_map(|id| book.unit(*id)).map(|unit| &unit.code);
                Some(codes.into_iter().any(|code| code.as_str() == here.as_str()))
            }
        }
    }

    fn number_prefix_known(&self, prefix: &str) -> bool {
        self.catalogue.divisions().by_id_prefix(prefix).is_some()
    }

    /// The province of today keeps one of the old provinces' codes, and with it their numbers' place code.
    fn number_prefix(&self, commune: &str) -> Option<u16> {
        let divisions = self.catalogue.divisions();
        let unit = divisions.unit_on(commune, self.today()).or_else(|| divisions.versions(commune).last())?;
        let province =
            divisions.resolve_unit(unit, self.today()).certain().and_then(|u| divisions.province_of(u))?;
        let prefix = format!("{:0>3}", province.code.as_str());
        divisions.by_id_prefix(&prefix)?;
        prefix.parse().ok()
    }
}
