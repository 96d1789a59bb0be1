//! The nation as data: divisions, agencies, procedures, fees, calendars and legal documents, from the folder `catalogue/`.
//!
//! Pure reference data in memory: no database, no clock. A [`Catalogue`] is read once, checked as a whole, never changed,
//! and shared in an `Arc`. Everything is dated, so every question takes the day it is asked about.
//! - [`divisions`]: provinces, districts, communes, old and new; resolving old codes and addresses; the address picker
//! - [`agencies`]: who stands where in the hierarchy, unit codes, dossier codes
//! - [`procedures`]: what can be asked for, limits, fees, documents, law; search
//! - [`calendars`], [`legal`], [`fields`]: working days, cited documents, the shelves procedures stand on
//! - [`report`]: what is wrong in the files, with file, line and rule

pub mod agencies;
pub mod calendars;
pub mod divisions;
pub mod fields;
pub mod legal;
pub mod procedures;
pub mod report;
mod source;
mod validity;

use std::path::Path;

pub use agencies::{Agencies, Agency, AgencyKind, DossierTemplate};
pub use calendars::{Calendars, DayRule, SpecialDay, Year};
pub use divisions::{
    CommuneHit, Division, DivisionCode, DivisionKind, Divisions, Extent, Resolution, Successor,
};
pub use fields::{Audience, Field, Fields};
pub use legal::{Citation, LegalDocument, LegalRegister};
pub use procedures::{Channel, Currency, Fee, Limit, Procedure, ProcedureQuery, Procedures};
pub use report::{CatalogueError, Problem};
pub use validity::{Certainty, Level, Validity};

use report::Report;
use source::Source;

/// All reference data. Cheap to read, never written; share it in an `Arc`.
#[derive(Debug)]
pub struct Catalogue {
    divisions: Divisions,
    agencies: Agencies,
    procedures: Procedures,
    fields: Fields,
    legal: LegalRegister,
    calendars: Calendars,
}

impl Catalogue {
    /// The catalogue that was packed into the program when it was built.
    pub fn embedded() -> Result<Self, CatalogueError> {
        let mut report = Report::default();
        let catalogue = Self::read(&Source::embedded(), &mut report);
        report.into_result(catalogue)
    }

    /// Reads a folder of the same shape, so that an operator can correct the law without a new program. The whole folder
    /// is checked; one problem anywhere refuses it.
    pub fn from_dir(dir: &Path) -> Result<Self, CatalogueError> {
        let mut report = Report::default();
        let catalogue = Self::read(&Source::from_dir(dir, &mut report), &mut report);
        report.into_result(catalogue)
    }

    /// Reads everything that can be read and reports everything that is wrong. The order follows who refers to whom.
    fn read(source: &Source, report: &mut Report) -> Self {
        report::check_text(source, report);
        let legal = LegalRegister::read(source, report);
        let fields = Fields::read(source, report);
        let calendars = Calendars::read(source, &legal, report);
        let divisions = Divisions::read(source, &legal, report);
        let agencies = Agencies::read(source, &divisions, report);
        let procedures = Procedures::read(source, &fields, &agencies, &legal, report);
        Self { divisions, agencies, procedures, fields, legal, calendars }
    }

    pub fn divisions(&self) -> &Divisions {
        &self.divisions
    }

    pub fn procedures(&self) -> &Procedures {
        &self.procedures
    }

    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    pub fn legal(&self) -> &LegalRegister {
        &self.legal
    }

    pub fn calendars(&self) -> &Calendars {
        &self.calendars
    }

    /// Working days of all the years that are known.
    pub fn calendar(&self) -> &base::Calendar {
        self.calendars.working_days()
    }

    /// The agencies, together with the divisions that most of them are derived from.
    pub fn agencies(&self) -> agencies::AgencyDirectory<'_> {
        self.agencies.over(&self.divisions)
    }

    /// Whether an agency decides on a procedure on a day.
    pub fn decides(&self, procedure: &str, agency: &str, day: jiff::civil::Date) -> bool {
        let Some(procedure) = self.procedures.get(procedure) else { return false };
        let of = agency.rsplit_once('-').map_or(agency, |(template, _)| template);
        let named = procedure.decided_by.iter().any(|reference| reference == agency || reference == of);
        named && self.agencies().get(agency, day).is_some()
    }

    /// The agency that decides on a procedure for a commune; where several may, the one that is named first.
    pub fn office_for(
        &self,
        procedure: &str,
        commune: &str,
        day: jiff::civil::Date,
    ) -> Option<agencies::Agency> {
        let agencies = self.agencies();
        let references = &self.procedures.get(procedure)?.decided_by;
        references.iter().find_map(|reference| agencies.instance(reference, commune, day))
    }
}

/// Every problem in the files of a catalogue folder, sorted by file and line; empty when all is well.
pub fn check(dir: &Path) -> Vec<Problem> {
    let mut report = Report::default();
    let source = Source::from_dir(dir, &mut report);
    Catalogue::read(&source, &mut report);
    report.into_problems()
}
