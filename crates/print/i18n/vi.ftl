print-too-long = Văn bản quá dài để in.
print-verify-url = Địa chỉ kiểm tra văn bản không hợp lệ.
print-template = Không in được văn bản vì lỗi của mẫu.
