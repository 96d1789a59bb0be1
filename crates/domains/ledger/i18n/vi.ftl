ledger-not-found = Không tìm thấy lượt truy cập này trong nhật ký. Nếu lượt này vừa diễn ra, hãy thử lại sau vài giây.
ledger-not-yours = Chỉ công dân mới xem được ai đã xem dữ liệu của chính mình.
ledger-broken = Nhật ký đang được kiểm tra nên tạm thời chưa cấp được bằng chứng. Hãy thử lại sau.
ledger-signing = Nhật ký tạm thời chưa ký được. Chúng tôi đã ghi nhận lỗi này.
ledger-cursor = Địa chỉ của trang này không đúng. Hãy xem lại từ trang đầu của danh sách.
