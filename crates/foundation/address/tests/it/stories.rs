//! Addresses as people write them.

use address::Doubt;

use crate::{BOOK, labels, units};

fn one(text: &str) -> String {
    let reading = BOOK.read(text);
    let units = units(&reading);
    assert_eq!(units.len(), 1, "{text}: {units:?}");
    units.into_iter().next().unwrap()
}

#[test]
fn old_and_new_addresses_are_told_apart_by_their_levels() {
    for (text, unit) in [
        ("Phường Bến Thành, Quận 1, TP Hồ Chí Minh", "Phường Bến Thành, Quận 1, Thành phố Hồ Chí Minh"),
        ("Phường Bến Thành, TP Hồ Chí Minh", "Phường Bến Thành, Thành phố Hồ Chí Minh"),
        ("Phường Giảng Võ, Quận Ba Đình, Hà Nội", "Phường Giảng Võ, Quận Ba Đình, Thành phố Hà Nội"),
        ("Phường Giảng Võ, Hà Nội", "Phường Giảng Võ, Thành phố Hà Nội"),
        ("Ba Đình, Hà Nội", "Phường Ba Đình, Thành phố Hà Nội"),
        ("Đặc khu Hoàng Sa, Đà Nẵng", "Đặc khu Hoàng Sa, Thành phố Đà Nẵng"),
        ("Phường Sài Gòn, Quận 1, TP.HCM", "Phường Sài Gòn, Thành phố Hồ Chí Minh"),
    ] {
        assert_eq!(one(text), unit, "{text}");
    }
}

#[test]
fn what_people_shorten_run_together_or_leave_out_is_read() {
    for (text, unit) in [
        ("p. ben nghe q1 tphcm", "Phường Bến Nghé, Quận 1, Thành phố Hồ Chí Minh"),
        ("357/28,Ng-T- Thuật,P1,Q3,TP.HồChíMinh.", "Phường 1, Quận 3, Thành phố Hồ Chí Minh"),
        ("284DBis Ng Văn Giáo, P5, Mỹ Tho, T.Giang.", "Phường 5, Thành phố Mỹ Tho, Tỉnh Tiền Giang"),
        ("T18,Cẩm Bình, Cẩm Phả, Quảng Ninh.", "Phường Cẩm Bình, Thành phố Cẩm Phả, Tỉnh Quảng Ninh"),
        (
            "A:12A.21BlockA C/c BCA,P.AnKhánh,TP.Thủ Đức, TP. HCM",
            "Phường An Khánh, Thành phố Thủ Đức, Thành phố Hồ Chí Minh",
        ),
        ("128 TRAN HUNG DAO F7 Q5", "Phường 7, Quận 5, Thành phố Hồ Chí Minh"),
        ("71 C9 CONG HOA P.13,Q.TB", "Phường 13, Quận Tân Bình, Thành phố Hồ Chí Minh"),
        ("660/8 PHAM THE HIEN P04 Q08", "Phường 4, Quận 8, Thành phố Hồ Chí Minh"),
        ("đường 15, long bình, quận 9, hcm", "Phường Long Bình, Thành phố Thủ Đức, Thành phố Hồ Chí Minh"),
        ("phuowngf Beens Nghes, quaanj 1, Sài Gòn", "Phường Bến Nghé, Quận 1, Thành phố Hồ Chí Minh"),
        ("phường thuỷ xuân, tt-huế", "Phường Thủy Xuân, Thành phố Huế"),
        ("X ThuanThanh H. Can Giuoc, Long An", "Xã Thuận Thành, Huyện Cần Giuộc, Tỉnh Long An"),
        ("Xã Ea H’leo, H.Ea H'leo, Đắc Lắc", "Xã Ea H'leo, Huyện Ea H'leo, Tỉnh Đắk Lắk"),
        ("TT Chư Prông, Chư Prông, Gia Lai", "Thị trấn Chư Prông, Huyện Chư Prông, Tỉnh Gia Lai"),
        (
            "Ben Nghe Ward, District 1, Ho Chi Minh City, Vietnam",
            "Phường Bến Nghé, Quận 1, Thành phố Hồ Chí Minh",
        ),
        ("P. Mĩ Phú, TP Cao Lãnh, Đồng Tháp", "Phường Mỹ Phú, Thành phố Cao Lãnh, Tỉnh Đồng Tháp"),
    ] {
        assert_eq!(one(text), unit, "{text}");
    }
}

