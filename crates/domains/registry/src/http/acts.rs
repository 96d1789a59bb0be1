//! The acts of a life, as agencies register them: one route, the kind of the act in the body. People are named by number.

use std::sync::Arc;

use axum::extract::State;
use base::{PersonalNumber, Sex};
use contracts::{Access, Caller, CommuneCode, PersonId, Purpose, ports::ResidenceKind};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use store::Tx;
use utoipa::ToSchema;
use webkit::{Json, Problem};

use super::{Api, fault, person_of};
use crate::{
    RegistryError,
    model::{
        Item, Relative, Source,
        family::Guardianship,
        residence::{Kind, Leaving},
        rules,
        vital::Parent,
    },
    ops::{
        self, Basis, HouseholdSplit, ItemChange, ItemCorrection, Move, NationalityChange, NewBirth, NewPaper,
        OutsideSpouse,
    },
};

/// People named in one act.
const ADOPTERS_MAX: usize = 2;
const SPLIT_MAX: usize = 100;

/// An act, and what it rests on.
#[derive(Deserialize, ToSchema)]
pub(super) struct ActBody {
    /// `population`, `residence` or `civil_status`: the register that says so.
    #[schema(example = "civil_status")]
    source: String,
    /// Number of the certificate, decision or judgement. It or a reason is needed.
    document: Option<String>,
    reason: Option<String>,
    #[serde(flatten)]
    act: Act,
}

/// What happened. Dates are days in ISO form; a person is a twelve-digit number.
#[derive(Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case")]
enum Act {
    Birth(BirthBody),
    Death(OnBody),
    /// Who was declared or registered dead lives; `on` is the day of the decision.
    DeathAnnul(OnBody),
    Missing(OnBody),
    Return(OnBody),
    Marriage(PairBody),
    MarriageOutside(OutsideBody),
    MarriageAnnul(DivorceBody),
    Divorce(DivorceBody),
    Adoption(AdoptionBody),
    AdoptionEnd(AdoptionBody),
    GuardianshipOpen(GuardianshipBody),
    GuardianshipClose(GuardianshipBody),
    ItemChange(ItemBody),
    Correction(CorrectionBody),
    NumberCancel(OnBody),
    NumberEstablish(NumberBody),
    NationalityLost(NationalityBody),
    NationalityRegained(OnBody),
    Move(MoveBody),
    ResidenceDelete(DeleteBody),
    Absence(AbsenceBody),
    HouseholdHead(OnBody),
    HouseholdSplit(SplitBody),
    ContactVerify(ContactBody),
    PaperIssue(PaperBody),
    InformationShare(ShareBody),
}

#[derive(Deserialize, ToSchema)]
struct OnBody {
    person: String,
    #[schema(value_type = String, format = Date)]
    on: Date,
}

#[derive(Deserialize, ToSchema)]
struct BirthBody {
    name: String,
    #[schema(value_type = String, format = Date)]
    birth_date: Date,
    /// `male` or `female`.
    sex: String,
    /// Communes, five digits.
    birth_place: String,
    registered_in: String,
    home_town: String,
    /// Two digits of the national list.
    ethnicity: String,
    /// ISO 3166-1 alpha-3.
    nationality: String,
    mother: Option<ParentBody>,
    father: Option<ParentBody>,
    /// `mother` or `father`: with whom the child is registered.
    lives_with: Option<String>,
}

/// A parent of the register by number; another by name.
#[derive(Deserialize, ToSchema)]
struct ParentBody {
    person: Option<String>,
    name: Option<String>,
    nationality: Option<String>,
}

#[derive(Deserialize, ToSchema)]
struct PairBody {
    person: String,
    other: String,
    #[schema(value_type = String, format = Date)]
    on: Date,
}

#[derive(Deserialize, ToSchema)]
struct DivorceBody {
    person: String,
    /// None where the spouse is not in the register.
    other: Option<String>,
    #[schema(value_type = String, format = Date)]
    on: Date,
}

/// A marriage with somebody who is not in the register, by the papers that they showed.
#[derive(Deserialize, ToSchema)]
struct OutsideBody {
    person: String,
    name: String,
    /// ISO 3166-1 alpha-3.
    nationality: String,
    /// `male` or `female`.
    sex: String,
    /// A day, a month or a year: `1990-05-17`, `1990-05`, `1990`.
    birth_date: String,
    #[schema(value_type = String, format = Date)]
    on: Date,
}

