//! Names of the Kinh: surnames by part of the country, middle and given names by sex and generation.

use base::Sex;

use crate::region::Speech;

/// Surname and its share in the North, the Centre and the South, per ten thousand.
pub(super) static SURNAMES: [(&str, [u32; 3]); 68] = [
    ("Nguyễn", [3150, 3050, 3120]),
    ("Trần", [1080, 1080, 1130]),
    ("Lê", [820, 1180, 920]),
    ("Phạm", [800, 690, 590]),
    ("Hoàng", [560, 560, 60]),
    ("Huỳnh", [5, 260, 620]),
    ("Vũ", [620, 60, 60]),
    ("Võ", [10, 390, 500]),
    ("Phan", [240, 520, 430]),
    ("Bùi", [280, 200, 170]),
    ("Đặng", [220, 210, 230]),
    ("Đỗ", [270, 90, 100]),
    ("Hồ", [40, 230, 180]),
    ("Ngô", [150, 130, 130]),
    ("Dương", [130, 80, 140]),
    ("Đinh", [110, 90, 50]),
    ("Đoàn", [90, 90, 70]),
    ("Trịnh", [90, 80, 40]),
    ("Lương", [80, 60, 60]),
    ("Mai", [60, 70, 60]),
    ("Đào", [100, 40, 30]),
    ("Trương", [60, 140, 190]),
    ("Lý", [30, 30, 80]),
    ("Lâm", [15, 20, 110]),
    ("Cao", [50, 70, 60]),
    ("Hà", [70, 60, 30]),
    ("Tạ", [50, 20, 30]),
    ("Thái", [15, 50, 60]),
    ("Châu", [5, 30, 60]),
    ("Phùng", [60, 20, 30]),
    ("Tô", [40, 20, 50]),
    ("Quách", [20, 10, 30]),
    ("Tăng", [10, 20, 30]),
    ("La", [15, 10, 20]),
    ("Lưu", [50, 30, 40]),
    ("Chu", [60, 15, 10]),
    ("Kiều", [20, 15, 25]),
    ("Vương", [30, 20, 30]),
    ("Từ", [10, 15, 20]),
    ("Triệu", [20, 10, 15]),
    ("Nghiêm", [25, 5, 10]),
    ("Khuất", [10, 1, 1]),
    ("Tống", [25, 20, 25]),
    ("Lại", [35, 10, 15]),
    ("Doãn", [15, 10, 2]),
    ("Cù", [10, 5, 3]),
    ("Bạch", [10, 8, 8]),
    ("Thạch", [5, 10, 8]),
    ("Đậu", [3, 30, 3]),
    ("Văn", [5, 25, 20]),
    ("Hứa", [6, 15, 20]),
    ("Diệp", [3, 8, 20]),
    ("Tôn", [3, 20, 15]),
    ("Đồng", [15, 8, 10]),
    ("Quản", [6, 1, 1]),
    ("Lều", [4, 1, 1]),
    ("Ninh", [15, 5, 5]),
    ("Viên", [2, 5, 4]),
    ("Thân", [10, 10, 3]),
    ("Giáp", [12, 1, 1]),
    ("Ông", [1, 6, 10]),
    ("Mạc", [12, 6, 8]),
    ("Khổng", [10, 2, 2]),
    ("Hồng", [2, 4, 12]),
    ("Âu", [5, 3, 12]),
    ("Sầm", [3, 2, 4]),
    ("Tiêu", [5, 5, 12]),
    ("Trang", [2, 4, 18]),
];

pub(super) fn column(speech: Speech) -> usize {
    match speech {
        Speech::North => 0,
        Speech::Central => 1,
        Speech::South => 2,
    }
}

/// Middle names (with weight) and given names of one sex and generation.
pub(super) struct Pool {
    pub(super) middles: &'static [(&'static str, u32)],
    pub(super) givens: &'static str,
}

/// Number of generations that [`pool`] knows.
pub(super) const GENERATIONS: usize = 4;

