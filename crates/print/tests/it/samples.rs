//! One document of each kind, about made-up people. Shared with `examples/samples.rs`.

#![allow(clippy::unwrap_used)]

use base::{PersonName, Sex, Vnd};
use jiff::civil::date;
use print::{
    Agency, Body, Channel, Confirmation, Defect, Document, DossierRef, Fact, Fee, FeeState, Head, Member,
    Notice, Paper, Person, Receipt, Refusal, Signature, Supplement,
};

pub fn every_kind() -> Vec<Document> {
    vec![receipt(), supplement(), refusal(), confirmation(), notice()]
}

fn name(text: &str) -> PersonName {
    PersonName::new(text).unwrap()
}

fn head(
    number: &str,
    form: Option<&str>,
    procedure: (&str, &str),
    office: &[&str],
    signer: Option<&str>,
) -> Head {
    Head {
        agency: Agency {
            parent: Some("Công an tỉnh Hà Tĩnh".into()), name: "Công an xã Thạch Hà".into()
        },
        number: number.into(),
        place: "Thạch Hà".into(),
        dated: date(2026, 11, 21),
        form: form.map(|code| format!("Mẫu {code} ban hành kèm theo Thông tư số 53/2025/TT-BCA")),
        dossier: DossierRef {
            code: "G01.829.117-261121-000042".into(),
            procedure_code: procedure.0.into(),
            procedure_name: procedure.1.into(),
        },
        signature: Signature {
            office: office.iter().map(|line| (*line).to_owned()).collect(),
            name: signer.map(name),
            at: "2026-11-21T02:15:30Z".parse().unwrap(),
        },
        verify_url: "https://dichvucong.example.vn/kiem-tra/01KAJ7M3T9XQ4B8N".into(),
        synthetic: true,
    }
}

const TEMPORARY: (&str, &str) = ("1.004194", "Đăng ký tạm trú");
const CONFIRM: (&str, &str) = ("1.010041", "Xác nhận thông tin về cư trú");

fn applicant() -> Person {
    Person {
        name: name("Nguyễn Thị Thuỳ Dương"),
        born: Some("1994-03-08".parse().unwrap()),
        sex: Some(Sex::Female),
        number: Some("042194001234".parse().unwrap()),
        phone: Some("0912 345 678".into()),
        email: None,
        permanent: Some("Thôn Đông Hạ, xã Cẩm Bình, tỉnh Hà Tĩnh".into()),
        temporary: None,
        current: Some("Số 15, ngõ 8, đường Lý Tự Trọng, thôn Hồng Hà, xã Thạch Hà, tỉnh Hà Tĩnh".into()),
    }
}

fn members() -> Vec<Member> {
    vec![
        Member {
            name: name("H'Hen Niê"),
            born: Some("1996".parse().unwrap()),
            sex: Some(Sex::Female),
            number: Some("066196004321".parse().unwrap()),
            relation: "Vợ".into(),
        },
        Member {
            name: name("Trần Nguyễn Quốc Khánh"),
            born: Some("2021-09-02".parse().unwrap()),
            sex: Some(Sex::Male),
            number: None,
            relation: "Con đẻ".into(),
        },
    ]
}

pub fn receipt() -> Document {
    let paper = |name: &str, form: &str| Paper { name: name.into(), form: form.into(), copies: 1 };
    Document {
        head: head("128/TNHS", Some("CT04"), TEMPORARY, &["Người tiếp nhận hồ sơ"], Some("Lê Đức Hạnh")),
        body: Body::Receipt(Receipt {
            applicant: applicant(),
            request: "Đăng ký tạm trú tại nhà ông Trần Văn Ước, từ ngày 20/11/2026 đến ngày 20/11/2027"
                .into(),
            channel: Channel::Online,
            papers: vec![
                paper("Tờ khai thay đổi thông tin cư trú (Mẫu CT01)", "Bản điện tử"),
                paper("Ý kiến đồng ý của chủ hộ", "Xác nhận trực tuyến"),
                paper("Giấy tờ chứng minh chỗ ở hợp pháp", "Lấy từ cơ sở dữ liệu"),
            ],
            received_at: "2026-11-21T02:15:00Z".parse().unwrap(),
            limit_working_days: 3,
            due_at: "2026-11-26T09:30:00Z".parse().unwrap(),
            handover: "Trực tuyến, trong mục “Giấy tờ của tôi”".into(),
            fee: Some(Fee {
                name: "Lệ phí đăng ký cư trú".into(),
                amount: Vnd(7_000),
                state: FeeState::Paid {
                    at: "2026-11-21T02:14:41Z".parse().unwrap(),
                    reference: "FT26325817733".into(),
                },
            }),
        }),
    }
}

