//! What developers and the authority do in the console of relying parties, in the domain's words.

use serde_json::json;

use crate::{
    World,
    browser::Browser,
    cast::{Official, PASSWORD},
};

const BASIS: &str = "Luật Khám bệnh, chữa bệnh 15/2023/QH15, Điều 10";

impl Browser {
    /// Goes to a page of the console, through the officers' door.
    pub async fn enters_console(&self, world: &World, officer: &Official, path: &str) {
        self.opens(path).await;
        self.sees("Đăng nhập dành cho cán bộ").await;
        self.enters_duty(officer.login, PASSWORD, &world.one_time_code(officer)).await;
        self.sees(officer.name).await;
    }

    /// Fills in what every relying party says of itself: it asks for the name and whether somebody is of age.
    pub async fn describes_program(&self, name: &str, redirect_uri: &str) {
        self.fills("name_vi", name).await;
        self.fills("name_en", "Hospital appointments").await;
        self.fills("purpose_vi", "Đặt lịch khám mà không phải xếp hàng").await;
        self.fills("purpose_en", "To book an appointment without queueing").await;
        self.fills("contact", "cntt@benhvien.example.vn").await;
        self.chooses("environment", "real").await;
        self.fills("redirect_uris", redirect_uri).await;
        for claim in ["name", "age_over_18"] {
            self.chooses("claims", claim).await;
            self.fills(&format!("basis-{claim}"), BASIS).await;
        }
    }

    /// Runs in compatibility until then, with a secret.
    pub async fn chooses_compatibility(&self, [day, month, year]: [String; 3]) {
        self.chooses("profile", "basic").await;
        self.fills_date("until", &day, &month, &year).await;
        self.chooses("authentication", "client_secret_basic").await;
    }

    /// The relying party whose page is open.
    pub async fn program_path(&self) -> String {
        let address = self.address().await;
        let id = address.split(['/', '?']).nth(3).unwrap_or_default();
        format!("/console/clients/{id}")
    }

    /// Somebody of the authority reads what waits, and approves it.
    pub async fn approves_program(&self, name: &str) {
        self.opens("/console/approvals").await;
        self.follows(name).await;
        self.sees("Nên xem kỹ").await;
        self.presses("Duyệt").await;
        self.sees("Đã duyệt.").await;
    }

    /// What stands in a box of code, as it is copied, by the id of its section.
    pub async fn copies_code(&self, section: &str) -> String {
        self.copies(&format!("#{section} pre")).await
    }

    /// Ids of the sections of code.
    pub async fn offered_languages(&self) -> Vec<String> {
        let ids = "return [...document.querySelectorAll('.console-snippet')].map((s) => s.id)";
        let found = self.script(ids, json!([])).await;
        let found = found.as_array().cloned().unwrap_or_default();
        found.iter().filter_map(|id| id.as_str().map(str::to_owned)).collect()
    }
}
