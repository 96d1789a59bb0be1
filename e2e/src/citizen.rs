//! What citizens do, in the domain's words. Each step begins where the one before ended, and looks at what it meets.

use serde_json::json;

use crate::{
    browser::Browser,
    cast::{PASSWORD, Person},
};

/// The day on which every journey begins, and half a year later.
const FROM: [&str; 3] = ["20", "11", "2026"];
const UNTIL: [&str; 3] = ["20", "5", "2027"];

impl Browser {
    /// Signs in on the citizens' site.
    pub async fn signs_in(&self, person: &Person) {
        self.opens("/sign-in").await;
        self.enters_number_and_password(person, PASSWORD).await;
        self.sees("Xin chào").await;
    }

    /// Fills in and sends the sign-in page that is open.
    pub async fn enters_number_and_password(&self, person: &Person, password: &str) {
        self.fills("number", &person.number.to_string()).await;
        self.fills("password", password).await;
        self.presses("Đăng nhập").await;
    }

    pub async fn signs_out(&self) {
        self.clicks("header button.sign-out").await;
    }

    /// Opens a new draft from the page of a service.
    pub async fn begins(&self, procedure: &str) {
        self.opens(&format!("/services/{procedure}")).await;
        self.presses("Nộp hồ sơ").await;
    }

    /// Id of the dossier whose page is open.
    pub async fn dossier_id(&self) -> String {
        let address = self.address().await;
        address.split(['/', '?', '#']).nth(2).expect("a dossier's page").to_owned()
    }

    /// The first page of temporary residence: what the record knows, and a phone number.
    pub async fn gives_a_phone_number(&self) {
        self.sees("Thông tin của bạn").await;
        self.fills("phone", "0501234567").await;
        self.presses("Tiếp tục").await;
    }

    /// The second page: searches for the commune without diacritics, chooses it, gives an address.
    pub async fn says_where(&self, address: &str) {
        self.sees("Bạn sẽ tạm trú ở đâu?").await;
        self.fills("commune-q", "sai gon").await;
        self.presses("Tìm").await;
        self.sees("Chọn đơn vị đúng").await;
        self.chooses("commune", crate::cast::STAGE).await;
        self.fills("address", address).await;
        self.presses("Tiếp tục").await;
    }

    /// The third page: stays with a household, whose head is asked.
    pub async fn names_host(&self, host: &Person) {
        self.sees("Chỗ ở này là của ai?").await;
        self.chooses("dwelling", "host").await;
        self.asked_more().await;
        self.fills("host_number", &host.number.to_string()).await;
        self.chooses("host_relation", "lodger").await;
        self.presses("Tiếp tục").await;
    }

    /// The third page otherwise: rents a room in somebody's household, with a lease to show. Without scripts the questions
    /// come one after the other.
    pub async fn rents_in_the_household_of(&self, host: &Person) {
        self.sees("Chỗ ở này là của ai?").await;
        self.chooses("dwelling", "rented").await;
        self.asked_more().await;
        self.chooses("shares_household", "yes").await;
        self.chooses("proof_on_record", "no").await;
        self.asked_more().await;
        self.fills("host_number", &host.number.to_string()).await;
        self.chooses("host_relation", "lodger").await;
        self.presses("Tiếp tục").await;
    }

    /// The questions that follow from an answer: at once, or with the next page where no scripts run.
    async fn asked_more(&self) {
        if !self.setting.scripts {
            self.presses("Tiếp tục").await;
            self.sees("Theo câu trả lời của bạn").await;
        }
    }

    /// The fourth page: from when to when, and why.
    pub async fn says_how_long(&self) {
        self.sees("Bạn tạm trú trong thời gian nào?").await;
        self.fills_date("from", FROM[0], FROM[1], FROM[2]).await;
        self.fills_date("to", UNTIL[0], UNTIL[1], UNTIL[2]).await;
        self.fills("reason", "Đi làm").await;
        self.presses("Tiếp tục").await;
    }

    /// The fifth and sixth pages: nobody comes along, no exemption.
    pub async fn comes_alone_and_pays(&self) {
        self.sees("Có ai cùng đăng ký với bạn không?").await;
        self.chooses("with_members", "no").await;
        self.presses("Tiếp tục").await;
        self.sees("Bạn có thuộc diện được miễn lệ phí không?").await;
        self.chooses("fee_exemption", "none").await;
        self.presses("Tiếp tục").await;
    }

    /// Declares and sends; gives the dossier's code from the receipt.
    pub async fn declares_and_sends(&self) -> String {
        self.sees("Xem lại trước khi gửi").await;
        self.chooses("declared", "1").await;
        self.presses("Gửi hồ sơ").await;
        self.text_of(".panel strong").await
    }

    /// The householder answers the question that waits on the first page.
    pub async fn answers_consent(&self, yes: bool) {
        self.opens("/").await;
        self.follows("Đăng ký tạm trú").await;
        self.sees("Bạn có đồng ý").await;
        self.chooses("answer", if yes { "yes" } else { "no" }).await;
        self.chooses("sure", "1").await;
        self.presses("Gửi câu trả lời").await;
        self.sees(if yes { "Bạn đã đồng ý" } else { "không đồng ý" }).await;
    }

    /// Opens a dossier from the list of one's own.
    pub async fn opens_dossier(&self, id: &str) {
        self.opens(&format!("/dossiers/{id}")).await;
    }

    /// Waits until the dossier says something; it is drawn anew each time.
    pub async fn waits_for(&self, text: &str) {
        self.until(&format!("“{text}” after a while"), || async {
            if self.words().await.contains(text) {
                return Some(());
            }
            self.reloads().await;
            None
        })
        .await;
    }

    /// Address of a paper of the dossier that is open, by its title.
    pub async fn paper(&self, title: &str) -> String {
        let links = "return [...document.querySelectorAll('main li a')].filter((a) => a.textContent.includes(arguments[0])).map((a) => a.getAttribute('href'))";
        let found = self.script(links, json!([title])).await;
        let first = found.as_array().and_then(|all| all.first()?.as_str().map(str::to_owned));
        first.unwrap_or_else(|| panic!("no paper “{title}”"))
    }

    /// Where the paper is verified.
    pub async fn verify_address(&self, paper: &str) -> String {
        let beside = "return document.querySelector(`main li a[href=\"${arguments[0]}\"]`).closest('li').querySelector('a[href*=\"/verify/\"]').href";
        let found = self.script(beside, json!([paper])).await;
        let url = found.as_str().expect("an address").to_owned();
        url.strip_prefix(&self.site).expect("an address of this site").to_owned()
    }
}
