//! Every component in every state, on one page: for eyes and for the accessibility tests.

use base::{FieldFault, Lang, Vnd};
use jiff::{SignedDuration, civil::date};
use maud::{Markup, html};

use crate::{
    View,
    csrf::CsrfToken,
    i18n::by_field,
    layout::UserBadge,
    ui::{self, *},
};

/// The gallery as a page. A handler: `Router::new().route("/gallery", get(webkit::gallery))`.
pub async fn gallery(view: View) -> Markup {
    let v = &view;
    let say = |vi: &'static str, en: &'static str| if v.lang() == Lang::Vi { vi } else { en };
    let nav = vec![
        Link::new("#home", say("Trang đầu", "Home")).current(true),
        Link::new("#services", say("Dịch vụ", "Services")),
        Link::new("#dossiers", say("Hồ sơ của tôi", "My dossiers")).count(3),
        Link::new("#record", say("Thông tin của tôi", "My record")),
        Link::new("#log", say("Ai đã xem dữ liệu của tôi", "Who looked at my data")),
    ];
    let user = UserBadge {
        name: "Nguyễn Thị Lan".into(),
        role: say("Công an phường Bến Thành", "Police of Bến Thành ward").into(),
        href: "#me".into(),
        sign_out: "/gallery".into(),
        csrf: CsrfToken::sample(),
    };
    let find = html! { (ui::search(v, "/gallery", "q", "tam tru", say("Bạn cần làm việc gì?", "What do you need to do?"))) };
    let sections: [fn(&View) -> Markup; 7] = [home, states, dossier, facts, fields, lists, small_things];
    view.layout(say("Bộ thành phần", "Gallery"))
        .site(say("Dịch vụ công cho mọi người", "Public services for everyone"), "#home")
        .nav(nav)
        .user(Some(user))
        .footer(vec![
            Link::new("#help", say("Trợ giúp", "Help")),
            Link::new("#access", say("Khả năng tiếp cận", "Accessibility")),
            Link::new("#log", say("Nhật ký công khai", "Public log")),
        ])
        .hero(ui::hero(
            say("Chào chị Lan", "Good afternoon, Lan"),
            say(
                "Một việc cần chị làm hôm nay. Hai hồ sơ đang được giải quyết.",
                "One thing needs you today. Two dossiers are under way.",
            ),
            find,
        ))
        .wide()
        .live()
        .page(html! { @for section in sections { (section(v)) } })
}

fn pick(v: &View, vi: &'static str, en: &'static str) -> &'static str {
    if v.lang() == Lang::Vi { vi } else { en }
}

fn home(v: &View) -> Markup {
    let s = |vi, en| pick(v, vi, en);
    html! {
        section.flow id="home" {
            h2 { (s("Việc cần bạn", "What needs you")) }
            (ui::doors(&[
                Door::new("#consent", Icon::Bell, s("Đồng ý cho Trần Văn Nam đăng ký tạm trú tại nhà bạn", "Agree that Trần Văn Nam stays at your home"),
                    s("Gửi lúc 09:12 hôm nay. Trả lời trước thứ Tư 25/11.", "Sent at 09:12 today. Answer by Wednesday 25/11."))
                    .aside(ui::tag(Tone::Wait, s("Chờ bạn", "Waiting for you"))),
                Door::new("#dossier", Icon::Folder, s("Xác nhận thông tin về cư trú", "Confirmation of residence"),
                    s("Đang ở Công an phường Bến Thành. Hạn trả: thứ Sáu 27/11.", "With the police of Bến Thành ward. Due Friday 27/11."))
                    .aside(ui::tag(Tone::Info, s("Đang giải quyết", "In progress"))),
            ]))
            h2 { (s("Hay dùng nhất", "Most used")) }
            (ui::links(&[
                Link::new("#1", s("Đăng ký tạm trú", "Register temporary residence")),
                Link::new("#2", s("Đăng ký thường trú", "Register permanent residence")),
                Link::new("#3", s("Xác nhận thông tin về cư trú", "Confirm residence information")),
                Link::new("#4", s("Cấp đổi thẻ căn cước", "Replace an identity card")),
            ]))
            h2 { (s("Số liệu lớn", "Big figures")) }
            (ui::figures(v, &[
                Figure { value: v.number(12_480), label: s("Hồ sơ đã trả tháng này", "Dossiers answered this month").into(), href: Some("#cases".into()),
                    trend: Some((Tone::Good, Trend::Up, s("6 % so với tháng trước", "6 % on last month").into())), target: None },
                Figure { value: if v.lang() == Lang::Vi { "98,2 %".into() } else { "98.2 %".into() }, label: s("Đúng hạn", "In time").into(), href: None,
                    trend: Some((Tone::Danger, Trend::Down, s("0,4 điểm", "0.4 points").into())), target: Some(s("Mục tiêu 99 %", "Target 99 %").into()) },
                Figure { value: "214".into(), label: s("Quá hạn", "Overdue").into(), href: Some("#late".into()),
                    trend: Some((Tone::Plain, Trend::Flat, s("so với hôm qua", "since yesterday").into())), target: None },
            ]))
        }
    }
}

