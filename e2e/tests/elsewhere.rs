//! Questions that come from another screen: a kiosk with a code, a counter that calls.

use e2e::{Setting, journey};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_kiosk_shows_a_code_and_its_reader_lets_it_in() {
    journey("device", async |w| {
        let kiosk = w.kiosk().await;
        let shown = kiosk.shows_a_code().await;
        let code = shown["user_code"].as_str().expect("a code").to_owned();
        let lan = w.browser("Lan", Setting::PLAIN_PHONE).await;
        lan.signs_in(&w.cast.lan).await;
        lan.opens("/device").await;
        lan.sees("Nhập mã trên màn hình").await;
        lan.looks_right("device").await;
        lan.fills("user_code", "BCDF").await;
        lan.presses("Tiếp tục").await;
        lan.sees("Mã này không đúng").await;
        lan.looks_right("device, wrong code").await;
        assert!(lan.title().await.starts_with("Lỗi:"), "{}", lan.title().await);
        assert_eq!(kiosk.fetches_by_code(&shown).await, Err("authorization_pending".to_owned()));

        // As people type: small letters, no dash.
        lan.fills("user_code", &code.replace('-', "").to_lowercase()).await;
        lan.presses("Tiếp tục").await;
        lan.sees("Ki-ốt Công an phường Sài Gòn hỏi bạn").await;
        lan.sees(&code).await;
        lan.looks_right("device, question").await;
        lan.presses("Cho phép").await;
        lan.sees("Đã cho phép").await;
        lan.looks_right("device, allowed").await;
        let tokens = kiosk.fetches_by_code(&shown).await.expect("tokens");
        assert_eq!(kiosk.learns(&tokens).await["name"], w.cast.lan.name);

        let shown = kiosk.shows_a_code().await;
        let complete = shown["verification_uri_complete"].as_str().expect("an address");
        lan.opens_elsewhere(complete).await;
        lan.presses("Không cho phép").await;
        lan.sees("đã được báo như vậy").await;
        lan.looks_right("device, refused").await;
        assert_eq!(kiosk.fetches_by_code(&shown).await, Err("access_denied".to_owned()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_counter_asks_and_the_person_answers_on_their_own_phone() {
    journey("ciba", async |w| {
        let kiosk = w.kiosk().await;
        let lan = w.browser("Lan", Setting::PHONE).await;
        lan.signs_in(&w.cast.lan).await;
        lan.opens("/ciba").await;
        lan.sees("Không có câu hỏi nào đang chờ").await;
        lan.looks_right("ciba, none").await;

        let asked = kiosk.asks(&w.cast.lan, "XANH-42").await;
        assert_eq!(kiosk.fetches_answer(&asked).await, Err("authorization_pending".to_owned()));
        lan.reloads().await;
        lan.sees("XANH-42").await;
        lan.looks_right("ciba, one").await;
        lan.follows("Ki-ốt Công an phường Sài Gòn").await;
        lan.sees("Người hỏi phải đọc cho bạn").await;
        lan.looks_right("ciba, question").await;
        lan.presses("Cho phép").await;
        lan.sees("Đã cho phép").await;
        assert!(kiosk.fetches_answer(&asked).await.expect("tokens")["id_token"].is_string());

        let asked = kiosk.asks(&w.cast.lan, "ĐỎ-7").await;
        lan.opens("/ciba").await;
        lan.follows("Ki-ốt Công an phường Sài Gòn").await;
        lan.presses("Không cho phép").await;
        lan.sees("Không có gì được cho biết").await;
        assert_eq!(kiosk.fetches_answer(&asked).await, Err("access_denied".to_owned()));
        lan.opens("/ciba").await;
        lan.sees("Không có câu hỏi nào đang chờ").await;
    })
    .await;
}
