# Bảng điều khiển cho bên sử dụng dịch vụ xác thực

console-site = Bên sử dụng dịch vụ xác thực
console-nav-clients = Ứng dụng
console-nav-approvals = Chờ duyệt
console-nav-sandbox = Người thử nghiệm
console-nav-desk = Bàn làm việc
console-cancel = Thôi
console-remove = Gỡ
console-until-needed = Hồ sơ basic phải có ngày kết thúc: nhập đủ ngày, tháng, năm.
console-note-needed = Hãy viết lý do để cơ quan đề nghị biết cần sửa gì.

console-role-receiver = Cán bộ tiếp nhận
console-role-decider = Cán bộ giải quyết
console-role-head = Thủ trưởng
console-role-auditor = Cán bộ kiểm tra
console-role-administrator = Quản trị viên

## Danh sách
console-clients-title = Ứng dụng của cơ quan
console-clients-lead = Những trang web và chương trình hỏi người dân qua tài khoản định danh. Bắt đầu ở môi trường thử nghiệm, không phải chờ ai duyệt.
console-clients-none = Cơ quan chưa có ứng dụng nào
console-clients-none-about = Đăng ký một ứng dụng thử nghiệm: năm phút sau là chương trình của bạn gặp được người thử nghiệm đầu tiên.
console-clients-count = { $count ->
   *[other] { $count } ứng dụng
  }
console-owner = Cơ quan
console-state = Tình trạng
console-state-sandbox = Thử nghiệm
console-state-proposed = Chờ duyệt
console-state-approved = Đang dùng
console-state-suspended = Tạm ngừng
console-state-closed = Đã đóng
console-waits-new = Ứng dụng mới
console-waits-change = Chờ duyệt thay đổi