fn states(v: &View) -> Markup {
    let s = |vi, en| pick(v, vi, en);
    html! {
        section.flow id="states" {
            h2 { (s("Lời nhắn và trạng thái", "Messages and states")) }
            @for (tone, text) in [
                (Tone::Info, s("Từ 01/01/2027, lệ phí nộp trực tuyến được miễn.", "From 01/01/2027 filing online is free of charge.")),
                (Tone::Good, s("Đã gửi hồ sơ. Chúng tôi đã nhắn biên nhận cho bạn.", "Your dossier was sent. We have messaged you the receipt.")),
                (Tone::Wait, s("Đồng hồ tạm dừng cho đến khi bạn bổ sung giấy tờ.", "The clock stands still until you send the missing papers.")),
                (Tone::Danger, s("Chưa tải được tệp. Hãy thử lại.", "The file did not arrive. Please try again.")),
                (Tone::Plain, s("Thủ tục này chưa nộp trực tuyến được ở đây.", "This procedure is not yet online here.")),
            ] { (ui::notice(tone, text)) }
            p {
                @for (tone, text) in [
                    (Tone::Info, s("Đang giải quyết", "In progress")), (Tone::Good, s("Đã trả kết quả", "Answered")),
                    (Tone::Wait, s("Chờ bổ sung", "Waiting")), (Tone::Danger, s("Quá hạn", "Overdue")), (Tone::Plain, s("Bản nháp", "Draft")),
                ] { (ui::tag(tone, text)) " " }
            }
            (ui::panel(Tone::Good, s("Đã nhận hồ sơ của bạn", "We have your dossier"), html! {
                p { (s("Mã hồ sơ", "Dossier code")) br; strong { "H29.12-261121-0042" } }
                p { (s("Công an phường Bến Thành sẽ trả lời trước thứ Sáu 27/11.", "The police of Bến Thành ward will answer by Friday 27/11.")) }
            }))
            (ui::empty(Icon::Inbox, s("Chưa có hồ sơ nào", "No dossiers yet"), html! {
                p { (s("Hồ sơ bạn nộp sẽ hiện ở đây, với người đang giữ và hạn trả.", "The dossiers you file will stand here, with who has them and when they are due.")) }
                p { (ui::link_button("#services", s("Tìm dịch vụ", "Find a service"))) }
            }))
        }
    }
}

