//! Which agencies take part in a procedure of identification: the catalogue says.

use contracts::{AgencyId, CommuneCode, ports::Offices};
use jiff::civil::Date;

use super::nation::NationData;

impl Offices for NationData {
    fn is_agency(&self, agency: &AgencyId, on: Date) -> bool {
        self.catalogue.agencies().get(agency.as_str(), on).is_some()
    }

    fn decides(&self, agency: &AgencyId, procedure: &str, on: Date) -> bool {
        self.catalogue.decides(procedure, agency.as_str(), on)
    }

    fn office_for(&self, commune: &CommuneCode, procedure: &str, on: Date) -> Option<AgencyId> {
        self.catalogue.office_for(procedure, commune.as_str(), on).map(|agency| AgencyId(agency.id))
    }
}