pub fn supplement() -> Document {
    Document {
        head: head("57/HDBS", Some("CT05"), TEMPORARY, &["Người tiếp nhận hồ sơ"], Some("Lê Đức Hạnh")),
        body: Body::Supplement(Supplement {
            applicant: applicant(),
            defects: vec![
                Defect {
                    item: "Giấy tờ chứng minh chỗ ở hợp pháp".into(),
                    problem: "Ảnh chụp trang 2 của hợp đồng thuê bị mờ, không đọc được thời hạn thuê.".into(),
                    remedy: "Chụp lại trang 2 đủ sáng, thấy rõ bốn góc, rồi tải lên.".into(),
                },
                Defect {
                    item: "Ngày bắt đầu tạm trú".into(),
                    problem: "Ngày ghi trong tờ khai sớm hơn ngày ghi trong hợp đồng thuê.".into(),
                    remedy: "Sửa ngày trong tờ khai theo hợp đồng, hoặc gửi hợp đồng đúng.".into(),
                },
            ],
            answer_by: Some(date(2026, 12, 21)),
            contact: Some("Bộ phận tiếp nhận, Công an xã Thạch Hà, điện thoại 0239 3845 113".into()),
        }),
    }
}

pub fn refusal() -> Document {
    let office = ["KT. Trưởng Công an xã", "Phó Trưởng Công an xã"];
    Document {
        head: head("09/TCHS", Some("CT06"), TEMPORARY, &office, Some("Phạm Hữu Nghĩa")),
        body: Body::Refusal(Refusal {
            applicant: applicant(),
            request: "Đăng ký tạm trú tại Số 15, ngõ 8, đường Lý Tự Trọng".into(),
            reason: "Chỗ ở đề nghị đăng ký nằm trong khu vực đã có quyết định thu hồi đất của cơ quan có thẩm quyền.\n\
                     Chủ hộ đã rút ý kiến đồng ý ngày 20/11/2026."
                .into(),
            legal: vec![
                "Điều 23 Luật Cư trú số 68/2020/QH14: địa điểm không được đăng ký thường trú mới, đăng ký tạm trú mới.".into(),
                "Điều 28 Luật Cư trú số 68/2020/QH14: hồ sơ, thủ tục đăng ký tạm trú.".into(),
            ],
            advice: Some("Ông/Bà có thể nộp hồ sơ mới khi có chỗ ở hợp pháp khác.".into()),
        }),
    }
}

pub fn confirmation() -> Document {
    let mut person = applicant();
    person.name = name("Trần Văn Ước");
    person.sex = Some(Sex::Male);
    person.born = Some("1966".parse().unwrap());
    person.number = Some("042066000777".parse().unwrap());
    person.phone = None;
    Document {
        head: head("1204/XN", Some("CT07"), CONFIRM, &["Trưởng Công an xã"], None),
        body: Body::Confirmation(Confirmation {
            head_of_household: Some(Member {
                name: person.name.clone(),
                born: person.born,
                sex: person.sex,
                number: person.number,
                relation: "Chủ hộ".into(),
            }),
            person,
            members: members(),
            content: None,
            as_of: "2026-11-21T02:15:30Z".parse().unwrap(),
            valid_until: Some(date(2027, 11, 21)),
        }),
    }
}

pub fn notice() -> Document {
    let fact = |label: &str, value: &str| Fact { label: label.into(), value: value.into() };
    Document {
        head: head("311/TB", None, TEMPORARY, &["Trưởng Công an xã"], Some("Hoàng Thị Mỹ Lệ")),
        body: Body::Notice(Notice {
            applicant: applicant(),
            outcome: "đồng ý đăng ký tạm trú cho công dân có tên dưới đây".into(),
            facts: vec![
                fact(
                    "Địa chỉ tạm trú",
                    "Số 15, ngõ 8, đường Lý Tự Trọng, thôn Hồng Hà, xã Thạch Hà, tỉnh Hà Tĩnh",
                ),
                fact("Thời hạn tạm trú", "Từ ngày 20/11/2026 đến hết ngày 20/11/2027"),
                fact("Chủ hộ", "Trần Văn Ước"),
                fact("Quan hệ với chủ hộ", "Người thuê nhà"),
            ],
            members: members(),
            legal: vec!["Luật Cư trú số 68/2020/QH14 ngày 13/11/2020".into()],
            remark: Some(
                "Ông/Bà làm thủ tục gia hạn trong vòng 15 ngày trước khi hết thời hạn tạm trú.".into(),
            ),
        }),
    }
}