fn dossier(v: &View) -> Markup {
    let s = |vi, en| pick(v, vi, en);
    let now = v.now();
    let ago = |hours| v.moment(now.checked_sub(SignedDuration::from_hours(hours)).unwrap_or(now), now);
    html! {
        section.flow id="dossiers" {
            h2 { (s("Một hồ sơ từ đầu đến cuối", "A dossier from beginning to end")) }
            div.columns {
                div { (ui::timeline(v, &[
                    Step::new(StepState::Done, s("Bạn nộp hồ sơ", "You filed")).when(ago(52)).who("Nguyễn Thị Lan"),
                    Step::new(StepState::Done, s("Tiếp nhận", "Received")).who(s("Công an phường Bến Thành", "Police of Bến Thành ward"))
                        .when(ago(50)).span(s("2 giờ, hạn 1 ngày làm việc", "2 hours of 1 working day")).spent(1, 4),
                    Step::new(StepState::Paused, s("Chờ bạn bổ sung", "Waiting for your papers")).when(ago(30))
                        .more(html! { p { (s("Thiếu ảnh chụp hợp đồng thuê nhà. Thời gian chờ không tính vào hạn.", "The photo of the rental contract is missing. The wait does not count towards the limit.")) } }),
                    Step::new(StepState::Now, s("Thẩm tra và quyết định", "Checked and decided")).who(s("Công an phường Bến Thành", "Police of Bến Thành ward"))
                        .when(ago(2)).span(v.working_days_left(1)).spent(3, 4)
                        .more(html! { (ui::actions(html! { (ui::link_button_secondary("#ask", s("Hỏi cán bộ phụ trách", "Ask the officer"))) })) }),
                    Step::new(StepState::Late, s("Lãnh đạo ký", "Signed by the head")).span(v.working_days_left(-2)).spent(6, 4),
                    Step::new(StepState::Refused, s("Không đủ điều kiện", "Conditions not met")).when(ago(1)),
                    Step::new(StepState::Ended, s("Người nộp rút hồ sơ", "Taken back by the applicant")).when(ago(1)),
                    Step::new(StepState::Next, s("Trả kết quả", "Result")).when(v.day(date(2026, 11, 27), base::vietnam_date(now))),
                ])) }
                div {
                    (ui::card(s("Kết quả", "Result"), html! {
                        p { (s("Giấy xác nhận sẽ ở đây, tải về và kiểm tra được bằng mã QR.", "The certificate will be here, to download and to verify by QR code.")) }
                        (ui::link_button("#result", s("Xem thử", "See a sample")))
                    }))
                    (ui::details(s("Căn cứ pháp lý", "Legal basis"), html! { p { (s("Luật Cư trú 2020, Điều 27 và 28.", "Law on Residence 2020, Articles 27 and 28.")) } }))
                }
            }
        }
    }
}

fn facts(v: &View) -> Markup {
    let s = |vi, en| pick(v, vi, en);
    let source = s(
        "CSDL quốc gia về dân cư, xác nhận ngày 03/06/2026",
        "National population database, confirmed on 03/06/2026",
    );
    html! {
        section.flow id="record" {
            h2 { (s("Điều Nhà nước đã biết", "What the state knows")) }
            (ui::summary(v, &[
                Row::new(s("Họ và tên", "Full name"), "Nguyễn Thị Lan").source(source).report("#r1"),
                Row::new(s("Số định danh", "Personal number"), "079 190 012 345").source(source).report("#r2"),
                Row::new(s("Nơi thường trú", "Permanent residence"), s("12 Lê Lợi, phường Bến Thành, Thành phố Hồ Chí Minh", "12 Lê Lợi, Bến Thành ward, Hồ Chí Minh City")).source(source).report("#r3"),
                Row::new(s("Số điện thoại", "Telephone"), "").change("#c1"),
                Row::new(s("Lệ phí", "Fee"), v.fee(Vnd(7_000))).change("#c2"),
            ]))
        }
    }
}