## Đăng ký
console-new = Đăng ký ứng dụng
console-new-lead = Hỏi ít nhất có thể: điều gì không hỏi thì không phải giữ, không phải giải trình.
console-new-send = Đăng ký
console-proposed = Đã ghi nhận. Bước tiếp theo: nộp khóa công khai của ứng dụng.
console-group-about = Ứng dụng là gì
console-group-rules = Cách làm việc
console-group-addresses = Địa chỉ
console-group-claims = Điều được hỏi
console-group-more = Phần thêm
console-more-hint = Bỏ qua được nếu ứng dụng chỉ cần đăng nhập.
console-name = Tên
console-name-vi = Tên ứng dụng
console-name-hint = Người dân đọc tên này khi được hỏi.
console-name-en = Tên tiếng Anh
console-name-en-hint = Cho người đọc tiếng Anh.
console-purpose = Mục đích
console-purpose-vi = Hỏi để làm gì
console-purpose-hint = Một câu nói thẳng với người được hỏi.
console-purpose-en = Mục đích bằng tiếng Anh
console-purpose-en-hint = Cùng ý với câu trên.
console-contact = Hộp thư phụ trách
console-contact-hint = Khi có sự cố, chúng tôi viết vào đây.
console-policy = Trang nói về cách xử lý dữ liệu
console-policy-hint = Bắt đầu bằng https://
console-env = Môi trường
console-env-sandbox = Thử nghiệm
console-env-sandbox-means = Dùng được ngay. Chỉ gặp người không có thật, và mãi là thử nghiệm.
console-env-real = Thật
console-env-real-means = Gặp người dân sau khi được duyệt.
console-profile = Hồ sơ kỹ thuật
console-profile-fapi2 = FAPI 2.0
console-profile-fapi2-means = Yêu cầu gửi trước, khóa thay mật khẩu, mã truy cập gắn với khóa. Chọn mục này nếu thư viện của bạn làm được.
console-profile-basic = Tương thích (basic)
console-profile-basic-means = Mã ủy quyền kèm PKCE, cho thư viện cũ. Phải có ngày kết thúc.
console-profile-basic-until = Tương thích (basic), đến hết { $day }
console-until = Dùng hồ sơ basic đến hết ngày
console-until-hint = Chỉ điền khi chọn basic; nhiều nhất một năm mỗi lần.
console-auth = Cách ứng dụng chứng minh mình
console-auth-private-key-jwt = Khóa riêng ký một lời khẳng định (private_key_jwt)
console-auth-tls-client-auth = Chứng thư do tổ chức cấp chứng thư phát hành (tls_client_auth)
console-auth-self-signed-tls-client-auth = Chứng thư tự ký có khóa đã đăng ký (self_signed_tls_client_auth)
console-auth-client-secret-basic = Mật khẩu trong tiêu đề yêu cầu (client_secret_basic)
console-auth-client-secret-post = Mật khẩu trong thân yêu cầu (client_secret_post)
console-basic-only = Chỉ với hồ sơ basic
console-tls-subject = Chủ thể của chứng thư
console-tls-subject-hint = Dạng RFC 4514, ví dụ CN=app.example.gov.vn,O=Sở Y tế,C=VN. Chỉ với tls_client_auth.
console-sender = Mã truy cập gắn với
console-sender-dpop = Khóa mà ứng dụng đưa ra mỗi lần dùng (DPoP)
console-sender-tls = Chứng thư của kết nối (mTLS)
console-sender-bearer = Không gắn với gì
console-redirect = Địa chỉ nhận trả lời
console-redirect-hint = redirect_uri, mỗi dòng một địa chỉ, so từng ký tự.
console-post-logout = Địa chỉ sau khi đăng xuất
console-post-logout-hint = post_logout_redirect_uri, mỗi dòng một địa chỉ.
console-backchannel = Địa chỉ nhận tin đăng xuất
console-backchannel-hint = Máy chủ của bạn được báo khi người dân đăng xuất hoặc khóa tài khoản.
console-ciba-uri = Địa chỉ nhận tin trả lời của CIBA
console-ciba-uri-hint = Để trống thì ứng dụng tự hỏi lại.
console-sector = Khu vực mã người dùng
console-sector-hint = Các ứng dụng cùng khu vực nhận cùng một mã của một người. Để trống thì theo tên miền của địa chỉ đầu tiên.
console-audiences = Máy chủ tài nguyên
console-audiences-hint = Địa chỉ đầy đủ, mỗi dòng một địa chỉ.
console-resource = Ứng dụng là máy chủ tài nguyên tại
console-resource-hint = Địa chỉ đầy đủ. Ứng dụng kiểm tra được các mã truy cập dành cho địa chỉ này.
console-api-scopes = Phạm vi riêng cho API
console-api-scopes-hint = Cách nhau bằng dấu cách.
console-grants = Cách lấy mã truy cập
console-grant-code = Đăng nhập qua trình duyệt
console-grant-code-means = Người dùng được đưa đến đây rồi quay lại ứng dụng.
console-grant-refresh = Tiếp tục khi người dùng đã rời đi
console-grant-refresh-means = Mã làm mới, đổi sau mỗi lần dùng. Người dùng phải đồng ý riêng.
console-grant-own = Nhân danh chính ứng dụng
console-grant-own-means = Không có người dùng nào; chỉ cho các phạm vi API của ứng dụng.
console-grant-exchange = Thay mặt người dùng ở một máy chủ khác
console-grant-exchange-means = Đổi mã truy cập; mã mới ghi rõ ai đang thay mặt ai.
console-grant-ciba = Hỏi qua điện thoại của người dùng
console-grant-ciba-means = Cho quầy và tổng đài: người dùng trả lời trên thiết bị của mình.
console-grant-device = Màn hình không có bàn phím
console-grant-device-means = Ki-ốt hiện một mã, người dùng nhập mã ấy trên thiết bị của mình.
console-messages = Thông điệp được ký
console-messages-hint = FAPI 2.0 Message Signing, khi cần chứng cứ.
console-message-requests = Yêu cầu (JAR)
console-message-responses = Trả lời (JARM)
console-message-userinfo = Thông tin người dùng
console-message-introspection = Kết quả kiểm tra mã truy cập
console-rs256 = Ký mã định danh bằng RS256 vì thư viện không biết ES256 (chỉ với basic)
console-claims-hint = Ưu tiên câu hỏi có hoặc không: cần biết đủ tuổi thì hỏi đủ tuổi, đừng hỏi ngày sinh. Mỗi điều cần một cơ sở pháp lý.
console-claims-none = Không hỏi gì: chỉ nhận ra người cũ quay lại
console-basis = Cơ sở pháp lý: tên văn bản, điều, khoản
console-claim-identity-level = Mức độ định danh
console-claim-age-over-14 = Đã đủ 14 tuổi hay chưa
console-claim-age-over-16 = Đã đủ 16 tuổi hay chưa
console-claim-age-over-18 = Đã đủ 18 tuổi hay chưa
console-claim-age-over-60 = Đã đủ 60 tuổi hay chưa
console-claim-resident-of = Có cư trú tại một nơi hay không
console-claim-name = Họ, chữ đệm và tên
console-claim-birthdate = Ngày sinh
console-claim-gender = Giới tính
console-claim-personal-number = Số định danh cá nhân
console-sex-male = Nam
console-sex-female = Nữ

