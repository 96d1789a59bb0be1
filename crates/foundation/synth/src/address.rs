//! The line of an address before the commune, as people write it in that part of the country.

use crate::{
    chance::Chance,
    places::{PlaceKind, Spot},
    region::Region,
};

/// Streets that many towns have; history's names, no real house.
const STREETS: [&str; 40] = [
    "Trần Hưng Đạo",
    "Lê Lợi",
    "Nguyễn Huệ",
    "Hai Bà Trưng",
    "Quang Trung",
    "Lý Thường Kiệt",
    "Nguyễn Trãi",
    "Phan Chu Trinh",
    "Phan Bội Châu",
    "Hùng Vương",
    "Lê Duẩn",
    "Nguyễn Du",
    "Lê Hồng Phong",
    "Trần Phú",
    "Nguyễn Văn Cừ",
    "Ngô Quyền",
    "Đinh Tiên Hoàng",
    "Bà Triệu",
    "Lý Thái Tổ",
    "Hoàng Diệu",
    "Nguyễn Thị Minh Khai",
    "Điện Biên Phủ",
    "Cách Mạng Tháng Tám",
    "Võ Thị Sáu",
    "Tôn Đức Thắng",
    "Phạm Ngũ Lão",
    "Lê Thánh Tông",
    "Nguyễn Đình Chiểu",
    "Hoàng Văn Thụ",
    "Trường Chinh",
    "Hòa Bình",
    "Thống Nhất",
    "Chu Văn An",
    "Tô Hiệu",
    "Phan Đình Phùng",
    "Nguyễn Công Trứ",
    "Yết Kiêu",
    "Bạch Đằng",
    "Hàm Nghi",
    "Nguyễn Bỉnh Khiêm",
];
const HAMLETS: [&str; 24] = [
    "Đông",
    "Đoài",
    "Trung",
    "Thượng",
    "Hạ",
    "Tân Lập",
    "Đồng Tâm",
    "Phú Mỹ",
    "An Bình",
    "Tiền Phong",
    "Hòa Hợp",
    "Đại Đồng",
    "Phúc Lộc",
    "Xuân Sơn",
    "Yên Phú",
    "Tân Tiến",
    "Quyết Thắng",
    "Vĩnh Thịnh",
    "Phú Lâm",
    "Hưng Thịnh",
    "Bình An",
    "Long Sơn",
    "Mỹ Thạnh",
    "Tân Thành",
];
const BAN: [&str; 12] = [
    "Nà Lốc",
    "Huổi Lâu",
    "Pá Khôm",
    "Nà Khoang",
    "Nậm Pọng",
    "Co Muông",
    "Phiêng Lanh",
    "Nà Tấu",
    "Pắc Ngà",
    "Khuổi Kheo",
    "Lũng Vài",
    "Tà Ghênh",
];
const BUON: [&str; 10] = [
    "Ea Mlô",
    "Krông Búk",
    "Ea Tul",
    "Đắk Sơn",
    "Kon Rẫy",
    "Plei Kly",
    "Cư Blang",
    "Ea Nuôl",
    "Đắk Wil",
    "Ia Rong",
];

pub(crate) fn line(spot: &Spot, chance: &mut Chance) -> String {
    let region = spot.profile().region;
    if spot.kind == PlaceKind::Ward { ward(region, chance) } else { village(region, chance) }
}

fn ward(region: Region, chance: &mut Chance) -> String {
    let (house, street) = (chance.between(1, 480), chance.word(&STREETS));
    let group = chance.between(1, 24);
    let southern = matches!(region, Region::SouthEast | Region::Mekong);
    match (chance.below(10), southern) {
        (0..4, _) => format!("Số {house} đường {street}"),
        (4..7, false) => {
            format!("Số {} ngõ {house} đường {street}, tổ dân phố {group}", chance.between(1, 90))
        }
        (4..7, true) => format!("{}/{} đường {street}, khu phố {group}", house, chance.between(1, 90)),
        (_, false) => format!("Số {house} phố {street}, tổ {group}"),
        (_, true) => format!("{house} đường {street}, tổ {}, khu phố {group}", chance.between(1, 12)),
    }
}

fn village(region: Region, chance: &mut Chance) -> String {
    let number = chance.between(1, 12);
    let hamlet = chance.word(&HAMLETS);
    let first = chance.hit(500);
    match region {
        Region::NorthMountain if first => format!("Bản {}", chance.word(&BAN)),
        Region::RedRiver if first => format!("Xóm {number}, thôn {hamlet}"),
        Region::NorthMountain | Region::RedRiver | Region::SouthCentral => format!("Thôn {hamlet}"),
        Region::NorthCentral if first => format!("Xóm {number}"),
        Region::NorthCentral => format!("Thôn {hamlet}"),
        Region::Highlands if first => format!("Buôn {}", chance.word(&BUON)),
        Region::Highlands => format!("Thôn {number}"),
        Region::SouthEast | Region::Mekong if first => {
            format!("Số {}, tổ {number}, ấp {hamlet}", chance.between(1, 600))
        }
        Region::SouthEast | Region::Mekong => format!("Ấp {hamlet} {number}"),
    }
}
