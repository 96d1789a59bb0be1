//! The 54 peoples of the national list (Danh mục các thành phần dân tộc Việt Nam, QĐ 121-TCTK/PPCĐ of 2 March 1979).
//!
//! The record keeps the number in the list, with two digits; people read the name.

const PEOPLES: [&str; 54] = [
    "Kinh",
    "Tày",
    "Thái",
    "Hoa",
    "Khmer",
    "Mường",
    "Nùng",
    "Mông",
    "Dao",
    "Gia-rai",
    "Ngái",
    "Ê-đê",
    "Ba-na",
    "Xơ-đăng",
    "Sán Chay",
    "Cơ-ho",
    "Chăm",
    "Sán Dìu",
    "Hrê",
    "Mnông",
    "Ra-glai",
    "Xtiêng",
    "Bru-Vân Kiều",
    "Thổ",
    "Giáy",
    "Cơ-tu",
    "Gié-Triêng",
    "Mạ",
    "Khơ-mú",
    "Co",
    "Tà-ôi",
    "Chơ-ro",
    "Kháng",
    "Xinh-mun",
    "Hà Nhì",
    "Chu-ru",
    "Lào",
    "La Chí",
    "La Ha",
    "Phù Lá",
    "La Hủ",
    "Lự",
    "Lô Lô",
    "Chứt",
    "Mảng",
    "Pà Thẻn",
    "Cơ Lao",
    "Cống",
    "Bố Y",
    "Si La",
    "Pu Péo",
    "Brâu",
    "Ơ-đu",
    "Rơ-măm",
];

/// The name of a people by its two digits.
pub fn name(code: &str) -> Option<&'static str> {
    let number: usize = if code.len() == 2 {
        code.bytes().all(|b| b.is_ascii_digit()).then(|| code.parse().ok())??
    } else {
        return None;
    };
    PEOPLES.get(number.checked_sub(1)?).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_two_digits_from_01_to_54() {
        assert_eq!(name("01"), Some("Kinh"));
        assert_eq!(name("54"), Some("Rơ-măm"));
        for bad in ["00", "55", "1", "+1", "001", ""] {
            assert_eq!(name(bad), None, "{bad}");
        }
    }
}
