//! Where data of the record comes from, as it is shown beside a prefilled answer.

use base::Text;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Source {
    /// The national population database.
    Population,
    /// A decided procedure on residence.
    Residence,
    /// The register of births, marriages and deaths.
    CivilStatus,
}

impl Source {
    pub const ALL: [Self; 3] = [Self::Population, Self::Residence, Self::CivilStatus];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Population => "population",
            Self::Residence => "residence",
            Self::CivilStatus => "civil_status",
        }
    }

    pub fn parse(s: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|x| x.as_str() == s)
    }

    pub fn text(self) -> Text {
        match self {
            Self::Population => Text::new("Cơ sở dữ liệu quốc gia về dân cư", "National Population Database"),
            Self::Residence => Text::new("Cơ sở dữ liệu về cư trú", "Residence Database"),
            Self::CivilStatus => {
                Text::new("Cơ sở dữ liệu hộ tịch điện tử", "Electronic Civil Status Database")
            }
        }
    }
}
