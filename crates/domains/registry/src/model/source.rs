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
    /// Another national database or the database of a ministry's field.
    Agency,
    /// An organisation that is connected: a bank, a carrier, a hospital.
    Organisation,
}

impl Source {
    pub const ALL: [Self; 5] =
        [Self::Population, Self::Residence, Self::CivilStatus, Self::Agency, Self::Organisation];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Population => "population",
            Self::Residence => "residence",
            Self::CivilStatus => "civil_status",
            Self::Agency => "agency",
            Self::Organisation => "organisation",
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
            Self::Agency => Text::new("Cơ sở dữ liệu chuyên ngành", "Database of a specialised agency"),
            Self::Organisation => {
                Text::new("Tổ chức được kết nối, chia sẻ dữ liệu", "Organisation connected for data sharing")
            }
        }
    }
}
