//! What a box refuses, and what it says then.

use std::{fs, os::unix::fs::PermissionsExt};

use nix::unistd::geteuid;
use pgbox::{Options, PgBox, PgBoxError, doctor};

use crate::help::{Owner, notes, open, open_fast, place};

#[test]
fn two_servers_on_one_directory_are_refused_naming_the_other_process() {
    let place = place();
    let dir = place.path().join("box");
    let owner = Owner::of(&dir);
    let refused = open(&dir).unwrap_err();
    assert!(matches!(&refused, PgBoxError::InUse { pid, .. } if *pid == Some(owner.process.id())));
    assert!(refused.to_string().contains(&owner.process.id().to_string()), "{refused}");
    drop(owner);

    let pg = open(&dir).unwrap();
    assert!(matches!(open(&dir), Err(PgBoxError::InUse { .. })), "not even in one process");
    assert_eq!(notes(&pg), ["from the other"]);
}

#[test]
fn a_directory_of_somebody_else_is_refused_and_left_alone() {
    let place = place();
    let ours = place.path().join("ours");
    open_fast(&ours).unwrap().close().unwrap();

    let foreign = ours.join("data");
    assert!(matches!(open_fast(&foreign), Err(PgBoxError::NotOurs { .. })));
    assert!(!foreign.join("lock").exists());
    assert_eq!(doctor(&foreign, &Options::default()).problems.len(), 1);

    let other = place.path().join("other");
    open_fast(&other).unwrap().close().unwrap();
    fs::rename(ours.join("data"), place.path().join("aside")).unwrap();
    fs::rename(other.join("data"), ours.join("data")).unwrap();
    assert!(matches!(open_fast(&ours), Err(PgBoxError::NotOurs { .. })), "the data of another box");

    let papers = place.path().join("papers");
    fs::create_dir(&papers).unwrap();
    fs::write(papers.join("letter.txt"), "dear").unwrap();
    assert!(matches!(open_fast(&papers), Err(PgBoxError::NotOurs { .. })));
}

#[test]
fn lost_data_is_not_replaced_by_an_empty_database() {
    let place = place();
    let dir = place.path().join("box");
    open_fast(&dir).unwrap().close().unwrap();
    fs::rename(dir.join("data"), place.path().join("aside")).unwrap();
    assert!(matches!(open_fast(&dir), Err(PgBoxError::DataMissing { .. })));
    fs::rename(place.path().join("aside"), dir.join("data")).unwrap();
    open_fast(&dir).unwrap().close().unwrap();
}

#[test]
fn missing_binaries_are_said_with_the_package_to_install() {
    let place = place();
    let options = Options { bin_dirs: Some(vec![place.path().to_owned()]), ..Options::default() };
    let dir = place.path().join("box");
    let refused = PgBox::open(&dir, &options).unwrap_err();
    assert!(matches!(refused, PgBoxError::BinariesMissing { .. }));
    assert!(refused.to_string().contains("`postgresql-15`"), "{refused}");
    assert!(!dir.exists(), "nothing half-made");
    assert!(matches!(doctor(&dir, &options).problems[..], [PgBoxError::BinariesMissing { .. }]));
}

#[test]
fn data_of_another_major_version_is_said_with_the_package_to_install() {
    let place = place();
    let dir = place.path().join("box");
    open_fast(&dir).unwrap().close().unwrap();
    fs::write(dir.join("data/PG_VERSION"), "99\n").unwrap();
    let refused = open_fast(&dir).unwrap_err();
    assert!(matches!(refused, PgBoxError::VersionMismatch { data: 99, .. }));
    assert!(refused.to_string().contains("`postgresql-99`"), "{refused}");
    assert!(matches!(
        doctor(&dir, &Options::default()).problems[..],
        [PgBoxError::VersionMismatch { data: 99, .. }]
    ));
}

#[test]
fn a_durable_box_is_never_opened_without_fsync() {
    let place = place();
    let dir = place.path().join("box");
    open(&dir).unwrap().close().unwrap();
    assert!(matches!(PgBox::open(&dir, &Options::throwaway()), Err(PgBoxError::OtherDurability { .. })));
}

#[test]
fn a_server_that_cannot_start_says_why_in_its_own_words() {
    let place = place();
    let dir = place.path().join("box");
    open_fast(&dir).unwrap().close().unwrap();
    fs::write(dir.join("data/postgresql.auto.conf"), "work_mem = 'plenty'\n").unwrap();
    let refused = open_fast(&dir).unwrap_err();
    assert!(matches!(refused, PgBoxError::StartFailed { .. }));
    assert!(refused.to_string().contains("work_mem"), "{refused}");
}

#[test]
fn root_learns_which_folder_is_closed_to_the_server() {
    if !geteuid().is_root() {
        return;
    }
    let place = place();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let dir = place.path().join("box");
    let refused = open_fast(&dir).unwrap_err();
    assert!(matches!(&refused, PgBoxError::NotTraversable { dir, .. } if dir == place.path()), "{refused}");
    assert!(matches!(doctor(&dir, &Options::default()).problems[..], [PgBoxError::NotTraversable { .. }]));
}
