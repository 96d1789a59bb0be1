//! The schema rules that keep scale-out possible (DESIGN 5), read from the system catalogues.

use testkit::TestDb;

/// Keyed by another unique value that leads to the person.
const CLAIM_TABLES: [&str; 2] = ["number_claim", "source_claim"];

#[tokio::test(flavor = "multi_thread")]
async fn every_unique_key_of_a_table_about_people_contains_the_person_and_nothing_is_triggered() {
    let db = TestDb::new(&[registry::MIGRATIONS]).await;
    let connection = db.store.connection().await.unwrap();
    let keys = connection
        .query(
            "SELECT t.relname, i.relname, bool_or(k.attname = 'person_id')
             FROM pg_index x JOIN pg_class t ON t.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
             JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_attribute k ON k.attrelid = i.oid
             WHERE n.nspname = 'registry' AND x.indisunique AND EXISTS (SELECT FROM pg_attribute p
                 WHERE p.attrelid = t.oid AND p.attname = 'person_id')
             GROUP BY 1, 2",
            &[],
        )
        .await
        .unwrap();
    assert!(keys.len() >= 7);
    for row in keys {
        let (table, key, has_person): (&str, &str, bool) = (row.get(0), row.get(1), row.get(2));
        assert!(has_person || CLAIM_TABLES.contains(&table), "{key} of {table}");
    }
    let machinery = connection
        .query_one(
            "SELECT (SELECT count(*) FROM pg_trigger g JOIN pg_class t ON t.oid = g.tgrelid
                     JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'registry'),
                    (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
                     WHERE n.nspname = 'registry' AND c.relkind = 'S')",
            &[],
        )
        .await
        .unwrap();
    assert_eq!((machinery.get::<_, i64>(0), machinery.get::<_, i64>(1)), (0, 0), "triggers, sequences");
}
