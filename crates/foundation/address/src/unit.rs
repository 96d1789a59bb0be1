//! Administrative units as the caller hands them in.

/// Which unit of the list, by position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UnitId(pub u32);

impl UnitId {
    pub(crate) fn at(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

/// Level of government. The district level ended on 30 June 2025.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Level {
    Province,
    District,
    Commune,
}

/// What a unit is called by law.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UnitKind {
    Province,
    Municipality,
    UrbanDistrict,
    RuralDistrict,
    Town,
    City,
    Ward,
    Commune,
    Township,
    SpecialZone,
}

impl UnitKind {
    pub fn level(self) -> Level {
        match self {
            Self::Province | Self::Municipality => Level::Province,
            Self::UrbanDistrict | Self::RuralDistrict | Self::Town | Self::City => Level::District,
            Self::Ward | Self::Commune | Self::Township | Self::SpecialZone => Level::Commune,
        }
    }
}

impl UnitKind {
    /// The word of the law: `Phường`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Province => "Tỉnh",
            Self::Municipality | Self::City => "Thành phố",
            Self::UrbanDistrict => "Quận",
            Self::RuralDistrict => "Huyện",
            Self::Town => "Thị xã",
            Self::Ward => "Phường",
            Self::Commune => "Xã",
            Self::Township => "Thị trấn",
            Self::SpecialZone => "Đặc khu",
        }
    }
}

/// One unit during one period. A change of kind or name is another unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// The official code; several units of different times may bear one.
    pub code: String,
    pub kind: UnitKind,
    /// Name without the kind, with all diacritics: `Bến Thành`, `1`.
    pub name: String,
    /// The unit above, of the same time: the district of a former commune, the province of a commune of today.
    pub parent: Option<UnitId>,
    /// Whether it exists on the day that the list is for.
    pub current: bool,
    /// What became of it: the units of that day that it went into, the largest part first. For a former district, all
    /// that its communes went into. Ignored for a unit that is current.
    pub today: Vec<UnitId>,
}

/// Why a list of units is refused.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BookError {
    /// The unit (position, code) names a unit that is not in the list.
    Missing { unit: u32, code: String },
    /// The unit's parent is not above it.
    Parent { unit: u32, code: String },
    /// The unit is said to have become a unit that is former itself.
    Successor { unit: u32, code: String },
    /// More units than positions.
    TooMany,
}

impl std::fmt::Display for BookError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Missing { unit, code } => {
                write!(f, "unit {unit} ({code}) refers to a unit that is not in the list")
            }
            Self::Parent { unit, code } => {
                write!(f, "unit {unit} ({code}) has a parent that is not above it")
            }
            Self::Successor { unit, code } => {
                write!(f, "unit {unit} ({code}) became a unit that is former itself")
            }
            Self::TooMany => write!(f, "the list has too many units"),
        }
    }
}

impl std::error::Error for BookError {}
