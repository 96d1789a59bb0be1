//! Why an act of a life is refused: the rule, the field at which it broke, and by its sentence in `i18n/` the law and what to
//! do next. Never anything about a person.

use base::{FieldFault, Kind};

macro_rules! refusals {
    ($($(#[$meta:meta])* $name:ident $code:literal $field:literal $kind:ident;)*) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
        pub enum Refusal {
            $($(#[$meta])* #[error($code)] $name,)*
        }

        impl Refusal {
            pub const ALL: &'static [Self] = &[$(Self::$name),*];

            pub fn code(self) -> &'static str {
                match self { $(Self::$name => $code,)* }
            }

            /// The field of the act that has to change, as the API names it.
            pub fn field(self) -> &'static str {
                match self { $(Self::$name => $field,)* }
            }

            pub fn kind(self) -> Kind {
                match self { $(Self::$name => Kind::$kind,)* }
            }
        }
    };
}

refusals! {
    /// Somebody whom the act concerns was not read: a mistake of the operation.
    NotLoaded "registry.not_loaded" "person" Bug;
    InFuture "registry.event_in_future" "on" Invalid;
    BeforeBirth "registry.before_birth" "on" Invalid;
    AfterDeath "registry.after_death" "on" Conflict;
    AlreadyDead "registry.already_dead" "person" Conflict;
    ActsAfterDeath "registry.acts_after_death" "on" Conflict;
    NotDead "registry.not_dead" "person" Conflict;
    AlreadyMissing "registry.already_missing" "person" Conflict;
    IsMissing "registry.is_missing" "person" Conflict;
    NotMissing "registry.not_missing" "person" Conflict;
    BeforeStart "registry.before_start" "on" Invalid;
    LaterChange "registry.later_change" "on" Conflict;
    NothingChanges "registry.nothing_changes" "value" Conflict;
    NotChangeable "registry.not_changeable" "item" Invalid;
    SamePerson "registry.same_person" "other" Invalid;

    TooYoungToMarry "registry.too_young_to_marry" "on" Invalid;
    SameSex "registry.same_sex" "other" Invalid;
    AlreadyMarried "registry.already_married" "other" Conflict;
    CloseKin "registry.close_kin" "other" Invalid;
    NotMarried "registry.not_married_to_each_other" "other" Conflict;

    MotherSex "registry.mother_sex" "mother" Invalid;
    FatherSex "registry.father_sex" "father" Invalid;
    ParentNotOlder "registry.parent_not_older" "birth_date" Invalid;
    MotherDied "registry.mother_died_before" "mother" Invalid;
    FatherDied "registry.father_died_before" "father" Invalid;
    BirthRegistered "registry.birth_registered" "name" Conflict;
    BirthDayUnknown "registry.birth_day_unknown" "birth_date" Invalid;
    NoPrefix "registry.no_number_prefix" "registered_in" Invalid;

    AdoptedTooOld "registry.adopted_too_old" "child" Invalid;
    AdopterNotAdult "registry.adopter_not_adult" "parents" Invalid;
    AdopterTooYoung "registry.adopter_too_young" "parents" Invalid;
    AdopterIsKin "registry.adopter_is_kin" "parents" Invalid;
    AdoptersNotMarried "registry.adopters_not_married" "parents" Invalid;
    AlreadyAdopted "registry.already_adopted" "child" Conflict;
    NotAdopted "registry.not_adopted" "parents" Conflict;

    WardHasGuardian "registry.ward_has_guardian" "ward" Conflict;
    WardHasParents "registry.ward_has_parents" "ward" Conflict;
    GuardianNotAdult "registry.guardian_not_adult" "guardian" Invalid;
    NotGuardian "registry.not_guardian" "guardian" Conflict;

    NumberInForce "registry.number_in_force" "person" Conflict;
    NoNumber "registry.no_number" "person" Conflict;
    NumbersExhausted "registry.numbers_exhausted" "registered_in" Conflict;
    NationalityHeld "registry.nationality_held" "person" Conflict;
    NationalityNotHeld "registry.nationality_not_held" "person" Conflict;

    NoResidence "registry.no_residence" "kind" Conflict;
    AbsenceRecorded "registry.absence_recorded" "on" Conflict;
    AbsenceDays "registry.absence_days" "until" Invalid;
    HouseholdAmbiguous "registry.household_ambiguous" "address" Invalid;
    NotMember "registry.not_member" "head" Conflict;
    HeadNotAdult "registry.head_not_adult" "head" Invalid;
    AlreadyHead "registry.already_head" "head" Conflict;
    NotOneHousehold "registry.not_one_household" "members" Conflict;
    NobodyStays "registry.nobody_stays" "members" Conflict;
    HeadDisagrees "registry.head_disagrees" "head_agrees" Conflict;
    ContactNotHeld "registry.contact_not_held" "contact" Conflict;
    PaperDays "registry.paper_days" "expires_on" Invalid;
    PaperHeld "registry.paper_held" "number" Conflict;
}

impl Refusal {
    pub fn fault(self) -> FieldFault {
        FieldFault::new(self.field(), self.code())
    }
}
