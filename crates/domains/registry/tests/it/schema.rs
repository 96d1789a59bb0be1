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

#[tokio::test(flavor = "multi_thread")]
async fn every_table_about_people_begins_its_key_with_the_person_and_binds_no_other() {
    let db = TestDb::new(&[registry::MIGRATIONS]).await;
    let connection = db.store.connection().await.unwrap();
    let names = async |sql: &str| -> Vec<String> {
        connection.query(sql, &[]).await.unwrap().iter().map(|row| row.get(0)).collect()
    };
    let keyed_otherwise = names(
        "SELECT t.relname::text FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
         JOIN pg_attribute p ON p.attrelid = t.oid AND p.attname = 'person_id'
         WHERE n.nspname = 'registry' AND t.relkind = 'r' AND NOT EXISTS (
             SELECT FROM pg_index x WHERE x.indrelid = t.oid AND x.indisprimary AND x.indkey[0] = p.attnum)
         ORDER BY 1",
    )
    .await;
    let claims: Vec<&str> = keyed_otherwise.iter().map(String::as_str).collect();
    for table in &claims {
        assert!(table.ends_with("_claim") || table.ends_with("_holder"), "{table} is no claim table");
    }
    for (what, sql) in [
        (
            "foreign keys",
            "SELECT conname::text FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace
             WHERE n.nspname = 'registry' AND c.contype = 'f'",
        ),
        (
            "values that make themselves",
            "SELECT t.relname || '.' || a.attname FROM pg_attrdef d JOIN pg_class t ON t.oid = d.adrelid
             JOIN pg_namespace n ON n.oid = t.relnamespace JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = d.adnum
             WHERE n.nspname = 'registry' AND pg_get_expr(d.adbin, d.adrelid) ~ '\\('",
        ),
    ] {
        assert_eq!(names(sql).await, Vec::<String>::new(), "{what}");
    }
}

/// What keeps an answer as fast with a hundred million people as with ten: each question has an index that leads to it.
#[tokio::test(flavor = "multi_thread")]
async fn a_look_up_by_number_reads_two_keys_and_nothing_else() {
    let db = TestDb::new(&[registry::MIGRATIONS]).await;
    let connection = db.store.connection().await.unwrap();
    connection.batch_execute("SET enable_seqscan = off").await.unwrap();
    let question = registry::sql::PERSON_BY_NUMBER.replace("$1", "'001190000003'");
    let rows = connection.query(&format!("EXPLAIN {question}"), &[]).await.unwrap();
    let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
    let plan = plan.join("\n");
    assert!(plan.contains("person_pkey") && plan.contains("number_claim_pkey"), "{plan}");
    assert!(!plan.contains("Seq Scan"), "{plan}");
}
