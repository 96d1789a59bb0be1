//! What is done about the quality of the record, one operation a file.

mod figures_read;
mod finding_work;
mod findings_list;
mod persons_assess;
mod recount;
mod sample_answer;
mod sample_draw;

pub use figures_read::{Asked as FiguresAsked, CommuneLine, DayLine, Overview, Sampled, figures_read};
pub use finding_work::{Step, finding_work};
pub use findings_list::{Asked, FindingLine, Findings, WORK_MAX, findings_list};
pub use persons_assess::{Change, persons_assess, with_kin};
pub use recount::{Recounted, recount};
pub use sample_answer::{Question, QuestionItem, sample_answer, sample_question};
pub use sample_draw::{commune_draw, monday};
