//! Other formats, mappings, dry runs, changes, and what agencies are given.

use std::{collections::BTreeSet, io::Cursor, sync::Arc};

use base::Fault;
use contracts::{Actor, AgencyId, ports::Nation};
use parquet::{
    basic::{LogicalType, Repetition, Type as Physical},
    data_type::{ByteArray, ByteArrayType},
    file::{
        properties::WriterProperties,
        reader::{FileReader, SerializedFileReader},
        writer::SerializedFileWriter,
    },
    schema::types::Type,
};
use registry::{
    export::{self, Export, ExportError, View},
    import::{Authority, Format, ImportError, Mapping, Options, Summary, run},
    model::Source,
};

use crate::{
    import::{content, people_csv},
    world::{World, audit_bodies},
};

const AUTHORITY: &str = include_str!("../../../../../catalogue/authority.toml");

/// The rows of a CSV as NDJSON; empty fields are left out.
pub fn ndjson_of(csv: &[u8]) -> Vec<u8> {
    let mut reader = csv::Reader::from_reader(csv);
    let header = reader.headers().unwrap().clone();
    let mut out = Vec::new();
    for record in reader.records() {
        let record = record.unwrap();
        let object: serde_json::Map<_, _> = (header.iter().zip(&record))
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| (name.to_owned(), value.into()))
            .collect();
        serde_json::to_writer(&mut out, &object).unwrap();
        out.push(b'\n');
    }
    out
}

