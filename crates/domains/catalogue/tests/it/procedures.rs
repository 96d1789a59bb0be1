use base::Vnd;
use catalogue::{
    Audience, Channel, Currency, Level, Procedure, ProcedureQuery,
    procedures::{LimitUnit, OnlineLevel},
};
use jiff::civil::date;
use proptest::{prelude::*, sample::Index};

use crate::{TODAY, catalogue};

fn procedure(code: &str) -> &'static Procedure {
    catalogue().procedures().get(code).unwrap()
}

fn found(text: &str) -> Vec<&'static str> {
    let found = catalogue().procedures().search(&ProcedureQuery::new(text, TODAY));
    found.into_iter().map(|p| p.code.as_str()).collect()
}

#[test]
fn all_published_procedures_are_there() {
    assert_eq!(catalogue().procedures().all().len(), 381);
    assert_eq!(catalogue().procedures().all().iter().filter(|p| p.core).count(), 96);
    assert_eq!(catalogue().procedures().in_force(TODAY).count(), 378);
}

#[test]
fn search_forgives_diacritics_and_half_words() {
    assert_eq!(found("đăng ký tạm trú")[0], "1.004194");
    assert_eq!(found("dang ky tam tru")[0], "1.004194");
    assert_eq!(found("dang ky tam t")[0], "1.004194");
    assert_eq!(found("DANG KY THUONG TRU")[0], "1.004222");
    assert_eq!(found("temporary residence")[0], "1.004194");
    assert_eq!(found("1.010041"), ["1.010041"]);
    assert_eq!(found("khai sinh")[0], "1.001193");
    assert!(found("khong co thu tuc nao nhu vay").is_empty());
}

/// As many as stand on the first page of the public search.
const FIRST_PAGE: usize = 20;