#[test]
fn names_of_streets_and_of_units_above_do_not_mislead() {
    for (text, unit) in [
        ("25 Điện Biên Phủ, P. Đa Kao, Q.1, TP.HCM", "Phường Đa Kao, Quận 1, Thành phố Hồ Chí Minh"),
        (
            "Xa lộ Hà Nội, phường Thảo Điền, Thủ Đức",
            "Phường Thảo Điền, Thành phố Thủ Đức, Thành phố Hồ Chí Minh",
        ),
        ("Xã Thạch Hạ, Thành Phố Hà Tĩnh, Hà Tĩnh", "Phường Thạch Hạ, Thành phố Hà Tĩnh, Tỉnh Hà Tĩnh"),
        (
            "46/8F Trung Chánh 2 Trung Chánh, Hóc Môn, TP. Hồ Chí Minh",
            "Xã Trung Chánh, Huyện Hóc Môn, Thành phố Hồ Chí Minh",
        ),
        ("Thôn Phú Tân, xã Phú Thạnh, huyện Phú Tân, An Giang", "Xã Phú Thạnh, Huyện Phú Tân, Tỉnh An Giang"),
        (
            "TP Hồ Chí Minh, Quận 1, Phường Bến Nghé, 12 Lê Lợi",
            "Phường Bến Nghé, Quận 1, Thành phố Hồ Chí Minh",
        ),
        ("Phường Thuận Hòa, Thành phố Huế, Thừa Thiên Huế", "Phường Thuận Hòa, Quận Phú Xuân, Thành phố Huế"),
    ] {
        assert_eq!(one(text), unit, "{text}");
    }
}

#[test]
fn one_slip_of_the_hand_is_mended_where_only_one_name_is_near() {
    assert!(
        BOOK.read("P. Bne Nghe, Quận 1, TP HCM").confidence
            < BOOK.read("P. Ben Nghe, Quận 1, TP HCM").confidence
    );
    for (text, unit) in [
        ("P. Bến Nghế, Quận 1, TP HCM", "Phường Bến Nghé, Quận 1, Thành phố Hồ Chí Minh"),
        ("P. Bne Nghe, Quận 1, TP HCM", "Phường Bến Nghé, Quận 1, Thành phố Hồ Chí Minh"),
        ("Phường Hoàn Kếm, Hà Nội", "Phường Hoàn Kiếm, Thành phố Hà Nội"),
    ] {
        assert_eq!(one(text), unit, "{text}");
    }
}

#[test]
fn what_is_left_is_the_street_as_written() {
    let reading = BOOK.read("Số 12/3 ngõ 5, đường Lê Lợi, P.Bến Nghé, Q.1, TP.HCM");
    assert_eq!(reading.rest, ["Số 12/3 ngõ 5, đường Lê Lợi"]);
    let reading = BOOK.read("TP Hồ Chí Minh, Quận 1, Phường Bến Nghé, (gần chợ) 12 Lê Lợi");
    assert_eq!(reading.street(), "(gần chợ) 12 Lê Lợi");
    assert_eq!(BOOK.read("Phường Ba Đình, Hà Nội, Việt Nam").rest, Vec::<&str>::new());
    assert_eq!(BOOK.read("chợ Bến Thành").rest, ["chợ"]);
}

