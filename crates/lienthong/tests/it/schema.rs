//! The schema rules that keep scale-out possible, read from the system catalogues of a whole database.

use lienthong::app::MIGRATIONS;
use testkit::TestDb;

/// Columns that hold a person.
const PERSON: &str = "('person_id', 'person', 'applicant', 'subject')";

/// Our schemas and their ordinary tables, without the history that the migrations keep of themselves.
const TABLES: &str = "SELECT t.oid, n.nspname AS schema, n.nspname || '.' || t.relname AS name
    FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
    WHERE t.relkind = 'r' AND n.nspname IN ('store', 'ledger', 'registry', 'identity', 'credential', 'dossier')
      AND t.relname NOT LIKE 'refinery%'";

/// Tables that know a person and are keyed by something else, with the reason.
const KEYED_OTHERWISE: [(&str, &str); 11] = [
    ("store.audit_intake", "local queue"),
    ("ledger.entry", "local, in the order of the log"),
    ("registry.number_claim", "claim of a number"),
    ("registry.old_number_holder", "look-up by an old number"),
    ("registry.source_claim", "claim of a key at a source"),
    ("identity.account", "keyed by the account, colocated by it"),
    ("identity.session", "found by its token alone"),
    ("credential.document_claim", "claim of a document's id"),
    ("dossier.locator", "claim of a dossier's id"),
    ("dossier.code_claim", "claim of a code"),
    ("dossier.inbox", "projection keyed by agency"),
];

async fn database() -> TestDb {
    let [_, domains @ ..] = MIGRATIONS;
    TestDb::new(&domains).await
}

/// The first column of the rows of a query over [`TABLES`], which it knows as `tables`.
async fn names(db: &TestDb, query: &str) -> Vec<String> {
    let connection = db.store.connection().await.unwrap();
    let rows = connection.query(&format!("WITH tables AS ({TABLES}) {query}"), &[]).await.unwrap();
    rows.iter().map(|row| row.get(0)).collect()
}

#[tokio::test]
async fn every_table_has_a_primary_key() {
    let db = database().await;
    let all = names(&db, "SELECT name FROM tables").await;
    assert!(all.len() > 40, "{all:?}");
    let without = "SELECT name FROM tables WHERE NOT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = oid AND x.indisprimary)";
    assert_eq!(names(&db, without).await, Vec::<String>::new());
}

#[tokio::test]
async fn a_table_that_knows_a_person_begins_its_primary_key_with_one() {
    let db = database().await;
    let query = format!(
        "SELECT name FROM tables JOIN pg_index x ON x.indrelid = tables.oid AND x.indisprimary
            JOIN pg_attribute first ON first.attrelid = tables.oid AND first.attnum = x.indkey[0]
         WHERE first.attname NOT IN {PERSON}
           AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = tables.oid AND a.attname IN {PERSON})
         ORDER BY name"
    );
    let found = names(&db, &query).await;
    let strangers: Vec<&String> =
        found.iter().filter(|name| !KEYED_OTHERWISE.iter().any(|(known, _)| name == known)).collect();
    assert_eq!(strangers, Vec::<&String>::new());
    let gone: Vec<&str> = KEYED_OTHERWISE
        .iter()
        .map(|(known, _)| *known)
        .filter(|known| !found.contains(&(*known).to_owned()))
        .collect();
    assert_eq!(gone, Vec::<&str>::new(), "exceptions that are none");
}

#[tokio::test]
async fn every_unique_key_of_such_a_table_contains_the_person() {
    let db = database().await;
    let query = format!(
        "SELECT name || ': ' || i.relname FROM tables JOIN pg_index x ON x.indrelid = tables.oid AND x.indisunique
            JOIN pg_class i ON i.oid = x.indexrelid
         WHERE EXISTS (SELECT FROM pg_index p JOIN pg_attribute first ON first.attrelid = p.indrelid AND first.attnum = p.indkey[0]
                WHERE p.indrelid = tables.oid AND p.indisprimary AND first.attname IN {PERSON})
           AND NOT EXISTS (SELECT FROM pg_attribute k WHERE k.attrelid = i.oid AND k.attname IN {PERSON})"
    );
    assert_eq!(names(&db, &query).await, Vec::<String>::new());
}

#[tokio::test]
async fn nothing_is_triggered_and_no_number_counts_itself_up() {
    let db = database().await;
    let triggers = "SELECT name || ': ' || tgname FROM tables JOIN pg_trigger ON tgrelid = tables.oid";
    assert_eq!(names(&db, triggers).await, Vec::<String>::new());
    let foreign = "SELECT name || ': ' || conname FROM tables JOIN pg_constraint ON conrelid = tables.oid AND contype = 'f'";
    assert_eq!(
        names(&db, foreign).await,
        Vec::<String>::new(),
        "foreign keys, which would bind tables to one machine"
    );
    let counters = "SELECT name || '.' || a.attname FROM tables JOIN pg_attribute a ON a.attrelid = tables.oid
        LEFT JOIN pg_attrdef d ON d.adrelid = tables.oid AND d.adnum = a.attnum
        WHERE tables.schema <> 'store' AND a.attnum > 0
          AND (a.attidentity <> '' OR pg_get_expr(d.adbin, d.adrelid) ~ '(nextval|now|random|uuid|clock_timestamp)\\(')";
    assert_eq!(names(&db, counters).await, Vec::<String>::new());
    let sequences = "SELECT c.relname::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE c.relkind = 'S' AND n.nspname IN (SELECT schema FROM tables) AND n.nspname <> 'store'";
    assert_eq!(names(&db, sequences).await, Vec::<String>::new());
}

#[tokio::test]
async fn every_statement_of_every_crate_fits_the_whole_schema() {
    let db = database().await;
    for statements in [
        store::sql::ALL,
        ledger::sql::ALL,
        registry::sql::ALL,
        identity::sql::ALL,
        identity::organisation::sql::ALL,
        identity::sql_messages::ALL,
        identity::sql_record::ALL,
        credential::sql::ALL,
        dossier::sql::ALL,
    ] {
        db.prepare_all(statements).await;
    }
}