#[test]
fn what_people_say_leads_to_what_the_law_says() {
    // What they type, the procedure that must come first, and others that must stand on the first page.
    let said: &[(&str, &str, &[&str])] = &[
        ("cccd", "1.014061", &["1.014062", "1.014063", "1.014064", "1.014060"]),
        ("làm cccd", "1.014061", &["1.014062"]),
        ("làm lại CCCD", "1.014064", &[]),
        ("mất cccd", "1.014064", &[]),
        ("đổi cccd", "1.014063", &[]),
        ("chung minh thu", "1.014061", &["1.014064"]),
        ("hộ khẩu", "1.004222", &["1.010041", "1.010038", "1.003197", "1.010039"]),
        ("nhập hộ khẩu", "1.004222", &[]),
        ("cắt khẩu", "1.003197", &[]),
        ("tách khẩu", "1.010038", &[]),
        ("tạm trú", "1.004194", &["1.002755", "1.010028"]),
        ("kt3", "1.004194", &[]),
        ("tạm trú tạm vắng", "1.004194", &["1.003677", "2.001159"]),
        ("xác nhận cư trú", "1.010041", &[]),
        ("khai sinh", "1.001193", &["2.000635", "1.004884", "3.000722"]),
        ("lam giay khai sinh", "1.001193", &[]),
        ("khai tử", "1.000656", &["2.002913"]),
        ("độc thân", "1.004873", &[]),
        ("lý lịch tư pháp", "3.000333", &["3.000330"]),
        ("lltp", "3.000333", &["3.000330"]),
        ("passport", "1.001456", &["1.001471"]),
        ("mất hộ chiếu", "1.010386", &["1.001445"]),
        ("bằng lái", "3.000346", &["3.000347", "3.000348", "3.000353"]),
        ("đổi bằng lái xe", "3.000347", &[]),
        ("cà vẹt xe", "1.012575", &["1.013080"]),
        ("vneid", "3.000228", &["1.011410"]),
        ("pccc", "3.000489", &[]),
        ("khách sạn", "2.001159", &[]),
    ];
    let mut wrong = Vec::new();
    for (typed, first, others) in said {
        let found = found(typed);
        let page: Vec<&str> = found.iter().take(FIRST_PAGE).copied().collect();
        if page.first() != Some(first) || others.iter().any(|code| !page.contains(code)) {
            wrong.push(format!("{typed}: {page:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_meaning_never_hides_what_was_typed() {
    let plain = found("mau con dau");
    assert!(plain.contains(&"2.001428") && plain.len() >= 6);
    assert!(found("ho khau").contains(&"1.001280"), "whose name has the very words");
}

#[test]
fn the_title_counts_more_than_the_documents() {
    let codes = found("ho chieu");
    let title = |code: &str| base::fold(&procedure(code).name.vi).contains("ho chieu");
    let first_other = codes.iter().position(|c| !title(c)).unwrap();
    assert!(first_other > 5 && codes[first_other..].iter().all(|c| !title(c)));
}

#[test]
fn filters_narrow_a_search() {
    let procedures = catalogue().procedures();
    let mut query = ProcedureQuery::new("", TODAY);
    query.field = Some("residence");
    assert_eq!(procedures.search(&query).len(), 13);
    query.online = Some(OnlineLevel::Full);
    assert!(procedures.search(&query).iter().all(|p| p.online == OnlineLevel::Full));
    let mut query = ProcedureQuery::new("", TODAY);
    query.audience = Some(Audience::Foreigner);
    let foreign = procedures.search(&query);
    assert!(
        foreign.iter().any(|p| p.code == "1.002757") && foreign.iter().all(|p| p.is_for(Audience::Foreigner))
    );
    query.level = Some(Level::Commune);
    assert!(procedures.search(&query).len() < foreign.len());
}

#[test]
fn a_superseded_procedure_is_found_only_in_its_time() {
    assert!(!found("khai sinh thuong tru bao hiem y te").contains(&"2.002621"));
    let then = ProcedureQuery::new("khai sinh thuong tru bao hiem y te", date(2026, 8, 31));
    let then: Vec<_> = catalogue().procedures().search(&then).into_iter().map(|p| p.code.as_str()).collect();
    assert!(then.contains(&"2.002621") && !then.contains(&"3.000722"));
    assert_eq!(procedure("2.002621").superseded_by, ["3.000722"]);
}

#[test]
fn the_fee_depends_on_day_and_channel() {
    let fee = |code, day, channel| procedure(code).fee_on(day, channel).unwrap().vnd().unwrap();
    assert_eq!(fee("1.004194", TODAY, Channel::Online), Vnd(7_000));
    assert_eq!(fee("1.004194", TODAY, Channel::InPerson), Vnd(15_000));
    assert_eq!(fee("2.001195", date(2025, 6, 30), Channel::InPerson), Vnd(50_000));
    assert_eq!(fee("2.001195", TODAY, Channel::Online), Vnd(25_000));
    assert_eq!(fee("2.001195", date(2026, 12, 31), Channel::InPerson), Vnd(25_000));
    assert_eq!(fee("2.001195", date(2027, 1, 1), Channel::InPerson), Vnd(50_000));
    assert_eq!(fee("3.000348", date(2025, 12, 31), Channel::Online), Vnd(115_000));
    assert_eq!(fee("3.000348", TODAY, Channel::Online), Vnd(135_000));
    assert!(fee("1.014061", TODAY, Channel::Online).is_free());
    assert_eq!(procedure("1.004194").fees_on(TODAY, Channel::Online).len(), 2, "single and by list");
    assert!(procedure("1.003197").fee_on(TODAY, Channel::Online).is_none(), "nothing is published");
    let visa = procedure("1.002757").fees_on(TODAY, Channel::Online);
    assert_eq!(
        visa.iter().map(|f| (f.amount, f.currency)).collect::<Vec<_>>(),
        [(25, Currency::Usd), (50, Currency::Usd)]
    );
}

#[test]
fn the_limit_depends_on_the_day() {
    let limit = |code, day| procedure(code).limit_on(day).map(|l| (l.value, l.unit)).unwrap();
    assert_eq!(limit("1.004222", TODAY), (7, LimitUnit::WorkingDay));
    assert_eq!(limit("1.010028", date(2026, 3, 14)), (2, LimitUnit::WorkingDay));
    assert_eq!(limit("1.010028", date(2026, 3, 15)), (3, LimitUnit::WorkingDay));
    assert_eq!(limit("1.010041", TODAY), (3, LimitUnit::WorkingDay));
    assert_eq!(procedure("1.010041").limits_on(TODAY).len(), 2, "one when the data is there already");
}

#[test]
fn every_reference_can_be_shown() {
    for procedure in catalogue().procedures().all() {
        assert!(catalogue().fields().field(&procedure.field).is_some());
        for agency in &procedure.decided_by {
            assert!(catalogue().agencies().reference_name(agency).is_some());
        }
        for citation in &procedure.legal {
            assert!(catalogue().legal().get(&citation.document).is_some());
        }
    }
    let law = &procedure("1.004194").legal[0];
    assert_eq!(catalogue().legal().get(&law.document).unwrap().number, "68/2020/QH14");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_procedure_is_found_by_its_own_name(at: Index, plain: bool) {
        let all: Vec<&Procedure> = catalogue().procedures().in_force(TODAY).collect();
        let wanted = at.get(&all);
        let typed = if plain { base::fold(&wanted.name.vi) } else { wanted.name.vi.clone() };
        prop_assert!(found(&typed).contains(&wanted.code.as_str()), "{typed}");
    }

    #[test]
    fn another_word_never_finds_more(a in "[a-z]{1,4}", b in "[a-z]{1,4}") {
        let both = found(&format!("{a} {b}"));
        let first = found(&a);
        prop_assert!(both.iter().all(|code| first.contains(code)));
    }
}