#[test]
fn a_unit_that_was_split_has_several_successors_and_nobody_guesses() {
    let split = BOOK.read("Phường Cống Vị, Quận Ba Đình, Hà Nội");
    assert_eq!(units(&split), ["Phường Cống Vị, Quận Ba Đình, Thành phố Hà Nội"]);
    assert_eq!(
        labels(&split.today),
        ["Phường Ngọc Hà, Thành phố Hà Nội", "Phường Giảng Võ, Thành phố Hà Nội"]
    );
    assert_eq!((split.doubt, split.commune()), (Some(Doubt::Split), None));

    let whole = BOOK.read("Phường Bến Nghé, Quận 1, TP.HCM");
    assert_eq!(labels(&[whole.commune().unwrap()]), ["Phường Sài Gòn, Thành phố Hồ Chí Minh"]);
    assert_eq!(whole.doubt, None);
}

#[test]
fn names_that_fit_several_units_are_all_told() {
    let bare = BOOK.read("xa phu thanh, huyen phu tan, tinh an giang");
    assert_eq!(bare.answers.len(), 2, "Phú Thạnh and Phú Thành: {:?}", units(&bare));
    assert!(bare.unit().is_none() && bare.confidence <= 0.5);
    assert_eq!(
        one("Xã Phú Thạnh, Huyện Phú Tân, Tỉnh An Giang"),
        "Xã Phú Thạnh, Huyện Phú Tân, Tỉnh An Giang"
    );
    let everywhere = BOOK.read("xã Tân Lập");
    assert!(everywhere.answers.len() > 2 && everywhere.confidence < 0.4, "{:?}", units(&everywhere));
    assert_eq!(everywhere.doubt, Some(Doubt::SeveralUnits));
}

#[test]
fn a_district_or_a_province_alone_is_no_commune() {
    let district = BOOK.read("Quận 1, TP.HCM");
    assert_eq!((district.doubt, district.commune()), (Some(Doubt::NoCommune), None));
    assert!(district.today.len() > 2);
    let province = BOOK.read("tỉnh Bình Dương");
    assert_eq!(labels(&province.today), ["Thành phố Hồ Chí Minh"]);
    assert_eq!((province.doubt, province.commune()), (Some(Doubt::NoCommune), None));
    let unknown = BOOK.read("Phường Không Có, Hà Nội");
    assert_eq!((unknown.doubt, unknown.street().as_str()), (Some(Doubt::NoCommune), "Phường Không Có"));
    let island = BOOK.read("Huyện Côn Đảo, Tỉnh Bà Rịa - Vũng Tàu");
    assert_eq!(labels(&[island.commune().unwrap()]), ["Đặc khu Côn Đảo, Thành phố Hồ Chí Minh"]);
    for nothing in ["", " , ", "12 Nowhere Street"] {
        assert_eq!(BOOK.read(nothing).doubt, Some(Doubt::NotFound), "{nothing}");
    }
}

#[test]
fn an_old_commune_under_a_new_province_and_a_new_one_under_an_old_are_read() {
    for (text, today) in [
        ("Phường Thuận Giao, TP Thuận An, TP Hồ Chí Minh", "Phường Thuận Giao, Thành phố Hồ Chí Minh"),
        ("Phường Thuận Giao, Bình Dương", "Phường Thuận Giao, Thành phố Hồ Chí Minh"),
        ("Xã Long Thành, Tỉnh Đồng Nai", "Phường Long Thành, Thành phố Đồng Nai"),
        ("Phường Bến Nghé, TP Hồ Chí Minh", "Phường Sài Gòn, Thành phố Hồ Chí Minh"),
    ] {
        assert_eq!(labels(&BOOK.read(text).today), [today], "{text}");
    }
}

#[test]
fn a_commune_that_is_in_no_list_is_not_replaced_by_a_name_nearby() {
    // Phường 3 of Mỹ Tho ended before 2025; the city's name is also a ward's today.
    let reading = BOOK.read("284DBis Ng Văn Giáo, P3, Mỹ Tho, T.Giang.");
    assert_eq!(
        (reading.doubt, reading.rest.join(";").contains("P3")),
        (Some(Doubt::NoCommune), true),
        "{reading:?}"
    );
}