## Một ứng dụng
console-tabs = Các phần của ứng dụng
console-tab-overview = Tổng quan
console-tab-keys = Khóa
console-tab-errors = Lỗi của ứng dụng
console-tab-usage = Mức sử dụng
console-tab-snippets = Mã mẫu
console-in-force = Đang có hiệu lực
console-proposal = Đề nghị
console-history = Lịch sử
console-change = Sửa
console-change-title = Sửa { $name }
console-change-send = Gửi thay đổi
console-change-now = Ứng dụng thử nghiệm đổi ngay khi bạn gửi.
console-change-later = Thay đổi có hiệu lực sau khi được duyệt; từ giờ đến lúc đó ứng dụng chạy như cũ.
console-changed = Đã ghi nhận thay đổi.
console-change-waits = Thay đổi chờ duyệt
console-change-waits-about = Chưa có hiệu lực. Người duyệt là người khác với người đề nghị.
console-next-key = Ứng dụng chưa có khóa nên chưa gọi được dịch vụ.
console-next-approval = Đang chờ cơ quan quản lý định danh duyệt. Bạn không phải làm gì thêm.
console-next-suspended = Ứng dụng đang bị tạm ngừng: mọi yêu cầu đều bị từ chối. Lý do ở phần Lịch sử.
console-next-closed = Ứng dụng đã đóng và không mở lại được.
console-suspend = Tạm ngừng
console-suspend-about = Từ lúc này mọi yêu cầu của ứng dụng bị từ chối, ở mọi nơi, trong vòng vài giây.
console-suspended = Đã tạm ngừng ứng dụng.
console-resume = Cho dùng lại
console-resumed = Ứng dụng được dùng lại.
console-close = Đóng vĩnh viễn
console-close-about = Không mở lại được. Mọi mã đã cấp mất hiệu lực.
console-close-sure = Tôi hiểu rằng không mở lại được
console-close-not-sure = Chưa đóng: hãy đánh dấu vào ô xác nhận trước.
console-closed = Đã đóng ứng dụng.
console-note = Lý do
console-note-hint = Cơ quan của ứng dụng đọc được.
console-event-proposed = Đăng ký
console-event-change-proposed = Đề nghị thay đổi
console-event-approved = Được duyệt
console-event-change-approved = Thay đổi được duyệt
console-event-change-refused = Không được duyệt
console-event-suspended = Bị tạm ngừng
console-event-resumed = Được dùng lại
console-event-closed = Đã đóng
console-event-key-added = Thêm khóa
console-event-key-removed = Gỡ khóa
console-event-secret-made = Tạo mật khẩu
console-event-secret-removed = Gỡ mật khẩu
console-event-registered = Chương trình tự đăng ký
console-event-registration-changed = Chương trình tự thay đổi

## Khóa
console-keys = Khóa công khai
console-keys-lead = Chúng tôi chỉ giữ khóa công khai. Khóa riêng không bao giờ rời máy chủ của bạn.
console-keys-none = Chưa có khóa nào.
console-keys-add = Thêm khóa
console-keys-added = { $count ->
   *[other] Đã thêm { $count } khóa. Có hiệu lực ở mọi nơi trong vòng vài giây.
  }
