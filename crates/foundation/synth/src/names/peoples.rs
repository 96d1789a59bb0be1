//! The peoples and how they name: forms, surnames or clans, given names.
//!
//! Codes and names are those of the national list of peoples (QĐ 121-TCTK/PPCĐ, 1979). `_` stands for a space within
//! one name. An empty pool of given names means: as the Kinh of the same time.

/// How the parts of a name are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// Surname, middle, given: Lò Thị Ún.
    SurnameFirst,
    /// Mark of sex, given, clan: H'Linh Niê, Y Thon Mlô.
    ClanLast,
    /// Clan, then given with its mark: Ksor H'Yen, Siu Blơh.
    ClanFirst,
    /// Mark of sex and given, no surname: A Thút, Ka Dim, K'Brêu.
    NoSurname,
}

pub(super) struct People {
    pub(super) code: u8,
    pub(super) name: &'static str,
    pub(super) form: Form,
    /// Children belong to the mother's clan.
    pub(super) matrilineal: bool,
    pub(super) surnames: &'static str,
    /// Middle name, or mark of sex, of men and women.
    pub(super) marks: [&'static str; 2],
    pub(super) givens: [&'static str; 2],
}

const fn surnames(
    code: u8,
    name: &'static str,
    surnames: &'static str,
    marks: [&'static str; 2],
    givens: [&'static str; 2],
) -> People {
    People { code, name, form: Form::SurnameFirst, matrilineal: false, surnames, marks, givens }
}

const fn clans(
    code: u8,
    name: &'static str,
    form: Form,
    surnames: &'static str,
    marks: [&'static str; 2],
    givens: [&'static str; 2],
) -> People {
    People { code, name, form, matrilineal: true, surnames, marks, givens }
}

/// Official code of the majority.
pub(super) const KINH: u8 = 1;

pub(super) static PEOPLES: [People; 29] = [
    surnames(KINH, "Kinh", "", ["", ""], ["", ""]),
    surnames(
        2,
        "Tày",
        "Nông Nông Hoàng Hoàng Lý Bế Đàm Triệu Ma Lương Hà Hứa La Vi Long Mông Dương Nguyễn Lục Mã Lưu Chu Phùng",
        ["Văn", "Thị"],
        ["", ""],
    ),
    surnames(
        3,
        "Thái",
        "Lò Lò Lò Cà Quàng Lường Tòng Vì Cầm Hoàng Đèo Bạc Lù Điêu Kha Vi Lang Lô Hà Lương Ngân Sầm Mè",
        ["Văn", "Thị"],
        [
            "Ánh Biên Bun Chiến Chung Cương Dũng Đôi Hặc Hịa Hoan Hùng Hương In Khăm Khiêm Lả Lún Muôn Nọi Ọt Pâng Pản \
             Phong Pọm Quyết Sơn Thắm Thiên Thoan Tỉnh Toán Tưởng Ún Xôm Xuân",
            "Ánh Bình Bua Chiển Chựa Diên Dung Đôi Hặc Hiêng Hoa Hom Inh Khuyên Lả Lan Mai Nga Nọi Pâng Phương Piềng Pỏm \
             Quyên Thân Thoa Tiên Tươi Ún Vân Xiên Xinh Xuân Yêu",
        ],
    ),
    surnames(
        4,
        "Hoa",
        "Trần Lâm Lâm Quách Lý Tăng Châu Hứa Lưu Vương Trịnh Mã Thái Ngô La Tô Giang Âu Hồng Lương Huỳnh Phù Vòng Lai \
         Từ Tiêu",
        ["Chí", "Mỹ"],
        [
            "An Bang Bình Cường Dũng Hào Hòa Hùng Huy Kiên Kiệt Lâm Long Minh Nghiệp Phát Phong Phú Quân Quang Quyền Tài Tân \
             Thành Toàn Tường Vinh Xương",
            "Anh Châu Dinh Dung Hà Hân Hoa Huệ Kim Lan Lệ Liên Linh Loan Mai Muội Nghi Ngọc Nguyệt Nhi Phấn Phụng Phương \
             Quyên Tiên Trân Vân Xuân Yến",
        ],
    ),
    surnames(
        5,
        "Khơ-me",
        "Thạch Thạch Thạch Sơn Sơn Kim Kim Danh Danh Danh Lâm Kiên Châu Lý Trần Liêu Tăng Đào",
        ["", "Thị"],
        [
            "Bô_Ra Chanh_Đa Chanh_Ra Đa_Ra Hên Khêm Ly Mây Na_Rinh Nhươl Pho_La Ra_Thi Rây Sa_Mết Sa_Mon Sa_Rương Sa_Rinh \
             Sa_Vanh Sa_Vươn Sóc_Kha Sóc_Na Sô_Phol Sô_Thi Suôl Tha_Na Thol Tuôl Út Vi_Na Vuth",
            "Bô_Pha Chanh_Na Chanh_Thi Đa_Ni Hiên Hường Kim_Hên Na_Ri Na_Rươne Ngọc_Sa Pha_La Phol_Ly Ra_Vy Sa_Ly Sa_Mone \
             Sa_Phia Sa_Quây Sa_Rết Sa_Vy Sóc_Thia Sô_Phia Sô_Vanh Thia Thươl Tha_Vy Vi_Sal",
        ],
    ),
    surnames(
        6,
        "Mường",
        "Bùi Bùi Bùi Bùi Đinh Đinh Quách Hà Bạch Phạm Trương Cao Nguyễn Xa Phùng",
        ["Văn", "Thị"],
        ["", ""],
    ),
    surnames(
        7,
        "Nùng",
        "Nông Nông Hoàng Lý Lương Triệu Vi Hứa Lục Mông Chu Đàm Long Vương Tô Lâm Sầm Lăng Hà Linh",
        ["Văn", "Thị"],
        ["", ""],
    ),
    surnames(
        8,
        "Hmông",
        "Giàng Giàng Sùng Sùng Vàng Vàng Thào Thào Lý Lý Hạng Mùa Cứ Lầu Hờ Vừ Ly Má Tráng Ma Hầu Chang Vù",
        ["A", "Thị"],
        [
            "Bằng Cáng Chá Chinh Chống Chu Chua Dạy Dế Dê Dình Dơ Dua Giống Hồ Khua Lầu Lồng Lù Lử Mua Nênh Nhà Nủ Páo Phềnh \
             Phử Sà Sài Sử Sinh Só Sở Súa Tính Tòng Tủa Vảng Vư Xà",
            "Bầu Chá Chi Chư Cở Dế Dợ Dung Dính Giông Ka Khu Lan Lỳ Máy Mái Mảo Mỷ Mo Nhìa Pà Pàng Pla Say Sáy Sông Sua Súa Tông \
             Tồng Và Vá Xia Xua",
        ],
    ),
    surnames(
        9,
        "Dao",
        "Bàn Bàn Triệu Triệu Đặng Đặng Phùng Phàn Lý Chảo Tẩn Tẩn Lò Hoàng Dương",
        ["Văn", "Thị"],
        [
            "An Chiêu Chòi Cường Diện Giang Hiện Hội Hưng Khuôn Lâm Liều Luồng Minh Nhàn Phấu Phú Phúc Quẩy Sinh Sơn Tài Tiến Toàn \
             Trình Vạn Vảng Vinh",
            "Chiệp Coi Dung Duyên Ghến Hoa Hương Lai Lan Liên Lụa Mai Máy Mẩy Múi Mùi Nái Nga Nhậy Phẩy Sểnh Sinh Thơm Tiên Tình Xuân \
             Yến",
        ],
    ),
    clans(
        10,
        "Gia-rai",
        Form::ClanFirst,
        "Rơ_Châm Rơ_Châm Siu Siu Siu Ksor Ksor Nay Nay Rmah Rmah Kpă Rah_Lan Kpuih Puih Rơ_Lan Hiao Kơ_Sor",
        ["", "H'"],
        [
            "Blơh Bơm Chơt Djưp Glêu Hlim Hơn Hyơk Jơn Klơh Kri Krơn Lơm Nhơn Phum Plưk Sơn Tăk Thin Thul Thưn Tơ Wưn Yơn",
            "Bích Bơ Chuên Dơ Hiên Hlim Hoan Khuyên Lan Lem Mơ Ngơ Nhung Nơi Ơn Phơi Pyưng Rin Sương Thuyên Trinh Yen Yung",
        ],
    ),
    clans(
        12,
        "Ê-đê",
        Form::ClanLast,
        "Niê Niê Niê Niê Mlô Mlô Ênuôl Ênuôl Byă Byă Kbuôr Êban Êban Kđoh Niê_Kđăm Ayun Hđơk Hwing Knul Buôn_Yă \
         Buôn_Krông Kriêng Hmok",
        ["Y_", "H'"],
        [
            "Bliêk Blŭm Dhăm Dlưm Hiêm Jŭt Khăm Khoan Krang Linh Luôm Mơr Nai Nguyên Phương Rôbe Sam Suôl Thịnh Thon Tlar Tuấn Wang \
             Wik",
            "Bia Blăk Dim Dliê Duyên Giang Hương Jun Khuê Len Linh Loan Mai Mla Nga Ngọc Nhiên Nuôn Phi Ren Rin Ruê Sương Trinh Wơn \
             Yar",
        ],
    ),
    surnames(13, "Ba-na", "Đinh", ["", "Thị"], BAHNAR),
    clans(14, "Xơ-đăng", Form::NoSurname, "", ["A_", "Y_"], SEDANG),
    surnames(
        15,
        "Sán Chay",
        "Hoàng Trần Ninh La Lục Tống Nịnh Trương Lâm Chu Sầm Tạ",
        ["Văn", "Thị"],
        ["", ""],
    ),
    clans(
        16,
        "Cơ-ho",
        Form::NoSurname,
        "",
        ["K'", "Ka_"],
        [
            "Biên Bràng Brêu Brơm Doan Đệ Giáo Hiền Khiếu Krèm Lâm Long Minh Nhàn Phong Riêng Sung Tèo Thuận Tiếu Túc Văn Vinh Wan",
            "Biên Breng Diễm Dim Dung Hằng Hiền Hoàn Huyền Lan Liên Ly Mai Ngọc Nhung Phương Reo Sang Thảo Thoa Thu Thủy Trang Yến",
        ],
    ),
    surnames(
        17,
        "Chăm",
        "Đàng Đàng Bá Quảng Thành Não Đổng Đổng Lưu Trượng Thập Hán Dụng Báo Kiều Châu Qua Lâm Ngụy Đạt Nguyễn Thạch Lộ \
         Phú",
        ["Văn", "Thị"],
        ["", ""],
    ),
    surnames(
        18,
        "Sán Dìu",
        "Diệp Diệp Lưu Từ Trương Ân Lê Tống Trần Đặng Hoàng Lý Ngô",
        ["Văn", "Thị"],
        ["", ""],
    ),
    surnames(19, "Hrê", "Phạm Phạm Phạm Đinh Đinh", ["Văn", "Thị"], HRE),
    clans(
        20,
        "Mnông",
        Form::NoSurname,
        "",
        ["Y_", "H'"],
        [
            "Bách Bông Brung Đuôm Glêng Hiêng Krai Krông Lâm Mbi Ndong Nhung Phôn Rôn Sơn Srang Thuê Tranh Tung Xuân",
            "Bình Bông Dơng Glung Hiêng Jrơi Khưm Lan Mai Mpơi Ndong Nhương Phơi Rôn Srơi Thương Tranh Ưm Yơn Yuê",
        ],
    ),
    surnames(
        21,
        "Ra-glai",
        "Chamaléa Chamaléa Katơr Katơr Pi_Năng Cao Cao Bo_Bo Mấu Mang Tro Tà_Yên Patâu_Axá",
        ["Văn", "Thị"],
        ["", ""],
    ),
    surnames(
        22,
        "Xtiêng",
        "Điểu",
        ["", "Thị"],
        [
            "Bé Biên Bơi Chiến Đen Giá Hăng Hiếu Hoan Khan Khoan Krá Lang Lên Long Mưng Ngọt Nhơn Ôn Phiên Rách Sơn Thanh Thơi Tiến Ưng \
             Xuân",
            "Bé Bích Bưi Chớt Diệp Đốt Giang Hết Hiền Hơ Khươn Lan Liên Mai Mít Mưi Ngọc Nhươm Phượng Rim Sa Sen Thơm Thương Yên",
        ],
    ),
    surnames(23, "Bru-Vân Kiều", "Hồ", ["Văn", "Thị"], BRU),
    surnames(24, "Thổ", "Trương Trương Lê Nguyễn Cao Hoàng Bùi Lương", ["Văn", "Thị"], ["", ""]),
    surnames(25, "Giáy", "Vàng Vàng Lý Lù Hoàng Nông Vi Lò Phan", ["Văn", "Thị"], ["", ""]),
    surnames(
        26,
        "Cơ-tu",
        "Alăng Alăng Bhling Bríu Zơrâm Arất Pơloong Coor Hốih Ating Bhnướch Cơlâu Ríah Alăng",
        ["Văn", "Thị"],
        ["", ""],
    ),
    clans(27, "Gié-Triêng", Form::NoSurname, "", ["A_", "Y_"], SEDANG),
    clans(
        28,
        "Mạ",
        Form::NoSurname,
        "",
        ["K'", "Ka_"],
        [
            "Brôi Bres Briu Dũng Điệp Giỏi Hùng Jòm Krăng Lộc Lý Nhơn Ngọt Phú Sáu Sơn Tam Thanh Thắng Tim Tuấn Wên",
            "Bem Brìn Duyên Gái Hạnh Hòa Hương Jìm Lìm Luyến Mừng Nga Ngoan Nhẹt Phượng Rơm Sáu Thắm Tím Tuyết Út Vân",
        ],
    ),
    surnames(29, "Khơ-mú", "Lò Moong Moong Cụt Lữ Hoa Ven Xeo Quàng Lường Chích", ["Văn", "Thị"], ["", ""]),
    surnames(31, "Tà-ôi", "Hồ Hồ Hồ Lê Viên A_Viết", ["Văn", "Thị"], BRU),
];

const BAHNAR: [&str; 2] = [
    "Blơm Bri Chênh Chơn Djưng Gơnh Hmưnh Hơnh Jrơng Khênh Klếp Lơnh Lơk Mơnh Nhưnh Ngưm Phơm Plênh Thơm Trơnh Xưn Yưk",
    "Blênh Chơnh Djênh Gái Hên Hlơi Hyơn Khưn Klơnh Lênh Lơm Mưi Nhơn Ngơn Phưm Plơi Tênh Thưn Trênh Xênh Yên",
];
const SEDANG: [&str; 2] = [
    "Blong Brôl Chiến Đeng Điêu Hảo Hiêng Hlun Kheng Kiên Lễ Long Mưn Nhiên Nghĩa Phiên Pông Sỹ Thăng Thế Thiu Thút Tiêu Tuyên Veng \
     Xuân",
    "Bé Blen Chênh Dên Diên Đứp Hạnh Hiêng Hlanh Khem Lan Liên Mai Mưn Ngân Nhem Phiếu Pôi Sen Sương Thanh Thiên Tuyết Vân Veng \
     Xuân",
];
const HRE: [&str; 2] = [
    "Ba Bay Chiêm Chít Đang Đía Găng Giối Hành Khoai Kiêm Lếp Mía Nghi Nhây Reo Sơn Tăng Thu Tố Trích Ưng Xí",
    "Bé Buông Chiêng Dế Đây Gái Giang Hiên Hoai Lia Liêu Mây Nga Nghiêu Nhút Reo Sen Sinh Thum Trăng Trơ Xiêm Yêu",
];
const BRU: [&str; 2] = [
    "Bang Chăng Chiến Dương Đông Hiếu Hợi Khăm Khoa Lâm Lúa Miết Minh Ngọc Nhơn Pả Phúc Quân Sơn Thiện Thương Tiếp Xuân Xiêm",
    "Bơi Căn Diêm Hà Hiêm Hoa Hồng Khăm Khiêm Lan Lê Loan Măng Mai Nga Nhung Pườn Phượng Thêm Thoa Thơm Tiếp Vân Xiêm",
];
