//! Which agencies take part in a procedure of identification: the catalogue says.

use contracts::{AgencyId, CommuneCode, ports::Offices};
use jiff::civil::Date;

use super::nation::NationData;

/// More steps than lie between a commune and the government.
const HEIGHT_MAX: usize = 8;

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

    fn is_above(&self, upper: &AgencyId, lower: &AgencyId, on: Date) -> bool {
        let parent = |id: &str| self.catalogue.agencies().get(id, on).and_then(|agency| agency.parent);
        let ancestors = std::iter::successors(parent(lower.as_str()), |id| parent(id));
        ancestors.take(HEIGHT_MAX).any(|id| id == upper.as_str())
    }
}