console-key-added = Thêm lúc { $when }
console-key-show = Xem khóa
console-key-removed = Đã gỡ khóa.
console-jwks = Khóa dạng JWK hoặc bộ khóa JWKS
console-jwks-hint = Dán nội dung JSON. Chỉ khóa công khai: ES256, EdDSA hoặc PS256, có kid.
console-keys-roll = Đổi khóa không gián đoạn
console-keys-roll-1 = Thêm khóa mới bên cạnh khóa cũ.
console-keys-roll-2 = Cho chương trình của bạn ký bằng khóa mới, xem mục Lỗi của ứng dụng còn gì không.
console-keys-roll-3 = Gỡ khóa cũ.
console-secrets = Mật khẩu của ứng dụng
console-secrets-none = Chưa có mật khẩu nào.
console-secret-make = Tạo mật khẩu
console-secret-made = Tạo lúc { $when }
console-secret-ends = Hết hạn { $when }
console-secret-removed = Đã gỡ mật khẩu.
console-secret-title = Mật khẩu mới
console-secret-once = Mật khẩu chỉ hiện một lần ở trang này. Chép ngay vào nơi giữ bí mật của máy chủ.
console-secret-until = Dùng được đến
console-secret-kept = Tôi đã chép lại

## Lỗi
console-errors-lead = Những gì chương trình của bạn làm chưa đúng trong bảy ngày qua, kèm cách sửa. Danh sách tự làm mới.
console-errors-none = Không có lỗi nào
console-errors-none-about = Khi một yêu cầu của ứng dụng bị từ chối, lý do và cách sửa sẽ hiện ở đây sau vài giây.
console-errors-count = { $count ->
   *[other] { $count } lần trong giờ ấy
  }
console-advice-identity = Kiểm tra client_id, và khóa hoặc mật khẩu chương trình đang dùng có đúng là khóa hoặc mật khẩu đã đăng ký ở mục Khóa.
console-advice-state = Xem tình trạng ở mục Tổng quan: ứng dụng phải đang được dùng.
console-advice-ended = Đã hết thời hạn của hồ sơ basic: chuyển sang FAPI 2.0, hoặc sửa ứng dụng để xin thời hạn mới.
console-advice-way = Dùng đúng một cách chứng minh, là cách đã đăng ký ở mục Tổng quan.
console-advice-assertion = Kiểm tra lời khẳng định: iss và sub là client_id, aud là issuer, exp không quá năm phút, đồng hồ máy chủ đúng giờ, kid có trong mục Khóa.
console-advice-replay = Mỗi jti chỉ dùng một lần: tạo một thông điệp mới cho mỗi yêu cầu, kể cả khi gửi lại.
console-advice-certificate = Kiểm tra chứng thư mà kết nối gửi đi có phải chứng thư đã đăng ký, và máy chủ trung gian có chuyển chứng thư ấy đi không.
console-advice-grant = Sửa ứng dụng ở mục Tổng quan để xin cách lấy mã này.
console-advice-twice = Có hai nơi cùng dùng một mã. Mỗi mã chỉ dùng một lần; nếu không phải chương trình của bạn làm vậy, coi như mã đã lộ.
console-advice-code = Mã chỉ sống 60 giây và chỉ đổi được bằng chính ứng dụng đã xin: đổi ngay khi nhận được.
console-advice-pkce = Gửi code_challenge với phương pháp S256, giữ code_verifier trong phiên của người dùng và gửi kèm khi đổi mã.
console-advice-refresh = Hết hiệu lực hoặc người dùng đã rút lại: đưa người dùng đăng nhập lại. Luôn lưu mã làm mới nhận được sau cùng.
console-advice-binding = Dùng cùng một khóa DPoP hoặc chứng thư từ lúc xin mã đến lúc dùng mã.
console-advice-nonce = Không phải lỗi: lấy nonce trong tiêu đề DPoP-Nonce và gửi lại. Thư viện thường tự làm.
console-advice-proof = Kiểm tra bằng chứng DPoP: htm và htu đúng với yêu cầu, iat là bây giờ, ath đúng với mã truy cập, đúng một tiêu đề DPoP.
console-advice-redirect = redirect_uri phải giống từng ký tự với một địa chỉ ở mục Tổng quan, kể cả dấu gạch chéo cuối.
console-advice-push = Gửi yêu cầu đến điểm PAR trước, rồi đưa trình duyệt đi với request_uri nhận được trong vòng 90 giây.
console-advice-object = Ký yêu cầu bằng khóa đã đăng ký: iss là client_id, aud là issuer, có exp; không lồng request hay request_uri bên trong.
console-advice-rights = Ứng dụng chưa được phép hỏi điều này: bỏ khỏi yêu cầu, hoặc sửa ứng dụng để xin thêm.
console-advice-slow = Quá nhiều lần sai liên tiếp từ một địa chỉ: dừng lại vài phút, sửa lỗi phía trên trước.
console-advice-token = Mã truy cập sống năm phút: làm mới khi hết hạn, và dùng đúng mã của đúng người dùng.
console-advice-person = Người dùng không đồng ý, không đăng nhập, hoặc không đạt mức được hỏi. Hãy cho họ một lối đi khác.
console-advice-ours = Lỗi phía chúng tôi và đã được ghi lại. Thử lại sau ít giây.
console-advice-shape = So yêu cầu với tài liệu của giao thức; mục Mã mẫu có một yêu cầu đúng.

