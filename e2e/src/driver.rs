//! The process that drives Chromium. It ends with the journey, and with this process, whatever way that ends.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

const DRIVER: &str = "chromedriver";
/// What the driver says when it is ready, before its port.
const READY: &str = "started successfully on port ";

/// A running chromedriver.
#[derive(Debug)]
pub struct Driver {
    child: Child,
    pub url: String,
}

impl Driver {
    /// Starts a driver on a port that it chooses itself. `scratch` takes what Chromium leaves behind.
    pub fn start(scratch: &Path) -> Self {
        // The kernel ends the driver when this thread ends; Chromium hangs on the driver's pipe and ends with it.
        let mut child = Command::new("setpriv")
            .args(["--pdeathsig", "KILL", DRIVER, "--port=0"])
            .env("TMPDIR", scratch)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("setpriv and chromedriver (apt-get install util-linux chromium-driver)");
        let mut said = BufReader::new(child.stdout.take().expect("the driver's words"));
        let mut line = String::new();
        let port = loop {
            line.clear();
            let read = said.read_line(&mut line).expect("the driver's words");
            assert!(read > 0, "chromedriver did not start (apt-get install chromium-driver)");
            if let Some((_, port)) = line.split_once(READY) {
                break port.trim().trim_end_matches('.').to_owned();
            }
        };
        Self { child, url: format!("http://127.0.0.1:{port}") }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It may have ended by itself.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
