//! People who do not exist: whom a relying party meets before it is approved. Their data is fixed and public.

use base::Text;
use contracts::{IdentityLevel, OrganisationId, ports::ActingFor};
use forms::{Fact, Person};
use jiff::civil::{Date, date};
use uuid::Uuid;

/// Somebody to try things with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Persona {
    pub code: &'static str,
    pub name: &'static str,
    pub born: Date,
    pub sex: &'static str,
    pub number: &'static str,
    /// Commune of permanent residence.
    pub commune: &'static str,
    pub level: IdentityLevel,
    vi: &'static str,
    en: &'static str,
}

/// Each is there for one case that a relying party must handle.
pub const PERSONAS: [Persona; 4] = [
    Persona {
        code: "an",
        name: "Nguyễn Văn An",
        born: date(1990, 5, 17),
        sex: "male",
        number: "001090000019",
        commune: "00004",
        level: IdentityLevel::Two,
        vi: "Người trưởng thành, tài khoản mức độ 2",
        en: "An adult with an account of level 2",
    },
    Persona {
        code: "binh",
        name: "Trần Thị Bình",
        born: date(1988, 2, 29),
        sex: "female",
        number: "079188000027",
        commune: "26740",
        level: IdentityLevel::One,
        vi: "Người trưởng thành, tài khoản mức độ 1: không có số định danh",
        en: "An adult with an account of level 1: no personal number",
    },
    Persona {
        code: "chi",
        name: "Lê Minh Chi",
        born: date(2011, 9, 1),
        sex: "female",
        number: "048311000035",
        commune: "26740",
        level: IdentityLevel::Two,
        vi: "Người chưa thành niên",
        en: "A minor",
    },
    Persona {
        code: "dung",
        name: "Phạm Quốc Dũng",
        born: date(1951, 1, 1),
        sex: "male",
        number: "031051000043",
        commune: "00004",
        level: IdentityLevel::Two,
        vi: "Người cao tuổi",
        en: "An elderly person",
    },
];

impl Persona {
    pub fn find(code: &str) -> Option<&'static Self> {
        PERSONAS.iter().find(|p| p.code == code)
    }

    /// What this person is there for.
    pub fn about(&self) -> Text {
        Text::new(self.vi, self.en)
    }

    /// The first of them acts for an organisation, when a client wants to know.
    pub(crate) fn acting(&self) -> Option<ActingFor> {
        (self.code == "an").then(|| ActingFor {
            organisation: OrganisationId(Uuid::nil()),
            code: "TC00000000001".to_owned(),
            name: "Công ty TNHH Thử Nghiệm".to_owned(),
            role: "legal",
        })
    }

    pub(crate) fn record(&self) -> Person {
        Person::default()
            .with(Fact::Name, self.name)
            .with(Fact::BirthDate, self.born)
            .with(Fact::Sex, self.sex)
            .with(Fact::Number, self.number)
            .with(Fact::PermanentCommune, self.commune)
    }
}

#[cfg(test)]
mod tests {
    use base::PersonalNumber;

    use super::*;

    #[test]
    fn every_persona_has_a_code_of_its_own_and_a_well_formed_number() {
        for persona in &PERSONAS {
            assert_eq!(Persona::find(persona.code), Some(persona));
            let number: PersonalNumber = persona.number.parse().unwrap();
            assert_eq!(number.birth_year(), persona.born.year(), "{}", persona.code);
        }
    }
}