/// The rows of a CSV as Parquet, in groups of so many rows.
pub fn parquet_of(csv: &[u8], group_rows: usize) -> Vec<u8> {
    let mut reader = csv::Reader::from_reader(csv);
    let columns = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let fields = columns.iter().map(|name| {
        let column = Type::primitive_type_builder(name, Physical::BYTE_ARRAY)
            .with_logical_type(Some(LogicalType::String))
            .with_repetition(Repetition::OPTIONAL);
        Arc::new(column.build().unwrap())
    });
    let schema = Type::group_type_builder("persons").with_fields(fields.collect()).build().unwrap();
    let properties = Arc::new(WriterProperties::builder().build());
    let mut writer = SerializedFileWriter::new(Vec::new(), Arc::new(schema), properties).unwrap();
    for some in rows.chunks(group_rows) {
        let mut group = writer.next_row_group().unwrap();
        let mut at = 0;
        while let Some(mut column) = group.next_column().unwrap() {
            let cells: Vec<&str> = some.iter().map(|row| &row[at]).collect();
            let values: Vec<ByteArray> =
                cells.iter().filter(|c| !c.is_empty()).map(|c| ByteArray::from(*c)).collect();
            let levels: Vec<i16> = cells.iter().map(|c| i16::from(!c.is_empty())).collect();
            column.typed::<ByteArrayType>().write_batch(&values, Some(&levels), None).unwrap();
            column.close().unwrap();
            at += 1;
        }
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

async fn load(world: &World, file: &[u8], options: &Options) -> Result<Summary, ImportError> {
    let nation = Arc::clone(&world.nation) as Arc<dyn Nation>;
    run(&world.db.store, nation, Cursor::new(file.to_vec()), options, |_| {}).await
}

async fn count(world: &World, what: &str) -> i64 {
    let connection = world.db.store.connection().await.unwrap();
    connection.query_one(&format!("SELECT count(*) FROM {what}"), &[]).await.unwrap().get(0)
}

async fn text(world: &World, sql: &str) -> Vec<String> {
    let connection = world.db.store.connection().await.unwrap();
    connection.query(sql, &[]).await.unwrap().iter().map(|r| r.get(0)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_people_come_in_whatever_the_format_and_the_batches() {
    let csv = people_csv(400, 11);
    let expected = {
        let world = World::new().await;
        load(&world, &csv, &world.options("csv")).await.unwrap();
        assert!(count(&world, "registry.paper").await > 200, "papers are rows of a full person");
        assert!(count(&world, "registry.person WHERE residence_record IS NOT NULL").await > 300);
        content(&world).await
    };
    for (format, file) in [(Format::Ndjson, ndjson_of(&csv)), (Format::Parquet, parquet_of(&csv, 150))] {
        let world = World::new().await;
        let options = Options { format, batch_rows: 37, ..world.options("other") };
        let summary = load(&world, &file, &options).await.unwrap();
        assert_eq!((summary.loaded, summary.rejected), (400, 0), "{}", world.rejects("other"));
        assert_eq!(content(&world).await, expected, "{format:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_reports_what_the_load_will_do_and_writes_nothing() {
    let world = World::new().await;
    let mut csv = String::from_utf8(people_csv(200, 3)).unwrap();
    let again = csv.lines().nth(5).unwrap().to_owned();
    csv.push_str(&again);
    csv.push('\n');
    csv = csv.replacen(",male,", ",?,", 1);
    let dry = Options { dry_run: true, batch_rows: 20, ..world.options("dry") };
    let told = load(&world, csv.as_bytes(), &dry).await.unwrap();
    assert_eq!((told.rows, told.loaded, told.rejected), (201, 199, 2), "{}", world.rejects("dry"));
    for table in ["person", "kin", "source_claim", "import_run", "event"] {
        assert_eq!(count(&world, &format!("registry.{table}")).await, 0, "{table}");
    }
    let real = Options { batch_rows: 50, ..world.options("real") };
    assert_eq!(load(&world, csv.as_bytes(), &real).await.unwrap(), told);
    assert_eq!(world.rejects("dry"), world.rejects("real"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_file_is_read_through_its_mapping_and_mended_in_its_own_words() {
    let world = World::new().await;
    let mapping = Mapping::parse(
        "delimiter = ';'\ndates = 'dd/mm/yyyy'\nignore = ['GHI_CHU']\n[columns]\nsource_key = 'MA'\n\
         number = 'SO_DDCN'\nfull_name = { columns = ['HO', 'TEN'] }\nbirth_date = 'NGAY_SINH'\n\
         sex = { column = 'GT', codes = { '1' = 'male', '2' = 'female' } }",
    )
    .unwrap();
    let file = "MA;HO;TEN;SO_DDCN;NGAY_SINH;GT;GHI_CHU\n\
        =1+1;Nguyễn Văn;An;001090000001;17/05/1990;9;x\nb;Trần Thị;Bình;001190000002;00/00/1990;2;y\n";
    let options = Options { mapping, ..world.options("foreign") };
    let summary = load(&world, file.as_bytes(), &options).await.unwrap();
    assert_eq!((summary.loaded, summary.rejected), (1, 1), "{}", world.rejects("foreign"));
    let names = text(&world, "SELECT concat_ws('|', name, birth_date, sex) FROM registry.person").await;
    assert_eq!(names, ["Trần Thị Bình|1990|female"]);
    let rejects = world.rejects("foreign");
    let row = rejects.lines().nth(1).unwrap();
    assert!(row.starts_with("2,'=1+1,GT,rejected,registry.code_unknown,"), "{row}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_line_of_ndjson_that_is_none_is_rejected_and_the_next_is_read() {
    let world = World::new().await;
    let good = |key: &str, number: &str| {
        format!(
            "{{\"source_key\":\"{key}\",\"number\":\"{number}\",\"full_name\":\"Lê An\",\"sex\":\"male\",\
             \"birth_date\":1990}}\n"
        )
    };
    let file = good("a", "001090000001")
        + "{\"source_key\": \n\n{\"source_key\":\"c\",\"shoe_size\":41}\n"
        + &good("d", "001090000002");
    let options = Options { format: Format::Ndjson, ..world.options("json") };
    let summary = load(&world, file.as_bytes(), &options).await.unwrap();
    assert_eq!((summary.rows, summary.loaded, summary.rejected), (4, 2, 2));
    let rejects = world.rejects("json");
    assert!(rejects.contains("2,,source_key,rejected,registry.row_json"), "{rejects}");
    assert!(
        rejects.contains("4,,source_key,rejected,registry.column_unknown") && rejects.contains("shoe_size")
    );
}

const PEOPLE: &str = "source_key,number,full_name,sex,birth_date,marital_status,phone,death_date,permanent_commune,\
permanent_address,permanent_since";

fn changes(world: &World, name: &str, provenance: Source) -> Options {
    let authority = Authority::parse(AUTHORITY).unwrap();
    Options { changes: true, provenance, authority, ..world.options(name) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_key_changes_the_record_once_and_the_past_is_kept() {
    let world = World::new().await;
    let first =
        format!("{PEOPLE}\nk,001090000001,Lê An,male,1990-05-17,single,0501111111,,00004,Số 1,2010-01-01\n");
    load(&world, first.as_bytes(), &world.options("first")).await.unwrap();
    let then =
        format!("{PEOPLE}\nk,001090000001,Lê An,male,1990-05-18,single,0502222222,,00070,Số 2,2026-11-01\n");
    let left = load(&world, then.as_bytes(), &world.options("left")).await.unwrap();
    assert_eq!((left.known_before, left.changed), (1, 0), "nobody asked for changes");
    let options = changes(&world, "then", Source::Population);
    let changed = load(&world, then.as_bytes(), &options).await.unwrap();
    assert_eq!((changed.changed, changed.disputed, changed.rejected), (1, 0, 0), "{}", world.rejects("then"));
    let now = "SELECT concat_ws('|', birth_date, phone, commune) FROM registry.person";
    assert_eq!(text(&world, now).await, ["1990-05-18|0502222222|00070"]);
    let past = text(&world, "SELECT concat_ws('|', item, value) FROM registry.past ORDER BY 1").await;
    assert!(
        past.contains(&"birth_date|1990-05-17".to_owned()) && past.contains(&"phone|0501111111".to_owned())
    );
    assert_eq!(count(&world, "registry.residence WHERE known_to IS NULL").await, 2, "the old one is over");
    let version = "SELECT version::text FROM registry.person";
    let before = text(&world, version).await;
    let again =
        load(&world, format!("{then}\n").as_bytes(), &changes(&world, "again", Source::Population)).await;
    assert_eq!(again.unwrap().known_before, 1);
    assert_eq!(text(&world, version).await, before);
    let bodies = audit_bodies(&world.db.store).await;
    assert!(bodies.iter().any(|b| b.contains("registry.import_change") && b.contains("birth_date")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lower_source_contradicts_becomes_a_case_and_marks_the_person() {
    let world = World::new().await;
    let first = format!("{PEOPLE}\nk,001090000001,Lê An,male,1990-05-17,single,,,00004,Số 1,2010-01-01\n");
    load(&world, first.as_bytes(), &world.options("first")).await.unwrap();
    let bank = format!("{PEOPLE}\nk,001090000001,Lê An,male,1991-05-17,single,0503333333,,,,\n");
    let options = changes(&world, "bank", Source::Organisation);
    let heard = load(&world, bank.as_bytes(), &options).await.unwrap();
    assert_eq!((heard.changed, heard.disputed, heard.warnings), (1, 1, 2), "{}", world.rejects("bank"));
    let now = "SELECT concat_ws('|', birth_date, phone, conflict) FROM registry.person";
    assert_eq!(text(&world, now).await, ["1990-05-17|0503333333|t"], "what nobody said before is taken");
    let cases = "SELECT concat_ws('|', item, value, source) FROM registry.dispute WHERE settled_at IS NULL";
    assert_eq!(text(&world, cases).await, ["birth_date|1991-05-17|organisation"]);
    assert!(world.rejects("bank").contains("registry.disputed"));
    let again = bank.replace("0503333333", "0504444444");
    load(&world, again.as_bytes(), &changes(&world, "again", Source::Organisation)).await.unwrap();
    assert_eq!(text(&world, cases).await.len(), 1, "the same contradiction is one case");
    let other = bank.replace("001090000001", "001090000009");
    let refused =
        load(&world, other.as_bytes(), &changes(&world, "other", Source::Population)).await.unwrap();
    assert_eq!(refused.rejected, 1);
    assert!(world.rejects("other").contains("registry.number_differs"));
}

const VIEW: &str = "id = 'v'\ntitle = { vi = 'Xem', en = 'View' }\nagencies = ['BYT']\npurposes = ['share_data']\n\
    legal_basis = 'NĐ 278/2025/NĐ-CP'\nvalid_from = '2020-01-01'\n\
    fields = ['number', 'name', 'permanent_commune', 'household_relation', 'father_number', 'spouse_name']\n";

fn export_of(world: &World, name: &str, format: Format) -> Export {
    Export {
        view: View::parse(VIEW).unwrap(),
        actor: Actor::system(),
        agency: AgencyId::new("BYT"),
        purpose: "share_data".to_owned(),
        communes: None,
        format,
        out: world.folder.path().join(name),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_agency_gets_the_agreed_fields_of_the_agreed_people_and_each_of_them_sees_it() {
    let world = World::with_people().await;
    let mut export = export_of(&world, "out.csv", Format::Csv);
    let done = export::run(&world.db.store, &export, |_| {}).await.unwrap();
    assert_eq!(done.people, 4, "the dead are not shown");
    let file = std::fs::read_to_string(&export.out).unwrap();
    assert!(file.starts_with("number,name,permanent_commune,household_relation,father_number,spouse_name\n"));
    assert!(file.contains("001190000003,Nguyễn Thị Chi,00004,child,001065000001,\n"), "{file}");
    assert!(file.contains("001065000001,Nguyễn Văn An,00004,head,,Trần Thị Bình\n"), "{file}");
    let bodies = audit_bodies(&world.db.store).await;
    let of_people: Vec<&String> = bodies.iter().filter(|b| b.contains("\"registry.export\"")).collect();
    assert_eq!(of_people.len(), 4);
    let about: BTreeSet<String> = of_people
        .iter()
        .map(|b| serde_json::from_str::<serde_json::Value>(b).unwrap()["subject"].to_string())
        .collect();
    assert_eq!(about.len(), 4);
    assert!(of_people.iter().all(|b| {
        b.contains("\"agency\":\"BYT\"") && b.contains("NĐ 278/2025/NĐ-CP") && b.contains("father_number")
    }));
    assert!(!world.folder.path().join("out.csv.part").exists());
    let again = export::run(&world.db.store, &export, |_| {}).await;
    assert!(matches!(again, Err(ExportError::Exists)), "nothing is written over");

    export.communes = Some(vec!["00070".to_owned()]);
    export.out = world.folder.path().join("out.ndjson");
    export.format = Format::Ndjson;
    assert_eq!(export::run(&world.db.store, &export, |_| {}).await.unwrap().people, 1);
    let file = std::fs::read_to_string(&export.out).unwrap();
    assert!(file.contains("\"name\":\"Đặng Văn Dũng\"") && file.lines().count() == 1, "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_exported_parquet_can_be_read_again() {
    let world = World::with_people().await;
    let export = export_of(&world, "out.parquet", Format::Parquet);
    export::run(&world.db.store, &export, |_| {}).await.unwrap();
    let file = std::fs::read(&export.out).unwrap();
    let reader = SerializedFileReader::new(bytes::Bytes::from(file)).unwrap();
    let rows = reader.get_row_iter(None).unwrap();
    let rows: Vec<String> = rows.map(|row| row.unwrap().to_string()).collect();
    assert_eq!(rows.len(), 4);
    assert!(rows.iter().any(|r| r.contains("Nguyễn Thị Chi")), "{rows:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_not_agreed_is_refused_before_anything_is_read() {
    let world = World::with_people().await;
    let refused = async |change: fn(&mut Export)| {
        let mut export = export_of(&world, "no.csv", Format::Csv);
        change(&mut export);
        export::run(&world.db.store, &export, |_| {}).await.unwrap_err().code()
    };
    assert_eq!(refused(|e| e.agency = AgencyId::new("BHXH")).await, "registry.export_not_agreed");
    assert_eq!(refused(|e| e.purpose = "look_up".to_owned()).await, "registry.export_purpose");
    assert_eq!(
        refused(|e| e.view.valid_until = Some("2021-01-01".parse().unwrap())).await,
        "registry.export_not_in_force"
    );
    assert_eq!(
        refused(|e| e.actor = crate::world::officer(contracts::Role::Head)).await,
        "registry.forbidden"
    );
    assert!(!world.folder.path().join("no.csv").exists());
}
