//! What a citizen sees of their own record, item by item, and how they say that something is wrong.

use contracts::{Access, Actor, AgencyId, Purpose, Role, Who};
use http::StatusCode;
use registry::corrections::{Decision, Target, Verdict, correction_decide, correction_own};

use crate::world::{World, citizen, officer};

#[tokio::test]
async fn every_item_of_the_law_has_its_place_held_or_not() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    for (english, words) in [
        (
            false,
            [
                "Số định danh cá nhân",
                "Số chứng minh nhân dân 9 số",
                "Họ, chữ đệm và tên",
                "Tên gọi khác",
                "Ngày, tháng, năm sinh",
                "Giới tính",
                "Nơi sinh",
                "Nơi đăng ký khai sinh",
                "Quê quán",
                "Dân tộc",
                "Tôn giáo",
                "Quốc tịch",
                "Nhóm máu",
                "Giấy tờ căn cước",
                "Cha",
                "Mẹ",
                "Vợ hoặc chồng",
                "Con",
                "Người giám hộ",
                "Người được giám hộ",
                "Nơi thường trú",
                "Nơi tạm trú",
                "Tình trạng tạm vắng",
                "Nơi ở hiện tại",
                "Số hồ sơ cư trú",
                "Tình trạng hôn nhân",
                "Hộ gia đình",
                "Ngày mất",
                "Ngày được tuyên bố mất tích",
                "Số điện thoại",
                "Thư điện tử",
                "Thông tin từ cơ sở dữ liệu khác",
            ]
            .as_slice(),
        ),
        (true, ["Not recorded", "What is this?", "Source and history", "Confirmed"].as_slice()),
    ] {
        lan.english = english;
        let page = lan.get("/record").await.body;
        for word in words {
            assert!(page.contains(word), "{word}: {page}");
        }
    }
    lan.english = false;
    let page = lan.get("/record").await.body;
    assert_eq!(page.matches("Nhóm này là gì?").count(), 7, "each group says what it is");
    assert!(page.contains("Chưa ghi nhận") && page.contains("số 1, phố Quán Thánh"));
    assert!(
        page.contains("href=\"/record/wrong/name\"") && page.contains("href=\"/record/wrong/kin_father\"")
    );
    let earlier = lan.get("/record?on=2020-01-01").await.body;
    assert!(!earlier.contains("/record/wrong/"), "what was is not corrected from there");
}

#[tokio::test]
async fn a_citizen_says_what_is_wrong_follows_it_and_takes_it_back() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    let form = "/record/wrong/ethnicity";
    let page = lan.get(form).await;
    assert!(page.body.contains("Kinh") && page.body.contains("cơ quan hộ tịch"), "{}", page.body);
    let nothing = lan.submit(form, form, &[("wrong", ""), ("value", "02")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(
        nothing.title().starts_with("Lỗi: ") && nothing.body.contains("href=\"#f-wrong\""),
        "{}",
        nothing.body
    );

    let typed = [("wrong", "Tôi là người Tày."), ("value", "02"), ("document", "Giấy khai sinh 15/1990")];
    let there = lan.press_thrice(form, form, &typed).await;
    assert!(there.starts_with("/record/corrections/"), "{there}");
    let one = lan.get(&there).await.body;
    for word in [
        "Tôi là người Tày.",
        "Tày",
        "Giấy khai sinh 15/1990",
        "Ủy ban nhân dân",
        "Rút yêu cầu",
        "2 ngày làm việc",
    ] {
        assert!(one.contains(word), "{word}: {one}");
    }
    let record = lan.get("/record").await.body;
    assert!(
        record.contains(&format!("href=\"{there}\"")) && !record.contains("/record/wrong/ethnicity"),
        "{record}"
    );
    assert_eq!(lan.get(form).await.to, there, "what is asked already is followed");
    assert!(lan.get("/record/corrections").await.body.contains("Dân tộc"));
    let mut minh = world.browser(Some(world.minh));
    assert_eq!(minh.get(&there).await.status, StatusCode::NOT_FOUND, "nobody else's matter");

    let withdraw = format!("{there}/withdraw");
    lan.press_thrice(&there, &withdraw, &[]).await;
    let ended = lan.get(&there).await.body;
    assert!(ended.contains("Bạn rút yêu cầu") && !ended.contains("/withdraw"), "{ended}");
    assert!(lan.get("/record").await.body.contains("/record/wrong/ethnicity"));
}

#[tokio::test]
async fn a_wrong_value_stays_in_the_form_with_its_rule() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    for (item, typed) in [
        ("phone", ("value", "12")),
        ("birth_date", ("value-year", "19x0")),
        ("name", ("value", "Lan 2")),
        ("name", ("value", "Nguyễn Thị Lan")),
    ] {
        let form = format!("/record/wrong/{item}");
        let page = lan.submit(&form, &form, &[("wrong", "Sai rồi."), typed]).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{item}");
        assert!(page.body.contains("Sai rồi.") && page.body.contains(typed.1), "{item}: {}", page.body);
    }
    let form = "/record/wrong/home_town";
    let search = [("wrong", "Sai rồi."), ("value-q", "ba dinh"), ("value-find", "1")];
    let found = lan.submit(form, form, &search).await;
    assert!(found.status == StatusCode::OK && found.body.contains("Phường Ba Đình"), "{}", found.body);
    assert_eq!(lan.get("/record/wrong/shoe_size").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_refusal_and_a_correction_are_told_with_their_reason_and_the_old_value_stays_to_be_seen() {
    let world = World::new().await;
    let mut lan = world.browser(Some(world.lan));
    for (item, value, verdict) in
        [("ethnicity", "02", Verdict::Accept), ("marital_status", "married", Verdict::Refuse)]
    {
        let form = format!("/record/wrong/{item}");
        let there = lan.submit(&form, &form, &[("wrong", "Sai rồi."), ("value", value)]).await.to;
        let nation = &*world.cx.nation;
        let mut tx = world.db.store.begin().await.unwrap();
        let own = Access::new(&citizen(world.lan), Purpose::CORRECT_RECORD);
        let open =
            correction_own(&mut tx, &own).await.unwrap().into_iter().find(|c| c.state.is_open()).unwrap();
        let who = Who::Staff {
            agency: AgencyId::new(open.agency.as_str()),
            role: Role::Decider,
            name: "Lê Thị Hộ Tịch".into(),
        };
        let access = Access::new(&Actor { who, ..officer(Role::Decider) }, Purpose::CORRECT_RECORD);
        let target = Target { person: open.person, id: open.id, version: open.version };
        let value = (verdict == Verdict::Accept).then(|| value.to_owned());
        let reason = "Theo sổ hộ tịch năm 1990.".into();
        let decision = Decision { verdict, value, since: None, reason, document: None };
        let done = correction_decide(&mut tx, &access, nation, &target, &decision).await;
        tx.finish(done).await.unwrap();
        let page = lan.get(&there).await.body;
        assert!(page.contains("Theo sổ hộ tịch năm 1990."), "{page}");
        assert!(
            page.contains(if verdict == Verdict::Accept {
                "Đã sửa"
            } else {
                "Không được chấp nhận"
            }),
            "{page}"
        );
    }
    let record = lan.get("/record").await.body;
    assert!(record.contains("Tày") && record.contains("Kinh, được sửa lúc"), "{record}");
}