fn fields(v: &View) -> Markup {
    let s = |vi, en| pick(v, vi, en);
    let faults = [
        FieldFault::new("host", "webkit.invalid"),
        FieldFault::new("reason", "webkit.too_large"),
        FieldFault::new("until", "webkit.invalid"),
        FieldFault::new("relation", "webkit.invalid"),
    ];
    let errors = by_field(v, &faults);
    let relations = [
        Choice::new("rent", s("Thuê nhà", "Renting")),
        Choice::new("stay", s("Ở nhờ", "Staying as a guest")).hint(s(
            "Chủ nhà sẽ được hỏi ý kiến trên tài khoản của họ",
            "The householder will be asked on their own account",
        )),
    ];
    let unit = |code: &str, name: &'static str, hint: Option<&'static str>| Unit {
        code: code.into(),
        name: name.into(),
        hint: hint.map(Into::into),
    };
    let found = vec![
        unit(
            "26740",
            s("Phường Bến Thành, Thành phố Hồ Chí Minh", "Bến Thành ward, Hồ Chí Minh City"),
            Some(s("gồm phường Phạm Ngũ Lão cũ", "includes the former Phạm Ngũ Lão ward")),
        ),
        unit("26743", s("Phường Sài Gòn, Thành phố Hồ Chí Minh", "Sài Gòn ward, Hồ Chí Minh City"), None),
    ];
    html! {
        section.flow id="forms" {
            h2 { (s("Biểu mẫu", "Forms")) }
            (ui::progress(v, 2, 5))
            div.columns {
                form method="post" action="/gallery" novalidate {
                    (v.csrf())
                    (ui::enter_sends("next", "1"))
                    (ui::line(v, &Field::new("name", s("Họ và tên", "Full name")).hint(s("Như trên thẻ căn cước", "As on the identity card")), "Trần Văn Nam", LineKind::Name))
                    (ui::personal_number(v, &Field::new("number", s("Số định danh cá nhân", "Personal number")), "079090012345"))
                    (ui::date(v, &Field::new("birth", s("Ngày sinh", "Date of birth")), &DateValue { day: "17".into(), month: "5".into(), year: "1990".into() }))
                    (ui::radios(v, &Field::new("kind", s("Bạn ở đây theo cách nào?", "How do you stay here?")), &relations, "rent"))
                    (ui::checkboxes(v, &Field::new("with", s("Ai cùng đến ở?", "Who comes with you?")).optional(),
                        &[Choice::new("spouse", s("Vợ hoặc chồng", "Spouse")), Choice::new("child", s("Con", "Children"))], &["child"]))
                    (ui::select(v, &Field::new("months", s("Thời hạn tạm trú", "Length of stay")), &[Choice::new("6", s("6 tháng", "6 months")), Choice::new("24", s("24 tháng", "24 months"))], "24"))
                    (ui::unit_search(v, &Field::new("commune", s("Xã, phường, đặc khu", "Commune or ward")),
                        &UnitSearch { typed: "pham ngu lao".into(), found: Some(found.clone()), chosen: found.first().cloned() }))
                    (ui::unit_search(v, &Field::new("native", s("Quê quán", "Native place")), &UnitSearch { typed: "xyz".into(), found: Some(Vec::new()), chosen: None }))
                    (ui::unit_search(v, &Field::new("work", s("Nơi làm việc", "Place of work")), &UnitSearch { chosen: found.first().cloned(), ..UnitSearch::default() }))
                    (ui::files(v, &Field::new("contract", s("Hợp đồng thuê nhà", "Rental contract")), "PDF, JPG, PNG", 10 * 1024 * 1024, ".pdf,.jpg,.png",
                        &[Uploaded { key: "1".into(), name: "hop-dong-thue-nha.pdf".into(), bytes: 1_250_000, when: v.moment(v.now(), v.now()), href: Some("#file".into()) }]))
                    (ui::checkbox(v, &Field::new("true", s("Tôi cam đoan những điều khai là đúng", "I declare that what I say is true")), "1", false))
                    (ui::saved_at(v, &v.moment(v.now(), v.now())))
                    (ui::actions(html! {
                        (ui::submit(Weight::Primary, s("Tiếp tục", "Continue")))
                        (ui::submit_as(Weight::Secondary, "later", "1", s("Lưu, làm sau", "Save for later")))
                        (ui::submit_as(Weight::Danger, "drop", "1", s("Bỏ hồ sơ này", "Discard this dossier")))
                    }))
                }
                form method="post" action="/gallery" novalidate {
                    (v.csrf())
                    (ui::error_summary(v, &faults))
                    (ui::personal_number(v, &Field::new("host", s("Số định danh của chủ nhà", "The householder's personal number")).errors(&errors), "07909001"))
                    (ui::textarea(v, &Field::new("reason", s("Lý do", "Reason")).errors(&errors), s("Tôi chuyển đến làm việc.", "I came here to work."), 3))
                    (ui::date(v, &Field::new("until", s("Ở đến ngày", "Until")).errors(&errors), &DateValue { day: "31".into(), month: "2".into(), year: "2027".into() }))
                    (ui::radios(v, &Field::new("relation", s("Quan hệ với chủ nhà", "Relation to the householder")).errors(&errors), &relations, ""))
                    (ui::line(v, &Field::new("password", s("Mật khẩu", "Password")), "", LineKind::Password))
                    (ui::line(v, &Field::new("code", s("Mã 6 số", "6-digit code")), "", LineKind::OneTimeCode))
                }
            }
        }
    }
}

