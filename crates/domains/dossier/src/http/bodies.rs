//! What comes in: bodies and queries. Unknown fields are refused.

use contracts::{AccountId, AgencyId};
use jiff::civil::Date;
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};

use super::views::DefectView;
use crate::{
    Defect,
    ops::lists::{Group, InboxFilter},
};

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct LangQuery {
    /// `vi` (the default) or `en`.
    pub lang: Option<String>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpenBody {
    /// Code of the procedure, such as `1.004194`.
    pub procedure: String,
}

#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnswersBody {
    /// Key of the page whose answers these are; without it they are all answers.
    pub page: Option<String>,
    /// By the JSON Schema of the service.
    pub answers: Map<String, Value>,
}

/// The version of the dossier that the caller saw.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct VersionBody {
    pub version: i32,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RateBody {
    pub version: i32,
    /// 1 to 5.
    pub stars: i16,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConsentBody {
    pub yes: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AttachmentBody {
    /// Key of the attachment of the service.
    pub slot: String,
    pub name: String,
    /// Size of the whole file.
    pub bytes: i64,
}

#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct PieceQuery {
    /// Place of the first byte of this piece in the file.
    pub start: i64,
}

#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(default, deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct InboxQuery {
    /// `open` (the default), `new`, `working`, `paused`, `second` or `done`.
    #[param(value_type = String)]
    pub group: Group,
    pub procedure: Option<String>,
    /// Only the caller's own.
    pub mine: bool,
    /// Due on this day or after; like `due_by`, only of what is not done.
    pub due_from: Option<Date>,
    /// Due on this day or before.
    pub due_by: Option<Date>,
    pub code: Option<String>,
    /// `next` of the page before.
    pub after: Option<String>,
    /// Lines of a page, at most 100.
    pub limit: Option<u32>,
}

impl InboxQuery {
    pub(super) fn filter(self) -> InboxFilter {
        let Self { group, procedure, mine, due_from, due_by, code, after, limit: _ } = self;
        InboxFilter { group, procedure, mine, due_from, due_by, code, after }
    }
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AssignBody {
    pub version: i32,
    /// Account of an officer of the same agency.
    #[schema(value_type = Uuid)]
    pub officer: AccountId,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForwardBody {
    pub version: i32,
    /// Catalogue id of the agency that it goes to.
    #[schema(value_type = String)]
    pub agency: AgencyId,
    pub reason: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupplementBody {
    pub version: i32,
    #[schema(value_type = Vec<DefectView>)]
    pub defects: Vec<Defect>,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReceiptBody {
    pub version: i32,
    /// Number of the receipt for the fee (biên lai).
    pub receipt: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefusalBody {
    pub version: i32,
    /// Code of a reason that the service lists.
    pub reason: String,
    /// For the citizen to read.
    pub note: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AgreeBody {
    pub version: i32,
    /// Whether the second officer agrees to refuse.
    pub agree: bool,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NoteBody {
    pub version: i32,
    /// For the citizen to read; may be empty.
    #[serde(default)]
    pub note: String,
}

#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ReasonBody {
    pub version: i32,
    pub reason: String,
}
