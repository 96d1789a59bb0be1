//! Where a relying party's browser comes back to, when the relying party is a test or a program without pages.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    task::JoinHandle,
};

const PAGE: &str = "<!doctype html><html lang=vi><title>Đã về</title><main><h1>Đã về</h1></main></html>";
/// More than any address with its query.
const REQUEST_BYTES_MAX: usize = 16 * 1024;

/// Says the same to everybody, under any path. It closes when dropped.
#[derive(Debug)]
pub struct Landing {
    /// Without a slash at the end.
    pub url: String,
    serving: JoinHandle<()>,
}

impl Landing {
    pub async fn open() -> Self {
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("a port"));
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut request = vec![0; REQUEST_BYTES_MAX];
                    // A browser that gives up is no fault of the page.
                    let _ = stream.read(&mut request).await;
                    let head = format!(
                        "HTTP/1.1 200 OK\r\ncontent-type: text/html; charset=utf-8\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{PAGE}",
                        PAGE.len()
                    );
                    let _ = stream.write_all(head.as_bytes()).await;
                });
            }
        });
        Self { url, serving }
    }
}

impl Drop for Landing {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