fn lists(v: &View) -> Markup {
    let s = |vi, en| pick(v, vi, en);
    let row = |name: &str, what: &str, tone, state: &str, due: String, days: i64| {
        vec![
            html! { a href="#row" { (name) } },
            html! { (what) },
            ui::tag(tone, state),
            html! { (due) },
            html! { (v.number(days)) },
        ]
    };
    let temporary = s("Đăng ký tạm trú", "Temporary residence");
    html! {
        section.flow id="lists" {
            h2 { (s("Danh sách của cán bộ", "An officer's list")) }
            (ui::tabs(s("Hộp việc", "Inbox"), &[Link::new("#t1", s("Chờ tôi", "For me")).current(true).count(12), Link::new("#t2", s("Của đơn vị", "My unit's")).count(148), Link::new("#t3", s("Đã xong", "Done"))]))
            (ui::filters(v, &[Link::new("#f1", s("Tất cả", "All")).current(true), Link::new("#f2", s("Quá hạn", "Overdue")).count(1), Link::new("#f3", s("Hôm nay", "Today")).count(4)]))
            (ui::table(v, s("Hồ sơ theo hạn trả", "Dossiers by due date"), &[
                Column::new(s("Người nộp", "Applicant")).sort("#s1", None), Column::new(s("Thủ tục", "Procedure")), Column::new(s("Tình trạng", "State")),
                Column::new(s("Hạn trả", "Due")).sort("#s2", Some(Order::Rising)), Column::new(s("Ngày còn lại", "Days left")).number(),
            ], &[
                row("Trần Văn Nam", temporary, Tone::Danger, s("Quá hạn", "Overdue"), v.day(date(2026, 11, 19), base::vietnam_date(v.now())), -2),
                row("Lê Thị Hồng Nhung", temporary, Tone::Wait, s("Hôm nay", "Today"), s("hôm nay", "today").into(), 0),
                row("Phạm Đức Huy", s("Xác nhận thông tin về cư trú", "Confirmation of residence"), Tone::Info, s("Đang giải quyết", "In progress"), v.day(date(2026, 11, 27), base::vietnam_date(v.now())), 4),
            ]))
            (ui::pagination(v, Some("#p1"), Some("#p3")))
            (ui::decision_bar(s("Quyết định", "Decision"), html! {
                (ui::submit_key(Weight::Primary, "do", "approve", s("Đồng ý", "Approve"), 'd'))
                (ui::submit_key(Weight::Secondary, "do", "ask", s("Yêu cầu bổ sung", "Ask for more"), 'b'))
                (ui::submit_key(Weight::Danger, "do", "refuse", s("Từ chối", "Refuse"), 't'))
            }))
        }
    }
}

fn small_things(v: &View) -> Markup {
    let s = |vi, en| pick(v, vi, en);
    html! {
        section.flow id="small" {
            h2 { (s("Những thứ nhỏ", "Small things")) }
            (ui::back_link("#home", s("Quay lại", "Back")))
            (ui::print_button(v))
            p { (v.day(date(2026, 11, 27), base::vietnam_date(v.now()))) " · " (v.duration(SignedDuration::from_mins(125))) " · " (v.money(Vnd(1_234_000))) " · " (v.file_size(2_500_000)) " · " (v.exact(v.now())) }
            p { @for icon in Icon::ALL { (icon) " " } }
        }
    }
}
