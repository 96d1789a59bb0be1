//! The demo's bank beside the site: a program of its own as far as any browser can tell, at an address of its own.

use std::{net::SocketAddr, sync::Arc};

use base::SystemEntropy;
use lienthong::{demo::bank, party};
use tokio::{net::TcpListener, task::JoinHandle};
use webkit::ServeLimits;

use crate::World;

/// A bank that is registered and open. It closes when dropped.
#[derive(Debug)]
pub struct Bank {
    /// Without a slash at the end.
    pub url: String,
    serving: JoinHandle<()>,
}

impl World {
    /// Registers the bank as the demo does, and opens it.
    pub async fn bank(&self) -> Bank {
        let folder = self.scratch.path().join("bank");
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("a port"));
        let staff = bank::Staff::settle(&self.app).await.expect("accounts of officers");
        let registered = bank::register(&self.app, &self.site, &staff.actors(), &folder, url.clone()).await;
        registered.expect("a relying party");
        self.app.openid.refresh().await.expect("the relying parties again");
        let routes = party::router(&folder, Arc::clone(&self.clock), Arc::new(SystemEntropy));
        let routes = routes.expect("the bank's pages");
        let serving = tokio::spawn(async move {
            let open = std::future::pending();
            webkit::serve(routes, listener, ServeLimits::default(), open).await.expect("the bank's port");
        });
        Bank { url, serving }
    }
}

impl Drop for Bank {
    fn drop(&mut self) {
        self.serving.abort();
    }
}