/// Members of one household found another at the same place.
#[derive(Deserialize, ToSchema)]
struct SplitBody {
    #[schema(max_items = 100)]
    members: Vec<String>,
    /// One of them.
    head: String,
    /// The head of the old household agrees.
    #[serde(default)]
    head_agrees: bool,
    #[schema(value_type = String, format = Date)]
    on: Date,
}

#[derive(Deserialize, ToSchema)]
struct AdoptionBody {
    child: String,
    /// One, or two who are married to each other.
    #[schema(max_items = 2)]
    parents: Vec<String>,
    #[schema(value_type = String, format = Date)]
    on: Date,
}

#[derive(Deserialize, ToSchema)]
struct GuardianshipBody {
    guardian: String,
    ward: String,
    /// Parents live and cannot care, as the document says.
    #[serde(default)]
    parents_unable: bool,
    #[schema(value_type = String, format = Date)]
    on: Date,
}

#[derive(Deserialize, ToSchema)]
struct ItemBody {
    person: String,
    /// `name`, `other_name`, `birth_date`, `sex`, `ethnicity` or `religion`.
    item: String,
    value: String,
    #[schema(value_type = String, format = Date)]
    on: Date,
}

#[derive(Deserialize, ToSchema)]
struct CorrectionBody {
    person: String,
    item: String,
    /// None: the record should say nothing.
    value: Option<String>,
    /// First day of the value; none: the present value was wrong all along.
    #[schema(value_type = Option<String>, format = Date)]
    since: Option<Date>,
}

#[derive(Deserialize, ToSchema)]
struct NumberBody {
    /// A number that the person had; it leads to them though it was cancelled.
    person: String,
    /// Asked only where the record does not say where the birth was registered.
    registered_in: Option<String>,
}

#[derive(Deserialize, ToSchema)]
struct NationalityBody {
    person: String,
    /// The one that the person has now, where it is known.
    nationality: Option<String>,
    #[schema(value_type = String, format = Date)]
    on: Date,
}

#[derive(Deserialize, ToSchema)]
struct MoveBody {
    person: String,
    /// `permanent` or `temporary`.
    kind: String,
    commune: String,
    address: String,
    /// Whose household is joined; none founds one.
    householder: Option<String>,
    relation: Option<String>,
    #[schema(value_type = String, format = Date)]
    from: Date,
    /// Last day of a temporary residence.
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
}

#[derive(Deserialize, ToSchema)]
struct DeleteBody {
    person: String,
    /// `permanent`, `temporary` or `current`.
    kind: String,
    #[schema(value_type = String, format = Date)]
    on: Date,
}

#[derive(Deserialize, ToSchema)]
struct AbsenceBody {
    person: String,
    #[schema(value_type = String, format = Date)]
    from: Date,
    #[schema(value_type = Option<String>, format = Date)]
    until: Option<Date>,
    destination: Option<String>,
}

#[derive(Deserialize, ToSchema)]
struct ContactBody {
    person: String,
    /// `phone` or `email`.
    contact: String,
    value: String,
}

#[derive(Deserialize, ToSchema)]
struct PaperBody {
    person: String,
    /// `identity_card`, `citizen_card`, `people_card` or `identity_certificate`.
    kind: String,
    number: String,
    issued_at: Option<String>,
    #[schema(value_type = String, format = Date)]
    issued_on: Date,
    #[schema(value_type = Option<String>, format = Date)]
    expires_on: Option<Date>,
}

#[derive(Deserialize, ToSchema)]
struct ShareBody {
    person: String,
    #[schema(example = "occupation")]
    key: String,
    value: String,
    #[schema(value_type = String, format = Date)]
    on: Date,
}

#[derive(Serialize, ToSchema)]
pub(super) struct ActAnswer {
    /// The number that the act established, for a birth and for a number established again.
    #[serde(skip_serializing_if = "Option::is_none")]
    number: Option<String>,
}

/// Registers an act of a life. Refusals name the rule, the field and what to do next.
#[utoipa::path(post, path = "/api/v1/persons/acts", tag = "persons",
    request_body = ActBody,
    responses((status = 200, body = ActAnswer), (status = 401), (status = 403), (status = 409), (status = 422)))]
