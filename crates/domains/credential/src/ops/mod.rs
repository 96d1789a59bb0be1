//! One file per operation, named resource first, verb last. The caller hands in the transaction and finishes it.

pub mod document_file;
pub mod document_issue;
pub mod document_replace;
pub mod document_revoke;
pub mod document_verify;
pub mod documents_list;
pub mod keys;
pub mod states_check;

use contracts::events::{DocumentChanged, emit};
use store::Tx;

use crate::{model::State, row::Document, sql};

/// Tells the other domains how a document stands now.
fn tell(tx: &mut Tx, document: &Document, state: State) {
    let at = tx.now();
    let event = DocumentChanged {
        document: document.id,
        person: document.person,
        dossier: document.dossier,
        state: state.as_str().to_owned(),
        at,
    };
    emit(tx, &event);
}

/// Writes that a document in force has become what `ended` says, in both places.
fn end(tx: &mut Tx, ended: &Document) {
    let now = tx.now();
    let state = ended.state.as_str();
    tx.defer(
        sql::DOCUMENT_END,
        vec![
            Box::new(ended.person),
            Box::new(ended.id),
            Box::new(state),
            Box::new(ended.replaced_by),
            Box::new(ended.revoked_reason.clone()),
            Box::new(now),
        ],
    );
    tx.defer(
        sql::CLAIM_END,
        vec![Box::new(ended.id), Box::new(state), Box::new(ended.replaced_by), Box::new(now)],
    );
    tell(tx, ended, ended.state);
}
