//! Which addresses a customer's webhook may lead to: only those of the public Internet.
//!
//! Whoever may name an address could otherwise make the server call its own network. Sources: IANA's registries of
//! special-purpose addresses (RFC 6890 and its updates).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks of IPv4 that are not public: first address and length of the prefix.
const CLOSED_V4: [([u8; 4], u32); 16] = [
    ([0, 0, 0, 0], 8),
    ([10, 0, 0, 0], 8),
    ([100, 64, 0, 0], 10),
    ([127, 0, 0, 0], 8),
    ([169, 254, 0, 0], 16),
    ([172, 16, 0, 0], 12),
    ([192, 0, 0, 0], 24),
    ([192, 0, 2, 0], 24),
    // Relays of 6to4: they lead anywhere.
    ([192, 88, 99, 0], 24),
    ([192, 168, 0, 0], 16),
    ([198, 18, 0, 0], 15),
    ([198, 51, 100, 0], 24),
    ([203, 0, 113, 0], 24),
    // Multicast, then class E with the broadcast address.
    ([224, 0, 0, 0], 4),
    ([240, 0, 0, 0], 4),
    ([255, 255, 255, 255], 32),
];

/// Networks inside IPv6's global unicast (2000::/3) that are not public either: the first 16 bits pairs and length.
const CLOSED_V6: [([u16; 2], u32); 4] = [
    // Protocol assignments, Teredo among them: it carries an IPv4 address.
    ([0x2001, 0], 23),
    ([0x2001, 0x0db8], 32),
    // 6to4: it carries an IPv4 address.
    ([0x2002, 0], 16),
    ([0x3fff, 0], 20),
];

/// Whether an address is one of the public Internet.
///
/// Of IPv6 only global unicast counts: mapped and translated IPv4 (`::ffff:0:0/96`, `64:ff9b::/96`), unique local,
/// link-local, SRv6 and everything not given out yet lie outside of it.
pub fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    !CLOSED_V4.iter().any(|(first, length)| {
        let mask = u32::MAX << (32 - length);
        bits & mask == u32::from(Ipv4Addr::from(*first))
    })
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [a, b, ..] = address.segments();
    let head = (u32::from(a) << 16) | u32::from(b);
    let is_global = a & 0xe000 == 0x2000;
    is_global
        && !CLOSED_V6.iter().any(|([first, second], length)| {
            let mask = u32::MAX << (32 - length);
            head & mask == (u32::from(*first) << 16) | u32::from(*second)
        })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_closed_is_closed() {
        for closed in [
            "0.0.0.0",
            "0.255.1.2",
            "10.0.0.1",
            "100.64.0.1",
            "100.127.255.254",
            "127.0.0.1",
            "127.9.9.9",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.8",
            "192.0.2.1",
            "192.88.99.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.19.255.255",
            "198.51.100.7",
            "203.0.113.7",
            "224.0.0.1",
            "239.255.255.255",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:8.8.8.8",
            "::ffff:127.0.0.1",
            "::8.8.8.8",
            "64:ff9b::8.8.8.8",
            "64:ff9b:1::1",
            "100::1",
            "fc00::1",
            "fd12:3456::1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "2001::1",
            "2001:0:4136:e378::1",
            "2001:10::1",
            "2001:20::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "2002:808:808::1",
            "3fff::1",
            "5f00::1",
            "4000::1",
        ] {
            assert!(!is_public(closed.parse().unwrap()), "{closed}");
        }
    }

    #[test]
    fn neighbours_of_what_is_closed_are_open() {
        for open in [
            "1.1.1.1",
            "8.8.8.8",
            "9.255.255.255",
            "11.0.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.0.1.0",
            "192.0.3.0",
            "192.167.255.255",
            "192.169.0.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "2001:200::1",
            "2001:4860:4860::8888",
            "2606:4700::1111",
            "2003::1",
            "3ffe:ffff::1",
            "2a00::1",
        ] {
            assert!(is_public(open.parse().unwrap()), "{open}");
        }
    }

    proptest! {
        /// What the standard library calls special is never public, in whatever way it is dressed.
        #[test]
        fn no_special_address_is_public(bits: u32, wide: u128) {
            let v4 = Ipv4Addr::from(bits);
            let special = v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_multicast()
                || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified() || bits >> 28 == 15
                || bits >> 24 == 0 || (bits >> 22) == (u32::from(Ipv4Addr::new(100, 64, 0, 0)) >> 22)
                || (bits >> 17) == (u32::from(Ipv4Addr::new(198, 18, 0, 0)) >> 17);
            prop_assert!(!special || !is_public(IpAddr::V4(v4)));
            prop_assert!(!is_public(IpAddr::V6(v4.to_ipv6_mapped())));
            prop_assert!(!is_public(IpAddr::V6(v4.to_ipv6_compatible())));
            let six_to_four = Ipv6Addr::from((0x2002_u128 << 112) | (u128::from(bits) << 80) | (wide >> 48));
            prop_assert!(!is_public(IpAddr::V6(six_to_four)));
            let nat64 = Ipv6Addr::from((0x0064_ff9b_u128 << 96) | u128::from(bits));
            prop_assert!(!is_public(IpAddr::V6(nat64)));
            let v6 = Ipv6Addr::from(wide);
            let special = v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_multicast() || v6.is_loopback()
                || v6.is_unspecified() || v6.to_ipv4_mapped().is_some();
            prop_assert!(!special || !is_public(IpAddr::V6(v6)));
        }

        /// Loopback, private and link-local networks, drawn from inside them: a random address seldom falls there.
        #[test]
        fn nothing_inside_a_closed_network_is_public(network in 0..CLOSED_V4.len(), inside: u32) {
            let (first, length) = CLOSED_V4[network];
            let mask = u32::MAX << (32 - length);
            let address = Ipv4Addr::from(u32::from(Ipv4Addr::from(first)) | (inside & !mask));
            prop_assert!(!is_public(IpAddr::V4(address)), "{address}");
        }
    }
}