## Mức sử dụng
console-usage-days = { $count ->
   *[other] { $count } ngày
  }
console-usage-day = Ngày
console-usage-sign-in = Đăng nhập
console-usage-refresh = Làm mới mã
console-usage-client-token = Mã của ứng dụng
console-usage-introspection = Kiểm tra mã
console-usage-userinfo = Hỏi thông tin
console-usage-exchange = Đổi mã
console-usage-refusal = Bị từ chối
console-usage-none = Chưa có lượt dùng nào
console-usage-none-about = Lượt dùng hiện ở đây chừng mười giây sau khi ứng dụng gọi dịch vụ.
console-usage-said = Từ { $first } đến { $last }: tổng cộng { $sum } lượt, nhiều nhất { $most } lượt một ngày.

## Mã mẫu
console-snippets-lead = Chép một đoạn, đặt khóa vào chỗ của nó, chạy. Giá trị của ứng dụng đã điền sẵn.
console-snippet-discovery = Địa chỉ khám phá
console-snippet-claims = Gửi kèm làm tham số claims, vì không có scope nào chỉ gồm những điều này.
console-snippet-not-fapi2 = Thư viện này chưa tự gửi yêu cầu trước và chưa gắn mã với khóa, nên chưa dùng được với hồ sơ FAPI 2.0.
console-snippet-basic = Xem mẫu cho hồ sơ basic

## Duyệt
console-approvals-title = Chờ duyệt
console-approvals-lead = Ứng dụng mới và thay đổi của ứng dụng cũ. Người duyệt là người khác với người đề nghị.
console-approvals-none = Không có gì chờ duyệt
console-approvals-none-about = Khi một cơ quan đăng ký hoặc sửa ứng dụng thật, đề nghị sẽ hiện ở đây.
console-approve = Duyệt
console-approve-title = Duyệt { $name }
console-approve-about = Có hiệu lực ngay, và ứng dụng gặp được người dân.
console-approve-own = Chính bạn đã đề nghị, nên người khác phải duyệt.
console-approved = Đã duyệt.
console-refuse = Không duyệt
console-refuse-new = Đề nghị được đóng lại cùng lý do; cơ quan có thể đăng ký lại.
console-refused = Đã trả lại đề nghị kèm lý do.
console-check = Nên xem kỹ
console-check-basic = Hồ sơ basic yếu hơn FAPI 2.0: có lý do và ngày kết thúc hợp lý không?
console-check-number = Hỏi số định danh cá nhân: cơ sở pháp lý có nói rõ không?
console-check-raw = Hỏi dữ liệu gốc: một câu có hoặc không có đủ cho mục đích không?

## Người thử nghiệm
console-sandbox-title = Người thử nghiệm
console-sandbox-lead = Ứng dụng thử nghiệm chỉ gặp những người này. Mỗi người đại diện cho một trường hợp phải xử lý.
console-sandbox-synthetic = Không ai trong số này có thật. Số định danh của họ không thuộc về ai.
console-sandbox-tag = Không có thật
console-sandbox-name = Tên
console-sandbox-about = Trường hợp
console-sandbox-place = Thường trú
console-sandbox-level = Mức định danh
console-sandbox-how = Dùng thế nào
console-sandbox-how-1 = Đăng ký một ứng dụng ở môi trường thử nghiệm và nộp khóa.
console-sandbox-how-2 = Cho ứng dụng đưa trình duyệt đến đây như với người dùng thật.
console-sandbox-how-3 = Ở trang hỏi ý kiến, chọn một người trong danh sách này.