pub(super) async fn act(
    State(api): State<Arc<Api>>,
    Caller(actor): Caller,
    Json(body): Json<ActBody>,
) -> Result<axum::Json<ActAnswer>, Problem> {
    let ActBody { source, document, reason, act } = body;
    let source = Source::parse(&source).ok_or_else(|| {
        let choices = Source::ALL.map(Source::as_str).join(", ");
        RegistryError::Invalid(vec![rules::Broken::new(rules::CHOICE).with("choices", choices).at("source")])
    })?;
    let basis = Basis { source, document, reason, dossier: None };
    let access = Access::new(&actor, Purpose::UPDATE_RECORD);
    let mut tx = api.store.begin().await?;
    let done = Desk { api: &api, tx: &mut tx, access: &access, basis: &basis }.take(act).await;
    let number = tx.finish(done).await?;
    Ok(axum::Json(ActAnswer { number: number.map(|n| n.to_string()) }))
}

/// One act on its way to its operation.
struct Desk<'a> {
    api: &'a Api,
    tx: &'a mut Tx,
    access: &'a Access,
    basis: &'a Basis,
}

impl Desk<'_> {
    async fn person(&mut self, field: &str, number: &str) -> Result<PersonId, RegistryError> {
        person_of(self.tx, self.access, field, number).await
    }

    async fn may_be(&mut self, field: &str, number: Option<&str>) -> Result<Option<PersonId>, RegistryError> {
        match number {
            Some(number) => self.person(field, number).await.map(Some),
            None => Ok(None),
        }
    }

    async fn take(mut self, act: Act) -> Result<Option<PersonalNumber>, RegistryError> {
        match act {
            Act::Birth(birth) => return self.birth(birth).await.map(Some),
            Act::NumberEstablish(NumberBody { person, registered_in }) => {
                let person = self.person("person", &person).await?;
                let place = registered_in.map(CommuneCode);
                let (nation, place) = (self.api.nation.as_ref(), place.as_ref());
                let number =
                    ops::number_establish(self.tx, self.access, nation, person, place, self.basis).await?;
                return Ok(Some(number));
            }
            Act::Marriage(_) | Act::MarriageOutside(_) | Act::MarriageAnnul(_) | Act::Divorce(_) => {
                self.marriage(act).await?;
            }
            Act::Adoption(body) => self.adoption(body, true).await?,
            Act::AdoptionEnd(body) => self.adoption(body, false).await?,
            Act::GuardianshipOpen(_) | Act::GuardianshipClose(_) => self.guardianship(act).await?,
            Act::Move(_) | Act::ResidenceDelete(_) | Act::Absence(_) => self.residence(act).await?,
            Act::HouseholdHead(_) | Act::HouseholdSplit(_) => self.household(act).await?,
            other => self.status(other).await?,
        }
        Ok(None)
    }

    async fn birth(&mut self, body: BirthBody) -> Result<PersonalNumber, RegistryError> {
        let sex = sex_of(&body.sex)?;
        let mother = self.parent("mother", body.mother).await?;
        let father = self.parent("father", body.father).await?;
        let lives_with = match (body.lives_with.as_deref(), &mother, &father) {
            (None, ..) => None,
            (Some("mother"), Some(Parent::Person(id)), _) | (Some("father"), _, Some(Parent::Person(id))) => {
                Some(*id)
            }
            _ => return Err(choice("lives_with", "mother, father")),
        };
        let birth = NewBirth {
            name: body.name,
            birth_date: body.birth_date,
            sex,
            birth_place: CommuneCode(body.birth_place),
            registered_in: CommuneCode(body.registered_in),
            home_town: CommuneCode(body.home_town),
            ethnicity: body.ethnicity,
            nationality: body.nationality,
            mother,
            father,
            lives_with,
        };
        let nation = self.api.nation.as_ref();
        Ok(ops::birth_register(self.tx, self.access, nation, &birth, self.basis).await?.number)
    }

    async fn parent(
        &mut self,
        field: &str,
        body: Option<ParentBody>,
    ) -> Result<Option<Parent>, RegistryError> {
        let Some(ParentBody { person, name, nationality }) = body else { return Ok(None) };
        Ok(Some(match person {
            Some(number) => Parent::Person(self.person(field, &number).await?),
            None => Parent::Named(Relative { name, nationality, ..Relative::default() }),
        }))
    }

    /// People of a list, each named by its place. One more than may be is enough to be told so.
    async fn people(
        &mut self,
        field: &str,
        numbers: &[String],
        most: usize,
    ) -> Result<Vec<PersonId>, RegistryError> {
        let mut known = Vec::new();
        for (n, number) in numbers.iter().take(most + 1).enumerate() {
            known.push(self.person(&format!("{field}.{n}"), number).await?);
        }
        Ok(known)
    }

    async fn marriage(&mut self, act: Act) -> Result<(), RegistryError> {
        match act {
            Act::Marriage(PairBody { person, other, on }) => {
                let couple = [self.person("person", &person).await?, self.person("other", &other).await?];
                ops::marriage_register(self.tx, self.access, couple, on, self.basis).await
            }
            Act::Divorce(DivorceBody { person, other, on }) => {
                let person = self.person("person", &person).await?;
                let other = self.may_be("other", other.as_deref()).await?;
                ops::divorce_register(self.tx, self.access, person, other, on, self.basis).await
            }
            Act::MarriageAnnul(DivorceBody { person, other, on }) => {
                let person = self.person("person", &person).await?;
                let other = self.may_be("other", other.as_deref()).await?;
                ops::marriage_annul(self.tx, self.access, person, other, on, self.basis).await
            }
            Act::MarriageOutside(OutsideBody { person, name, nationality, sex, birth_date, on }) => {
                let person = self.person("person", &person).await?;
                let sex = sex_of(&sex)?;
                let birth_date =
                    birth_date.parse().map_err(|_| fault("birth_date", "registry.date_shape"))?;
                let spouse = OutsideSpouse { name, nationality, sex, birth_date };
                ops::marriage_outside(self.tx, self.access, person, &spouse, on, self.basis).await
            }
            _ => Ok(()),
        }
    }

    async fn adoption(&mut self, body: AdoptionBody, begins: bool) -> Result<(), RegistryError> {
        let child = self.person("child", &body.child).await?;
        let parents = self.people("parents", &body.parents, ADOPTERS_MAX).await?;
        if begins {
            ops::adoption_register(self.tx, self.access, child, &parents, body.on, self.basis).await
        } else {
            ops::adoption_end(self.tx, self.access, child, &parents, body.on, self.basis).await
        }
    }

    async fn guardianship(&mut self, act: Act) -> Result<(), RegistryError> {
        let (opens, body) = match act {
            Act::GuardianshipOpen(body) => (true, body),
            Act::GuardianshipClose(body) => (false, body),
            _ => return Ok(()),
        };
        let guardian = self.person("guardian", &body.guardian).await?;
        let ward = self.person("ward", &body.ward).await?;
        if opens {
            let new = Guardianship { guardian, ward, parents_unable: body.parents_unable };
            ops::guardianship_open(self.tx, self.access, &new, body.on, self.basis).await
        } else {
            ops::guardianship_close(self.tx, self.access, guardian, ward, body.on, self.basis).await
        }
    }

    async fn residence(&mut self, act: Act) -> Result<(), RegistryError> {
        match act {
            Act::Move(body) => {
                let kind = match body.kind.as_str() {
                    "permanent" => ResidenceKind::Permanent,
                    "temporary" => ResidenceKind::Temporary,
                    _ => return Err(choice("kind", "permanent, temporary")),
                };
                let person = self.person("person", &body.person).await?;
                let householder = self.may_be("householder", body.householder.as_deref()).await?;
                let new = Move {
                    person,
                    kind,
                    commune: CommuneCode(body.commune),
                    address: body.address,
                    householder,
                    relation: body.relation,
                    from: body.from,
                    until: body.until,
                };
                let nation = self.api.nation.as_ref();
                ops::residence_move(self.tx, self.access, nation, &new, self.basis).await
            }
            Act::ResidenceDelete(DeleteBody { person, kind, on }) => {
                let kind =
                    Kind::parse(&kind).ok_or_else(|| choice("kind", "permanent, temporary, current"))?;
                let person = self.person("person", &person).await?;
                ops::residence_delete(self.tx, self.access, person, kind, on, self.basis).await
            }
            Act::Absence(AbsenceBody { person, from, until, destination }) => {
                let person = self.person("person", &person).await?;
                let leaving = Leaving { from, until, destination };
                ops::absence_declare(self.tx, self.access, person, &leaving, self.basis).await
            }
            _ => Ok(()),
        }
    }

    async fn household(&mut self, act: Act) -> Result<(), RegistryError> {
        match act {
            Act::HouseholdSplit(SplitBody { members, head, head_agrees, on }) => {
                let members = self.people("members", &members, SPLIT_MAX).await?;
                let head = self.person("head", &head).await?;
                let split = HouseholdSplit { members, head, head_agrees };
                ops::household_split(self.tx, self.access, &split, on, self.basis).await.map(drop)
            }
            Act::HouseholdHead(OnBody { person, on }) => {
                let head = self.person("person", &person).await?;
                ops::household_name_head(self.tx, self.access, head, on, self.basis).await
            }
            _ => Ok(()),
        }
    }

    async fn status(&mut self, act: Act) -> Result<(), RegistryError> {
        match act {
            Act::Death(OnBody { person, on }) => {
                let person = self.person("person", &person).await?;
                ops::death_register(self.tx, self.access, person, on, self.basis).await
            }
            Act::DeathAnnul(OnBody { person, on }) => {
                let person = self.person("person", &person).await?;
                ops::death_annul(self.tx, self.access, person, on, self.basis).await
            }
            Act::Missing(OnBody { person, on }) => {
                let person = self.person("person", &person).await?;
                ops::missing_declare(self.tx, self.access, person, on, self.basis).await
            }
            Act::Return(OnBody { person, on }) => {
                let person = self.person("person", &person).await?;
                ops::return_register(self.tx, self.access, person, on, self.basis).await
            }
            Act::NumberCancel(OnBody { person, on }) => {
                let person = self.person("person", &person).await?;
                ops::number_cancel(self.tx, self.access, person, on, self.basis).await
            }
            Act::NationalityLost(NationalityBody { person, nationality, on }) => {
                let person = self.person("person", &person).await?;
                let change = NationalityChange::Lost { other: nationality };
                ops::nationality_change(self.tx, self.access, person, &change, on, self.basis).await
            }
            Act::NationalityRegained(OnBody { person, on }) => {
                let person = self.person("person", &person).await?;
                let change = NationalityChange::Regained;
                ops::nationality_change(self.tx, self.access, person, &change, on, self.basis).await
            }
            Act::ItemChange(ItemBody { person, item, value, on }) => {
                let (person, item) = (self.person("person", &person).await?, item_of("item", &item)?);
                let change = ItemChange { person, item, value, on };
                let nation = self.api.nation.as_ref();
                ops::item_change(self.tx, self.access, nation, &change, self.basis).await
            }
            Act::Correction(CorrectionBody { person, item, value, since }) => {
                let (person, item) = (self.person("person", &person).await?, item_of("item", &item)?);
                let (source, document) = (self.basis.source, self.basis.document.clone());
                let reason = self.basis.reason.clone().unwrap_or_default();
                let correction = ItemCorrection { person, item, value, since, reason, document, source };
                ops::item_correct(self.tx, self.access, self.api.nation.as_ref(), &correction).await
            }
            Act::ContactVerify(ContactBody { person, contact, value }) => {
                let (person, item) = (self.person("person", &person).await?, item_of("contact", &contact)?);
                ops::contact_verify(self.tx, self.access, person, item, &value, self.basis).await
            }
            Act::PaperIssue(PaperBody { person, kind, number, issued_at, issued_on, expires_on }) => {
                let person = self.person("person", &person).await?;
                let paper = NewPaper { kind, number, issued_at, issued_on, expires_on };
                ops::paper_issue(self.tx, self.access, person, &paper, self.basis).await
            }
            Act::InformationShare(ShareBody { person, key, value, on }) => {
                let person = self.person("person", &person).await?;
                ops::information_share(self.tx, self.access, person, (&key, &value), on, self.basis).await
            }
            _ => Ok(()),
        }
    }
}

fn sex_of(sex: &str) -> Result<Sex, RegistryError> {
    sex.parse().map_err(|()| choice("sex", "male, female"))
}

fn item_of(field: &str, key: &str) -> Result<Item, RegistryError> {
    Item::from_key(key).ok_or_else(|| fault(field, "registry.field_unknown"))
}

fn choice(field: &str, choices: &str) -> RegistryError {
    RegistryError::Invalid(vec![rules::Broken::new(rules::CHOICE).with("choices", choices).at(field)])
}
