//! Which addresses the way out may lead to. Pure.
//!
//! A name that a relying party registered leads wherever its owner lets it point, also to machines behind ours that trust
//! whoever is inside, or to the one that hands out a cloud's credentials. So every address that a name is looked up to is
//! judged here, and only one that was judged is connected to. Inside is for hosts that the operator lists by name.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    sync::Arc,
};

/// Where messages may go: to public addresses, and to what is said besides.
#[derive(Debug, Clone, Default)]
pub struct Reach {
    hosts: Arc<[String]>,
    here: bool,
    anywhere: bool,
}

impl Reach {
    /// Also to these hosts, wherever they are; and to this machine, where `here` says that we are nowhere else ourselves.
    pub fn new(hosts: &[String], here: bool) -> Self {
        Self { hosts: hosts.into(), here, anywhere: false }
    }

    /// For addresses that the operator wrote into the configuration.
    pub fn anywhere() -> Self {
        Self { anywhere: true, ..Self::default() }
    }

    /// Whether a host may be connected to at this address of its.
    pub fn admits(&self, host: &str, address: IpAddr) -> bool {
        let listed = || self.hosts.iter().any(|known| known.eq_ignore_ascii_case(host));
        let here = self.here && address.to_canonical().is_loopback();
        self.anywhere || here || is_public(address) || listed()
    }

    /// Whether plain HTTP may go to this machine.
    pub fn admits_plain_here(&self) -> bool {
        self.anywhere || self.here
    }
}

/// Blocks of addresses that are not on the public network, or lead back from it (IANA's registry of special purposes, RFC
/// 6890), and one that leads to a cloud's own services.
const CLOSED_4: [(Ipv4Addr, u32); 16] = [
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    // Metadata of most clouds among them.
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
    (Ipv4Addr::new(168, 63, 129, 16), 32),
];

/// What is public lies in this block: link-local, private (fc00::/7) and multicast addresses do not.
const OPEN_6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);
/// Protocols' own blocks (Teredo among them), documentation, and 6to4, behind which another address hides.
const CLOSED_6: [(Ipv6Addr, u32); 4] = [
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];
/// IPv4 behind a translator (RFC 6052): the address is the last 32 bits.
const TRANSLATED: (Ipv6Addr, u32) = (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96);

fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => is_public_4(address),
        IpAddr::V6(address) if lies_6(address, TRANSLATED) => {
            let [.., a, b, c, d] = address.octets();
            is_public_4(Ipv4Addr::new(a, b, c, d))
        }
        IpAddr::V6(address) => {
            lies_6(address, OPEN_6) && !CLOSED_6.iter().any(|block| lies_6(address, *block))
        }
    }
}

fn is_public_4(address: Ipv4Addr) -> bool {
    let lies = |(block, bits): (Ipv4Addr, u32)| {
        let rest = u32::BITS - bits;
        address.to_bits() >> rest == block.to_bits() >> rest
    };
    !CLOSED_4.into_iter().any(lies)
}

fn lies_6(address: Ipv6Addr, (block, bits): (Ipv6Addr, u32)) -> bool {
    let rest = u128::BITS - bits;
    address.to_bits() >> rest == block.to_bits() >> rest
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first and the last address of each block, and the neighbours that are public.
    const INSIDE: [&str; 47] = [
        "0.0.0.0",
        "0.255.255.255",
        "10.0.0.0",
        "10.255.255.255",
        "100.64.0.0",
        "100.100.100.200",
        "100.127.255.255",
        "127.0.0.1",
        "127.255.255.255",
        "168.63.129.16",
        "169.254.0.1",
        "169.254.169.254",
        "172.16.0.0",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.0.192",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.0.0",
        "192.168.255.255",
        "198.18.0.0",
        "198.19.255.255",
        "198.51.100.7",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::7f00:1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::ffff:169.254.169.254",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::1",
        "100::1",
        "2001::1",
        "2001:db8::1",
        "2002:7f00:1::",
        "3fff::1",
        "fc00::1",
        "fd00:ec2::254",
        "fe80::1",
        "ff02::1",
        "4000::1",
    ];
    const OUTSIDE: [&str; 20] = [
        "1.1.1.1",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.1",
        "168.63.129.17",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.167.255.255",
        "198.17.255.255",
        "198.20.0.0",
        "203.162.0.1",
        "223.255.255.255",
        "::ffff:203.162.0.1",
        "64:ff9b::cba2:1",
        "2001:200::1",
        "2405:4800::1",
    ];

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn nothing_inside_is_public_in_whatever_way_it_is_written() {
        for inside in INSIDE {
            assert!(!is_public(address(inside)), "{inside}");
            assert!(!Reach::default().admits("rp.example", address(inside)), "{inside}");
        }
        for outside in OUTSIDE {
            assert!(Reach::default().admits("rp.example", address(outside)), "{outside}");
        }
    }

    #[test]
    fn a_host_that_the_operator_lists_is_reached_wherever_it_is_and_no_other() {
        let reach = Reach::new(&["Rp.Example".to_owned()], false);
        for inside in INSIDE {
            assert!(reach.admits("rp.example", address(inside)), "{inside}");
            for other in ["x.rp.example", "rp.example.evil.example", "example", ""] {
                assert!(!reach.admits(other, address(inside)), "{other} {inside}");
            }
        }
    }

    #[test]
    fn here_is_this_machine_alone() {
        let reach = Reach::new(&[], true);
        for inside in INSIDE {
            let this_machine = ["127.0.0.1", "127.255.255.255", "::1", "::ffff:127.0.0.1"].contains(&inside);
            assert_eq!(reach.admits("localhost", address(inside)), this_machine, "{inside}");
        }
        assert!(INSIDE.iter().all(|inside| Reach::anywhere().admits("gateway", address(inside))));
        assert_eq!(
            [Reach::default(), reach, Reach::anywhere()].map(|reach| reach.admits_plain_here()),
            [false, true, true]
        );
    }
}
