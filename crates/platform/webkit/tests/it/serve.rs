//! Serving on a real socket: it answers, it ends slow clients, it stops gracefully.

use std::time::Duration;

use axum::{Router, routing::get};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::oneshot,
};
use webkit::{ServeLimits, serve};

const PATIENCE: Duration = Duration::from_secs(20);

async fn start(
    limits: ServeLimits,
    routes: Router,
) -> (std::net::SocketAddr, oneshot::Sender<()>, tokio::task::JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(async move {
        serve(routes, listener, limits, async { drop(stopped.await) }).await.unwrap();
    });
    (address, stop, task)
}

async fn talk(stream: &mut TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    tokio::time::timeout(PATIENCE, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
    answer
}

#[tokio::test]
async fn an_open_request_is_answered_before_the_server_stops() {
    let (entered, mut inside) = tokio::sync::mpsc::channel::<oneshot::Sender<()>>(1);
    let routes = Router::new().route(
        "/",
        get(move || async move {
            let (go, gone) = oneshot::channel();
            entered.send(go).await.unwrap();
            gone.await.unwrap();
            "done"
        }),
    );
    let (address, stop, task) = start(ServeLimits::default(), routes).await;
    let client = tokio::spawn(async move {
        let mut stream = TcpStream::connect(address).await.unwrap();
        talk(&mut stream, "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await
    });
    let go = inside.recv().await.unwrap();
    stop.send(()).unwrap();
    go.send(()).unwrap();
    assert!(client.await.unwrap().ends_with("done"));
    tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
}

#[tokio::test]
async fn whoever_has_just_connected_when_the_server_stops_is_still_answered() {
    const ONCE: &str = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let (address, stop, task) =
        start(ServeLimits::default(), Router::new().route("/", get(|| async { "ok" }))).await;
    let mut early = TcpStream::connect(address).await.unwrap();
    // Whoever came later was answered: so the first is inside.
    talk(&mut TcpStream::connect(address).await.unwrap(), ONCE).await;
    stop.send(()).unwrap();
    while TcpStream::connect(address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    assert!(talk(&mut early, ONCE).await.ends_with("ok"));
    tokio::time::timeout(PATIENCE, task).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_client_that_never_finishes_its_head_is_cut_off() {
    let limits = ServeLimits { header_timeout: Duration::from_millis(100), ..ServeLimits::default() };
    let (address, _stop, _task) = start(limits, Router::new()).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let answer = talk(&mut stream, "GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await;
    assert!(!answer.contains("200 OK"));
}

#[tokio::test]
async fn connections_beyond_the_limit_wait_their_turn() {
    let limits = ServeLimits { connections: 1, ..ServeLimits::default() };
    let (address, _stop, _task) = start(limits, Router::new().route("/", get(|| async { "ok" }))).await;
    let request = "GET / HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let mut first = TcpStream::connect(address).await.unwrap();
    let mut second = TcpStream::connect(address).await.unwrap();
    assert!(talk(&mut first, request).await.ends_with("ok"));
    drop(first);
    assert!(talk(&mut second, request).await.ends_with("ok"));
}

#[tokio::test]
async fn an_idle_connection_is_given_back() {
    let limits = ServeLimits { header_timeout: Duration::from_millis(100), ..ServeLimits::default() };
    let (address, _stop, _task) = start(limits, Router::new().route("/", get(|| async { "ok" }))).await;
    let mut stream = TcpStream::connect(address).await.unwrap();
    let answer = talk(&mut stream, "GET / HTTP/1.1\r\nhost: x\r\n\r\n").await;
    assert!(answer.contains("200 OK"));
}