/// Born before 1955, 1955–1979, 1980–1999, from 2000 on.
pub(super) fn generation(birth_year: i16) -> usize {
    match birth_year {
        ..1955 => 0,
        1955..1980 => 1,
        1980..2000 => 2,
        _ => 3,
    }
}

pub(super) fn pool(sex: Sex, generation: usize) -> Pool {
    match (sex, generation) {
        (Sex::Male, 0) => Pool {
            middles: &[
                ("Văn", 600),
                ("Đình", 50),
                ("Hữu", 50),
                ("Xuân", 40),
                ("Đức", 40),
                ("Ngọc", 30),
                ("Bá", 20),
                ("Công", 20),
                ("Quang", 20),
                ("Trọng", 15),
                ("Khắc", 15),
                ("", 60),
            ],
            givens: "Ba Bảy Bình Bính Bốn Cảnh Cẩn Chắt Chiến Chính Chỉnh Chung Chương Cư Cử Cường Cúc Dần Diễn Du Dũng \
                     Dương Đào Đáng Đạt Điền Định Đô Đoàn Được Giáp Hải Hai Hạnh Hiền Hiếu Hiển Hòa Hoạch Hoàn Hoan Hội \
                     Hồng Hợi Hợp Hùng Hưng Khải Khang Kháng Khoa Khôi Kiên Kiểm Kỳ Lân Lập Lịch Liêm Liễu Long Lộc Luân \
                     Lực Lương Lượng Mạch Mão Mậu Minh Mùi Mười Mưu Năm Ngà Ngân Nghĩa Nghiêm Ngọ Nhân Nhâm Ninh Nuôi Phấn \
                     Phong Phú Phúc Phương Phụng Quế Quý Quyền Quyết Sáng Sáu Sinh Soạn Sơn Sự Sửu Tám Tài Tâm Tần Tạo Tấn \
                     Tỵ Thái Thanh Thành Thân Thắng Thạch Thảo Thế Thiện Thịnh Thọ Thông Thơm Thu Thuần Thụ Thuận Thức Tiến \
                     Tình Toàn Toán Trí Trọng Trung Trường Tuất Túc Tư Út Vinh Vượng Xuân Xương Ý Yên",
        },
        (Sex::Male, 1) => Pool {
            middles: &[
                ("Văn", 450),
                ("Thanh", 60),
                ("Đức", 60),
                ("Hữu", 60),
                ("Xuân", 45),
                ("Quang", 50),
                ("Minh", 50),
                ("Ngọc", 50),
                ("Đình", 40),
                ("Quốc", 40),
                ("Công", 35),
                ("Hoàng", 30),
                ("Trọng", 25),
                ("Bá", 15),
                ("Duy", 20),
                ("Viết", 10),
                ("Thế", 15),
                ("Hồng", 20),
            ],
            givens: "An Anh Ánh Ẩn Ân Bằng Bảo Bảy Biên Bình Bích Bửu Cảnh Châu Chí Chiến Chinh Chính Chức Chung Công Cương \
                     Cường Danh Dân Diệu Doanh Duẩn Dũng Duy Dương Đại Đạo Đạt Đệ Định Đoàn Đông Đồng Đức Được Giang Giáo \
                     Hà Hải Hậu Hiến Hiển Hiệp Hiếu Hòa Hoan Hoàn Hoàng Hoạt Hồng Hợp Huấn Hùng Huy Huỳnh Hưng Hướng Hưởng \
                     Kha Khanh Khánh Khoa Khương Kiên Kiệt Kỳ Lai Lâm Lân Lập Lễ Liêm Linh Long Lộc Lợi Luân Luận Luyện Lực \
                     Lương Mạnh Minh Mừng Mỹ Nam Năm Nghĩa Ngọc Nguyên Nhã Nhân Nhật Nhị Ninh Phấn Phong Phóng Phú Phúc \
                     Phước Phương Quân Quang Quảng Quế Quốc Quý Quyền Quyết Quỳnh Sang Sáng Sáu Sĩ Sinh Sơn Sử Tài Tám Tâm Tân \
                     Tấn Tập Thạch Thái Thanh Thành Thao Thảo Thắng Thiện Thiệp Thìn Thịnh Thọ Thoại Thông Thơ Thu Thuận \
                     Thủy Thức Thương Thường Tiến Tín Tính Tình Toàn Tới Trí Triển Triều Trọng Trung Trực Trường Tú Tuân \
                     Tuấn Tùng Tuyên Tuyến Tư Tường Tưởng Út Vân Viên Viễn Việt Vinh Võ Vũ Vui Vượng Xuân Xướng Ý",
        },
        (Sex::Male, 2) => Pool {
            middles: &[
                ("Văn", 300),
                ("Đức", 70),
                ("Minh", 75),
                ("Quang", 60),
                ("Thanh", 60),
                ("Hoàng", 60),
                ("Quốc", 60),
                ("Ngọc", 55),
                ("Anh", 40),
                ("Hữu", 45),
                ("Xuân", 35),
                ("Duy", 45),
                ("Tuấn", 35),
                ("Đình", 35),
                ("Thành", 30),
                ("Trung", 25),
                ("Công", 30),
                ("Mạnh", 25),
                ("Tấn", 20),
                ("Trọng", 20),
                ("Thế", 20),
                ("Nhật", 20),
                ("Việt", 15),
                ("Bảo", 12),
                ("Phước", 12),
            ],
            givens: "An Ân Anh Anh Bách Bảo Bằng Bắc Bình Bình Cảnh Chiến Chiêu Chính Chung Chương Công Cương Cường Cường \
                     Danh Duy Duy Dũng Dũng Dương Dương Đại Đạt Đạt Đăng Điệp Định Đông Đức Đức Giang Giáp Hà Hải Hải Hào Hảo \
                     Hậu Hân Hiến Hiển Hiệp Hiếu Hiếu Hòa Hoan Hoàn Hoàng Hoàng Học Hợp Huân Huấn Hùng Hùng Huy Huy Hưng Hưng \
                     Hưởng Kha Khải Khang Khanh Khánh Khoa Khôi Khương Kiên Kiên Kiệt Kỳ Lâm Lân Lập Linh Long Long Lộc Lợi Luân \
                     Luật Lực Lương Lượng Mạnh Mạnh Minh Minh Nam Nam Nghĩa Nghị Nghiêm Ngọc Nguyên Nhân Nhân Nhật Nhựt Ninh \
                     Phát Phi Phong Phong Phú Phúc Phúc Phước Phương Quân Quân Quang Quang Quốc Quý Quyền Quyết Quỳnh Sang \
                     Sáng Sinh Sơn Sơn Sỹ Tài Tài Tâm Tân Tấn Thạch Thái Thái Thanh Thành Thành Thao Thắng Thắng Thế Thi Thiên \
                     Thiện Thiết Thịnh Thịnh Thọ Thông Thuận Thuật Thức Thương Tiến Tiến Tiệp Tín Tình Toản Toàn Toàn Trí Triều \
                     Trình Trọng Trung Trung Trực Trường Trường Tú Tú Tuân Tuấn Tuấn Tùng Tùng Tuyên Tuyển Tường Văn Vĩ Việt \
                     Việt Vinh Vinh Vũ Vũ Vượng Vương Xuân",
        },
        (Sex::Male, _) => Pool {
            middles: &[
                ("Minh", 120),
                ("Gia", 90),
                ("Đức", 65),
                ("Anh", 60),
                ("Bảo", 60),
                ("Quang", 50),
                ("Hoàng", 60),
                ("Nhật", 45),
                ("Tuấn", 40),
                ("Duy", 45),
                ("Quốc", 45),
                ("Thanh", 30),
                ("Thành", 25),
                ("Văn", 70),
                ("Hải", 25),
                ("Khánh", 20),
                ("Đăng", 30),
                ("Thiên", 20),
                ("Trung", 20),
                ("Tiến", 20),
                ("Ngọc", 25),
                ("Phúc", 20),
                ("Hữu", 25),
                ("Công", 15),
                ("Đình", 15),
                ("Xuân", 12),
                ("Việt", 15),
                ("Nguyên", 12),
                ("Hà", 6),
                ("Bá", 6),
            ],
            givens: "An An Anh Anh Anh Ân Bách Bảo Bảo Bảo Bằng Bình Châu Chiến Cương Cường Danh Du Duy Duy Dũng Dương Dương Đại \
                     Đan Đạt Đạt Đăng Đăng Điền Đông Đức Đức Giang Hải Hải Hào Hậu Hiển Hiệp Hiếu Hiếu Hiệu Hòa Hoàng Hoàng Huân Hùng Huy \
                     Huy Huy Hưng Hưng Kha Khải Khải Khang Khang Khang Khánh Khánh Khiêm Khoa Khoa Khôi Khôi Khôi Khương Kiên \
                     Kiên Kiệt Kiệt Kỳ Lâm Lâm Lân Linh Long Long Lộc Lợi Luân Lực Mạnh Minh Minh Minh Nam Nam Nam Nghĩa Nghị Nghiêm \
                     Ngọc Nguyên Nguyên Nhân Nhân Nhật Nhật Phát Phát Phi Phong Phong Phong Phú Phú Phúc Phúc Phúc Phước Quân Quân \
                     Quân Quang Quang Quốc Quý Quyền Sang Sâm Sơn Sơn Tài Tâm Tân Tấn Thái Thái Thạch Thành Thành Thắng Thiên \
                     Thiên Thiện Thịnh Thịnh Thông Thuận Tiến Tiến Tín Toàn Trí Trí Triết Triệu Trọng Trung Trung Trường Tú Tuấn Tuấn \
                     Tùng Tùng Tường Uy Văn Vĩ Việt Việt Vinh Vinh Vũ Vũ Vương Vỹ",
        },
        (Sex::Female, 0) => Pool {
            middles: &[("Thị", 930), ("Ngọc", 15), ("Kim", 10), ("", 25), ("Thanh", 8), ("Bích", 4)],
            givens: "Ái An Ba Bảy Bé Bến Bích Bình Bông Cam Chanh Chắt Chi Chiên Chín Chính Chúc Chuyên Cúc Dậu Dần Dung Duyên \
                     Đào Đẹp Điểm Định Đỏ Đông Đượm Gái Gấm Giỏi Hai Hải Hành Hạnh Hảo Hằng Hát Hân Hậu Hiên Hiền Hiệp Hiếu Hoa Hòa \
                     Hoan Hòe Hồng Hơn Hợi Huê Huệ Hường Hương Khuyên Kiên Là La Lạc Lài Lan Lành Lan Lệ Liên Liễu Lịch Lợi Lụa \
                     Luyến Lý Mai Mão Mận Mây Mến Miên Miền Mơ Mùa Mùi Mười Mỹ Na Năm Nên Nga Ngân Ngát Nghi Nghĩa Ngọ Ngọc Nguyệt Nhài \
                     Nhàn Nhạn Nhâm Nho Nhung Nhu Nhường Ninh Nụ Nuôi Oanh Phấn Phượng Phương Quế Quy Quý Rơi Sang Sáu Sâm Sen Sợi \
                     Sửu Tám Tân Tâm Tẹo Tèo Thái Thanh Thành Thắm Thân Thêu Thí Thìn Thoa Thoan Thơ Thơm Thu Thuận Thủy Thư Thược Tị \
                     Tình Tỉnh Toan Tơ Trang Trinh Tuất Tuyết Tuyên Tư Tý Tươi Út Vân Vinh Vui Xoan Xuân Xuyến Ý Yên Yến",
        },
        (Sex::Female, 1) => Pool {
            middles: &[
                ("Thị", 640),
                ("Thị Thanh", 30),
                ("Thị Kim", 40),
                ("Thị Ngọc", 40),
                ("Thị Thu", 35),
                ("Thị Hồng", 35),
                ("Thị Minh", 20),
                ("Thị Bích", 22),
                ("Thị Mỹ", 18),
                ("Kim", 30),
                ("Ngọc", 30),
                ("Thanh", 22),
                ("Thu", 18),
                ("Bích", 14),
                ("Hồng", 14),
                ("Mỹ", 10),
                ("Thị Tuyết", 10),
                ("Thúy", 8),
            ],
            givens: "Ái An Anh Ánh Ba Bảy Bé Bích Bình Cẩm Châm Châu Chi Chinh Chính Chung Cúc Diễm Diện Diệp Diệu Dung Duyên Đào \
                     Định Đông Gái Giang Giàu Hà Hải Hạnh Hảo Hằng Hân Hậu Hiên Hiền Hiếu Hoa Hòa Hoan Hoàn Hồng Hợi Hợp Huệ Huế Huyền \
                     Hương Hường Khanh Khánh Khuê Khuyên Kiều Kim Kính Lan Lành Lệ Liên Liễu Linh Loan Lộc Lợi Lụa Luyến Lương Ly Lý \
                     Mai Mận Mến Miền Minh Mơ Mùi Mười Mỹ Na Năm Nga Ngà Ngân Nghĩa Ngoan Ngọc Nguyên Nguyệt Nhạn Nhàn Nhã Nhi Nhiên Nhung \
                     Nhị Như Nữ Oanh Phấn Phi Phúc Phương Phượng Phước Quế Quyên Quý Quỳnh Sáu Sen Sinh Soa Sương Tám Tâm Thanh Thảo Thắm \
                     Thắng Thân Thê Thoa Thoan Thơ Thơm Thu Thuận Thúy Thủy Thùy Thư Thương Tiên Tiến Tình Tĩnh Trà Trang Trâm Trinh Trúc \
                     Tú Tuyến Tuyền Tuyết Tư Tươi Út Uyên Vân Vi Viên Vinh Vui Vy Xinh Xuân Xuyến Yên Yến",
        },
        (Sex::Female, 2) => Pool {
            middles: &[
                ("Thị", 430),
                ("Thị Thu", 50),
                ("Thị Thanh", 45),
                ("Thị Ngọc", 45),
                ("Thị Hồng", 40),
                ("Thị Kim", 35),
                ("Thị Minh", 25),
                ("Thị Phương", 25),
                ("Thị Mỹ", 25),
                ("Thị Bích", 25),
                ("Thị Thùy", 18),
                ("Thị Hoài", 14),
                ("Thị Cẩm", 12),
                ("Thị Lan", 14),
                ("Ngọc", 35),
                ("Thanh", 30),
                ("Thu", 25),
                ("Kim", 25),
                ("Phương", 20),
                ("Minh", 20),
                ("Hồng", 16),
                ("Thùy", 14),
                ("Bích", 12),
                ("Mỹ", 12),
                ("Hoàng", 8),
                ("Khánh", 8),
                ("Diệu", 6),
            ],
            givens: "Ái An Anh Anh Anh Ánh Ân Bích Bình Châm Châu Chi Chi Chinh Chúc Cúc Diễm Diễm Diệp Diệu Dịu Dung Dung Duyên Duyên \
                     Dương Đan Đào Điệp Giang Giang Hà Hà Hạ Hải Hạnh Hạnh Hảo Hằng Hằng Hân Hậu Hiên Hiền Hiền Hiếu Hoa Hoa Hòa Hoài Hoàn \
                     Hồng Hồng Huế Huệ Huyền Huyền Hương Hương Hường Hường Khánh Khuyên Kiều Kiều Lam Lan Lan Lành Lệ Liên Liên Liễu \
                     Linh Linh Linh Loan Lợi Lụa Luyến Lương Ly Ly Lý Mai Mai Mận Mến Miên Minh Mơ My Mỹ Na Nga Nga Ngà Ngân Ngân Ngoan Ngọc \
                     Ngọc Nguyên Nguyệt Nhã Nhàn Nhi Nhi Nhiên Nhung Nhung Như Như Nữ Nương Oanh Oanh Phấn Phúc Phương Phương Phượng Phượng \
                     Quế Quyên Quyên Quỳnh Quỳnh Sang Sen Sinh Sương Tâm Tâm Thanh Thanh Thảo Thảo Thảo Thắm Thắm Thi Thoa Thơ Thơm Thu \
                     Thu Thuận Thúy Thúy Thủy Thủy Thùy Thư Thương Thương Tiên Tiên Tình Trà Trang Trang Trang Trâm Trân Trinh Trinh \
                     Trúc Tú Tuyền Tuyến Tuyết Tuyết Tươi Uyên Uyên Vân Vân Vi Viên Vui Vy Vy Xinh Xuân Xuyến Yên Yến Yến",
        },
        (Sex::Female, _) => Pool {
            middles: &[
                ("Thị", 110),
                ("Ngọc", 110),
                ("Bảo", 85),
                ("Minh", 60),
                ("Khánh", 55),
                ("Phương", 55),
                ("Thanh", 45),
                ("Gia", 45),
                ("Quỳnh", 35),
                ("Thảo", 30),
                ("Hà", 30),
                ("Kim", 30),
                ("Mai", 25),
                ("Tuệ", 20),
                ("Tường", 15),
                ("Thùy", 25),
                ("Thu", 20),
                ("Hải", 20),
                ("Linh", 15),
                ("Diệu", 15),
                ("Hồng", 15),
                ("Yến", 15),
                ("Thiên", 15),
                ("Hoàng", 18),
                ("Trúc", 15),
                ("Anh", 15),
                ("Cẩm", 10),
                ("Thị Ngọc", 25),
                ("Thị Thanh", 18),
                ("Thị Thu", 14),
                ("Thị Phương", 12),
                ("Thị Kim", 10),
                ("Nguyễn Ngọc", 8),
                ("Nguyễn Bảo", 8),
                ("Ngọc Bảo", 10),
                ("Ngọc Minh", 8),
                ("Ngọc Khánh", 8),
            ],
            givens: "Ái An An An Anh Anh Anh Anh Ánh Ân Băng Bình Bối Châu Châu Châu Chi Chi Chi Chúc Cúc Diễm Diệp Diệp Dung Duyên Duyên \
                     Dương Dương Đan Đào Đoan Giang Giang Giao Hà Hà Hạ Hạnh Hằng Hân Hân Hân Hiền Hiền Hoa Hoài Hồng Huyền Huyền Hương \
                     Hương Khanh Khánh Khuê Khuê Kiều Kim Kỳ Lam Lam Lan Lan Liên Linh Linh Linh Linh Loan Ly Ly Mai Mai Mẫn Mi Minh Minh Mỹ My \
                     My My Mỹ Na Nga Ngân Ngân Ngân Nghi Nghi Ngọc Ngọc Nguyên Nguyên Nguyệt Nhã Nhi Nhi Nhi Nhi Nhiên Nhung Như Như Như \
                     Oanh Phúc Phương Phương Phương Phượng Quyên Quyên Quỳnh Quỳnh San Sương Tâm Tâm Thanh Thảo Thảo Thảo Thi Thoa Thơ Thu \
                     Thục Thúy Thủy Thùy Thư Thư Thư Thương Thy Thy Tiên Tiên Trà Trà Trang Trang Trang Trâm Trâm Trâm Trân Trân Trinh \
                     Trúc Trúc Tú Tuệ Tuyền Tuyền Tuyết Tường Uyên Uyên Vân Vân Vi Viên Vy Vy Vy Vy Xuân Ý Yên Yến Yến",
        },
    }
}
