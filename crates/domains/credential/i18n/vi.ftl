## Lỗi
credential-not-found = Không tìm thấy giấy tờ này.
credential-forbidden = Bạn không có quyền thực hiện việc này với giấy tờ.
credential-other-document = Mã số này đã được cấp cho một giấy tờ khác.
credential-not-in-force = Giấy tờ này đã bị thay thế hoặc thu hồi.
credential-damaged = Tệp đang lưu không khớp với tệp đã ký. Chúng tôi không gửi tệp này cho bạn.
credential-too-large = Tệp quá lớn. Giấy tờ được phép có dung lượng tối đa { $max } MB.
credential-no-key = Hệ thống tạm thời chưa ký được giấy tờ. Vui lòng thử lại sau.
credential-invalid = Có mục chưa đúng. Vui lòng kiểm tra lại.
credential-reason-required = Hãy nêu lý do thu hồi giấy tờ.
credential-reason-too-long = Lý do quá dài. Hãy viết tối đa { $max } ký tự.
credential-sha256-shape = Mã băm SHA-256 phải gồm 64 chữ số thập lục phân (0–9, a–f).
credential-cursor-shape = Vị trí trang không hợp lệ. Hãy mở lại danh sách từ đầu.
